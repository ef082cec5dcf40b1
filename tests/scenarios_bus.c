/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of the bus: devices that are slow to open, that others hold, that the system withholds.
 */
#include "tests/scenarios.h"

#define FILES "bootcode4.bin:73000 config.txt:100"
#define ASK   "ask config.txt;done"

const struct scenario scenarios_bus[] = {
	{
		.name = "slow-to-open",
		.board = {.port = "90-1.1", .emu = {.chip = EMU_BCM2711}},
		.more = {{.port = "90-1.2", .emu = {.chip = EMU_BCM2711}, .plug_ms = 1200}},
		.files = FILES,
		.script = ASK,
		.args = "-n 2 --json -d DIR",
		.preload = "slow_open",
		.says = "\"ok\":2,\"failed\":0",
		.order = "\"event\":\"result\",\"port\":\"90-1.2\"|\"event\":\"found\",\"port\":"
			 "\"90-1.1\"",
	},
	{
		.name = "slow-to-open-by-its-node",
		.board = {.port = "90-1.1", .emu = {.chip = EMU_BCM2711}, .plug_ms = 100},
		.more = {{.port = "90-1.2", .emu = {.chip = EMU_BCM2711}, .plug_ms = 700}},
		.files = FILES,
		.script = ASK,
		.args = "-n 2 --json -d DIR",
		.no_events = true,
		.preload = "slow_open",
		.says = "\"ok\":2,\"failed\":0",
		.order = "\"event\":\"found\",\"port\":\"90-1.2\"|\"event\":\"found\",\"port\":"
			 "\"90-1.1\"",
	},
	{0},
};
