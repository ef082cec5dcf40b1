/* SPDX-License-Identifier: Apache-2.0 */
/* Several boards on one bus, on the in-process emulator: which boards are served, how many, and
 * that a failure of one board does not affect the others. */
#include "tests/test.h"
#include "tests/unit/board/board_bench.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

FIXTURE_ONCE(bench_setup, bench_teardown)

/* Four of the eight boards have a fault. Each board has its own result. */
TEST(a_failure_does_not_affect_other_boards)
{
	static const struct emu_step steps[] = {
		{.verb = EMU_READ, .name = "start4.elf", .content = "start4.elf"},
		{.verb = EMU_DONE, .name = "stale"},
	};
	static const char *const ports[] = {"1-1", "1-2", "1-3.1", "1-3.2",
					    "2-1", "2-2", "3-1",   "3-2"};
	struct config config = {.count = 8,
				.expect = bench_finds_disks() ? EXPECT_DISK : EXPECT_DONE};
	struct direct_board boards[8];
	struct bench_run run;

	for (size_t i = 0; i < 8; i++) {
		boards[i] = bench_board(ports[i], steps, 2);
		boards[i].plug_ms = 1000 + i * 37;
		boards[i].config.after = EMU_AFTER_MSD;
	}
	boards[2].config.fault = EMU_FAULT_STALL;
	boards[3].config.fault = EMU_FAULT_SILENT;
	boards[5].config.fault = EMU_FAULT_VANISH;
	boards[6].config.fault = EMU_FAULT_REFUSED;
	bench_play(&config, boards, 8, &run);
	assert_int_equal(run.status, STATUS_FAILED);
	assert_int_equal(run.results, 8);
	assert_int_equal(bench_count(run.json, "\"ok\":true"), 4);
	assert_non_null(strstr(run.json, "\"ok\":4,\"failed\":4"));
	if (run.why[0])
		fail_msg("board %zu: %s", run.wrong, run.why);
}

/* udev can set the mode of the node late, or never. */
TEST(a_refused_open_is_tried_again)
{
	static const struct {
		int code;
		uint64_t until_ms, takes_ms;
		enum exit_status expected;
	} rows[] = {
		{-EACCES, 1300, 0, STATUS_OK}, {-EACCES, 900000, 0, STATUS_NO_PERMISSION},
		{-EBUSY, 1500, 0, STATUS_OK},  {-EBUSY, 900000, 0, STATUS_FAILED},
		{0, 0, 9000, STATUS_OK}, /* slow, but not refused */
		{0, 0, 40000, STATUS_FAILED},
	};
	struct bench_run run;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config = {.count = 1, .expect = EXPECT_DONE};
		struct direct_board board = bench_board("1-1", bench_done, 1);

		board.open_code = rows[i].code;
		board.open_ms = rows[i].until_ms;
		board.open_takes_ms = rows[i].takes_ms;
		bench_play(&config, &board, 1, &run);
		assert_int_equal(run.status, rows[i].expected);
		assert_int_equal(run.results, 1);
	}
}

/* The time for opening a device begins when the system authorises it. */
TEST(a_device_that_is_authorized_late_is_opened)
{
	static const struct {
		uint64_t authorized_ms;
		enum exit_status expected;
	} rows[] = {{1500, STATUS_OK}, {28500, STATUS_OK}, {900000, STATUS_NO_PERMISSION}};
	const struct direct_board other = {.port = "9-9", .withheld = true};
	struct bench_run run;

	tree_parents(bench_root, "sys/bus/usb/devices/");
	direct_authorize(&other, bench_sys, false);
	if (usb_is_authorized(bench_sys, other.port, NULL, 0)) {
		print_message("SKIP: on this system, every device is authorised\n");
		skip();
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config = {.count = 1, .expect = EXPECT_DONE};
		struct direct_board board = bench_board("1-1", bench_done, 1);

		board.open_code = -ENODEV;
		board.open_ms = rows[i].authorized_ms;
		board.open_takes_ms = 9000;
		board.withheld = true;
		bench_play(&config, &board, 1, &run);
		assert_int_equal(run.status, rows[i].expected);
		assert_int_equal(run.results, 1);
	}
}

TEST(only_selected_boards_are_served)
{
	static const char *const by_port[] = {"2-1.4"}, *const by_serial[] = {"ABCDEF01"},
				 *const by_long[] = {"10000000abcdef01"};
	struct config configs[] = {
		{.ports = by_port, .port_count = 1},
		{.serials = by_serial, .serial_count = 1},
		{.serials = by_long, .serial_count = 1},
		{.port_number = 3},
	};
	static const char *const expected[] = {"\"port\":\"2-1.4\"", "\"port\":\"2-1.4\"",
					       "\"port\":\"2-1.4\"", "\"port\":\"1-3\""};
	struct direct_board boards[] = {
		bench_board("1-1", bench_done, 1),
		bench_board("2-1.4", bench_done, 1),
		bench_board("1-3", bench_done, 1),
	};
	struct bench_run run;

	for (size_t i = 0; i < 3; i++)
		boards[i].config.serial = i == 1 ? "abcdef01" : "00000000";
	for (size_t i = 0; i < 4; i++) {
		configs[i].count = 1;
		configs[i].expect = EXPECT_DONE;
		bench_play(&configs[i], boards, 3, &run);
		assert_int_equal(run.status, STATUS_OK);
		assert_int_equal(run.results, 1);
		assert_non_null(strstr(strstr(run.json, "\"event\":\"result\"") - 60, expected[i]));
	}
}

/* Boards that appear while other boards are opened are deferred. They are served if the first
 * boards are not selected or are unplugged. */
TEST(a_deferred_board_is_served_later)
{
	static const char *const wanted[] = {"00000001", "00000002"};
	static const struct {
		const char *serials[3]; /* of the boards that are present at the start */
		unsigned int count;
		bool all, pulled; /* without -i; the first board leaves while it is opened */
		unsigned int served;
	} rows[] = {
		{{"00000000", "00000001"}, 1, false, false, 1},
		{{"00000000", "00000001", "00000002"}, 2, false, false, 2},
		{{"00000000", "00000000", "00000002"}, 1, false, false, 1},
		{{"00000000", "00000003"}, 1, true, true, 1},
	};
	struct bench_run run;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct direct_board boards[] = {
			bench_board("1-1", bench_done, 1),
			bench_board("1-2", bench_done, 1),
			bench_board("1-3", bench_done, 1),
		};
		struct config config = {.count = rows[i].count,
					.serials = wanted,
					.serial_count = rows[i].all ? 0 : 2,
					.expect = EXPECT_DONE};
		size_t count = 0;

		for (; count < 3 && rows[i].serials[count]; count++)
			boards[count].config.serial = rows[i].serials[count];
		boards[0].pull_ms = rows[i].pulled ? 1500 : 0;
		boards[0].open_takes_ms = rows[i].pulled ? 900 : 0;
		bench_play(&config, boards, count, &run);
		if (run.status != STATUS_OK || run.results != rows[i].served)
			fail_msg("row %zu: status %d, %u results\n%s", i, (int)run.status,
				 run.results, run.json);
	}
}

/* A deferred board can leave before it is opened. */
TEST(a_deferred_board_that_left_is_not_opened)
{
	static const char *const wanted[] = {"00000001"};
	struct config config = {.count = 1,
				.serials = wanted,
				.serial_count = 1,
				.timeout_ms = 4000,
				.expect = EXPECT_DONE};
	struct direct_board boards[] = {
		bench_board("1-1", bench_done, 1),
		bench_board("1-2", bench_done, 1),
	};
	struct bench_run run;

	boards[0].open_takes_ms = 900;
	boards[0].config.serial = "00000000";
	boards[1].pull_ms = 1300;
	boards[1].config.serial = "00000001";
	bench_play(&config, boards, 2, &run);
	assert_int_equal(run.status, STATUS_NONE_IN_TIME);
	assert_int_equal(run.results, 0);
}

/* A board gets its result, or is not selected, and leaves the bus before the next poll. */
TEST(a_board_can_end_and_leave_at_once)
{
	static const struct emu_step steps[] = {
		{.verb = EMU_READ, .name = "a", .content = "a"},
		{.verb = EMU_DONE, .name = "x"},
	};
	static const char *const wanted[] = {"00000001"};
	static const struct {
		enum emu_fault fault;
		bool other; /* not the selected board; it is unplugged */
		enum exit_status expected;
	} rows[] = {
		{EMU_FAULT_COMMAND, false, STATUS_FAILED},
		{EMU_FAULT_NONE, true, STATUS_NONE_IN_TIME},
	};
	struct bench_run run;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config = {.count = 1,
					.serials = wanted,
					.serial_count = rows[i].other,
					.timeout_ms = 4000,
					.expect = EXPECT_DONE};
		struct direct_board board = bench_board("1-1", steps, 2);

		board.plug_ms = 1000;
		board.pull_ms = rows[i].other ? 1000 : 0;
		board.config.fault = rows[i].fault;
		board.config.fault_leaves = true;
		bench_play(&config, &board, 1, &run);
		assert_int_equal(run.status, rows[i].expected);
		assert_int_equal(run.results, !rows[i].other);
	}
}

/* An enumeration error gives no hint if the board was served and left afterwards. */
TEST(an_error_before_a_served_board_gives_no_hint)
{
	static const struct {
		const char *kernel_message;
		bool hint;
	} rows[] = {
		{"3,1,1,-;usb 1-1: device descriptor read/64, error -71\n", false},
		{"3,1,1,-;usb 1-2: device descriptor read/64, error -71\n", true},
	};
	char kmsg[128];
	int messages;
	struct bench_run run;

	snprintf(kmsg, sizeof(kmsg), "%s/kmsg", bench_root);
	fclose(fopen(kmsg, "w"));
	messages = usb_kmsg_open(kmsg);
	if (messages < 0) {
		print_message("SKIP: the program reads no messages of the kernel of this system\n");
		skip();
	}
	close(messages);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config = {
			.count = 2, .timeout_ms = 8000, .kmsg = kmsg, .expect = EXPECT_DONE};
		struct direct_board board = bench_board("1-1", bench_done, 1);

		board.kmsg = kmsg;
		board.kernel_message = rows[i].kernel_message;
		fclose(fopen(kmsg, "w"));
		bench_play(&config, &board, 1, &run);
		assert_int_equal(run.results, 1);
		assert_int_equal(bench_count(run.json, "kernel-error"), rows[i].hint);
	}
}

/* A failed read of the serial number is repeated. Without a serial number, the board is served only
 * if -i selects none. */
TEST(a_serial_number_is_read_again)
{
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
	struct bench_run run;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config = {.count = 1,
					.serials = wanted,
					.serial_count = rows[i].by_serial,
					.timeout_ms = 9000,
					.expect = EXPECT_DONE};
		struct direct_board board = bench_board("1-1", bench_done, 1);

		board.config.serial_fault = rows[i].fault;
		board.config.serial_faults = rows[i].faults;
		bench_play(&config, &board, 1, &run);
		if (run.status != rows[i].expected)
			fail_msg("row %zu: status %d\n%s", i, (int)run.status, run.json);
	}
}

/* Reading a boot file is slow. No board times out: neither the board that waits for the file, nor a
 * board that has answered in the meantime. */
TEST(a_slow_disk_of_files_fails_no_board)
{
	static const struct emu_step reads[] = {
		{.verb = EMU_READ, .name = "a", .content = "a", .busy_ms = 1000},
		{.verb = EMU_DONE, .name = "x"},
	};
	static const struct emu_step waits[] = {
		{.verb = EMU_SIZE, .name = "b", .busy_ms = 3000},
		{.verb = EMU_DONE, .name = "x"},
	};
	struct config config = {.count = 2, .stage_timeout_ms = 5000, .expect = EXPECT_DONE};
	struct direct_board boards[] = {
		bench_board("1-1", waits, 2),
		bench_board("1-2", reads, 2),
	};
	struct bench_run run;

	for (size_t i = 0; i < 2; i++)
		boards[i].config.starts_in_second_stage = true;
	boards[1].read_takes_ms = 8000;
	bench_play(&config, boards, 2, &run);
	if (run.status != STATUS_OK || run.results != 2)
		fail_msg("status %d, %u results\n%s", (int)run.status, run.results, run.json);
}

TEST(a_timeout_without_a_board_has_its_exit_status)
{
	struct config config = {.count = 1, .timeout_ms = 5000};
	const struct direct_board absent = bench_board("1-1", bench_done, 1);
	struct bench_run run;

	bench_fill(&absent, 1);
	direct_setup(NULL, 0, bench_sys);
	bench_run(&config, NULL, &run);
	assert_int_equal(run.status, STATUS_NONE_IN_TIME);
	assert_int_equal(run.results, 0);
	assert_true(run.ms >= 5000 && run.ms <= 6100);
}

/* The first tick comes before the first events of the bus. The time that the bus needs to start
 * does not count: a connected board is served. */
TEST(a_slow_start_of_the_bus_does_not_count_as_waiting)
{
	struct config config = {.count = 1, .timeout_ms = 5000};
	struct direct_board board = bench_board("1-1", bench_done, 1);
	struct bench_run run;

	bench_put(&board, 1);
	direct_start_slowly(6000);
	bench_run(&config, NULL, &run);
	assert_int_equal(run.status, STATUS_OK);
	assert_int_equal(run.results, 1);
}

/* An event of the kernel triggers the search for a disk; the search does not wait for the next
 * poll. */
TEST(a_disk_is_found_by_its_event)
{
	struct config config = {.count = 1, .expect = EXPECT_DISK};
	struct direct_board board = bench_board("1-1", bench_done, 1);
	double left_s = 0, disk_s = 0;
	const char *left, *disk;
	struct bench_run run;

	bench_needs_disks();
	board.plug_ms = 1000;
	board.config.gap_ms = 777;
	board.config.after = EMU_AFTER_MSD;
	bench_play(&config, &board, 1, &run);
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
}
