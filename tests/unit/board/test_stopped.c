/* SPDX-License-Identifier: Apache-2.0 */
/* A program that was stopped (Ctrl-Z, a freezer), on the emulator in process: no deadline of a
 * healthy board passes meanwhile. */
#include "tests/test.h"
#include "tests/unit/board/board_bench.h"

#include <stdio.h>

FIXTURE_ONCE(bench_setup, bench_teardown)

/* The program was stopped for longer than every deadline: neither the board that was about to be
 * opened nor one that answers soon has failed; one that never answers has, in its time. */
TEST(a_stopped_program_fails_no_board)
{
	static const struct emu_step done[] = {{.verb = EMU_DONE, .name = "x"}};
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
		{done, 1, 1500, 2000, EMU_FAULT_NONE, STATUS_OK},
		{done, 1, 0, 2000, EMU_FAULT_NONE, STATUS_OK},
		{slow, 2, 0, 4000, EMU_FAULT_NONE, STATUS_OK},
		{done, 1, 0, 2000, EMU_FAULT_REFUSED, STATUS_REFUSED},
	};
	struct bench_run run;
	char truth[128];

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	bench_fill(truth, EMU_BCM2711, done, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config = {.port_number = -1,
					.count = 1,
					.stage_timeout_ms = 3000,
					.timeout_ms = 20000,
					.expect = EXPECT_DONE};
		const struct direct_board board = {
			.port = "1-1",
			.open_takes_ms = rows[i].open_takes_ms,
			.config =
				{
					.chip = EMU_BCM2711,
					.truth = truth,
					.steps = rows[i].steps,
					.step_count = rows[i].count,
					.fault = rows[i].fault,
					.bootcode_content = "bootcode4.bin",
				},
		};

		direct_setup(&board, 1, NULL);
		direct_stop(rows[i].stop_ms, 100000);
		bench_run(&config, &run);
		if (run.status != rows[i].expected || run.results != 1 || run.ms < 100000 ||
		    run.ms > 112000)
			fail_msg("row %zu: status %d after %d ms\n%s", i, (int)run.status,
				 (int)run.ms, run.json);
		direct_teardown();
	}
}

/* Nor has the time to wait for a board passed. */
TEST(a_stopped_program_keeps_its_timeout)
{
	static const struct emu_step done[] = {{.verb = EMU_DONE, .name = "x"}};
	struct direct_board board = {.port = "1-1", .plug_ms = 105000};
	struct config config = {
		.port_number = -1, .count = 1, .timeout_ms = 20000, .expect = EXPECT_DONE};
	struct bench_run run;
	char truth[128];

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	bench_fill(truth, EMU_BCM2711, done, 1);
	board.config = (struct emu_config){.chip = EMU_BCM2711,
					   .truth = truth,
					   .steps = done,
					   .step_count = 1,
					   .bootcode_content = "bootcode4.bin"};
	direct_setup(&board, 1, NULL);
	direct_stop(3000, 100000);
	bench_run(&config, &run);
	assert_int_equal(run.status, STATUS_OK);
	direct_teardown();
}
