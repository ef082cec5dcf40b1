/* SPDX-License-Identifier: Apache-2.0 */
/* --write up to the start of the writer: which disk of the board is written, and when. */
#include "tests/test.h"
#include "tests/unit/board/board_write_bench.h"
#include "util/util.h"

#include <unistd.h>

#define BDI DEVICE PORT ":1.0/host0/target0:0:0/0:0:0:0/block/sda/bdi"

TEST(the_disk_of_the_board_is_written)
{
	struct bench bench;

	bench_new(&bench);
	assert_int_equal(board_tick(bench.board, 1500), 1750);
	check_events("");
	add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
	bench.config.no_verify = true;
	board_tick(bench.board, 2000);
	check_events("disk /dev/sda\n");
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

/* On a busy machine the disk can appear before the departure of the second stage is reported. The
 * device pointer can then be that of the disk. */
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
		check_events("");
		add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
		board_tick(bench.board, 2000);
		check_events(away ? "disk /dev/sda\n" : "left 1\ndisk /dev/sda\n");
		board_left(bench.board, 2001);
		check_events("");
		bench_free(&bench);
	}
}

/* The kernel lists a new disk before programs can open it, so its path is printed later. If a
 * system has no link bdi, the path is printed 5 s later. */
TEST(the_path_of_a_disk_is_printed_when_it_can_be_opened)
{
	for (int linked = 0; linked < 2; linked++) {
		struct image *image;
		struct bench bench;

		bench_new(&bench);
		image = bench.context.image;
		bench.context.image = NULL;
		add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
		tree_must(unlink(tree_path(bench.dir, BDI)) == 0);
		assert_int_equal(board_tick(bench.board, 2000), 2020);
		check_events("");
		if (linked)
			tree_text(bench.dir, BDI, "");
		board_disk_seen(bench.board, 6999);
		board_tick(bench.board, 6999);
		check_events(linked ? "disk /dev/sda\nresult 0: booted: /dev/sda\n" : "");
		board_disk_seen(bench.board, 7000);
		board_tick(bench.board, 7000);
		check_events(linked ? "" : "disk /dev/sda\nresult 0: booted: /dev/sda\n");
		bench.context.image = image;
		bench_free(&bench);
	}
}

#define REFUSED                                                                                    \
	"result 9: nothing was written, because the board has several disks; select one with "     \
	"--to MODEL: /dev/sda (mmcblk0), /dev/sdb (nvme0n1)\n"

/* disk: the disk that the writer received; NULL: the board failed, and no writer was started. */
static void check_written(const struct bench *bench, const char *want, const char *disk)
{
	check_events(want);
	assert_int_equal(writer_fake.started, disk != NULL);
	if (disk)
		assert_string_equal(writer_fake.config.target.disk.path, disk);
	else
		assert_int_equal(board_status(bench->board), STATUS_WRITE_FAILED);
}

/* The kernel lists a disk some milliseconds before /dev has its node. Until then, the other disk of
 * the board is not the only one. */
TEST(a_disk_without_a_node_yet_is_one_of_two)
{
	static const struct {
		const char *to;
		bool comes; /* the node of the second disk */
		const char *events;
		const char *disk;
	} rows[] = {
		{NULL, true, "disk /dev/sda\ndisk /dev/sdb\n" REFUSED, NULL},
		{NULL, false, "disk /dev/sda\n" REFUSED, NULL},
		{"nvme", true, "disk /dev/sda\ndisk /dev/sdb\n", "/dev/sdb"},
		{"mmc", false, "disk /dev/sda\n", "/dev/sda"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct bench bench;

		bench_new(&bench);
		bench.config.to_model = rows[i].to;
		bench.config.devroot = bench.dir;
		tree_text(bench.dir, "dev/sda", "");
		add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
		add_disk(&bench, 1, "nvme0n1", "sdb", "4096\n");
		tree_must(unlink(tree_path(bench.dir, BDI)) == 0);
		board_tick(bench.board, 2000);
		check_events("");
		assert_int_equal(writer_fake.started, 0);
		tree_text(bench.dir, BDI, "");
		if (rows[i].comes)
			tree_text(bench.dir, "dev/sdb", "");
		board_tick(bench.board, 2500);
		check_written(&bench, rows[i].events, rows[i].disk);
		bench_free(&bench);
	}
}

/* The disk to write has no node yet: the only disk of a board, or the one that --to selects. */
TEST(a_disk_is_written_when_it_has_a_node)
{
	for (int others = 0; others < 2; others++) {
		struct bench bench;

		bench_new(&bench);
		bench.config.devroot = bench.dir;
		bench.config.to_model = others ? "nvme" : NULL;
		add_disk(&bench, 1, "nvme0n1", "sdb", "4096\n");
		if (others) {
			add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
			tree_text(bench.dir, "dev/sda", "");
		}
		board_tick(bench.board, 2000);
		check_events("");
		tree_text(bench.dir, "dev/sdb", "");
		board_tick(bench.board, 2500);
		check_events(others ? "disk /dev/sda\ndisk /dev/sdb\n" : "disk /dev/sdb\n");
		assert_string_equal(writer_fake.config.target.disk.path, "/dev/sdb");
		bench_free(&bench);
	}
}

/* With several disks, --to has to select one. A disk without a medium does not count. */
TEST(one_of_several_disks_has_to_be_named)
{
	static const struct {
		const char *to, *second_bytes;
		const char *disk; /* the written disk; NULL: none */
		const char *events;
	} rows[] = {
		{NULL, "4096\n", NULL, "disk /dev/sda\ndisk /dev/sdb\n" REFUSED},
		{NULL, "0\n", "/dev/sda", "disk /dev/sda\n"},
		{"NVMe", "4096\n", "/dev/sdb", "disk /dev/sda\ndisk /dev/sdb\n"},
		{"usb", "4096\n", NULL, /* the selected disk can still appear */
		 "disk /dev/sda\ndisk /dev/sdb\nresult 9: nothing was written, because --to 'usb' "
		 "does not select exactly one of the board's disks: /dev/sda (mmcblk0), /dev/sdb "
		 "(nvme0n1)\n"},
		{"0", "4096\n", NULL,
		 "disk /dev/sda\ndisk /dev/sdb\nresult 9: nothing was written, because --to '0' "
		 "does not select exactly one of the board's disks: /dev/sda (mmcblk0), /dev/sdb "
		 "(nvme0n1)\n"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct bench bench;

		bench_new(&bench);
		bench.config.to_model = rows[i].to;
		add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
		add_disk(&bench, 1, "nvme0n1", "sdb", rows[i].second_bytes);
		board_tick(bench.board, 2000);
		if (rows[i].to && strcmp(rows[i].to, "usb") == 0) {
			check_events("");
			board_tick(bench.board, STAGE_TIMEOUT_MS - 1);
			check_events("");
			board_tick(bench.board, 1000 + STAGE_TIMEOUT_MS);
		}
		check_written(&bench, rows[i].events, rows[i].disk);
		bench_free(&bench);
	}
}

static void add_interface(struct bench *bench, unsigned int number)
{
	char name[128];

	snprintf(name, sizeof(name), DEVICE PORT ":1.%u/bInterfaceClass", number);
	tree_text(bench->dir, name, "08\n");
}

/* With one of two disks present, that disk is not written at once. A disk that never appears does
 * not delay the end beyond the usual time. */
TEST(the_first_disk_is_not_written_alone)
{
	static const struct {
		const char *to;
		bool comes;
		const char *events;
		const char *disk;
	} rows[] = {
		{NULL, true, "disk /dev/sda\ndisk /dev/sdb\n" REFUSED, NULL},
		{"nvme", true, "disk /dev/sda\ndisk /dev/sdb\n", "/dev/sdb"},
		{NULL, false, "disk /dev/sda\n", "/dev/sda"},
		{"mmc", false, "disk /dev/sda\n", "/dev/sda"},
		{"nvme", false,
		 "disk /dev/sda\nresult 9: nothing was written, because --to 'nvme' does not "
		 "select exactly one of the board's disks: /dev/sda (mmcblk0)\n",
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
		check_events("");
		assert_int_equal(writer_fake.started, 0);
		if (rows[i].comes)
			add_disk_to(&bench, 1, "nvme0n1", "sdb", "4096\n");
		/* the last scan was a moment ago, and the next one is soon */
		board_tick(bench.board, 1000 + STAGE_TIMEOUT_MS);
		check_written(&bench, rows[i].events, rows[i].disk);
		bench_free(&bench);
	}
}

/* Without a selected disk, the present disks are reported after some seconds. */
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
	check_events("");
	board_tick(bench.board, 7250);
	check_events("disk /dev/sda\n"
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
	check_events("disk /dev/sda\n"
		     "result 9: no thread is to be had\n");
	assert_int_equal(board_status(bench.board), STATUS_WRITE_FAILED);
	bench_free(&bench);
}
