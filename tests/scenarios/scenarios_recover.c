/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of `rpiboot recover`: one for each way in which a wrong or missing image could be
 * reported as written. `holds` is what the EEPROM has in truth. */
#include "tests/scenarios/scenarios.h"

#define BOARD_2711 .chip = EMU_BCM2711
#define BOARD_2712 .chip = EMU_BCM2712
#define FILES_2711 "bootcode4.bin=recovery2711 pieeprom.bin=image2711"
#define FILES_2712 "bootcode5.bin=recovery2712 pieeprom.bin=image2712"
#define ARGS_2711  "recover DIR/bootcode4.bin DIR/pieeprom.bin --stage-timeout 2"
#define ARGS_2712  "recover DIR/bootcode5.bin DIR/pieeprom.bin --stage-timeout 2"
#define ARGS_JSON  ARGS_2711 " --json"
#define PROVED	   "EEPROM proved: the board wrote the image"
#define ERASED	   "-"
#define IMAGE	   "pieeprom.bin"

/* A row of a 2711 that deviates. */
#define DEVIATES(the_name, options, held)                                                          \
	.name = "recover-" the_name, .files = FILES_2711, .args = ARGS_2711, .says = "",           \
	.board = {                                                                                 \
		.emu = {BOARD_2711},                                                               \
		.recovery = "recovery=served" options,                                             \
		.holds = held,                                                                     \
	}

const struct scenario scenarios_recover[] = {
	{DEVIATES("2711", "", IMAGE), .err = PROVED},
	{
		.name = "recover-2712",
		.board = {.emu = {BOARD_2712}, .recovery = "recovery=served", .holds = IMAGE},
		.files = FILES_2712,
		.args = ARGS_2712,
		.says = "",
		.err = PROVED,
	},
	{
		.name = "recover-json",
		.board = {.emu = {BOARD_2711}, .recovery = "recovery=served", .holds = IMAGE},
		.files = FILES_2711,
		.args = ARGS_JSON,
		.says = "\"event\":\"eeprom\",\"port\":\"90-1.2\",\"proof\":\"proved\"",
	},
	{DEVIATES("wrong-hash", ",quirks=wrong-hash", IMAGE), .status = 10, .err_not = PROVED},
	{DEVIATES("no-hash", ",quirks=no-hash", IMAGE), .status = 11, .err_not = PROVED},
	{DEVIATES("no-hash-nothing-written", ",quirks=no-hash+no-write", ERASED), .status = 11,
	 .err_not = PROVED},
	{DEVIATES("no-hash-wrong-byte", ",quirks=no-hash+wrong-write", NULL), .status = 11,
	 .err_not = PROVED},
	{DEVIATES("no-result", ",quirks=no-update", IMAGE), .status = 11, .err_not = PROVED},
	{DEVIATES("no-result-nothing-written", ",quirks=no-update+no-write", ERASED), .status = 11,
	 .err_not = PROVED},
	{DEVIATES("no-values", ",quirks=no-values", IMAGE), .status = 11, .err_not = PROVED},
	{DEVIATES("wrong-serial", ",quirks=wrong-serial", IMAGE), .status = 10, .err_not = PROVED},
	{DEVIATES("twice-then-bad", ",quirks=then-bad", IMAGE), .status = 10, .err_not = PROVED},
	{DEVIATES("twice-bad-first", ",quirks=bad-first", IMAGE), .status = 10, .err_not = PROVED},
	{DEVIATES("update-fails", ",quirks=update-fails", IMAGE), .status = 10, .err_not = PROVED},
	{DEVIATES("strange-names", ",quirks=strange-names", IMAGE), .err = PROVED},
	{DEVIATES("stays-on-the-bus", ",quirks=stays", IMAGE)},
	{DEVIATES("no-done", ",quirks=no-done", IMAGE)},
	{DEVIATES("early-done", ",quirks=early-done", IMAGE), .status = 11, .err_not = PROVED},
	{DEVIATES("early-leave", ",quirks=early-done+no-done", IMAGE), .status = 10,
	 .err_not = PROVED},
	{DEVIATES("dies", ",quirks=dies", ERASED), .status = 6, .err_not = PROVED},
	{DEVIATES("error-24", ",error=24", ERASED), .status = 10, .err_not = PROVED},
	{DEVIATES("error-31", ",error=31", ERASED), .status = 10, .err_not = PROVED},
	{DEVIATES("error-32-reported", ",error=32,quirks=reports-errors", ERASED), .status = 10,
	 .err_not = PROVED},
	{DEVIATES("write-protected", ",protected=1,protect_pin=1", ERASED), .status = 10,
	 .err_not = PROVED},
	{
		.name = "recover-old-recovery",
		.board = {.emu = {BOARD_2711}, .recovery = "recovery=served", .holds = IMAGE},
		.files = "bootcode4.bin=recovery2711-old pieeprom.bin=image2711",
		.args = ARGS_2711,
		.says = "",
		.status = 11,
		.err_not = PROVED,
	},
	{
		.name = "recover-erased",
		.board = {.emu = {BOARD_2711}, .recovery = "recovery=served", .holds = ERASED},
		.files = FILES_2711,
		.args = "recover DIR/bootcode4.bin --erase",
		.says = "EEPROM_ERASE",
		.err_not = PROVED,
	},
	{
		.name = "recover-not-erased",
		.board = {.emu = {BOARD_2711},
			  .recovery = "recovery=served,error=31",
			  .holds = ERASED},
		.files = FILES_2711,
		.args = "recover DIR/bootcode4.bin --erase --stage-timeout 2",
		.says = "",
		.status = 10,
		.err_not = PROVED,
	},
	{
		.name = "recover-locked-2712-unknown",
		.board = {.emu = {BOARD_2712},
			  .recovery = "recovery=served,otp_key=WORK/key.pem,quirks=quiet-refusal",
			  .holds = ERASED},
		.files = FILES_2712 " key.txt=+key",
		.args = ARGS_2712,
		.says = "",
		.status = 7,
	},
	{
		.name = "recover-locked-2712",
		.board = {.emu = {BOARD_2712}, .recovery = "recovery=served,otp_key=WORK/key.pem"},
		.files = FILES_2712 " key.txt=+key",
		.args = ARGS_2712 " --locked --key WORK/key.pem",
		.more_kib = 4096,
		.says = "",
		.err = PROVED,
	},
	{
		.name = "recover-2712-called-locked",
		.board = {.emu = {BOARD_2712},
			  .recovery = "recovery=served,quirks=quiet-refusal",
			  .holds = ERASED},
		.files = FILES_2712 " key.txt=+key",
		.args = ARGS_2712 " --locked --key WORK/key.pem",
		.more_kib = 4096,
		.says = "",
		.status = 7,
	},
	{
		.name = "recover-both-chips",
		.board = {.port = "90-1.1",
			  .emu = {BOARD_2711},
			  .recovery = "recovery=served",
			  .holds = "2711/pieeprom.bin"},
		.more = {{.port = "90-1.2",
			  .emu = {BOARD_2712},
			  .recovery = "recovery=served",
			  .holds = "2712/pieeprom.bin"}},
		.files = "2711/bootcode4.bin=recovery2711 2711/pieeprom.bin=image2711 "
			 "2712/bootcode5.bin=recovery2712 2712/pieeprom.bin=image2712",
		.args = "recover --firmware DIR -n 2",
		.says = "",
		.err = "2 ok",
	},
	{},
};
