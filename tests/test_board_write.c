/* SPDX-License-Identifier: Apache-2.0 */
/* --write, from the board's disks to its result: which disk is taken, what is told of the writer,
 * and what each of its ends, and an end from outside, makes of the board. The writer is one that
 * says what a test wants (it takes the place of flash/writer.c), and nothing is told but to here.
 */
#include "board_private.h"
#include "flash/image.h"
#include "tests/tree.h"
#include "util.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PORT		 "1-1"
#define STAGE_TIMEOUT_MS 60000
#define DEVICE		 "sys/bus/usb/devices/" PORT "/"

/* ---- what the writer was asked, and what it says */

static struct {
	struct writer_config config;
	struct writer_state state;
	unsigned int started, cancelled, freed;
	int code; /* of starting it */
} fake;

int writer_new(struct writer **ret, const struct writer_config *config, struct error *err)
{
	fake.started++;
	fake.config = *config;
	if (fake.code)
		return error_set(err, fake.code, "no thread is to be had");
	*ret = (struct writer *)&fake;
	return 0;
}

struct writer *writer_free(struct writer *writer)
{
	fake.freed += writer != NULL;
	return NULL;
}

void writer_look(struct writer *writer, struct writer_state *ret)
{
	assert_ptr_equal(writer, &fake);
	*ret = fake.state;
}

void writer_cancel(struct writer *writer)
{
	assert_ptr_equal(writer, &fake);
	fake.cancelled++;
}

/* ---- what was told, and the bus */

static char told[4096]; /* a line for each event */

static void __attribute__((format(printf, 1, 2))) tell(const char *fmt, ...)
{
	size_t used = strlen(told);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(told + used, sizeof(told) - used, fmt, ap);
	va_end(ap);
}

void report_event(struct report *report, const struct event *event, uint64_t now_ms)
{
	(void)report, (void)now_ms;
	assert_string_equal(event->port, PORT);
	if (event->type == EVENT_DISK)
		tell("disk %s\n", event->disk.path);
	else if (event->type == EVENT_LEFT)
		tell("left %d\n", event->left.done);
	else if (event->type == EVENT_PROGRESS)
		tell("%s %s %" PRIu64 "/%" PRIu64 "\n", event->progress.phase, event->progress.path,
		     event->progress.bytes, event->progress.total);
	else if (event->type == EVENT_WRITTEN)
		tell("written %s %" PRIu64 " in %.1f s, %s, %.12s, %zu\n", event->written.path,
		     event->written.bytes, event->written.seconds,
		     event->written.verified ? "verified" : "not verified", event->written.sha256,
		     event->written.partition_count);
	else if (event->type == EVENT_RESULT)
		tell("result %d: %s\n", event->result.code, event->result.text);
	else
		fail_msg("an event of type %d", (int)event->type);
}

static unsigned int closed;

void usb_dev_close(struct usb_dev *dev)
{
	assert_non_null(dev);
	closed++;
}

const struct usb_id *usb_dev_id(const struct usb_dev *dev)
{
	(void)dev;
	fail_msg("nobody asks for its id");
	return NULL;
}

void usb_dev_open(struct usb_dev *dev, bool want_serial)
{
	(void)dev, (void)want_serial;
	fail_msg("nobody opens it");
}

uint64_t usb_dev_submit(struct usb_dev *dev, const struct xfer *xfer)
{
	(void)dev, (void)xfer;
	fail_msg("nobody transfers anything");
	return 0;
}

/* ---- a board whose second stage is over */

struct bench {
	char *dir, sys[256];
	struct board_config config;
	struct board_env env;
	struct board *board;
};

static void bench_new(struct bench *bench)
{
	struct image_config image = {.path = NULL, .no_bmap = true};
	struct error err = {0};

	memset(&fake, 0, sizeof(fake));
	told[0] = '\0';
	closed = 0;
	*bench = (struct bench){.dir = tree_new()};
	snprintf(bench->sys, sizeof(bench->sys), "%s/sys", bench->dir);
	tree_text(bench->dir, "os.img", "0123456789abcdef");
	image.path = tree_path(bench->dir, "os.img");
	assert_int_equal(image_new(&bench->config.image, &image, &err), 0);
	bench->config.sysroot = bench->sys;
	bench->config.stage_timeout_ms = STAGE_TIMEOUT_MS;
	bench->env.config = &bench->config;
	bench->board = calloc(1, sizeof(*bench->board));
	tree_must(bench->board);
	bench->board->env = &bench->env;
	bench->board->disk_mark = 7;
	bench->board->said_done = true;
	bench->board->away = true;
	strcpy(bench->board->port, PORT);
	bench->board->expect = board_choose_expectation(bench->board);
	board_leaving(bench->board, 1000);
}

static void bench_free(struct bench *bench)
{
	struct image *image = bench->config.image;
	bool started = fake.started && !fake.code;

	board_free(bench->board);
	assert_int_equal(fake.freed, started);
	image_free(image);
	tree_free(bench->dir);
}

/* lun: also its target's, so that each is of a device of its own. */
static void add_disk(struct bench *bench, unsigned int lun, const char *model, const char *disk,
		     const char *sectors)
{
	char base[128], name[256];

	tree_text(bench->dir, DEVICE PORT ":1.0/bInterfaceClass", "08\n");
	snprintf(base, sizeof(base), DEVICE PORT ":1.0/host0/target0:0:0/0:0:0:%u", lun);
	snprintf(name, sizeof(name), "%s/type", base);
	tree_text(bench->dir, name, "0\n");
	snprintf(name, sizeof(name), "%s/vendor", base);
	tree_text(bench->dir, name, model);
	snprintf(name, sizeof(name), "%s/block/%s/size", base, disk);
	tree_text(bench->dir, name, sectors);
}

static void fake_says(enum writer_phase phase, uint64_t bytes, uint64_t total)
{
	fake.state.phase = phase;
	fake.state.bytes = bytes;
	fake.state.total = total;
}

/* Its disk is there and the writer at work since 2000. */
static void bench_writing(struct bench *bench)
{
	bench_new(bench);
	add_disk(bench, 0, "mmcblk0", "sda", "2048\n");
	board_tick(bench->board, 2000);
	assert_string_equal(told, "disk /dev/sda\n");
	assert_int_equal(fake.started, 1);
	assert_true(board_busy(bench->board));
	told[0] = '\0';
}

static void check_told(const char *want)
{
	assert_string_equal(told, want);
	told[0] = '\0';
}

/* ---- */

static void test_which(void **state)
{
	struct bench bench;

	(void)state;
	bench_new(&bench);
	board_tick(bench.board, 1500);
	check_told("");
	add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
	bench.config.no_verify = true;
	board_tick(bench.board, 2000);
	check_told("disk /dev/sda\n");
	assert_int_equal(fake.started, 1);
	assert_ptr_equal(fake.config.image, bench.config.image);
	assert_ptr_equal(fake.config.open, target_open);
	assert_false(fake.config.verify);
	assert_string_equal(fake.config.target.port, PORT);
	assert_string_equal(fake.config.target.disk.path, "/dev/sda");
	assert_int_equal(fake.config.target.disk.bytes, 2048 * 512);
	assert_int_equal(fake.config.target.after, 7);
	assert_int_equal(fake.config.target.need_bytes, 16);
	bench_free(&bench);
}

/* On a busy machine its disk may be seen before the bus tells that the second stage has left; what
 * is there by then may be the disk itself. */
static void test_left_unseen(void **state)
{
	struct bench bench;

	(void)state;
	for (int away = 0; away < 2; away++) {
		bench_new(&bench);
		bench.board->dev = (struct usb_dev *)&bench;
		bench.board->away = away;
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
static void test_several(void **state)
{
	static const struct {
		const char *to, *second_bytes;
		const char *disk; /* that is written; NULL: none is */
		const char *told;
	} rows[] = {
		{NULL, "4096\n", NULL,
		 "disk /dev/sda\ndisk /dev/sdb\n"
		 "result 9: nothing is written: the board has several disks, so --to MODEL must "
		 "say which is meant: /dev/sda (mmcblk0), /dev/sdb (nvme0n1)\n"},
		{NULL, "0\n", "/dev/sda", "disk /dev/sda\n"},
		{"NVMe", "4096\n", "/dev/sdb", "disk /dev/sda\ndisk /dev/sdb\n"},
		{"usb", "4096\n", NULL,
		 "disk /dev/sda\ndisk /dev/sdb\n"
		 "result 9: nothing is written: --to 'usb' does not tell one of the board's disks: "
		 "/dev/sda (mmcblk0), /dev/sdb (nvme0n1)\n"},
		{"0", "4096\n", NULL,
		 "disk /dev/sda\ndisk /dev/sdb\n"
		 "result 9: nothing is written: --to '0' does not tell one of the board's disks: "
		 "/dev/sda (mmcblk0), /dev/sdb (nvme0n1)\n"},
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct bench bench;

		bench_new(&bench);
		bench.config.to_model = rows[i].to;
		add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
		add_disk(&bench, 1, "nvme0n1", "sdb", rows[i].second_bytes);
		for (uint64_t now_ms = 2000; now_ms <= 4000; now_ms += 100)
			if (bench.board->state == BOARD_LEAVING)
				board_tick(bench.board, now_ms);
		check_told(rows[i].told);
		assert_int_equal(fake.started, rows[i].disk != NULL);
		if (rows[i].disk)
			assert_string_equal(fake.config.target.disk.path, rows[i].disk);
		else
			assert_int_equal(board_status(bench.board), BOARD_WRITE_FAILED);
		bench_free(&bench);
	}
}

static void test_not_started(void **state)
{
	struct bench bench;

	(void)state;
	bench_new(&bench);
	fake.code = -EAGAIN;
	add_disk(&bench, 0, "mmcblk0", "sda", "2048\n");
	board_tick(bench.board, 2000);
	check_told("disk /dev/sda\nresult 9: no thread is to be had\n");
	assert_int_equal(board_status(bench.board), BOARD_WRITE_FAILED);
	bench_free(&bench);
}

static void test_progress(void **state)
{
	struct bench bench;

	(void)state;
	bench_writing(&bench);
	fake_says(WRITER_OPENING, 0, 0);
	board_tick(bench.board, 2200);
	check_told("");
	fake_says(WRITER_WRITING, 100, 1000);
	board_tick(bench.board, 2250); /* it is not looked at all the time */
	check_told("");
	assert_int_equal(board_tick(bench.board, 2300), 2400);
	check_told("write /dev/sda 100/1000\n");
	board_tick(bench.board, 2400); /* nothing new */
	check_told("");
	fake_says(WRITER_VERIFYING, 100, 1000);
	board_tick(bench.board, 2500);
	check_told("verify /dev/sda 100/1000\n");
	board_left(bench.board, 2600); /* the writer finds out and tells it */
	check_told("");
	assert_false(board_ended(bench.board));
	bench_free(&bench);
}

static void test_written(void **state)
{
	static const struct {
		bool verified;
		const char *told;
	} rows[] = {
		{true, "written /dev/sda 16 in 4.5 s, verified, 0aff00000000, 2\n"
		       "result 0: /dev/sda has the image, verified\n"},
		{false, "written /dev/sda 16 in 4.5 s, not verified, 0aff00000000, 2\n"
			"result 0: /dev/sda has the image, not verified\n"},
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct bench bench;

		bench_writing(&bench);
		fake.state = (struct writer_state){.phase = WRITER_ENDED,
						   .written_bytes = 16,
						   .sha256 = {0x0a, 0xff},
						   .verified = rows[i].verified,
						   .partition_count = 2};
		assert_false(board_busy(bench.board));
		board_tick(bench.board, 6500);
		check_told(rows[i].told);
		assert_int_equal(board_status(bench.board), BOARD_OK);
		bench_free(&bench);
	}
}

static void test_failed(void **state)
{
	struct bench bench;

	(void)state;
	bench_writing(&bench);
	fake.state.phase = WRITER_ENDED;
	error_set(&fake.state.err, -EIO, "writing /dev/sda failed at byte 5");
	board_tick(bench.board, 2001); /* at once: it has woken us */
	check_told("result 9: writing /dev/sda failed at byte 5\n");
	assert_int_equal(board_status(bench.board), BOARD_WRITE_FAILED);
	bench_free(&bench);
}

/* So long without a byte: but what comes from a pipe may take its time. */
static void test_silence(void **state)
{
	struct bench bench;

	(void)state;
	bench_writing(&bench);
	fake_says(WRITER_WRITING, 100, 0);
	board_tick(bench.board, 3000);
	board_tick(bench.board, 3000 + 10 * STAGE_TIMEOUT_MS);
	check_told("write /dev/sda 100/0\n");
	fake_says(WRITER_WRITING, 200, 1000);
	board_tick(bench.board, 1000000);
	check_told("write /dev/sda 200/1000\n");
	board_tick(bench.board, 1000000 + STAGE_TIMEOUT_MS - 1);
	assert_false(board_ended(bench.board));
	assert_int_equal(fake.cancelled, 0);
	board_tick(bench.board, 1000000 + STAGE_TIMEOUT_MS);
	assert_int_equal(fake.cancelled, 1);
	check_told("result 9: /dev/sda has stopped taking data after 200 bytes, for 60 s: check "
		   "power and cable; it has no valid beginning now and does not boot\n");
	bench_free(&bench);
}

/* Ctrl-C: the writer is asked to end, and has a moment for it. */
static void test_interrupted(void **state)
{
	static const struct {
		struct writer_state state;
		enum board_status reason, status;
		const char *told;
	} rows[] = {
		{{.phase = WRITER_WRITING, .bytes = 300},
		 BOARD_INTERRUPTED,
		 BOARD_INTERRUPTED,
		 "result 130: interrupted while /dev/sda was being written, after 300 bytes: it "
		 "has "
		 "no valid beginning now and does not boot\n"},
		{{.phase = WRITER_ENDED, .err.code = -ECANCELED, .written_bytes = 512},
		 BOARD_TERMINATED,
		 BOARD_TERMINATED,
		 "result 143: terminated while /dev/sda was being written, after 512 bytes: it has "
		 "no valid beginning now and does not boot\n"},
		/* It had come to an end of its own in the meantime. */
		{{.phase = WRITER_ENDED, .written_bytes = 16, .verified = true},
		 BOARD_INTERRUPTED,
		 BOARD_OK,
		 "written /dev/sda 16 in 1.0 s, verified, 000000000000, 0\n"
		 "result 0: /dev/sda has the image, verified\n"},
		{{.phase = WRITER_ENDED, .err = {.code = -EIO, .text = "broken"}},
		 BOARD_INTERRUPTED,
		 BOARD_WRITE_FAILED,
		 "result 9: broken\n"},
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct bench bench;

		bench_writing(&bench);
		fake.state = (struct writer_state){.phase = WRITER_WRITING};
		board_stop(bench.board);
		assert_int_equal(fake.cancelled, 1);
		fake.state = rows[i].state;
		board_interrupt(bench.board, rows[i].reason, 3000);
		check_told(rows[i].told);
		assert_int_equal(board_status(bench.board), rows[i].status);
		assert_false(board_busy(bench.board));
		board_stop(bench.board); /* there is nothing to stop any more */
		assert_int_equal(fake.cancelled, 1);
		bench_free(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which),	    cmocka_unit_test(test_left_unseen),
		cmocka_unit_test(test_several),	    cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_progress),    cmocka_unit_test(test_written),
		cmocka_unit_test(test_failed),	    cmocka_unit_test(test_silence),
		cmocka_unit_test(test_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
