/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of `rpiboot recover`: one for each way in which a wrong or missing image could be
 * reported as written. `holds` is the real content of the EEPROM. With --json and records, each row
 * also checks that the event, the record and the EEPROM agree (scenario_recovered.c). */
#include "tests/scenarios/scenarios.h"

#include <signal.h>

#define BOARD_2711 .chip = EMU_BCM2711
#define BOARD_2712 .chip = EMU_BCM2712
#define FILES_2711 "bootcode4.bin=recovery2711 pieeprom.bin=image2711"
#define FILES_2712 "bootcode5.bin=recovery2712 pieeprom.bin=image2712"
#define RECORDS	   " --stage-timeout 2 --json -j WORK/records"
#define ARGS_2711  "recover DIR/bootcode4.bin DIR/pieeprom.bin" RECORDS
#define PATIENT	   "recover DIR/bootcode4.bin DIR/pieeprom.bin --json -j WORK/records"
#define ARGS_2712  "recover DIR/bootcode5.bin DIR/pieeprom.bin" RECORDS
#define PROVED	   "\"proof\":\"proved\"|EEPROM update proved: the board wrote the image"
#define CURRENT	   "\"proof\":\"current\""
#define FAILED	   "\"proof\":\"failed\""
#define NOT_PROVED "\"proof\":\"unprovable\""
#define ERASED	   "-"
#define IMAGE	   "pieeprom.bin"

/* A row of a board that deviates. */
#define DEVIATES(the_chip, the_name, options, held)                                                \
	.name = "recover-" #the_chip "-" the_name, .files = FILES_##the_chip,                      \
	.args = ARGS_##the_chip, .more_kib = 2048,                                                 \
	.board = {                                                                                 \
		.emu = {BOARD_##the_chip},                                                         \
		.recovery = "recovery=served" options,                                             \
		.holds = held,                                                                     \
	}

/* A row of a board with a fault in its second stage. Steps of a BCM2711: 0, 1 config.txt; 2, 3 the
 * size of the image; 4, 5 pieeprom.sig; 6 pieeprom.bin. */
#define FAULTY_WITH(the_args, the_name, what, step, ...)                                           \
	.name = "recover-" the_name, .files = FILES_2711, .args = the_args,                        \
	.board = {                                                                                 \
		.emu = {BOARD_2711, .fault = EMU_FAULT_##what, .fault_step = (step), __VA_ARGS__}, \
		.recovery = "recovery=served",                                                     \
		.holds = ERASED,                                                                   \
	}
#define FAULTY(the_name, what, step, ...) FAULTY_WITH(ARGS_2711, the_name, what, step, __VA_ARGS__)
#define IN_DATA				  .fault_moment = EMU_MOMENT_DATA, .fault_bytes = 300000
#define IN_ROM				  .fault_in_rom = true

const struct scenario scenarios_recover[] = {
	{
		.name = "recover-text-output",
		.board = {.emu = {BOARD_2711}, .recovery = "recovery=served", .holds = IMAGE},
		.files = FILES_2711,
		.args = "recover DIR/bootcode4.bin DIR/pieeprom.bin",
		.out_has = "",
		.err = "EEPROM update proved: the board wrote the image",
	},
	{DEVIATES(2711, "good", "", IMAGE), .out_has = PROVED},
	{DEVIATES(2712, "good", "", IMAGE), .out_has = PROVED},
	/* Wrong, missing or repeated reports. */
	{DEVIATES(2711, "wrong-hash", ",quirks=wrong-hash", IMAGE), .out_has = FAILED,
	 .status = 10},
	{DEVIATES(2712, "wrong-hash", ",quirks=wrong-hash", IMAGE), .out_has = FAILED,
	 .status = 10},
	{DEVIATES(2711, "no-hash", ",quirks=no-hash", IMAGE), .out_has = NOT_PROVED, .status = 11},
	{DEVIATES(2711, "no-hash-nothing-written", ",quirks=no-hash+no-write", ERASED),
	 .out_has = NOT_PROVED, .status = 11},
	{DEVIATES(2711, "no-hash-wrong-byte", ",quirks=no-hash+wrong-write", NULL),
	 .out_has = NOT_PROVED, .status = 11},
	{DEVIATES(2712, "no-result", ",quirks=no-update", IMAGE), .out_has = NOT_PROVED,
	 .status = 11},
	{DEVIATES(2711, "no-result-nothing-written", ",quirks=no-update+no-write", ERASED),
	 .out_has = NOT_PROVED, .status = 11},
	{DEVIATES(2711, "no-values", ",quirks=no-values", IMAGE), .out_has = NOT_PROVED,
	 .status = 11},
	{DEVIATES(2712, "no-values-nothing-written", ",quirks=no-values+no-write", ERASED),
	 .out_has = NOT_PROVED, .status = 11},
	{DEVIATES(2711, "wrong-serial", ",quirks=wrong-serial", IMAGE),
	 .out_has = FAILED "|reports the serial number", .status = 10},
	{DEVIATES(2712, "wrong-serial", ",quirks=wrong-serial", IMAGE), .out_has = FAILED,
	 .status = 10},
	{DEVIATES(2711, "twice-then-bad", ",quirks=then-bad", IMAGE), .out_has = FAILED,
	 .status = 10},
	{DEVIATES(2711, "twice-bad-first", ",quirks=bad-first", IMAGE), .out_has = FAILED,
	 .status = 10},
	{DEVIATES(2712, "twice-then-bad", ",quirks=then-bad", IMAGE), .out_has = FAILED,
	 .status = 10},
	{DEVIATES(2712, "twice-bad-first", ",quirks=bad-first", IMAGE), .out_has = FAILED,
	 .status = 10},
	{DEVIATES(2711, "update-fails", ",quirks=update-fails", IMAGE),
	 .out_has = FAILED "|EEPROM_UPDATE=fail", .status = 10},
	{DEVIATES(2711, "strange-names", ",quirks=strange-names", IMAGE), .out_has = PROVED},
	{DEVIATES(2712, "strange-names", ",quirks=strange-names", IMAGE), .out_has = PROVED},
	/* The conversation ends early, late or never. */
	{DEVIATES(2711, "stays-on-the-bus", ",quirks=stays", IMAGE), .out_has = PROVED},
	{DEVIATES(2711, "no-done", ",quirks=no-done", IMAGE), .out_has = PROVED},
	{DEVIATES(2711, "early-done", ",quirks=early-done", IMAGE), .out_has = NOT_PROVED,
	 .status = 11},
	{DEVIATES(2711, "early-leave", ",quirks=early-done+no-done", IMAGE), .out_has = FAILED,
	 .status = 6},
	{DEVIATES(2711, "dies", ",quirks=dies", ERASED),
	 .out_has = FAILED "|while pieeprom.bin was sent to the second stage", .status = 6},
	{DEVIATES(2712, "dies", ",quirks=dies", ERASED), .out_has = FAILED, .status = 6},
	{DEVIATES(2711, "error-24", ",error=24", ERASED),
	 .out_has = FAILED "|because it refused the image", .status = 6},
	{DEVIATES(2712, "error-31", ",error=31", ERASED), .out_has = FAILED, .status = 6},
	{DEVIATES(2711, "error-32-reported", ",error=32,quirks=reports-errors", ERASED),
	 .out_has = FAILED, .status = 10},
	{DEVIATES(2711, "write-protected", ",protected=1,protect_pin=1", ERASED), .out_has = FAILED,
	 .status = 6},
	{FAULTY("vanishes", VANISH, 6, IN_DATA), .out_has = FAILED "|left the bus", .status = 6},
	{FAULTY("stalls", STALL, 6, IN_DATA), .out_has = FAILED "|refused the transfer (USB stall)",
	 .status = 1},
	{FAULTY("silent-in-the-image", SILENT, 6, IN_DATA), .out_has = FAILED "|was silent for 2 s",
	 .status = 1},
	{FAULTY("silent-before-the-image", SILENT, 4, .fault_bytes = 0),
	 .out_has = FAILED "|was silent for 2 s", .status = 1},
	{FAULTY("nonsense", COMMAND, 4, .fault_bytes = 0), .out_has = FAILED "|invalid message",
	 .status = 1},
	{FAULTY("another-chip-in-the-image", SWAP, 6, IN_DATA), .out_has = FAILED, .status = 6},
	{FAULTY("another-start-in-the-image", REBOOT, 6, IN_DATA), .out_has = FAILED, .status = 6},
	{FAULTY("rom-vanishes", VANISH, 3, IN_ROM), .out_has = FAILED, .status = 6},
	{FAULTY("rom-stalls", STALL, 3, IN_ROM), .out_has = FAILED, .status = 1},
	{FAULTY("rom-refuses", STATUS, 4, IN_ROM, .fault_status = -17),
	 .out_has = FAILED "|refused bootcode4.bin", .status = 7},
	{FAULTY("rom-refuses-in-silence", REFUSED, 4, IN_ROM), .out_has = FAILED, .status = 7},
	{FAULTY("rom-does-not-return", NO_RETURN, 4, IN_ROM), .out_has = FAILED, .status = 6},
	{FAULTY("rom-again", ROM_AGAIN, 4, IN_ROM), .out_has = FAILED, .status = 6},
	{FAULTY("rom-then-another-device", OTHER_DEVICE, 4, IN_ROM), .out_has = FAILED,
	 .status = 6},
	{FAULTY_WITH(PATIENT, "interrupted", SILENT, 6, IN_DATA), .signal = SIGINT,
	 .out_has = FAILED "|interrupted while the board was being served", .status = 130},
	{FAULTY_WITH(PATIENT, "terminated", SILENT, 6, IN_DATA), .signal = SIGTERM,
	 .out_has = FAILED "|terminated while the board was being served", .status = 143},
	/* Old firmware, and erasing. */
	{
		.name = "recover-old-recovery",
		.board = {.emu = {BOARD_2711}, .recovery = "recovery=served", .holds = IMAGE},
		.files = "bootcode4.bin=recovery2711-old pieeprom.bin=image2711",
		.args = ARGS_2711,
		.out_has = NOT_PROVED,
		.status = 11,
	},
	{
		.name = "recover-erased",
		.board = {.emu = {BOARD_2711}, .recovery = "recovery=served", .holds = ERASED},
		.files = FILES_2711,
		.args = "recover DIR/bootcode4.bin --erase" RECORDS,
		.out_has = "\"proof\":\"erased\"",
	},
	{
		.name = "recover-not-erased",
		.board = {.emu = {BOARD_2711},
			  .recovery = "recovery=served,error=31",
			  .holds = ERASED},
		.files = FILES_2711,
		.args = "recover DIR/bootcode4.bin --erase" RECORDS,
		.out_has = FAILED,
		.status = 6,
	},
	{
		.name = "recover-erase-not-reported",
		.board = {.emu = {BOARD_2712},
			  .recovery = "recovery=served,quirks=no-values",
			  .holds = ERASED},
		.files = FILES_2712,
		.args = "recover DIR/bootcode5.bin --erase" RECORDS,
		.out_has = NOT_PROVED,
		.status = 11,
	},
	/* Boards that are locked, or that report a lock. */
	{
		.name = "recover-locked-2712-unknown",
		.board = {.emu = {BOARD_2712},
			  .recovery = "recovery=served,otp_key=WORK/key.pem,quirks=quiet-refusal",
			  .holds = ERASED},
		.files = FILES_2712 " key.txt=+key",
		.args = ARGS_2712,
		.more_kib = 2048,
		.out_has = FAILED,
		.status = 7,
	},
	{
		.name = "recover-locked-2711-without-key",
		.board = {.emu = {BOARD_2711},
			  .recovery = "recovery=served,otp_key=WORK/key.pem",
			  .holds = IMAGE,
			  .locks = true},
		.files = FILES_2711 " key.txt=+key",
		.args = ARGS_2711,
		.out_has = PROVED "|\"code\":\"other-key\"|but the EEPROM image has no public key",
	},
	{
		.name = "recover-locked-2712",
		.board = {.emu = {BOARD_2712},
			  .recovery = "recovery=served,otp_key=WORK/key.pem",
			  .locks = true},
		.files = FILES_2712 " key.txt=+key",
		.args = ARGS_2712 " --locked --key WORK/key.pem",
		.more_kib = 4096,
		.out_has = PROVED,
	},
	{
		.name = "recover-2712-reported-as-locked",
		.board = {.emu = {BOARD_2712},
			  .recovery = "recovery=served,quirks=quiet-refusal",
			  .holds = ERASED},
		.files = FILES_2712 " key.txt=+key",
		.args = ARGS_2712 " --locked --key WORK/key.pem",
		.more_kib = 4096,
		.out_has = FAILED,
		.status = 7,
	},
	{
		.name = "recover-both-chips",
		.board = {.port = "90-1.1",
			  .serial = "10000001",
			  .emu = {BOARD_2711},
			  .recovery = "recovery=served",
			  .holds = "2711/pieeprom.bin"},
		.more = {{.port = "90-1.2",
			  .serial = "10000002",
			  .emu = {BOARD_2712},
			  .recovery = "recovery=served",
			  .holds = "2712/pieeprom.bin"},
			 {.port = "90-1.3",
			  .serial = "10000003",
			  .emu = {BOARD_2711},
			  .recovery = "recovery=served,quirks=wrong-hash",
			  .holds = "2711/pieeprom.bin"}},
		.files = "2711/bootcode4.bin=recovery2711 2711/pieeprom.bin=image2711 "
			 "2712/bootcode5.bin=recovery2712 2712/pieeprom.bin=image2712",
		.args = "recover --firmware DIR -n 3" RECORDS,
		.out_has = PROVED "|" FAILED "|\"ok\":2,\"failed\":1",
		.status = 10,
	},
	/* Boards that report the serial number of another board. */
	{
		.name = "recover-one-serial-for-two",
		.board = {.port = "90-1.1",
			  .emu = {BOARD_2711},
			  .recovery = "recovery=served",
			  .holds = IMAGE},
		.more = {{.port = "90-1.2",
			  .emu = {BOARD_2711},
			  .recovery = "recovery=served,quirks=wrong-hash",
			  .holds = IMAGE}},
		.files = FILES_2711,
		.args = "recover DIR/bootcode4.bin DIR/pieeprom.bin -n 2 -j WORK/records --json",
		.out_has = PROVED "|" FAILED "|\"ok\":1,\"failed\":1",
		.status = 10,
		.makes = "records/12345678.json",
	},
	{
		.name = "recover-a-serial-that-is-a-path",
		.board = {.serial = "../../x", .emu = {BOARD_2711}, .recovery = "recovery=served"},
		.files = FILES_2711,
		.args = "recover DIR/bootcode4.bin DIR/pieeprom.bin -j WORK/records --json",
		.out_has = "\"event\":\"document\"|records/90-1.2.json",
		.makes = "records/90-1.2.json",
		.status = 0,
	},
	{},
};
