/* SPDX-License-Identifier: Apache-2.0 */
/* Several boards on one bus: which are served, how many, and that one's end is no other's. On the
 * emulator in process. */
#include "tests/test.h"
#include "tests/unit/board/board_bench.h"
#include "tests/unit/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <errno.h>
#include <fcntl.h>

FIXTURE_ONCE(bench_setup, bench_teardown)

/* Eight boards with one of each fault among them: each has its own end. */
TEST(a_failure_touches_no_other_board)
{
	static const struct emu_step steps[] = {
		{.verb = EMU_READ, .name = "start4.elf", .content = "start4.elf"},
		{.verb = EMU_DONE, .name = "stale"},
	};
	static const char *const ports[] = {"1-1", "1-2", "1-3.1", "1-3.2",
					    "2-1", "2-2", "3-1",   "3-2"};
	struct config config = {.port_number = -1, .count = 8, .expect = EXPECT_DISK};
	struct direct_board boards[8] = {0};
	char truth[128], sys[128], why[256];
	struct bench_run run;

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	snprintf(sys, sizeof(sys), "%s/sys", bench_root);
	tree_remove(truth);
	bench_fill(truth, EMU_BCM2711, steps, 2);
	for (size_t i = 0; i < 8; i++)
		boards[i] = (struct direct_board){
			.port = ports[i],
			.plug_ms = 1000 + i * 37,
			.config = {.chip = EMU_BCM2711,
				   .truth = truth,
				   .steps = steps,
				   .step_count = 2,
				   .bootcode_content = "bootcode4.bin",
				   .after = EMU_AFTER_MSD},
		};
	boards[2].config.fault = EMU_FAULT_STALL;
	boards[3].config.fault = EMU_FAULT_SILENT;
	boards[5].config.fault = EMU_FAULT_VANISH;
	boards[6].config.fault = EMU_FAULT_REFUSED;
	direct_setup(boards, 8, sys);
	bench_run(&config, &run);
	assert_int_equal(run.status, STATUS_FAILED);
	assert_int_equal(run.results, 8);
	assert_int_equal(bench_count(run.json, "\"ok\":true"), 4);
	assert_non_null(strstr(run.json, "\"ok\":4,\"failed\":4"));
	for (size_t i = 0; i < 8; i++)
		if (emu_verdict(direct_emu(i), why, sizeof(why)) != 0)
			fail_msg("board %zu: %s", i, why);
	direct_teardown();
}

/* udev may set the mode late; or never. */
TEST(a_refused_open_is_tried_again)
{
	static const struct emu_step steps[] = {{.verb = EMU_DONE, .name = "x"}};
	static const struct {
		int code;
		uint64_t until_ms, takes_ms;
		enum exit_status expected;
	} rows[] = {
		{-EACCES, 1300, 0, STATUS_OK}, {-EACCES, 900000, 0, STATUS_NO_PERMISSION},
		{-EBUSY, 1500, 0, STATUS_OK},  {-EBUSY, 900000, 0, STATUS_FAILED},
		{0, 0, 9000, STATUS_OK}, /* slow, not refused */
		{0, 0, 40000, STATUS_FAILED},
	};
	char truth[128];
	struct bench_run run;

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config = {.port_number = -1, .count = 1, .expect = EXPECT_DONE};
		struct direct_board board = {
			.port = "1-1",
			.open_code = rows[i].code,
			.open_ms = rows[i].until_ms,
			.open_takes_ms = rows[i].takes_ms,
			.config = {.chip = EMU_BCM2711,
				   .truth = truth,
				   .steps = steps,
				   .step_count = 1,
				   .bootcode_content = "bootcode4.bin"},
		};

		direct_setup(&board, 1, NULL);
		bench_run(&config, &run);
		assert_int_equal(run.status, rows[i].expected);
		assert_int_equal(run.results, 1);
		direct_teardown();
	}
}

TEST(only_selected_boards_are_served)
{
	static const struct emu_step steps[] = {{.verb = EMU_DONE, .name = "x"}};
	static const char *const by_port[] = {"2-1.4"}, *const by_serial[] = {"ABCDEF01"},
				 *const by_long[] = {"10000000abcdef01"};
	struct config configs[] = {
		{.port_number = -1, .ports = by_port, .port_count = 1},
		{.port_number = -1, .serials = by_serial, .serial_count = 1},
		{.port_number = -1, .serials = by_long, .serial_count = 1},
		{.port_number = 3},
	};
	struct direct_board boards[3] = {{.port = "1-1"}, {.port = "2-1.4"}, {.port = "1-3"}};
	static const char *const expected[] = {"\"port\":\"2-1.4\"", "\"port\":\"2-1.4\"",
					       "\"port\":\"2-1.4\"", "\"port\":\"1-3\""};
	char truth[128];
	struct bench_run run;

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	for (size_t i = 0; i < 3; i++)
		boards[i].config = (struct emu_config){
			.chip = EMU_BCM2711,
			.truth = truth,
			.steps = steps,
			.step_count = 1,
			.bootcode_content = "bootcode4.bin",
			.serial = i == 1 ? "abcdef01" : "00000000",
		};
	for (size_t i = 0; i < 4; i++) {
		configs[i].count = 1;
		configs[i].expect = EXPECT_DONE;
		direct_setup(boards, 3, NULL);
		bench_run(&configs[i], &run);
		assert_int_equal(run.status, STATUS_OK);
		assert_int_equal(run.results, 1);
		assert_non_null(strstr(strstr(run.json, "\"event\":\"result\"") - 60, expected[i]));
		direct_teardown();
	}
}

/* Those that are there while others are being opened have their turn when these are not wanted, or
 * are pulled. */
TEST(a_deferred_board_has_its_turn)
{
	static const struct emu_step steps[] = {{.verb = EMU_DONE, .name = "x"}};
	static const char *const wanted[] = {"00000001", "00000002"};
	static const struct {
		const char *serials[3]; /* of boards that are there from the start */
		unsigned int count;
		bool all, pulled; /* no -i; the first one is pulled while it is being opened */
		unsigned int served;
	} rows[] = {
		{{"00000000", "00000001"}, 1, false, false, 1},
		{{"00000000", "00000001", "00000002"}, 2, false, false, 2},
		{{"00000000", "00000000", "00000002"}, 1, false, false, 1},
		{{"00000000", "00000003"}, 1, true, true, 1},
	};
	char truth[128];
	struct bench_run run;

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct direct_board boards[3] = {{.port = "1-1"}, {.port = "1-2"}, {.port = "1-3"}};
		struct config config = {.port_number = -1,
					.count = rows[i].count,
					.serials = wanted,
					.serial_count = rows[i].all ? 0 : 2,
					.expect = EXPECT_DONE};
		size_t count = 0;

		for (; count < 3 && rows[i].serials[count]; count++)
			boards[count].config = (struct emu_config){
				.chip = EMU_BCM2711,
				.truth = truth,
				.steps = steps,
				.step_count = 1,
				.bootcode_content = "bootcode4.bin",
				.serial = rows[i].serials[count],
			};
		boards[0].pull_ms = rows[i].pulled ? 1500 : 0;
		boards[0].open_takes_ms = rows[i].pulled ? 900 : 0;
		direct_setup(boards, count, NULL);
		bench_run(&config, &run);
		if (run.status != STATUS_OK || run.results != rows[i].served)
			fail_msg("row %zu: status %d, %u results\n%s", i, (int)run.status,
				 run.results, run.json);
		direct_teardown();
	}
}

/* ... and when they have left meanwhile, nobody touches them. */
TEST(a_deferred_board_that_left_is_not_touched)
{
	static const struct emu_step steps[] = {{.verb = EMU_DONE, .name = "x"}};
	static const char *const wanted[] = {"00000001"};
	struct config config = {.port_number = -1,
				.count = 1,
				.serials = wanted,
				.serial_count = 1,
				.timeout_ms = 4000,
				.expect = EXPECT_DONE};
	struct direct_board boards[2] = {{.port = "1-1", .open_takes_ms = 900},
					 {.port = "1-2", .pull_ms = 1300}};
	char truth[128];
	struct bench_run run;

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	for (size_t i = 0; i < 2; i++)
		boards[i].config = (struct emu_config){
			.chip = EMU_BCM2711,
			.truth = truth,
			.steps = steps,
			.step_count = 1,
			.bootcode_content = "bootcode4.bin",
			.serial = i ? "00000001" : "00000000",
		};
	direct_setup(boards, 2, NULL);
	bench_run(&config, &run);
	assert_int_equal(run.status, STATUS_NONE_IN_TIME);
	assert_int_equal(run.results, 0);
	direct_teardown();
}

/* A board has its result, or is let go, and leaves the bus before anybody looks again. */
TEST(a_board_can_end_and_leave_at_once)
{
	static const struct emu_step steps[] = {
		{.verb = EMU_READ, .name = "a", .content = "a"},
		{.verb = EMU_DONE, .name = "x"},
	};
	static const char *const wanted[] = {"00000001"};
	static const struct {
		enum emu_fault fault;
		bool other; /* than the one that is asked for, and pulled */
		enum exit_status expected;
	} rows[] = {
		{EMU_FAULT_COMMAND, false, STATUS_FAILED},
		{EMU_FAULT_NONE, true, STATUS_NONE_IN_TIME},
	};
	char truth[128];
	struct bench_run run;

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	tree_remove(truth);
	bench_fill(truth, EMU_BCM2711, steps, 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config = {.port_number = -1,
					.count = 1,
					.serials = wanted,
					.serial_count = rows[i].other,
					.timeout_ms = 4000,
					.expect = EXPECT_DONE};
		struct direct_board board = {.port = "1-1",
					     .plug_ms = 1000,
					     .pull_ms = rows[i].other ? 1000 : 0,
					     .config = {.chip = EMU_BCM2711,
							.truth = truth,
							.steps = steps,
							.step_count = 2,
							.bootcode_content = "bootcode4.bin",
							.fault = rows[i].fault,
							.fault_leaves = true}};

		direct_setup(&board, 1, NULL);
		bench_run(&config, &run);
		assert_int_equal(run.status, rows[i].expected);
		assert_int_equal(run.results, !rows[i].other);
		direct_teardown();
	}
}

/* What the kernel could not enumerate at first, and then could, is nothing to tell when it has been
 * served and is gone. */
TEST(an_error_before_a_served_board_gives_no_hint)
{
	static const struct emu_step steps[] = {{.verb = EMU_DONE, .name = "x"}};
	static const struct {
		const char *kernel_says;
		bool hint;
	} rows[] = {
		{"3,1,1,-;usb 1-1: device descriptor read/64, error -71\n", false},
		{"3,1,1,-;usb 1-2: device descriptor read/64, error -71\n", true},
	};
	char truth[128], kmsg[128];
	struct bench_run run;

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	snprintf(kmsg, sizeof(kmsg), "%s/kmsg", bench_root);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config = {.port_number = -1,
					.count = 2,
					.timeout_ms = 8000,
					.kmsg = kmsg,
					.expect = EXPECT_DONE};
		struct direct_board board = {
			.port = "1-1",
			.kmsg = kmsg,
			.kernel_says = rows[i].kernel_says,
			.config = {.chip = EMU_BCM2711,
				   .truth = truth,
				   .steps = steps,
				   .step_count = 1,
				   .bootcode_content = "bootcode4.bin"},
		};

		fclose(fopen(kmsg, "w"));
		direct_setup(&board, 1, NULL);
		bench_run(&config, &run);
		assert_int_equal(run.results, 1);
		assert_int_equal(bench_count(run.json, "kernel-error"), rows[i].hint);
		direct_teardown();
	}
}

/* One read that fails does not tell that it is another board; when none succeeds, it tells none. */
TEST(a_serial_number_is_read_again)
{
	static const struct emu_step steps[] = {{.verb = EMU_DONE, .name = "x"}};
	static const char *const wanted[] = {"12345678"};
	static const struct {
		int fault;
		unsigned int faults;
		bool by_serial;
		enum exit_status expected;
	} rows[] = {
		{-EPIPE, 1, true, STATUS_OK},
		{-EAGAIN, 1, true, STATUS_OK},
		{-EPIPE, 3, true, STATUS_OK},
		{-EPIPE, 1, false, STATUS_OK},
		{-EPIPE, 1000, false, STATUS_OK},
		{-EAGAIN, 1000, false, STATUS_OK},
		{-EPIPE, 1000, true, STATUS_NONE_IN_TIME},
	};
	char truth[128];
	struct bench_run run;

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config = {.port_number = -1,
					.count = 1,
					.serials = wanted,
					.serial_count = rows[i].by_serial,
					.timeout_ms = 9000,
					.expect = EXPECT_DONE};
		struct direct_board board = {
			.port = "1-1",
			.config = {.chip = EMU_BCM2711,
				   .truth = truth,
				   .steps = steps,
				   .step_count = 1,
				   .serial_fault = rows[i].fault,
				   .serial_faults = rows[i].faults,
				   .bootcode_content = "bootcode4.bin"},
		};

		direct_setup(&board, 1, NULL);
		bench_run(&config, &run);
		if (run.status != rows[i].expected)
			fail_msg("row %zu: status %d\n%s", i, (int)run.status, run.json);
		direct_teardown();
	}
}

/* The disk with the boot files takes its time: no board is blamed for it, neither the one that is
 * to be sent what it reads nor one that has answered meanwhile. */
TEST(a_slow_disk_of_files_blames_no_board)
{
	static const struct emu_step reads[] = {
		{.verb = EMU_READ, .name = "a", .content = "a", .busy_ms = 1000},
		{.verb = EMU_DONE, .name = "x"},
	};
	static const struct emu_step waits[] = {
		{.verb = EMU_SIZE, .name = "b", .busy_ms = 3000},
		{.verb = EMU_DONE, .name = "x"},
	};
	struct config config = {
		.port_number = -1, .count = 2, .stage_timeout_ms = 5000, .expect = EXPECT_DONE};
	struct direct_board boards[2] = {{.port = "1-1"}, {.port = "1-2"}};
	char truth[128];
	struct bench_run run;

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	tree_remove(truth);
	bench_fill(truth, EMU_BCM2711, reads, 2);
	for (size_t i = 0; i < 2; i++)
		boards[i].config = (struct emu_config){
			.chip = EMU_BCM2711,
			.truth = truth,
			.steps = i ? reads : waits,
			.step_count = 2,
			.bootcode_content = "bootcode4.bin",
			.starts_in_second_stage = true,
		};
	boards[1].read_takes_ms = 8000;
	direct_setup(boards, 2, NULL);
	bench_run(&config, &run);
	if (run.status != STATUS_OK || run.results != 2)
		fail_msg("status %d, %u results\n%s", (int)run.status, run.results, run.json);
	direct_teardown();
}

TEST(no_board_in_time_has_its_status)
{
	struct config config = {.port_number = -1, .count = 1, .timeout_ms = 5000};
	struct bench_run run;

	direct_setup(NULL, 0, NULL);
	bench_run(&config, &run);
	assert_int_equal(run.status, STATUS_NONE_IN_TIME);
	assert_int_equal(run.results, 0);
	assert_true(run.ms >= 5000 && run.ms <= 6100);
	direct_teardown();
}

/* The first tick comes before the first events of the bus. A bus that starts slowly takes nothing
 * from the timeout: a board that is connected already is served. */
TEST(a_slow_start_of_the_bus_takes_no_time)
{
	static const struct emu_step steps[] = {{.verb = EMU_DONE, .name = "x"}};
	struct config config = {.port_number = -1, .count = 1, .timeout_ms = 5000};
	struct direct_board board = {.port = "1-1"};
	struct bench_run run;
	char truth[128];

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	tree_remove(truth);
	bench_fill(truth, EMU_BCM2711, steps, 1);
	board.config = (struct emu_config){.chip = EMU_BCM2711,
					   .truth = truth,
					   .steps = steps,
					   .step_count = 1,
					   .bootcode_content = "bootcode4.bin"};
	direct_setup(&board, 1, NULL);
	direct_start_slowly(6000);
	bench_run(&config, &run);
	assert_int_equal(run.status, STATUS_OK);
	assert_int_equal(run.results, 1);
	direct_teardown();
}

/* Found when the system tells of it, not when it happens to be looked for. */
TEST(a_disk_is_found_by_its_event)
{
	static const struct emu_step steps[] = {{.verb = EMU_DONE, .name = "x"}};
	struct config config = {.port_number = -1, .count = 1, .expect = EXPECT_DISK};
	struct direct_board board = {.port = "1-1", .plug_ms = 1000};
	char truth[128], sys[128];
	double left_s = 0, disk_s = 0;
	const char *left, *disk;
	struct bench_run run;

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	snprintf(sys, sizeof(sys), "%s/sys", bench_root);
	tree_remove(truth);
	bench_fill(truth, EMU_BCM2711, steps, 1);
	board.config = (struct emu_config){.chip = EMU_BCM2711,
					   .truth = truth,
					   .steps = steps,
					   .step_count = 1,
					   .bootcode_content = "bootcode4.bin",
					   .gap_ms = 777,
					   .after = EMU_AFTER_MSD};
	direct_setup(&board, 1, sys);
	bench_run(&config, &run);
	assert_int_equal(run.status, STATUS_OK);
	left = strstr(run.json, "\"event\":\"left\"");
	disk = strstr(run.json, "\"event\":\"disk\"");
	assert_true(left && disk);
	while (strncmp(left, "\"time\":", 7) != 0)
		left--;
	while (strncmp(disk, "\"time\":", 7) != 0)
		disk--;
	assert_int_equal(sscanf(left, "\"time\":%lf", &left_s), 1);
	assert_int_equal(sscanf(disk, "\"time\":%lf", &disk_s), 1);
	assert_int_equal((int)((disk_s - left_s) * 1000 + 0.5), 777 + DIRECT_DISK_MS);
	direct_teardown();
}
