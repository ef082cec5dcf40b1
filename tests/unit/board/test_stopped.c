/* SPDX-License-Identifier: Apache-2.0 */
/* A stopped program (Ctrl-Z, a cgroup freezer), on the in-process emulator: no deadline of a
 * healthy board passes in the meantime. */
#include "tests/test.h"
#include "tests/unit/board/board_bench.h"

FIXTURE_ONCE(bench_setup, bench_teardown)

/* The program was stopped for longer than every deadline. The board that was about to be opened has
 * not failed, nor has a board that answers soon. A board that never answers fails when its own time
 * is over. */
TEST(a_stopped_program_fails_no_board)
{
	static const struct emu_step slow[] = {
		{.verb = EMU_METADATA, .name = "A", .value = "a"},
		{.verb = EMU_DONE, .name = "x", .busy_ms = 2500},
	};
	static const struct {
		const struct emu_step *steps;
		size_t count;
		uint64_t open_takes_ms, stop_ms;
		enum emu_fault fault;
		enum exit_status expected;
	} rows[] = {
		{bench_done, 1, 1500, 2000, EMU_FAULT_NONE, STATUS_OK},
		{bench_done, 1, 0, 2000, EMU_FAULT_NONE, STATUS_OK},
		{slow, 2, 0, 4000, EMU_FAULT_NONE, STATUS_OK},
		{bench_done, 1, 0, 2000, EMU_FAULT_REFUSED, STATUS_REFUSED},
	};
	struct bench_run run;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config = {.count = 1,
					.stage_timeout_ms = 3000,
					.timeout_ms = 20000,
					.expect = EXPECT_DONE};
		struct direct_board board = bench_board("1-1", rows[i].steps, rows[i].count);

		board.open_takes_ms = rows[i].open_takes_ms;
		board.config.fault = rows[i].fault;
		bench_put(&board, 1);
		direct_stop(rows[i].stop_ms, 100000);
		bench_run(&config, NULL, &run);
		if (run.status != rows[i].expected || run.results != 1 || run.ms < 100000 ||
		    run.ms > 112000)
			fail_msg("row %zu: status %d after %d ms\n%s", i, (int)run.status,
				 (int)run.ms, run.json);
	}
}

/* The time without a board does not count either. */
TEST(a_stopped_program_keeps_its_timeout)
{
	struct direct_board board = bench_board("1-1", bench_done, 1);
	struct config config = {.count = 1, .timeout_ms = 20000, .expect = EXPECT_DONE};
	struct bench_run run;

	board.plug_ms = 105000;
	bench_put(&board, 1);
	direct_stop(3000, 100000);
	bench_run(&config, NULL, &run);
	assert_int_equal(run.status, STATUS_OK);
}
