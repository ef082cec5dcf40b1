/* SPDX-License-Identifier: Apache-2.0 */
/* --write, up to the writer's start: which of the board's disks is taken, and when. */
#include "tests/test.h"
#include "tests/unit/board/board_write_bench.h"
#include "util/util.h"

TEST(the_disk_of_the_board_is_written)
{
	struct bench bench;

	bench_new(&bench);
	board_tick(bench.board, 1500);
	check_told("");
	add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
	bench.config.no_verify = true;
	board_tick(bench.board, 2000);
	check_told("disk /dev/sda\n");
	assert_int_equal(writer_fake.started, 1);
	assert_ptr_equal(writer_fake.config.image, bench.context.image);
	assert_ptr_equal(writer_fake.config.open, target_open);
	assert_false(writer_fake.config.verify);
	assert_string_equal(writer_fake.config.target.port, PORT);
	assert_string_equal(writer_fake.config.target.disk.path, "/dev/sda");
	assert_int_equal(writer_fake.config.target.disk.bytes, 2048 * 512);
	assert_int_equal(writer_fake.config.target.after, 7);
	assert_int_equal(writer_fake.config.target.need_bytes, 16);
	bench_free(&bench);
}

/* On a busy machine its disk may be seen before the bus tells that the second stage has left; what
 * is there by then may be the disk itself. */
TEST(a_disk_can_appear_before_the_departure)
{
	struct bench bench;

	for (int away = 0; away < 2; away++) {
		bench_new(&bench);
		dev_id.vendor = 0x0a5c;
		dev_id.product = away ? 0x0001 : 0x2711;
		bench.board->dev = (struct usb_dev *)&bench;
		bench.board->awaiting.away = away;
		board_tick(bench.board, 1500);
		check_told("");
		add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
		board_tick(bench.board, 2000);
		check_told(away ? "disk /dev/sda\n" : "left 1\ndisk /dev/sda\n");
		board_left(bench.board, 2001);
		check_told("");
		bench_free(&bench);
	}
}

/* Several: none unless --to tells one; one without a medium is none. */
TEST(one_of_several_disks_has_to_be_named)
{
	static const struct {
		const char *to, *second_bytes;
		const char *disk; /* that is written; NULL: none is */
		const char *told;
	} rows[] = {
		{NULL, "4096\n", NULL,
		 "disk /dev/sda\ndisk /dev/sdb\nresult 9: nothing is written, because the board "
		 "has several disks; select one of them with --to MODEL: /dev/sda (mmcblk0), "
		 "/dev/sdb (nvme0n1)\n"},
		{NULL, "0\n", "/dev/sda", "disk /dev/sda\n"},
		{"NVMe", "4096\n", "/dev/sdb", "disk /dev/sda\ndisk /dev/sdb\n"},
		{"usb", "4096\n", NULL, /* it might still come */
		 "disk /dev/sda\ndisk /dev/sdb\nresult 9: nothing is written, because --to 'usb' "
		 "must select exactly one disk of the board; its disks are: /dev/sda (mmcblk0), "
		 "/dev/sdb (nvme0n1)\n"},
		{"0", "4096\n", NULL,
		 "disk /dev/sda\ndisk /dev/sdb\nresult 9: nothing is written, because --to '0' "
		 "must select exactly one disk of the board; its disks are: /dev/sda (mmcblk0), "
		 "/dev/sdb (nvme0n1)\n"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct bench bench;

		bench_new(&bench);
		bench.config.to_model = rows[i].to;
		add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
		add_disk(&bench, 1, "nvme0n1", "sdb", rows[i].second_bytes);
		board_tick(bench.board, 2000);
		if (rows[i].to && strcmp(rows[i].to, "usb") == 0) {
			check_told("");
			board_tick(bench.board, STAGE_TIMEOUT_MS - 1);
			check_told("");
			board_tick(bench.board, 1000 + STAGE_TIMEOUT_MS);
		}
		check_told(rows[i].told);
		assert_int_equal(writer_fake.started, rows[i].disk != NULL);
		if (rows[i].disk)
			assert_string_equal(writer_fake.config.target.disk.path, rows[i].disk);
		else
			assert_int_equal(board_status(bench.board), STATUS_WRITE_FAILED);
		bench_free(&bench);
	}
}

static void add_interface(struct bench *bench, unsigned int number)
{
	char name[128];

	snprintf(name, sizeof(name), DEVICE PORT ":1.%u/bInterfaceClass", number);
	tree_text(bench->dir, name, "08\n");
}

/* One of two is there: it is not written just because it is the first one. But what never comes is
 * not waited for beyond what is usual. */
TEST(the_first_disk_is_not_written_alone)
{
	static const struct {
		const char *to;
		bool comes;
		const char *told;
		const char *disk;
	} rows[] = {
		{NULL, true,
		 "disk /dev/sda\ndisk /dev/sdb\nresult 9: nothing is written, because the board "
		 "has several disks; select one of them with --to MODEL: /dev/sda (mmcblk0), "
		 "/dev/sdb (nvme0n1)\n",
		 NULL},
		{"nvme", true, "disk /dev/sda\ndisk /dev/sdb\n", "/dev/sdb"},
		{NULL, false, "disk /dev/sda\n", "/dev/sda"},
		{"mmc", false, "disk /dev/sda\n", "/dev/sda"},
		{"nvme", false,
		 "disk /dev/sda\nresult 9: nothing is written, because --to 'nvme' must select "
		 "exactly one disk of the board; its disks are: /dev/sda (mmcblk0)\n",
		 NULL},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct bench bench;

		bench_new(&bench);
		bench.config.to_model = rows[i].to;
		add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
		add_interface(&bench, 1);
		for (uint64_t now_ms = 2000; now_ms < 1000 + STAGE_TIMEOUT_MS; now_ms += 500)
			board_tick(bench.board, now_ms);
		board_tick(bench.board, 1000 + STAGE_TIMEOUT_MS - 10);
		check_told("");
		assert_int_equal(writer_fake.started, 0);
		if (rows[i].comes)
			add_disk_to(&bench, 1, "nvme0n1", "sdb", "4096\n");
		/* It was looked at a moment ago, and would be soon. */
		board_tick(bench.board, 1000 + STAGE_TIMEOUT_MS);
		check_told(rows[i].told);
		assert_int_equal(writer_fake.started, rows[i].disk != NULL);
		if (rows[i].disk)
			assert_string_equal(writer_fake.config.target.disk.path, rows[i].disk);
		bench_free(&bench);
	}
}

/* What nobody writes is told as far as it is there, after some seconds. */
TEST(disks_are_reported_after_some_seconds)
{
	struct image *image;
	struct bench bench;

	bench_new(&bench);
	image = bench.context.image;
	bench.context.image = NULL;
	add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
	add_interface(&bench, 1);
	board_tick(bench.board, 2000);
	board_tick(bench.board, 6999);
	check_told("");
	board_tick(bench.board, 7250);
	check_told("disk /dev/sda\n"
		   "result 0: booted: /dev/sda\n");
	bench.context.image = image;
	bench_free(&bench);
}

TEST(a_writer_that_does_not_start_fails_the_board)
{
	struct bench bench;

	bench_new(&bench);
	writer_fake.code = -EAGAIN;
	add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
	board_tick(bench.board, 2000);
	check_told("disk /dev/sda\n"
		   "result 9: no thread is to be had\n");
	assert_int_equal(board_status(bench.board), STATUS_WRITE_FAILED);
	bench_free(&bench);
}
