/* SPDX-License-Identifier: Apache-2.0 */
/* --write from the start of the writer to its result: the reported events, and the effect of each
 * result and of each interruption on the board. */
#include "tests/test.h"
#include "tests/unit/board/board_write_bench.h"
#include "util/util.h"

TEST(progress_is_reported)
{
	struct bench bench;

	bench_writing(&bench);
	fake_status(WRITER_OPENING, 0, 0);
	board_tick(bench.board, 2200);
	check_events("");
	fake_status(WRITER_WRITING, 100, 1000);
	board_tick(bench.board, 2250); /* no scan is due */
	check_events("");
	assert_int_equal(board_tick(bench.board, 2300), 2400);
	check_events("write /dev/sda 100/1000\n");
	board_tick(bench.board, 2400); /* no progress */
	check_events("");
	fake_status(WRITER_VERIFYING, 100, 1000);
	board_tick(bench.board, 2500);
	check_events("verify /dev/sda 100/1000\n");
	board_left(bench.board, 2600); /* the writer detects and reports it */
	check_events("");
	assert_false(board_ended(bench.board));
	bench_free(&bench);
}

TEST(the_result_has_the_written_disk_and_bytes)
{
	static const struct {
		bool verified;
		const char *events;
	} rows[] = {
		{true, "written /dev/sda 16 in 4.5 s, verified, 0aff00000000, 2\n"
		       "result 0: /dev/sda has the image, verified\n"},
		{false, "written /dev/sda 16 in 4.5 s, not verified, 0aff00000000, 2\n"
			"result 0: /dev/sda has the image, not verified\n"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct bench bench;

		bench_writing(&bench);
		writer_fake.state = (struct writer_state){.phase = WRITER_ENDED,
							  .written_bytes = 16,
							  .sha256 = {0x0a, 0xff},
							  .verified = rows[i].verified,
							  .partition_count = 2};
		assert_false(board_busy(bench.board));
		board_tick(bench.board, 6500);
		check_events(rows[i].events);
		assert_int_equal(board_status(bench.board), STATUS_OK);
		bench_free(&bench);
	}
}

/* The warnings are reported after the disk, and do not change the result. */
TEST(warnings_come_before_the_result)
{
	struct bench bench;

	bench_writing(&bench);
	writer_fake.state =
		(struct writer_state){.phase = WRITER_ENDED,
				      .written_bytes = 16,
				      .verified = true,
				      .warning_count = 2,
				      .warnings = {{"no-partition", "no partition was found"},
						   {"ignored-bytes", "7 bytes"}}};
	board_tick(bench.board, 6500);
	check_events("written /dev/sda 16 in 4.5 s, verified, 000000000000, 0\n"
		     "warning no-partition: no partition was found\n"
		     "warning ignored-bytes: 7 bytes\n"
		     "result 0: /dev/sda has the image, verified\n");
	bench_free(&bench);
}

TEST(a_failed_writer_fails_the_board)
{
	struct bench bench;

	bench_writing(&bench);
	writer_fake.state.phase = WRITER_ENDED;
	error_set(&writer_fake.state.err, -EIO, "writing /dev/sda failed at byte 5");
	board_tick(bench.board, 2001); /* at once: the writer has woken the loop */
	check_events("result 9: writing /dev/sda failed at byte 5\n");
	assert_int_equal(board_status(bench.board), STATUS_WRITE_FAILED);
	bench_free(&bench);
}

/* A slow image never times out, whether its size is known or not: it can be a pipe, or expand to a
 * long area without data. */
TEST(a_slow_image_does_not_time_out)
{
	struct bench bench;

	for (uint64_t total = 0; total <= 1000; total += 1000) {
		bench_writing(&bench);
		fake_status(WRITER_WRITING, 100, total);
		fake_disk(false, 3);
		for (uint64_t now_ms = 3000; now_ms < 10 * STAGE_TIMEOUT_MS; now_ms += 1000)
			board_tick(bench.board, now_ms);
		assert_false(board_ended(bench.board));
		assert_int_equal(writer_fake.cancelled, 0);
		bench_free(&bench);
	}
}

/* The message prints seconds without an exponent (not 3.6e+03). */
TEST(an_hour_is_printed_in_seconds)
{
	static const struct {
		uint64_t ms;
		const char *events;
	} rows[] = {
		{3600000, "in 3600 s; nothing"},
		{86400000, "in 86400 s; nothing"},
		{500, "in 0.5 s; nothing"},
		{1234567, "in 1234.57 s; nothing"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct bench bench;

		bench_writing(&bench);
		bench.config.stage_timeout_ms = rows[i].ms;
		fake_status(WRITER_OPENING, 0, 0);
		fake_disk(true, 1);
		board_tick(bench.board, 3000);
		board_tick(bench.board, 3000 + rows[i].ms);
		if (!strstr(events, rows[i].events))
			fail_msg("no '%s' in %s", rows[i].events, events);
		bench_free(&bench);
	}
}

/* The process and its writer were stopped. The timeout of the disk starts again. */
TEST(a_stopped_process_restarts_the_timeout_of_the_disk)
{
	struct bench bench;

	bench_writing(&bench);
	fake_status(WRITER_WRITING, 200, 1000);
	fake_disk(true, 5);
	board_tick(bench.board, 3000);
	board_postpone(bench.board, 10 * STAGE_TIMEOUT_MS, 3000 + 10 * STAGE_TIMEOUT_MS);
	board_tick(bench.board, 3000 + 10 * STAGE_TIMEOUT_MS);
	assert_false(board_ended(bench.board));
	board_tick(bench.board, 3000 + 11 * STAGE_TIMEOUT_MS);
	assert_true(board_ended(bench.board));
	bench_free(&bench);
}

/* A silent disk times out. Finished operations of the disk count as activity, even without
 * progress. */
TEST(a_silent_disk_times_out)
{
	static const struct {
		enum writer_phase phase;
		uint64_t bytes, total;
		const char *events;
	} rows[] = {
		{WRITER_OPENING, 0, 0,
		 "result 9: /dev/sda could not be opened in 60 s; nothing was written to the disk; "
		 "check the power supply and the cable\n"},
		{WRITER_WRITING, 200, 1000,
		 "result 9: /dev/sda did not respond for 60 s after 200 bytes were written; the "
		 "disk is incomplete and will not boot; check the power supply and the cable\n"},
		{WRITER_WRITING, 200, 0,
		 "result 9: /dev/sda did not respond for 60 s after 200 bytes were written; the "
		 "disk is incomplete and will not boot; check the power supply and the cable\n"},
		{WRITER_VERIFYING, 200, 1000,
		 "result 9: /dev/sda did not respond for 60 s after 200 bytes were verified; the "
		 "disk is incomplete and will not boot; check the power supply and the cable\n"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		uint64_t now_ms = 3000;
		struct bench bench;

		bench_writing(&bench);
		fake_status(rows[i].phase, rows[i].bytes, rows[i].total);
		for (uint64_t operations = 1; operations < 10; operations++) {
			now_ms += STAGE_TIMEOUT_MS - 1;
			fake_disk(true, operations);
			board_tick(bench.board, now_ms);
		}
		assert_false(board_ended(bench.board));
		events[0] = '\0';
		board_tick(bench.board, now_ms + STAGE_TIMEOUT_MS - 1);
		assert_false(board_ended(bench.board));
		assert_int_equal(writer_fake.cancelled, 0);
		board_tick(bench.board, now_ms + STAGE_TIMEOUT_MS);
		assert_int_equal(writer_fake.cancelled, 1);
		check_events(rows[i].events);
		bench_free(&bench);
	}
}

/* Ctrl-C cancels the writer, which then gets a short time to end. */
TEST(an_interrupt_ends_the_writer)
{
	static const struct {
		struct writer_state state;
		enum exit_status reason, status;
		const char *events;
	} rows[] = {
		{{.phase = WRITER_OPENING},
		 STATUS_INTERRUPTED,
		 STATUS_INTERRUPTED,
		 "result 130: interrupted after 0 bytes of /dev/sda were written; nothing was "
		 "written to the disk\n"},
		{{.phase = WRITER_ENDED, .err.code = -ECANCELED},
		 STATUS_INTERRUPTED,
		 STATUS_INTERRUPTED,
		 "result 130: interrupted after 0 bytes of /dev/sda were written; nothing was "
		 "written to the disk\n"},
		{{.phase = WRITER_WRITING, .bytes = 300, .write_started = true},
		 STATUS_INTERRUPTED,
		 STATUS_INTERRUPTED,
		 "result 130: interrupted after 300 bytes of /dev/sda were written; the "
		 "disk is incomplete and will not boot\n"},
		{{.phase = WRITER_ENDED,
		  .err.code = -ECANCELED,
		  .written_bytes = 512,
		  .write_started = true},
		 STATUS_TERMINATED,
		 STATUS_TERMINATED,
		 "result 143: terminated after 512 bytes of /dev/sda were written; the "
		 "disk is incomplete and will not boot\n"},
		/* The writer ended by itself in the meantime. */
		{{.phase = WRITER_ENDED, .written_bytes = 16, .verified = true},
		 STATUS_INTERRUPTED,
		 STATUS_OK,
		 "written /dev/sda 16 in 1.0 s, verified, 000000000000, 0\n"
		 "result 0: /dev/sda has the image, verified\n"},
		{{.phase = WRITER_ENDED, .err = {.code = -EIO, .text = "broken"}},
		 STATUS_INTERRUPTED,
		 STATUS_WRITE_FAILED,
		 "result 9: broken\n"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct bench bench;

		bench_writing(&bench);
		writer_fake.state = (struct writer_state){.phase = WRITER_WRITING};
		board_stop(bench.board);
		assert_int_equal(writer_fake.cancelled, 1);
		writer_fake.state = rows[i].state;
		board_interrupt(bench.board, rows[i].reason, 3000);
		check_events(rows[i].events);
		assert_int_equal(board_status(bench.board), rows[i].status);
		assert_false(board_busy(bench.board));
		board_stop(bench.board); /* nothing is left to cancel */
		assert_int_equal(writer_fake.cancelled, 1);
		bench_free(&bench);
	}
}

#define LEFT_TEXT                                                                                  \
	"result 6: the board left the bus after 100 bytes of /dev/sda were written; the disk is "  \
	"incomplete and will not boot\n"

/* The writer waits for the image, so only the bus can report the departure. */
TEST(a_board_can_leave_while_the_image_stalls)
{
	struct bench bench;

	bench_writing(&bench);
	dev_id = (struct usb_id){.vendor = 0x0a5c, .product = 0x0001};
	board_arrived(bench.board, (struct usb_dev *)&dev_id, 2050); /* the bus reports it late */
	assert_ptr_equal(dev_owner, bench.board);
	fake_status(WRITER_WRITING, 100, 1000);
	fake_disk(false, 3);
	board_tick(bench.board, 3000);
	events[0] = '\0';
	board_left(bench.board, 3050);
	assert_null(dev_owner);
	board_tick(bench.board, 3050);
	assert_false(board_ended(bench.board));
	for (uint64_t now_ms = 3150; now_ms <= 3650; now_ms += 100)
		board_tick(bench.board, now_ms);
	check_events(LEFT_TEXT);
	assert_int_equal(writer_fake.cancelled, 1);
	assert_int_equal(board_status(bench.board), STATUS_VANISHED);
	bench_free(&bench);
}

/* The message has the written bytes and the error of the disk. */
TEST(a_board_that_leaves_fails_the_write)
{
	struct bench bench;

	bench_writing(&bench);
	fake_status(WRITER_WRITING, 100, 1000);
	fake_disk(true, 3);
	board_left(bench.board, 3050);
	for (uint64_t now_ms = 3050; now_ms < 5000; now_ms += 100)
		board_tick(bench.board, now_ms);
	assert_false(board_ended(bench.board));
	events[0] = '\0';
	writer_fake.state.phase = WRITER_ENDED;
	error_set(&writer_fake.state.err, -EIO, "writing /dev/sda failed at byte 5");
	board_tick(bench.board, 5000);
	check_events("result 9: writing /dev/sda failed at byte 5\n");
	bench_free(&bench);
}

/* The next board on the port is served at once. The end of the first board does not matter. */
TEST(the_next_board_is_served_at_once)
{
	static const struct {
		bool left, busy;
	} rows[] = {{true, false}, {true, true}, {false, false}, {false, true}};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct bench bench;

		bench_writing(&bench);
		fake_status(WRITER_WRITING, 100, 1000);
		fake_disk(rows[i].busy, 3);
		if (rows[i].left)
			board_left(bench.board, 3000);
		dev_id = (struct usb_id){.vendor = 0x0a5c, .product = 0x2711};
		board_arrived(bench.board, (struct usb_dev *)&dev_id, 3050);
		assert_true(board_ended(bench.board));
		assert_int_equal(board_status(bench.board), STATUS_VANISHED);
		assert_null(dev_owner);
		events[0] = '\0';
		bench_free(&bench);
	}
}

/* The first board has its result already. */
TEST(the_next_board_keeps_an_earlier_result)
{
	struct bench bench;

	bench_writing(&bench);
	writer_fake.state = (struct writer_state){.phase = WRITER_ENDED, .verified = true};
	dev_id = (struct usb_id){.vendor = 0x0a5c, .product = 0x2711};
	board_arrived(bench.board, (struct usb_dev *)&dev_id, 3050);
	assert_int_equal(board_status(bench.board), STATUS_OK);
	bench_free(&bench);
}

/* The departure of the second stage is reported late. The left device is not that of the disk. */
TEST(a_late_departure_of_the_second_stage_keeps_the_disk)
{
	struct bench bench;

	bench_new(&bench);
	dev_id = (struct usb_id){.vendor = 0x0a5c, .product = 0x2711, .serial_index = 3};
	board_set_device(bench.board, (struct usb_dev *)&dev_id);
	add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
	board_tick(bench.board, 2000);
	assert_int_equal(writer_fake.started, 1);
	assert_null(dev_owner);
	bench_free(&bench);
}
