/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/board/board_write_bench.h"

/* ---- the fake writer: its calls and its state */

struct writer_script writer_fake;

int writer_new(struct writer **ret, const struct writer_config *config, struct error *err)
{
	writer_fake.started++;
	writer_fake.config = *config;
	if (writer_fake.code)
		return error_set(err, writer_fake.code, "no thread is to be had");
	*ret = (struct writer *)&writer_fake;
	return 0;
}

struct writer *writer_free(struct writer *writer)
{
	writer_fake.freed += writer != NULL;
	return NULL;
}

void writer_look(struct writer *writer, struct writer_state *ret)
{
	assert_ptr_equal(writer, &writer_fake);
	*ret = writer_fake.state;
}

void writer_cancel(struct writer *writer)
{
	assert_ptr_equal(writer, &writer_fake);
	writer_fake.cancelled++;
}

/* ---- the reported events, and the bus */

char events[4096]; /* a line for each event */

static void __attribute__((format(printf, 1, 2))) note(const char *fmt, ...)
{
	size_t used = strlen(events);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(events + used, sizeof(events) - used, fmt, ap);
	va_end(ap);
}

void report_event(struct report *report, const struct event *event, uint64_t now_ms)
{
	(void)report, (void)now_ms;
	assert_string_equal(event->port, PORT);
	if (event->type == EVENT_DISK)
		note("disk %s\n", event->disk.path);
	else if (event->type == EVENT_LEFT)
		note("left %d\n", event->left.done);
	else if (event->type == EVENT_PROGRESS)
		note("%s %s %" PRIu64 "/%" PRIu64 "\n", event->progress.phase, event->progress.path,
		     event->progress.bytes, event->progress.total);
	else if (event->type == EVENT_WRITTEN)
		note("written %s %" PRIu64 " in %.1f s, %s, %.12s, %zu\n", event->written.path,
		     event->written.bytes, event->written.seconds,
		     event->written.verified ? "verified" : "not verified", event->written.sha256,
		     event->written.partition_count);
	else if (event->type == EVENT_WARNING)
		note("warning %s: %s\n", event->warning.code, event->warning.text);
	else if (event->type == EVENT_RESULT)
		note("result %d: %s\n", event->result.code, event->result.text);
	else
		fail_msg("an event of type %d", (int)event->type);
}

void usb_dev_close(struct usb_dev *dev)
{
	assert_non_null(dev);
}

void *dev_owner;

void *usb_dev_context(const struct usb_dev *dev)
{
	assert_non_null(dev);
	return dev_owner;
}

void usb_dev_set_context(struct usb_dev *dev, void *context)
{
	assert_non_null(dev);
	dev_owner = context;
}

struct usb_id dev_id; /* of any device; vendor 0: not expected to be read */

const struct usb_id *usb_dev_id(const struct usb_dev *dev)
{
	if (!dev_id.vendor)
		fail_msg("the id is read");
	(void)dev;
	return &dev_id;
}

void usb_dev_open(struct usb_dev *dev, bool want_serial)
{
	(void)dev, (void)want_serial;
	fail_msg("the device is opened");
}

uint64_t usb_dev_submit(struct usb_dev *dev, const struct xfer *xfer)
{
	(void)dev, (void)xfer;
	fail_msg("a transfer is submitted");
	return 0;
}

/* ---- a board whose second stage is over */

void bench_new(struct bench *bench)
{
	struct image_config image = {.path = NULL, .no_bmap = true, .raw = true};
	struct error err = {0};

	memset(&writer_fake, 0, sizeof(writer_fake));
	events[0] = '\0';
	dev_id = (struct usb_id){0};
	dev_owner = NULL;
	*bench = (struct bench){.dir = tree_new()};
	snprintf(bench->sys, sizeof(bench->sys), "%s/sys", bench->dir);
	tree_text(bench->dir, "os.img", "0123456789abcdef");
	image.path = tree_path(bench->dir, "os.img");
	assert_int_equal(image_new(&bench->context.image, &image, &err), 0);
	bench->config.sysroot = bench->sys;
	bench->config.stage_timeout_ms = STAGE_TIMEOUT_MS;
	bench->context.config = &bench->config;
	bench->board = calloc(1, sizeof(*bench->board));
	tree_must(bench->board);
	bench->board->context = &bench->context;
	bench->board->writing.disk_mark = 7;
	bench->board->awaiting.said_done = true;
	bench->board->awaiting.away = true;
	strcpy(bench->board->port, PORT);
	tree_text(bench->dir, DEVICE "idVendor", "0a5c\n");
	tree_text(bench->dir, DEVICE "idProduct", "0001\n");
	board_await_outcome(bench->board, 1000);
}

void bench_free(struct bench *bench)
{
	struct image *image = bench->context.image;
	bool started = writer_fake.started && !writer_fake.code;

	board_free(bench->board);
	assert_int_equal(writer_fake.freed, started);
	image_free(image);
	tree_free(bench->dir);
}

static void put_disk(struct bench *bench, const char *base, const char *model, const char *disk,
		     const char *sectors)
{
	char name[256];

	snprintf(name, sizeof(name), "%s/type", base);
	tree_text(bench->dir, name, "0\n");
	snprintf(name, sizeof(name), "%s/vendor", base);
	tree_text(bench->dir, name, model);
	snprintf(name, sizeof(name), "%s/block/%s/size", base, disk);
	tree_text(bench->dir, name, sectors);
	snprintf(name, sizeof(name), "%s/block/%s/bdi", base, disk);
	tree_text(bench->dir, name, "");
}

void add_disk(struct bench *bench, unsigned int lun, const char *model, const char *disk,
	      const char *sectors)
{
	char base[128];

	tree_text(bench->dir, DEVICE PORT ":1.0/bInterfaceClass", "08\n");
	snprintf(base, sizeof(base), DEVICE PORT ":1.0/host0/target0:0:0/0:0:0:%u", lun);
	put_disk(bench, base, model, disk, sectors);
}

void add_disk_to(struct bench *bench, unsigned int interface, const char *model, const char *disk,
		 const char *sectors)
{
	char base[128];

	snprintf(base, sizeof(base), DEVICE PORT ":1.%u/host1/target1:0:0/1:0:0:0", interface);
	put_disk(bench, base, model, disk, sectors);
}

void fake_status(enum writer_phase phase, uint64_t bytes, uint64_t total)
{
	writer_fake.state.phase = phase;
	writer_fake.state.bytes = bytes;
	writer_fake.state.total = total;
	writer_fake.state.write_started = phase != WRITER_OPENING;
}

void fake_disk(bool busy, uint64_t operations)
{
	writer_fake.state.disk_busy = busy;
	writer_fake.state.disk_operations = operations;
}

void bench_writing(struct bench *bench)
{
	bench_new(bench);
	add_disk(bench, 0, "mmcblk0", "sda", "2048\n");
	board_tick(bench->board, 2000);
	assert_string_equal(events, "disk /dev/sda\n");
	assert_int_equal(writer_fake.started, 1);
	assert_true(board_busy(bench->board));
	events[0] = '\0';
}

void check_events(const char *want)
{
	assert_string_equal(events, want);
	events[0] = '\0';
}
