/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios in which the board, the cable or the firmware fails. Each fault has its own message and
 * exit status within the deadline. */
#include "tests/scenarios/scenarios.h"

#include <errno.h>

/* Steps: 0, 1 config.txt; 2, 3 start4.elf; 4 fixup4.dat, which is missing; 5 Done. */
#define FAULTY                                                                                     \
	.files = "bootcode4.bin:73000 config.txt:100 start4.elf:537000",                           \
	.script = "ask config.txt;ask start4.elf;ask fixup4.dat;done",                             \
	.args = "-d DIR --stage-timeout 2"
#define FAULTY_DISK                                                                                \
	.files = "bootcode4.bin:73000 config.txt:100 start4.elf:537000",                           \
	.script = "ask config.txt;ask start4.elf;ask fixup4.dat;done",                             \
	.args = "-d DIR --expect disk --stage-timeout 2"
#define ROM_FAULT(what)                                                                            \
	.board.emu.chip = EMU_BCM2711, .board.emu.fault = EMU_FAULT_##what,                        \
	.board.emu.fault_in_rom = true, .board.emu.fault_step
#define FILES_FAULT(what)                                                                          \
	.board.emu.chip = EMU_BCM2711, .board.emu.fault = EMU_FAULT_##what, .board.emu.fault_step
#define AT_BYTE .board.emu.fault_bytes
#define NONSENSE(what)                                                                             \
	.board.emu.chip = EMU_BCM2711, .files = "bootcode4.bin:100 a:10", .script = "ask a;" what, \
	.status = 1

const struct scenario scenarios_faults[] = {
	{
		.name = "rom-vanishes-at-once",
		ROM_FAULT(VANISH) = 0,
		FAULTY,
		.status = 6,
		.err = "left the bus while bootcode4.bin was sent to the boot ROM (0 of 73000",
	},
	{
		.name = "rom-vanishes-in-the-boot-message",
		ROM_FAULT(VANISH) = 1,
		FAULTY,
		.status = 6,
		.err = "while bootcode4.bin was sent to the boot ROM (0 of",
	},
	{
		.name = "rom-vanishes-before-the-bootcode",
		ROM_FAULT(VANISH) = 3,
		FAULTY,
		.status = 6,
		.err = "while bootcode4.bin was sent to the boot ROM (0 of",
	},
	{
		.name = "rom-vanishes-in-the-bootcode",
		ROM_FAULT(VANISH) = 3,
		AT_BYTE = 40000,
		FAULTY,
		.status = 6,
		.err = "while bootcode4.bin was sent to the boot ROM (",
	},
	{
		.name = "rom-vanishes-before-its-status",
		ROM_FAULT(VANISH) = 4,
		FAULTY,
		.status = 6,
		.err = "received bootcode4.bin and left the bus, but no second stage",
	},
	{
		.name = "rom-stalls-at-once",
		ROM_FAULT(STALL) = 0,
		FAULTY,
		.status = 1,
		.err = "refused the transfer (USB stall) while bootcode4.bin",
	},
	{
		.name = "rom-stalls-in-the-bootcode",
		ROM_FAULT(STALL) = 3,
		AT_BYTE = 40000,
		FAULTY,
		.status = 1,
		.err = "refused the transfer (USB stall) while bootcode4.bin was sent to the boot "
		       "ROM",
	},
	{
		.name = "rom-stalls-its-status",
		ROM_FAULT(STALL) = 4,
		FAULTY,
		.status = 1,
		.err = "refused the transfer (USB stall) after all of bootcode4.bin was sent to "
		       "the boot ROM",
	},
	{
		.name = "rom-silent-at-once",
		ROM_FAULT(SILENT) = 0,
		FAULTY,
		.status = 1,
		.err = "silent for 2 s while bootcode4.bin was sent to the boot ROM",
	},
	{
		.name = "rom-silent-in-the-bootcode",
		ROM_FAULT(SILENT) = 3,
		AT_BYTE = 40000,
		FAULTY,
		.status = 1,
		.err = "silent for 2 s while bootcode4.bin was sent to the boot ROM",
	},
	{
		.name = "rom-silent-before-its-status",
		ROM_FAULT(SILENT) = 4,
		FAULTY,
		.status = 7,
		.err = "received bootcode4.bin and then was silent for 2 s: probably the bootcode "
		       "is",
	},
	{
		.name = "rom-returns-a-status",
		ROM_FAULT(STATUS) = 4,
		.board.emu.fault_status = -17,
		FAULTY,
		.status = 7,
		.err = "refused bootcode4.bin (status -17): probably the bootcode is|power",
	},
	{
		.name = "rom-refuses-in-silence",
		ROM_FAULT(REFUSED) = 4,
		FAULTY,
		.status = 7,
		.err = "received bootcode4.bin but did not start it|power",
	},
	{
		.name = "rom-refuses-an-uncountersigned-bootcode",
		.board.emu = {.chip = EMU_BCM2712,
			      .fault = EMU_FAULT_REFUSED,
			      .fault_in_rom = true,
			      .fault_step = 4},
		.files = "bootcode5.bin:73000 config.txt:100",
		.args = "-d DIR --stage-timeout 2",
		.status = 7,
		.err = "received bootcode5.bin but did not start it|locked to a customer key|sign "
		       "--countersign|power",
	},
	{
		.name = "rom-leaves-for-good",
		ROM_FAULT(NO_RETURN) = 4,
		FAULTY,
		.status = 6,
		.err = "no second stage appeared in 2 s",
	},
	{
		.name = "rom-comes-back-as-rom",
		ROM_FAULT(ROM_AGAIN) = 4,
		FAULTY,
		.status = 6,
		.err = "returned to its boot ROM",
	},
	{
		.name = "rom-comes-back-as-another-device",
		ROM_FAULT(OTHER_DEVICE) = 4,
		FAULTY,
		.status = 6,
		.err = "another device (USB id 1d6b:0102)",
	},
	{
		.name = "files-vanishes-at-once",
		FILES_FAULT(VANISH) = 0,
		FAULTY,
		.status = 6,
		.err = "without the message Done",
	},
	{
		.name = "files-vanishes-idle",
		FILES_FAULT(VANISH) = 4,
		FAULTY,
		.status = 6,
		.err = "left the bus after start4.elf without the message Done, and did not return",
	},
	{
		.name = "files-vanishes-in-a-transfer",
		FILES_FAULT(VANISH) = 3,
		AT_BYTE = 300000,
		FAULTY,
		.status = 6,
		.err = "left the bus while start4.elf was sent to the second stage (|of 537000",
	},
	{
		.name = "files-vanishes-in-a-transfer-json",
		FILES_FAULT(VANISH) = 3,
		AT_BYTE = 300000,
		.files = "bootcode4.bin:73000 config.txt:100 start4.elf:537000",
		.script = "ask config.txt;ask start4.elf;done",
		.args = "-d DIR --json",
		.status = 6,
		.out_has = "\"event\":\"result\"|\"ok\":false,\"code\":6|\"ok\":0,\"failed\":1",
	},
	{
		.name = "files-stalls-a-request",
		FILES_FAULT(STALL) = 2,
		FAULTY,
		.status = 1,
		.err = "refused the transfer (USB stall) while rpiboot waited for a request of the "
		       "second stage after config.txt",
	},
	{
		.name = "files-stalls-a-transfer",
		FILES_FAULT(STALL) = 3,
		AT_BYTE = 300000,
		FAULTY,
		.status = 1,
		.err = "refused the transfer (USB stall) while start4.elf was sent to the second "
		       "stage",
	},
	{
		.name = "files-stalls-a-transfer-and-leaves",
		FILES_FAULT(STALL) = 3,
		AT_BYTE = 300000,
		.board.emu.fault_leaves = true,
		FAULTY,
		.status = 6,
		.err = "left the bus while start4.elf was sent to the second stage",
	},
	{
		.name = "files-silent-at-once",
		FILES_FAULT(SILENT) = 0,
		FAULTY,
		.status = 1,
		.err = "silent for 2 s while rpiboot waited for a request of the second stage; "
		       "power",
	},
	{
		.name = "files-silent-in-a-transfer",
		FILES_FAULT(SILENT) = 3,
		AT_BYTE = 300000,
		FAULTY,
		.status = 1,
		.err = "silent for 2 s while start4.elf was sent to the second stage",
	},
	{
		.name = "files-silent-before-done",
		FILES_FAULT(SILENT) = 5,
		FAULTY,
		.status = 1,
		.err = "silent for 2 s while rpiboot waited for a request of the second stage "
		       "after fixup4.dat",
	},
	{
		.name = "done-but-no-disk",
		FILES_FAULT(NO_DISK) = 0,
		.board.emu.after = EMU_AFTER_MSD,
		FAULTY_DISK,
		.status = 8,
		.err = "sent the message Done, but no disk appeared",
	},
	{
		.name = "done-but-the-rom-again",
		.board.emu = {.chip = EMU_BCM2711, .after = EMU_AFTER_ROM},
		FAULTY_DISK,
		.status = 8,
		.err = "sent the message Done, but returned to its boot ROM",
	},
	{
		.name = "only-this-serial-number-which-stalls-once",
		/* The first read is that of the kernel. */
		.board.emu = {.chip = EMU_BCM2711, .serial_fault = -EPIPE, .serial_faults = 2},
		.files = "bootcode4.bin:73000",
		.script = "done",
		.args = "-i 12345678 --timeout 30 -d DIR",
	},
	{
		.name = "only-this-serial-number-which-comes-late",
		.board.emu = {.chip = EMU_BCM2711, .serial_fault = -EAGAIN, .serial_faults = 1},
		.files = "bootcode4.bin:73000",
		.script = "done",
		.args = "-i 12345678 --timeout 30 -d DIR",
	},
	{
		.name = "only-this-serial-number-which-is-unreadable",
		.board = {.emu = {.chip = EMU_BCM2711,
				  .serial_fault = -EPIPE,
				  .serial_faults = 1000},
			  .untouched = true},
		.files = "bootcode4.bin:73000",
		.script = "done",
		.args = "-v -i 12345678 --timeout 4 -d DIR",
		.status = 3,
		.err = "its serial number is missing",
	},
	{
		.name = "serial-number-which-is-unreadable",
		.board.emu = {.chip = EMU_BCM2711, .serial_fault = -EAGAIN, .serial_faults = 1},
		.files = "bootcode4.bin:73000",
		.script = "done",
	},
	{
		.name = "only-this-serial-number-of-16-digits",
		.board = {.port = "90-1.1",
			  .serial = "10000000",
			  .emu = {.chip = EMU_BCM2711},
			  .untouched = true},
		.more = {{.port = "90-1.2",
			  .serial = "abcdef01",
			  .emu = {.chip = EMU_BCM2711},
			  .plug_after = "Waiting for a board"}},
		.files = "bootcode4.bin:73000 config.txt:9",
		.args = "-i 10000000ABCDEF01 -d DIR",
	},
	{
		.name = "metadata-directory-cannot-be-made",
		.no_board = true,
		.files = "bootcode4.bin:73000",
		.args = "-d DIR -j DIR/bootcode4.bin/none",
		.status = 2,
		.err = "bootcode4.bin/none' for metadata",
	},
	{
		.name = "metadata-directory-is-a-file",
		.no_board = true,
		.files = "bootcode4.bin:73000",
		.args = "-d DIR --json -j DIR/bootcode4.bin",
		.status = 2,
		.out_has = "\"event\":\"summary\",\"ok\":0,\"failed\":0",
		.err = "bootcode4.bin' for metadata",
	},
	{
		.name = "no-directory-json",
		.no_board = true,
		.files = "bootcode4.bin:73000",
		.args = "-d WORK/none --json",
		.status = 5,
		.out_has = "\"event\":\"summary\",\"ok\":0,\"failed\":0",
		.err = "none' does not exist",
	},
	{
		.name = "eeprom-of-the-other-chip-json",
		.no_board = true,
		.files = "bootcode5.bin:52000 pieeprom.bin:524288",
		.args = "-d DIR --json",
		.status = 5,
		.out_has = "\"event\":\"check\",\"kind\":\"error\",\"chip\":\"BCM2712\",\"text\":|"
			   "\"event\":\"summary\",\"ok\":0,\"failed\":0",
		.err = "is an EEPROM image for BCM2711",
	},
	{
		.name = "no-image-json",
		.no_board = true,
		.files = "bootcode4.bin:73000",
		.args = "-d DIR --json --write WORK/none",
		.status = 5,
		.out_has = "\"event\":\"summary\",\"ok\":0,\"failed\":0",
		.err = "none",
	},
	{.name = "message-too-short", NONSENSE("short"), .err = "FAILED"},
	{.name = "message-with-an-unknown-command", NONSENSE("unknown"), .err = "FAILED"},
	{.name = "message-without-the-name's-end", NONSENSE("unterminated"), .err = "FAILED"},
	{},
};
