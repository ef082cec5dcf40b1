/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of EEPROM updates: boards run the recovery that they get, and keep the data that it
 * writes. `holds` is the real content of the EEPROM: a row that succeeds with a proof must hold the
 * expected image. */
#include "tests/scenarios/scenarios.h"

#define BOARD_2711 .chip = EMU_BCM2711
#define BOARD_2712 .chip = EMU_BCM2712
#define CONFIG	   " config.txt=recovery_metadata=1;"
#define FILES_2711(more)                                                                           \
	"bootcode4.bin=recovery2711 pieeprom.bin=image2711 pieeprom.sig=sig" CONFIG more
#define FILES_2712(more)                                                                           \
	"bootcode5.bin=recovery2712 pieeprom.bin=image2712 pieeprom.sig=sig" CONFIG more
#define SHORTLY " --stage-timeout 2"
#define PROVED	"its EEPROM has the image, with the SHA-256 of the file"
#define ERASED	"-"

#define SERVED		  "recovery=served"
#define SERVED_BUT(quirk) "recovery=served,quirks=" quirk

/* A row of a BCM2711 that gets correct files but deviates. */
#define DEVIATES(the_name, quirk, held)                                                            \
	.name = "recovered-" the_name, .files = FILES_2711(""), .out_has = "",                     \
	.board = {                                                                                 \
		.emu = {BOARD_2711},                                                               \
		.recovery = SERVED_BUT(quirk),                                                     \
		.holds = held,                                                                     \
	}

const struct scenario scenarios_recovery[] = {
	{
		.name = "recovered-2711",
		.board = {.emu = {BOARD_2711}, .recovery = SERVED, .holds = "pieeprom.bin"},
		.files = FILES_2711(""),
		.out_has = "\"EEPROM_UPDATE\": \"success\"|\"USER_BOARDREV\": \"c03141\"",
		.err = PROVED,
	},
	{
		.name = "recovered-2712",
		.board = {.emu = {BOARD_2712}, .recovery = SERVED, .holds = "pieeprom.bin"},
		.files = FILES_2712(""),
		.out_has =
			"\"EEPROM_UPDATE\": \"success\"|\"FACTORY_UUID\": \"001000911006186073\"",
		.err = PROVED,
	},
	{
		.name = "recovered-both-chips",
		.board = {.port = "90-1.1",
			  .emu = {BOARD_2711},
			  .recovery = SERVED,
			  .holds = "2711/pieeprom.bin"},
		.more = {{.port = "90-1.2",
			  .emu = {BOARD_2712},
			  .recovery = SERVED,
			  .holds = "2712/pieeprom.bin"}},
		.files = "2711/bootcode4.bin=recovery2711 2711/pieeprom.bin=image2711 "
			 "2711/pieeprom.sig=sig 2712/bootcode5.bin=recovery2712 "
			 "2712/pieeprom.bin=image2712 2712/pieeprom.sig=sig" CONFIG,
		.args = "-n 2 -d DIR",
		.out_has = "EEPROM_HASH",
		.err = PROVED "|2 ok",
	},
	{
		.name = "recovered-by-an-old-recovery",
		.board = {.emu = {BOARD_2711}, .recovery = SERVED, .holds = "pieeprom.bin"},
		.files = "bootcode4.bin=recovery2711-old pieeprom.bin=image2711 "
			 "pieeprom.sig=sig" CONFIG,
		.out_has = "JTAG_LOCKED",
		.err = "does not report",
		.err_not = PROVED,
	},
	{
		.name = "recovered-and-rebooted",
		.board = {.emu = {BOARD_2711}, .recovery = SERVED, .holds = "pieeprom.bin"},
		.files = FILES_2711("recovery_reboot=1;"),
		.out_has = "EEPROM_HASH",
		.err = PROVED,
	},
	{
		.name = "recovered-and-rebooted-without-done",
		.board = {.emu = {BOARD_2711},
			  .recovery = SERVED_BUT("no-done"),
			  .holds = "pieeprom.bin"},
		.files = FILES_2711("recovery_reboot=1;"),
		.out_has = "EEPROM_HASH",
		.err = "reports that its EEPROM has the image",
	},
	{
		.name = "recovered-refused-again-after-a-power-cut",
		.board = {.emu = {BOARD_2712},
			  .recovery = SERVED_BUT("quiet-refusal"),
			  .holds = ERASED,
			  .power_after = "FAILED"},
		.files = "bootcode5.bin=recovery2712+key pieeprom.bin=image2712+key "
			 "pieeprom.sig=sig+key" CONFIG,
		.args = "-n 2 -d DIR" SHORTLY,
		.status = 7,
		.err = "0 ok, 2 failed",
		.err_not = PROVED,
	},
	{
		.name = "recovered-without-an-image",
		.board = {.emu = {BOARD_2711}, .recovery = SERVED, .holds = ERASED},
		.files = "bootcode4.bin=recovery2711" CONFIG,
		.out_has = "USER_SERIAL_NUM",
		.err = "but received no EEPROM image",
		.err_not = PROVED,
	},
	{
		.name = "recovered-without-a-sig",
		.board = {.emu = {BOARD_2711}, .recovery = SERVED, .holds = ERASED},
		.files = "bootcode4.bin=recovery2711 pieeprom.bin=image2711" CONFIG,
		.args = "-d DIR" SHORTLY,
		.status = 6,
		.err_not = PROVED,
	},
	{
		.name = "recovered-with-the-sig-of-another-image",
		.board = {.emu = {BOARD_2712}, .recovery = SERVED, .holds = ERASED},
		.files = "bootcode5.bin=recovery2712 pieeprom.bin=image2712 "
			 "pieeprom.sig:602" CONFIG,
		.args = "-d DIR" SHORTLY,
		.status = 6,
		.err_not = PROVED,
	},
	{
		.name = "recovered-with-the-image-of-another-chip",
		.board = {.emu = {BOARD_2712},
			  .recovery = SERVED,
			  .holds = ERASED,
			  .untouched = true},
		.files = "bootcode5.bin=recovery2712 pieeprom.bin=image2711 "
			 "pieeprom.sig=sig" CONFIG,
		.args = "-d DIR" SHORTLY,
		.status = 5,
		.err = "BCM2712 needs an image of 2097152 bytes",
		.err_not = PROVED,
	},
	{
		.name = "recovered-write-protected",
		.board = {.emu = {BOARD_2711},
			  .recovery = "recovery=served,protected=1,protect_pin=1",
			  .holds = ERASED},
		.files = FILES_2711(""),
		.args = "-d DIR" SHORTLY,
		.status = 6,
		.err_not = PROVED,
	},
	{
		.name = "recovered-write-protected-and-reported",
		.board = {.emu = {BOARD_2711},
			  .recovery = "recovery=served,protected=1,protect_pin=1,"
				      "quirks=reports-errors",
			  .holds = ERASED},
		.files = FILES_2711(""),
		.out_has = "\"EEPROM_UPDATE\": \"fail\"",
		.status = 1,
		.err = "EEPROM_UPDATE=fail",
		.err_not = PROVED,
	},
	{
		.name = "recovered-erased",
		.board = {.emu = {BOARD_2711}, .recovery = SERVED, .holds = ERASED},
		.files = "bootcode4.bin=recovery2711" CONFIG "erase_eeprom=1;",
		.out_has = "\"EEPROM_ERASE\": \"success\"",
	},
	{DEVIATES("wrong-hash", "wrong-hash", "pieeprom.bin"), .status = 1,
	 .err = "the EEPROM does not contain the image", .err_not = PROVED},
	{DEVIATES("no-hash", "no-hash", "pieeprom.bin"), .err_not = PROVED},
	{DEVIATES("no-result", "no-update", "pieeprom.bin"), .err = "does not report",
	 .err_not = PROVED},
	{DEVIATES("nothing-written-no-result", "no-update+no-write", ERASED),
	 .err = "does not report", .err_not = PROVED},
	{DEVIATES("no-values", "no-values", "pieeprom.bin"), .err_not = PROVED},
	{DEVIATES("twice-then-bad", "then-bad", "pieeprom.bin"), .status = 1, .err_not = PROVED},
	{DEVIATES("twice-bad-first", "bad-first", "pieeprom.bin"), .status = 1, .err_not = PROVED},
	{DEVIATES("update-fails", "update-fails", "pieeprom.bin"), .status = 1,
	 .err = "EEPROM_UPDATE=fail", .err_not = PROVED},
	{DEVIATES("nothing-written-no-hash", "no-write+no-hash", ERASED), .err_not = PROVED},
	{DEVIATES("strange-names", "strange-names", "pieeprom.bin"), .err = PROVED},
	{DEVIATES("stays-on-the-bus", "stays", "pieeprom.bin"), .err = PROVED},
	{DEVIATES("early-done", "early-done", "pieeprom.bin"), .err_not = PROVED},
	{DEVIATES("dies", "dies", ERASED), .args = "-d DIR" SHORTLY, .status = 6,
	 .err = "pieeprom.bin", .err_not = PROVED},
	{
		.name = "recovered-locked-2712-unsigned",
		.board = {.emu = {BOARD_2712},
			  .recovery = "recovery=served,otp_key=WORK/key.pem,quirks=quiet-refusal",
			  .holds = ERASED},
		.files = FILES_2712("") " key.txt=+key",
		.args = "-d DIR" SHORTLY,
		.status = 7,
		.err_not = PROVED,
	},
	{
		.name = "recovered-locked-2712",
		.board = {.emu = {BOARD_2712},
			  .recovery = "recovery=served,otp_key=WORK/key.pem",
			  .holds = "pieeprom.bin"},
		.files = "bootcode5.bin=recovery2712+key pieeprom.bin=image2712+key "
			 "pieeprom.sig=sig+key" CONFIG,
		.out_has = "EEPROM_HASH",
		.err = PROVED,
	},
	{
		.name = "recovered-2712-countersigned-but-unlocked",
		.board = {.emu = {BOARD_2712},
			  .recovery = SERVED_BUT("quiet-refusal"),
			  .holds = ERASED},
		.files = "bootcode5.bin=recovery2712+key pieeprom.bin=image2712+key "
			 "pieeprom.sig=sig+key" CONFIG,
		.args = "-d DIR" SHORTLY,
		.status = 7,
		.err_not = PROVED,
	},
	{
		.name = "recovered-locked-2711-unsigned",
		.board = {.emu = {BOARD_2711},
			  .recovery = "recovery=served,otp_key=WORK/key.pem",
			  .holds = "pieeprom.bin"},
		.files = "bootcode4.bin=recovery2711 pieeprom.bin=image2711+key "
			 "pieeprom.sig=sig+key" CONFIG,
		.out_has = "EEPROM_HASH",
		.err = PROVED,
	},
	{},
};
