/* SPDX-License-Identifier: Apache-2.0 */
/* A recovered board appears again on its port. rpiboot has to detect whether the board restarted,
 * or whether a user unplugged it and plugged it in. On the in-process emulator. */
#include "tests/test.h"
#include "tests/unit/board/board_bench.h"
#include "util/util.h"

static const struct emu_step recovers[] = {
	{.verb = EMU_READ, .name = "pieeprom.bin", .content = "pieeprom.bin"},
	{.verb = EMU_METADATA, .name = "EEPROM_UPDATE", .value = "success"},
	{.verb = EMU_DONE, .name = "x"},
};
static const struct emu_step recovers_and_leaves[] = {
	{.verb = EMU_READ, .name = "pieeprom.bin", .content = "pieeprom.bin"},
	{.verb = EMU_LEAVE},
};
static const struct emu_step boots[] = {
	{.verb = EMU_READ, .name = "kernel.img", .content = "kernel.img"},
	{.verb = EMU_READ, .name = "config.txt", .content = "config.txt"},
	{.verb = EMU_DONE, .name = "x"},
};

static const struct row {
	const char *what;
	const struct emu_step *steps;
	size_t step_count;
	enum emu_after after;
	uint64_t pull_ms;   /* when the first board is unplugged; 0: never */
	uint64_t again_ms;  /* when a board is plugged in at the port */
	const char *serial; /* of the second board; the first one has 12345678 */
	unsigned int results;
} rows[] = {
	{"a board restarts", recovers, 3, EMU_AFTER_ROM, 0, 0, NULL, 1},
	{"a board restarts without Done", recovers_and_leaves, 2, EMU_AFTER_ROM, 0, 0, NULL, 1},
	{"a board restarts, and is plugged in later", recovers, 3, EMU_AFTER_ROM, 20000, 21000,
	 "12345678", 2},
	{"a board is plugged in after a long time", recovers, 3, EMU_AFTER_NOTHING, 0, 50000,
	 "12345678", 2},
	{"a board is back within seconds", recovers, 3, EMU_AFTER_NOTHING, 0, 9000, "12345678", 1},
	{"another board is plugged in", recovers, 3, EMU_AFTER_NOTHING, 0, 9000, "00000001", 2},
	{"a board without recovery is plugged in", boots, 3, EMU_AFTER_NOTHING, 0, 9000, "12345678",
	 2},
};

FIXTURE_ONCE(bench_setup, bench_teardown)

TEST(a_restarted_board_is_not_served_again)
{
	struct bench_run run;

	for (const struct row *row = rows; row < rows + array_size(rows); row++) {
		struct config config = {.timeout_ms = 60000};
		struct direct_board boards[] = {
			bench_board("1-1", row->steps, row->step_count),
			bench_board("1-1", row->steps, row->step_count),
		};

		boards[0].plug_ms = 1000;
		boards[0].pull_ms = row->pull_ms;
		boards[0].config.after = row->after;
		boards[1].plug_ms = row->again_ms;
		boards[1].config.serial = row->serial;
		bench_play(&config, boards, row->again_ms ? 2 : 1, &run);
		if (run.results != row->results ||
		    bench_count(run.json, "\"ok\":true") != row->results)
			fail_msg("%s: %u results, not %u\n%s", row->what, run.results, row->results,
				 run.json);
		if (run.why[0] && run.wrong < row->results)
			fail_msg("%s: board %zu: %s", row->what, run.wrong, run.why);
	}
}
