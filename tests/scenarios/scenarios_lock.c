/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of `rpiboot recover` with several steps: --lock and --write. Only a row with `locks`
 * may lock a board. As in scenarios_recover.c, the event, the record and the state of the board
 * must agree. */
#include "tests/scenarios/scenarios.h"

#define BOARD_2711    .chip = EMU_BCM2711
#define BOARD_2712    .chip = EMU_BCM2712
#define FILES_2711    "bootcode4.bin=recovery2711 pieeprom.bin=image2711 key.txt=+key"
#define FILES_2712    "bootcode5.bin=recovery2712 pieeprom.bin=image2712 key.txt=+key"
#define RECORDS	      " --stage-timeout 2 --json -j WORK/records"
#define LOCK	      " --key WORK/key.pem --lock HASH8" RECORDS
#define ARGS_2711     "recover DIR/bootcode4.bin DIR/pieeprom.bin"
#define ARGS_2712     "recover DIR/bootcode5.bin DIR/pieeprom.bin"
#define BOOTCODE_2711 "bootcode4.bin"
#define BOOTCODE_2712 "bootcode5.bin"
#define PROVED	      "\"proof\":\"proved\"|the board is locked to the key"
#define IMAGE	      "pieeprom.bin"
#define EEPROM_FIRST  "\"proof\":\"proved\"|"
#define FAILED	      "\"proof\":\"failed\""
#define LOCKED_NOW    "|the board is locked to the key now"
#define ERASED	      "-"
#define OTHER_KEY     "otp_key=8251a63a2edee9d8f710d63e9da5d639064929ce15a2238986a189ac6fcd3cee"

/* A row with --lock. locked: the OTP has the key at the end. */
#define LOCKS_AFTER(the_args, the_chip, the_name, options, held, locked, denied)                   \
	.name = "lock-" #the_chip "-" the_name, .files = FILES_##the_chip, .args = the_args,       \
	.more_kib = 8192,                                                                          \
	.board = {                                                                                 \
		.denied_ms = denied,                                                               \
		.emu = {BOARD_##the_chip},                                                         \
		.recovery = "recovery=served" options,                                             \
		.holds = held,                                                                     \
		.locks = locked,                                                                   \
	}
#define LOCKS_WITH(the_args, the_chip, the_name, options, held, locked)                            \
	LOCKS_AFTER(the_args, the_chip, the_name, options, held, locked, 0)
#define LOCKS_DENIED(the_chip, the_name, options, held)                                            \
	LOCKS_AFTER(ARGS_##the_chip LOCK, the_chip, the_name, options, held, false, 150)
#define LOCKS(the_chip, the_name, options, held, locked)                                           \
	LOCKS_WITH(ARGS_##the_chip LOCK, the_chip, the_name, options, held, locked)

/* A row with --write. No program can write the disks of the mock host. the_script: the requests of
 * the board after the recovery; NULL: it must get no more files. */
#define WRITES(the_chip, the_name, options, held, the_script)                                      \
	.name = "recover-write-" #the_chip "-" the_name,                                           \
	.files = FILES_##the_chip                                                                  \
		" disk/config.txt=boot_ramdisk=1; disk/boot.img:3000 disk/bootcode4.bin=stage2711" \
		" disk/bootcode5.bin=stage2712 os.img:1048576",                                    \
	.args = ARGS_##the_chip " --write DIR/os.img -d DIR/disk" RECORDS, .more_kib = 8192,       \
	.board = {                                                                                 \
		.emu = {BOARD_##the_chip, .after = EMU_AFTER_GADGET64},                            \
		.script = the_script,                                                              \
		.bootcode = "disk/" BOOTCODE_##the_chip,                                           \
		.recovery = "recovery=served" options,                                             \
		.holds = held,                                                                     \
	}
#define DISK "read config.txt disk/config.txt;read boot.img disk/boot.img;done"

/* A row that ends before a board is served. */
#define REFUSES(the_name)                                                                          \
	.name = "lock-" the_name, .more_kib = 8192, .out_has = "",                                 \
	.board = {.emu = {BOARD_2711},                                                             \
		  .recovery = "recovery=served",                                                   \
		  .holds = ERASED,                                                                 \
		  .untouched = true}

const struct scenario scenarios_lock[] = {
	{LOCKS(2711, "good", "", NULL, true), .out_has = PROVED},
	{LOCKS(2712, "good", "", NULL, true), .out_has = PROVED},
	{LOCKS(2711, "already", ",otp_key=WORK/key.pem", NULL, true),
	 .out_has = "\"proof\":\"proved\""},
	{LOCKS_WITH(ARGS_2712 " --locked" LOCK, 2712, "already", ",otp_key=WORK/key.pem", NULL,
		    true),
	 .out_has = "\"proof\":\"proved\""},
	{LOCKS(2712, "already-and-not-declared", ",otp_key=WORK/key.pem", ERASED, true),
	 .out_has = FAILED, .status = 7},
	{LOCKS(2711, "other-key", "," OTHER_KEY, ERASED, false),
	 .out_has = FAILED "|already locked to another key", .status = 10},
	{LOCKS(2712, "other-key", "," OTHER_KEY, ERASED, false), .out_has = FAILED, .status = 7},
	{LOCKS(2711, "old-board", ",revision=c03113", ERASED, false),
	 .out_has = FAILED "|a Pi 4B of revision 1.3 or older has no secure boot", .status = 10},
	{LOCKS(2711, "new-board", ",revision=c03114", NULL, true),
	 .out_has = "\"code\":\"no-gpio\"|" PROVED},
	{LOCKS(2711, "no-report", ",quirks=no-values", ERASED, false),
	 .out_has = FAILED "|did not report the property CUSTOMER_KEY_HASH", .status = 10},
	{LOCKS(2711, "wrong-serial", ",quirks=wrong-serial", ERASED, false),
	 .out_has = FAILED "|reports the serial number", .status = 10},
	{LOCKS(2712, "twice", ",quirks=then-bad", ERASED, false), .out_has = FAILED, .status = 10},
	{LOCKS(2711, "other-chip", ",quirks=other-chip", ERASED, false),
	 .out_has = FAILED "|another chip (BCM2712) appeared on the port before", .status = 6},
	{LOCKS(2712, "other-chip", ",quirks=other-chip", ERASED, false),
	 .out_has = FAILED "|another chip (BCM2711) appeared on the port before", .status = 6},
	{LOCKS(2711, "other-serial", ",quirks=other-serial", ERASED, false),
	 .out_has = FAILED "|another board (serial number 0badf00d) appeared on the port before",
	 .status = 6},
	{LOCKS(2712, "other-serial", ",quirks=other-serial", ERASED, false),
	 .out_has = FAILED "|another board (serial number 0badf00d)", .status = 6},
	/* The USB device of the other board cannot be opened at once, so it is opened twice. */
	{LOCKS_DENIED(2711, "other-serial-late", ",quirks=other-serial", ERASED),
	 .out_has = FAILED "|another board (serial number 0badf00d)", .status = 6},
	{LOCKS_DENIED(2712, "other-serial-late", ",quirks=other-serial", ERASED),
	 .out_has = FAILED "|another board (serial number 0badf00d)", .status = 6},
	{LOCKS(2711, "no-serial", ",quirks=no-serial", ERASED, false),
	 .out_has = FAILED "|could not read the serial number of the boot ROM", .status = 6},
	{LOCKS(2712, "no-serial", ",quirks=no-serial", ERASED, false),
	 .out_has = FAILED "|could not read the serial number of the boot ROM", .status = 6},
	{LOCKS(2711, "strange-names", ",quirks=strange-names", NULL, true), .out_has = PROVED},
	{LOCKS(2711, "power-cycle", ",quirks=no-reboot,power=10500", NULL, true),
	 .out_has = "\"code\":\"power-cycle\"|" PROVED},
	{LOCKS_WITH(ARGS_2711 " --timeout 2" LOCK, 2711, "no-return", ",quirks=no-reboot", ERASED,
		    false),
	 .out_has = FAILED "|did not return to its boot ROM in 2 s", .status = 6},
	{LOCKS(2711, "dies", ",quirks=dies,power=10500", ERASED, false), .out_has = FAILED,
	 .status = 6},
	/* The user must learn of a lock even if the EEPROM failed, because it cannot be undone. */
	{LOCKS(2711, "wrong-hash", ",quirks=wrong-hash", NULL, true), .out_has = FAILED LOCKED_NOW,
	 .status = 10},
	{LOCKS(2712, "update-fails", ",quirks=update-fails", NULL, true),
	 .out_has = FAILED LOCKED_NOW, .status = 10},
	{LOCKS(2712, "no-hash", ",quirks=no-hash", NULL, true),
	 .out_has = "\"proof\":\"unprovable\"" LOCKED_NOW, .status = 11},
	{LOCKS(2711, "image-but-no-lock", ",error=34", NULL, false), .out_has = FAILED,
	 .status = 6},
	{LOCKS(2711, "image-but-no-lock-reported", ",error=34,quirks=reports-errors", NULL, false),
	 .out_has = FAILED "|SECURE_BOOT_PROVISION=fail", .status = 10},
	{REFUSES("old-recovery"),
	 .files = "bootcode4.bin=recovery2711-old pieeprom.bin=image2711 "
		  "key.txt=+key",
	 .args = ARGS_2711 LOCK, .status = 5, .err = "not locked|too old to report the result"},
	{REFUSES("development-key"),
	 .files = "bootcode4.bin=recovery2711 pieeprom.bin=image2711-dev key.txt=+key",
	 .args = ARGS_2711 LOCK, .status = 5,
	 .err = "not locked|is signed with Raspberry Pi's development key"},
	{REFUSES("development-key-of-the-recovery"),
	 .files = "bootcode4.bin=recovery2711-dev pieeprom.bin=image2711 key.txt=+key",
	 .args = ARGS_2711 LOCK, .status = 5,
	 .err = "not locked|is signed with Raspberry Pi's development key"},
	{REFUSES("another-hash"), .files = FILES_2711,
	 .args = ARGS_2711 " --key WORK/key.pem --lock 00000000" RECORDS, .status = 2,
	 .err = "not locked: the OTP hash of the key begins with"},
	{WRITES(2711, "good", "", IMAGE, DISK), .out_has = EEPROM_FIRST "EEPROM update proved; ",
	 .status = 9},
	{WRITES(2712, "good", "", IMAGE, DISK), .out_has = EEPROM_FIRST "EEPROM update proved; ",
	 .status = 9},
	{WRITES(2711, "no-hash", ",quirks=no-hash", IMAGE, DISK),
	 .out_has = "\"proof\":\"unprovable\"|EEPROM update not proved; ", .status = 9},
	{WRITES(2711, "other-chip", ",quirks=other-chip", IMAGE, NULL),
	 .out_has = EEPROM_FIRST "EEPROM update proved; a board with another chip (BCM2712)",
	 .status = 6},
	{WRITES(2712, "other-serial", ",quirks=other-serial", IMAGE, NULL),
	 .out_has = EEPROM_FIRST "EEPROM update proved; another board (serial number 0badf00d)",
	 .status = 6},
	{WRITES(2711, "no-serial", ",quirks=no-serial", IMAGE, NULL),
	 .out_has = EEPROM_FIRST
	 "EEPROM update proved; rpiboot could not read the serial number of the boot ROM",
	 .status = 6},
	{
		.name = "recover-write-2711-erased",
		.files = FILES_2711 " disk/config.txt=boot_ramdisk=1; disk/boot.img:3000 "
				    "disk/bootcode4.bin=stage2711 os.img:1048576",
		.args = "recover DIR/bootcode4.bin --erase --write DIR/os.img -d DIR/disk" RECORDS,
		.more_kib = 8192,
		.board = {.emu = {BOARD_2711, .after = EMU_AFTER_GADGET64},
			  .script = DISK,
			  .bootcode = "disk/bootcode4.bin",
			  .recovery = "recovery=served",
			  .holds = ERASED},
		.out_has = "\"proof\":\"erased\"|EEPROM erase proved; ",
		.status = 9,
	},
	/* The disk of a board whose recovery failed is not written. */
	{WRITES(2711, "wrong-hash", ",quirks=wrong-hash", IMAGE, NULL), .out_has = FAILED,
	 .status = 10},
	{WRITES(2712, "wrong-serial", ",quirks=wrong-serial", IMAGE, NULL), .out_has = FAILED,
	 .status = 10},
	{},
};
