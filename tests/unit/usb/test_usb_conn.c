/* SPDX-License-Identifier: Apache-2.0 */
/* How many boards share the memory for buffers, and how a transfer succeeds if the kernel has
 * little memory. binary_scenarios.c tests the rest with the real libusb. */
#include "usb/internal.h"

#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#define BOARDS_MAX 200
#define LARGE	   (64u << 20)
#define USBFS	   (16u << 20) /* the kernel's limit, which counts 8 KiB more for each buffer */

TEST(the_buffers_of_all_boards_fit_usbfs)
{
	size_t used = 0, before = SIZE_MAX;

	for (int i = 0; i < BOARDS_MAX; i++) {
		size_t bytes = usb_buffer_size(used, LARGE, USB_SPEED_HIGH);

		assert_true(bytes >= 4096 && bytes <= 512 * 1024);
		assert_int_equal(bytes % 4096, 0);
		assert_true(bytes <= before); /* earlier boards have at least as much */
		before = bytes;
		used += CONN_BUFFERS * bytes;
	}
	assert_true(used <= USBFS);
	assert_int_equal(usb_buffer_size(SIZE_MAX / 2, LARGE, USB_SPEED_HIGH), 4096);
}

TEST(a_buffer_has_whole_pages_for_its_data)
{
	assert_int_equal(usb_buffer_size(0, LARGE, USB_SPEED_HIGH), 512 * 1024);
	assert_int_equal(usb_buffer_size(0, LARGE, USB_SPEED_FULL), 64 * 1024);
	assert_int_equal(usb_buffer_size(0, 1, USB_SPEED_HIGH), 4096);
	assert_int_equal(usb_buffer_size(0, 4097, USB_SPEED_HIGH), 8192);
	assert_int_equal(usb_buffer_size(0, 65536, USB_SPEED_HIGH), 65536);
	assert_int_equal(usb_buffer_size(0, 65537, USB_SPEED_HIGH), 36864); /* half of the data */
	assert_int_equal(usb_buffer_size(0, 0, USB_SPEED_HIGH), 4096);
}

/* libusb 1.0.28 has six speeds, libusb 1.0.24 five. A later one may report a seventh. */
TEST(later_speeds_of_libusb_are_super_speed)
{
	assert_int_equal(usb_speed_by_libusb(-1), USB_SPEED_UNKNOWN);
	assert_int_equal(usb_speed_by_libusb(0), USB_SPEED_UNKNOWN);
	assert_int_equal(usb_speed_by_libusb(1), USB_SPEED_LOW);
	assert_int_equal(usb_speed_by_libusb(2), USB_SPEED_FULL);
	assert_int_equal(usb_speed_by_libusb(3), USB_SPEED_HIGH);
	for (int speed = 4; speed <= 7; speed++)
		assert_int_equal(usb_speed_by_libusb(speed), USB_SPEED_SUPER);
}

/* ---- a fake kernel (in place of libusb) with a limited memory */

static struct {
	size_t budget, used;
	struct libusb_transfer *in_flight[CONN_BUFFERS]; /* in the order of their submission */
	size_t count;
	size_t sent, largest, done;
} kernel;

int LIBUSB_CALL libusb_submit_transfer(struct libusb_transfer *transfer)
{
	size_t bytes = (size_t)transfer->length;

	if (kernel.used + bytes > kernel.budget)
		return LIBUSB_ERROR_NO_MEM;
	assert_true(kernel.count < CONN_BUFFERS);
	kernel.used += bytes;
	kernel.in_flight[kernel.count++] = transfer;
	return 0;
}

/* Completes the oldest transfer. Only the last one may be no multiple of the packet size. */
static void kernel_complete(size_t total)
{
	struct libusb_transfer *transfer = kernel.in_flight[0];
	size_t bytes = (size_t)transfer->length;

	assert_true(kernel.count > 0);
	for (size_t i = 0; i < bytes; i++)
		assert_int_equal(transfer->buffer[i], (uint8_t)((kernel.sent + i) / 509));
	kernel.sent += bytes;
	if (kernel.sent < total)
		assert_int_equal(bytes % 4096, 0);
	if (bytes > kernel.largest)
		kernel.largest = bytes;
	kernel.used -= bytes;
	memmove(&kernel.in_flight[0], &kernel.in_flight[1],
		--kernel.count * sizeof(kernel.in_flight[0]));
	transfer->actual_length = transfer->length;
	transfer->status = LIBUSB_TRANSFER_COMPLETED;
	transfer->callback(transfer);
}

static void on_progress(struct usb_dev *dev, size_t bytes, uint64_t now_ms)
{
	(void)dev, (void)bytes, (void)now_ms;
}

static void on_done(struct usb_dev *dev, size_t actual, const struct error *err, uint64_t now_ms)
{
	(void)dev, (void)now_ms;
	if (err)
		fail_msg("%s", err->text);
	kernel.done = actual;
}

/* Other programs use the memory of the kernel, and release it. */
static void check_little_memory(size_t total, size_t budget, bool recovers)
{
	const struct usb_handler handler = {.progress = on_progress, .done = on_done};
	struct usb usb = {.handler = &handler};
	struct usb_conn *conn = calloc(1, sizeof(*conn));
	struct usb_dev dev = {.usb = &usb, .id.speed = USB_SPEED_HIGH, .conn = conn};
	uint8_t *data = malloc(total);
	struct xfer xfer = {.kind = XFER_BULK_OUT, .data = data, .length = total};

	memset(&kernel, 0, sizeof(kernel));
	assert_true(conn && data);
	for (size_t i = 0; i < total; i++)
		data[i] = (uint8_t)(i / 509);
	*conn = (struct usb_conn){.usb = &usb, .dev = &dev, .node_fd = -1};
	usb.conns = conn;
	for (int i = 0; i < CONN_BUFFERS; i++) {
		conn->buffer[i].conn = conn;
		conn->buffer[i].transfer = libusb_alloc_transfer(0);
	}
	kernel.budget = budget;
	usb_dev_submit(&dev, &xfer);
	while (kernel.sent < total / 4) {
		assert_true(kernel.count > 0);
		kernel_complete(total);
		usb_conns_advance(&usb);
	}
	assert_true(kernel.largest <= budget);
	kernel.budget = USBFS;
	while (kernel.count) {
		kernel_complete(total);
		usb_conns_advance(&usb);
	}
	assert_int_equal(kernel.done, total);
	assert_int_equal(kernel.sent, total);
	assert_true(!recovers || kernel.largest == conn->buffer_bytes);
	usb_dev_close(&dev);
	usb_conns_advance(&usb);
	free(data);
}

TEST(data_are_sent_with_little_memory)
{
	check_little_memory((8u << 20) + 77, 36000, true);
	check_little_memory(100077, 14000, false); /* 13 * 4096 bytes in each transfer */
	check_little_memory(100077, 4096, false);
}

/* ---- the last transfer of a device that leaves before libusb has collected it */

static struct libusb_transfer *uncollected;
static char calls[8];

static void note(char call)
{
	size_t used = strlen(calls);

	assert_true(used + 1 < sizeof(calls));
	calls[used] = call;
}

int LIBUSB_CALL libusb_handle_events_timeout_completed(libusb_context *ctx, struct timeval *tv,
						       int *completed)
{
	struct libusb_transfer *transfer = uncollected;

	(void)ctx, (void)completed;
	assert_true(tv->tv_sec == 0 && tv->tv_usec == 0);
	uncollected = NULL;
	if (transfer) {
		transfer->actual_length = 4;
		transfer->status = LIBUSB_TRANSFER_COMPLETED;
		transfer->callback(transfer);
	}
	return 0;
}

static void on_last_done(struct usb_dev *dev, size_t actual, const struct error *err,
			 uint64_t now_ms)
{
	(void)dev, (void)now_ms;
	assert_null(err);
	assert_int_equal(actual, 4);
	note('d');
}

static void on_left(void *ctx, struct usb_dev *dev, uint64_t now_ms)
{
	(void)ctx, (void)dev, (void)now_ms;
	note('l');
}

TEST(the_last_transfer_comes_before_the_departure)
{
	const struct usb_handler handler = {.done = on_last_done, .left = on_left};
	struct usb usb = {.handler = &handler};
	struct usb_conn *conn = calloc(1, sizeof(*conn));
	struct usb_dev *dev = calloc(1, sizeof(*dev));
	uint8_t reply[4];
	struct xfer xfer = {.kind = XFER_CONTROL_IN, .data = reply, .length = sizeof(reply)};

	assert_true(conn && dev);
	memset(&kernel, 0, sizeof(kernel));
	memset(calls, 0, sizeof(calls));
	kernel.budget = USBFS;
	*dev = (struct usb_dev){.usb = &usb, .conn = conn, .announced = true};
	*conn = (struct usb_conn){.usb = &usb, .dev = dev, .node_fd = -1};
	conn->control = libusb_alloc_transfer(0);
	conn->control_buffer = calloc(1, LIBUSB_CONTROL_SETUP_SIZE + sizeof(reply));
	assert_true(conn->control && conn->control_buffer);
	usb.conns = conn;
	usb.devs = dev;
	usb_dev_submit(dev, &xfer);
	uncollected = kernel.in_flight[0];
	dev->left = true;
	assert_true(usb_dispatch(&usb));
	assert_string_equal(calls, "dl");
	assert_null(usb.devs);
	usb_conns_advance(&usb);
	assert_null(usb.conns);
}
