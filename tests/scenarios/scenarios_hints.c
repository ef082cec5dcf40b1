/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of hints (a board cannot be booted, or has a problem) and of --list. */
#include "tests/scenarios/scenarios.h"

#include <signal.h>

/* Longer than the delay of a hint, so that a repeated hint is detected. */
#define WAIT	"--timeout 5.4"
#define WAIT_MS 5000

const struct scenario scenarios_hints[] = {
	{
		.name = "hint-no-device",
		.no_board = true,
		.args = "-d DIR " WAIT,
		.status = 3,
		.err = "no board in USB boot mode is on the bus|EMMC_DISABLE|nRPIBOOT|J4|USB "
		       "device port|data cable",
		.err_once = "no board in USB boot mode is on the bus",
	},
	{
		.name = "hint-no-device-json",
		.no_board = true,
		.args = "--json -d DIR " WAIT,
		.status = 3,
		.out_has = "\"event\":\"hint\",\"code\":\"no-device\",\"text\":\"",
	},
	{
		.name = "hint-not-when-quiet",
		.no_board = true,
		.args = "-q -d DIR " WAIT,
		.status = 3,
		.err_not = "no board in USB boot mode is on the bus",
	},
	{
		.name = "hint-filtered-by-port",
		.board = {.emu = {.chip = EMU_BCM2711}, .untouched = true},
		.args = "-d DIR -p 90-1.9 " WAIT,
		.status = 3,
		.err = "90-1.2|BCM2711|an option from -0 to -98, excludes the port|-p 90-1.2",
		.err_once = "an option from -0 to -98, excludes the port",
	},
	{
		.name = "hint-filtered-by-port-number",
		.board = {.emu = {.chip = EMU_BCM2712}, .untouched = true},
		.files = "bootcode5.bin:100",
		.args = "-d DIR -7 " WAIT,
		.status = 3,
		.err = "90-1.2|BCM2712|an option from -0 to -98, excludes the port",
	},
	{
		.name = "hint-filtered-by-serial",
		.board = {.emu = {.chip = EMU_BCM2711}, .untouched = true},
		.args = "-d DIR -i 99999999 " WAIT,
		.status = 3,
		.err = "serial number 12345678|-p 90-1.2",
		.err_once = "Waiting for a board",
	},
	{
		.name = "filtered-by-serial-quietly",
		.board = {.emu = {.chip = EMU_BCM2711}, .untouched = true},
		.args = "-q -d DIR -i 99999999 --timeout 1",
		.status = 3,
		.err = "appeared in 1 s, or the option -i excluded it",
	},
	{
		.name = "filtered-by-port-quietly",
		.board = {.emu = {.chip = EMU_BCM2711}, .untouched = true},
		.args = "-q -d DIR -7 --timeout 1",
		.status = 3,
		.err = "appeared in 1 s, or the option for the port excluded it",
	},
	{
		.name = "hint-filtered-without-serial",
		.board = {.emu = {.chip = EMU_BCM2837}, .untouched = true},
		.files = "bootcode.bin:100",
		.args = "-d DIR -i 12345678 " WAIT,
		.status = 3,
		.err = "BCM2837|-i cannot select it|-p 90-1.2",
	},
	{
		.name = "hint-filtered-json",
		.board = {.emu = {.chip = EMU_BCM2711}, .untouched = true},
		.args = "--json -d DIR -p 90-1.9 " WAIT,
		.status = 3,
		.out_has = "\"event\":\"hint\",\"port\":\"90-1.2\",\"code\":\"filtered\"",
	},
	{
		.name = "hint-changes-with-the-bus",
		.board = {.emu = {.chip = EMU_BCM2711},
			  .plug_after = "no board in USB boot mode is on the bus",
			  .untouched = true},
		.args = "-d DIR -p 90-1.9 --timeout 7",
		.status = 3,
		.err = "no board in USB boot mode is on the bus|an option from -0 to -98, excludes "
		       "the port",
		.err_once = "an option from -0 to -98, excludes the port",
	},
	{
		.name = "hint-access",
		.board = {.emu = {.chip = EMU_BCM2711},
			  .denied_ms = SCENARIO_EVER,
			  .untouched = true},
		.status = 4,
		.err = "/dev/bus/usb/090/|sudo|--print-udev-rules",
	},
	{
		.name = "hint-access-while-others-are-waited-for",
		.board = {.emu = {.chip = EMU_BCM2711},
			  .denied_ms = SCENARIO_EVER,
			  .untouched = true},
		.args = "-l -d DIR --json",
		.signal = SIGINT,
		.signal_ms = WAIT_MS + 2000,
		.status = 130,
		.out_has = "\"event\":\"hint\",\"port\":\"90-1.2\",\"code\":\"access\"|mode 0000|"
			   "--print-udev-rules",
	},
	{
		.name = "hint-busy",
		.board = {.emu = {.chip = EMU_BCM2711}, .busy = true, .untouched = true},
		.args = "-l -d DIR --json",
		.signal = SIGINT,
		.signal_ms = WAIT_MS,
		.status = 130,
		.out_has =
			"\"ok\":false,\"code\":1|\"event\":\"hint\",\"port\":\"90-1.2\",\"code\":"
			"\"busy\"|"
			"another rpiboot",
	},
	{
		.name = "hint-already-booted",
		.board = {.emu = {.chip = EMU_BCM2711,
				  .after = EMU_AFTER_MSD,
				  .starts_as_after = true},
			  .untouched = true},
		.args = "-d DIR " WAIT,
		.status = 3,
		.err = "90-1.2|is already booted|/dev/sda|remove its power",
		.err_once = "is already booted",
	},
	{
		.name = "hint-already-booted-gadget",
		.board = {.emu = {.chip = EMU_BCM2712,
				  .after = EMU_AFTER_GADGET64,
				  .starts_as_after = true},
			  .untouched = true},
		.files = "bootcode5.bin:100",
		.args = "--json -d DIR " WAIT,
		.status = 3,
		.out_has = "\"event\":\"hint\",\"port\":\"90-1.2\",\"code\":\"already-booted\"",
	},
	{
		.name = "hint-slow-link",
		.board.emu = {.chip = EMU_BCM2711, .full_speed = true},
		.args = "--json -d DIR",
		.out_has = "\"event\":\"hint\",\"port\":\"90-1.2\",\"code\":\"slow-link\"|behind a "
			   "hub|"
			   "another cable",
	},
	{
		.name = "hint-not-for-boards-booted-here",
		.board.emu = {.chip = EMU_BCM2711, .after = EMU_AFTER_MSD},
		.args = "-l -d DIR --expect disk",
		.signal = SIGINT,
		.signal_ms = WAIT_MS,
		.status = 130,
		.out = "/dev/sda\n",
		.err_not = "is already booted",
	},
	{
		.name = "list-a-board",
		.board = {.emu = {.chip = EMU_BCM2711}, .untouched = true},
		.args = "--list",
		.out_has = "90-1.2|BCM2711|rom|12345678|high|yes",
	},
	{
		.name = "list-a-disk-json",
		.board = {.emu = {.chip = EMU_BCM2711,
				  .after = EMU_AFTER_MSD,
				  .starts_as_after = true},
			  .untouched = true},
		.args = "--list --json",
		.out_has = "\"port\":\"90-1.2\"",
	},
	{
		.name = "list-nothing",
		.no_board = true,
		.args = "--list",
		.status = 3,
	},
	{0},
};
