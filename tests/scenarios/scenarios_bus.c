/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of the bus: devices that are slow to open, in use, or not yet usable. */
#include "tests/scenarios/scenarios.h"

#include <signal.h>

const struct scenario scenarios_bus[] = {
	{
		.name = "slow-to-open",
		.board = {.port = "90-1.1", .emu = {.chip = EMU_BCM2711}},
		.more = {{.port = "90-1.2",
			  .emu = {.chip = EMU_BCM2711},
			  .plug_after = "slow_open: the open has begun"}},
		.args = "-n 2 --json -d DIR",
		.preload = "slow_open",
		.out_has = "\"ok\":2,\"failed\":0",
		.order = "\"event\":\"result\",\"port\":\"90-1.2\"|\"event\":\"found\",\"port\":"
			 "\"90-1.1\"",
	},
	{
		.name = "slow-to-open-by-its-node",
		.board = {.port = "90-1.1",
			  .emu = {.chip = EMU_BCM2711},
			  .plug_after = "\"event\":\"waiting\""},
		.more = {{.port = "90-1.2",
			  .emu = {.chip = EMU_BCM2711},
			  .plug_after = "slow_open: the open has begun"}},
		.args = "-n 2 --json -d DIR",
		.no_events = true,
		.preload = "slow_open",
		.out_has = "\"ok\":2,\"failed\":0",
		.order = "\"event\":\"found\",\"port\":\"90-1.2\"|\"event\":\"found\",\"port\":"
			 "\"90-1.1\"",
	},
	{
		.name = "taken-by-another-instance",
		.board = {.emu = {.chip = EMU_BCM2711},
			  .taken_ms = SCENARIO_EVER,
			  .untouched = true},
		.args = "-d DIR --timeout 5",
		.status = 3,
		.err = "90-1.2: another rpiboot is serving the board on this port|no board could "
		       "be served in 5 s: another rpiboot is serving the board at 90-1.2",
		.err_once = "waits until the other",
		.err_not = "no board in USB boot mode is on the bus",
	},
	{
		.name = "taken-until-the-other-instance-ends",
		.board = {.emu = {.chip = EMU_BCM2711},
			  .taken_ms = 1,
			  .withheld_until = "\"code\":\"other-instance\""},
		.args = "--json -d DIR",
		.out_has = "\"event\":\"hint\",\"port\":\"90-1.2\",\"code\":\"other-instance\"",
		.order = "\"code\":\"other-instance\"|\"event\":\"found\"",
	},
	{
		/* Two instances with different -i options do this: each opens a board only to read
		 * its serial number. */
		.name = "taken-for-a-moment",
		.board = {.emu = {.chip = EMU_BCM2711}, .taken_ms = 1000},
		.err_not = "another rpiboot",
	},
	{
		.name = "taken-while-others-are-served",
		.board = {.port = "90-1.1",
			  .emu = {.chip = EMU_BCM2711},
			  .taken_ms = SCENARIO_EVER,
			  .untouched = true},
		.more = {{.port = "90-1.2",
			  .emu = {.chip = EMU_BCM2711},
			  .plug_after = "90-1.1: another rpiboot"}},
		.args = "-l -d DIR",
		.signal = SIGINT,
		.signal_ms = 1000,
		.status = 130,
		.err = "90-1.1: another rpiboot|90-1.2: ok",
		.err_once = "waits until the other",
	},
	{
		.name = "not-authorized",
		.board = {.emu = {.chip = EMU_BCM2711},
			  .unauthorized_ms = SCENARIO_EVER,
			  .untouched = true},
		.args = "--json -d DIR --timeout 5",
		.status = 3,
		.out_has = "\"event\":\"hint\",\"port\":\"90-1.2\",\"code\":\"not-authorized\"|"
			   "USBGuard|"
			   "echo 1 >/sys/bus/usb/devices/90-1.2/authorized",
		.err = "no board could be served in 5 s: the system has not authorised the board "
		       "at 90-1.2",
	},
	{
		.name = "authorized-late",
		.board = {.emu = {.chip = EMU_BCM2711},
			  .unauthorized_ms = 1,
			  .withheld_until = "the system has not authorised its USB device"},
		.err = "90-1.2: a board is waiting on this port, but the system has not authorised "
		       "its USB device",
		.err_not = "No such device",
	},
	{
		.name = "second-stage-authorized-late",
		.board = {.emu = {.chip = EMU_BCM2711},
			  .unauthorized_again = true,
			  .withheld_until = "the system has not authorised its USB device"},
		.err = "90-1.2: a board is waiting on this port, but the system has not authorised "
		       "its USB device|90-1.2: ok",
		.err_once = "a board is waiting on this port",
		.err_not = "No such device",
	},
	{
		.name = "second-stage-never-authorized",
		.board = {.emu = {.chip = EMU_BCM2711},
			  .unauthorized_ms = SCENARIO_EVER,
			  .unauthorized_again = true},
		.args = "-d DIR --stage-timeout 1",
		.status = 4,
		.err = "the system has not authorised the USB device of the board in 3 s|USBGuard",
		.err_not = "No such device",
	},
	{
		.name = "list-not-authorized",
		.board = {.emu = {.chip = EMU_BCM2711},
			  .unauthorized_ms = SCENARIO_EVER,
			  .untouched = true},
		.args = "--list",
		.out_has = "90-1.2|not authorised",
	},
	{
		.name = "device-cgroup",
		.board = {.emu = {.chip = EMU_BCM2711}, .untouched = true},
		.preload = "node_eperm",
		.status = 4,
		.err = "device rules of this container or service forbid "
		       "/dev/bus/usb/090/|--device-cgroup-rule",
	},
	{
		.name = "no-more-open-files",
		.board = {.emu = {.chip = EMU_BCM2711}, .untouched = true},
		.preload = "node_emfile",
		.status = 1,
		.err = "the process has reached its limit of|open files|ulimit -n",
	},
	{
		.name = "dev-without-new-nodes",
		.board = {.emu = {.chip = EMU_BCM2711}, .no_node = true, .untouched = true},
		.status = 4,
		.err = "the board is on the bus, but its device file /dev/bus/usb/090/|-v "
		       "/dev/bus/usb",
		.err_not = "No such device",
	},
	{
		.name = "disk-without-node",
		.board = {.emu = {.chip = EMU_BCM2711, .after = EMU_AFTER_MSD},
			  .no_disk_node = true},
		.args = "-d DIR --expect disk --stage-timeout 2",
		.status = 8,
		.err = "no disk appeared in 2 s: the kernel has the disk of the board, but /dev "
		       "has no device file for it",
		.err_not = "make the storage of a board appear as a disk",
	},
	{
		.name = "disk-without-driver-unexpected",
		.board = {.emu = {.chip = EMU_BCM2711, .after = EMU_AFTER_MSD}, .no_driver = true},
		.files = "bootcode4.bin:73000 config.txt:100 boot.img:900000",
		.script = "ask config.txt;ask boot.img;done",
		.args = "-d DIR --stage-timeout 2",
		.err = "no disk appeared in 2 s: the board is a USB disk now, but no "
		       "driver|90-1.2: ok",
		.err_not = "--expect done",
	},
	{
		.name = "disk-without-driver",
		.board = {.emu = {.chip = EMU_BCM2711, .after = EMU_AFTER_MSD}, .no_driver = true},
		.args = "-d DIR --expect disk --stage-timeout 2",
		.status = 8,
		.err = "no disk appeared in 2 s: the board is a USB disk now, but no "
		       "driver|modprobe usb-storage",
		.err_not = "make the storage of a board appear as a disk",
	},
	{
		.name = "hint-disk-without-driver",
		.board = {.emu = {.chip = EMU_BCM2711,
				  .after = EMU_AFTER_MSD,
				  .starts_as_after = true},
			  .no_driver = true,
			  .untouched = true},
		.args = "-d DIR --timeout 5",
		.status = 3,
		.err = "is already booted (its USB id is 0a5c:0001 now), but the board is a USB "
		       "disk now|modprobe usb-storage",
	},
	{0},
};
