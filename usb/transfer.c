/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the USB transfers of one open device.
 *
 * A bulk transfer is sent from two buffers. Both can be in flight at the same time, so that the
 * program fills one buffer from the source while the other buffer is on the wire. The callbacks of
 * libusb only record results. usb_conns_advance() does the other work, outside of libusb's event
 * handling.
 *
 *   usb_conn_open() -> thread -> [serial number ->] handler->opened()
 *   usb_dev_submit() -> conn_pump_buffer() ... -> handler->progress(), handler->done()
 *   usb_dev_close() -> the last transfer completes -> usb_conn_free() */
#include "usb/internal.h"

#include "util/util.h"

#include <errno.h>
#include <string.h>

/* The program sends a long USB transfer in parts. The size of each part but the last is a multiple
 * of this number of bytes, which is a multiple of every packet size. A packet that is not full
 * would end the transfer. */
#define CONN_LIMIT_UNIT 4096

static bool conn_in_flight(const struct usb_conn *conn)
{
	bool any = conn->control_in_flight || !usb_opening_ended(conn->opening);

	for (int i = 0; i < CONN_BUFFERS; i++)
		any = any || conn->buffer[i].in_flight;
	return any;
}

void usb_conn_free(struct usb_conn *conn)
{
	for (int i = 0; i < CONN_BUFFERS; i++)
		libusb_free_transfer(conn->buffer[i].transfer);
	usb_buffers_free(conn);
	libusb_free_transfer(conn->control);
	free(conn->control_buffer);
	usb_opening_free(conn->opening);
	if (conn->handle)
		libusb_close(conn->handle);
	if (conn->node_fd >= 0)
		close(conn->node_fd);
	free(conn);
}

static void conn_cancel(struct usb_conn *conn)
{
	if (conn->control_in_flight)
		libusb_cancel_transfer(conn->control);
	for (int i = 0; i < CONN_BUFFERS; i++)
		if (conn->buffer[i].in_flight)
			libusb_cancel_transfer(conn->buffer[i].transfer);
}

/* Records an error of the current USB transfer. The function keeps only the first error, because
 * later errors are consequences of the first one. */
static void conn_fail(struct usb_conn *conn, int code, const char *text)
{
	if (!conn->error.code)
		error_set(&conn->error, code, "%s", text);
	if (code == -ENODEV)
		usb_scan_soon(conn->usb);
}

static void conn_note_status(struct usb_conn *conn, enum libusb_transfer_status status)
{
	switch (status) {
	case LIBUSB_TRANSFER_COMPLETED:
		return;
	case LIBUSB_TRANSFER_STALL:
		return conn_fail(conn, -EPIPE, "the board refused the transfer (USB stall)");
	case LIBUSB_TRANSFER_NO_DEVICE:
		return conn_fail(conn, -ENODEV, "the board left the bus");
	case LIBUSB_TRANSFER_CANCELLED:
		return conn_fail(conn, -ECANCELED, "the transfer was cancelled");
	case LIBUSB_TRANSFER_TIMED_OUT:
		return conn_fail(conn, -ETIMEDOUT, "the transfer timed out");
	case LIBUSB_TRANSFER_OVERFLOW:
		return conn_fail(conn, -EIO, "the board sent more data than requested");
	case LIBUSB_TRANSFER_ERROR:
		break;
	}
	conn_fail(conn, -EIO, "the transfer failed on the USB bus");
}

static void LIBUSB_CALL conn_on_control(struct libusb_transfer *transfer)
{
	struct usb_conn *conn = transfer->user_data;

	conn->control_in_flight = false;
	conn->actual = (size_t)transfer->actual_length;
	conn_note_status(conn, transfer->status);
}

static void LIBUSB_CALL conn_on_bulk(struct libusb_transfer *transfer)
{
	struct usb_buffer *buffer = transfer->user_data;
	struct usb_conn *conn = buffer->conn;

	buffer->in_flight = false;
	conn->actual += (size_t)transfer->actual_length;
	conn->progress += (size_t)transfer->actual_length;
	conn_note_status(conn, transfer->status);
	if (transfer->status == LIBUSB_TRANSFER_COMPLETED &&
	    transfer->actual_length < transfer->length)
		conn_fail(conn, -EIO, "the board accepted only a part of the data");
}

void usb_conn_submit_control(struct usb_conn *conn, uint8_t type, uint8_t request, uint16_t value,
			     uint16_t index, uint16_t length, unsigned int ms)
{
	int r;

	libusb_fill_control_setup(conn->control_buffer, type, request, value, index, length);
	libusb_fill_control_transfer(conn->control, conn->handle, conn->control_buffer,
				     conn_on_control, conn, ms);
	r = libusb_submit_transfer(conn->control);
	if (r < 0)
		conn_fail(conn, usb_errno(r), "the transfer could not be started");
	conn->control_in_flight = r == 0;
}

/* Fills a transfer buffer with the next bytes for the board. Only the last buffer may be partly
 * filled, because a board takes a short packet for the end of the transfer. */
static int conn_fill(struct usb_conn *conn, struct usb_buffer *buffer)
{
	const struct xfer *xfer = &conn->xfer;
	size_t want = conn->unread < conn->buffer_bytes ? conn->unread : conn->buffer_bytes;

	buffer->filled = 0;
	buffer->submitted = 0;
	if (xfer->data) {
		memcpy(buffer->data, (uint8_t *)xfer->data + xfer->length - conn->unread, want);
		buffer->filled = want;
	}
	while (buffer->filled < want) {
		ssize_t n = xfer->source.read(xfer->source.ctx, buffer->data + buffer->filled,
					      want - buffer->filled, &conn->error);

		if (n < 0)
			return (int)n;
		if (n == 0)
			return error_set(&conn->error, -EIO, "the data to send ended early");
		buffer->filled += (size_t)n;
	}
	conn->unread -= want;
	return 0;
}

/* Selects the next transfer buffer to pass to libusb. A buffer with unsent bytes comes first, to
 * keep the bytes in order.
 * Returns: the buffer, or NULL (no buffer can be submitted now). */
static struct usb_buffer *conn_next_buffer(struct usb_conn *conn)
{
	struct usb_buffer *idle = NULL;

	for (int i = 0; i < CONN_BUFFERS; i++) {
		struct usb_buffer *buffer = &conn->buffer[i];

		if (buffer->submitted < buffer->filled)
			return buffer->in_flight ? NULL : buffer;
		if (!buffer->in_flight && !idle)
			idle = buffer;
	}
	return conn->unread > 0 ? idle : NULL;
}

/* Changes the limit for the number of bytes in one USB transfer. If the kernel accepted a transfer
 * of this size (`taken`), the limit grows in small steps. Otherwise the kernel had no memory for
 * such a transfer, and the limit is halved. */
static void conn_adapt_limit(struct usb_conn *conn, bool taken)
{
	size_t limit = taken ? conn->buffer_limit + conn->buffer_limit / 8 : conn->buffer_limit / 2;

	limit = limit / CONN_LIMIT_UNIT * CONN_LIMIT_UNIT + (taken ? CONN_LIMIT_UNIT : 0);
	if (limit > conn->buffer_bytes)
		limit = conn->buffer_bytes;
	conn->buffer_limit = limit < CONN_LIMIT_UNIT ? CONN_LIMIT_UNIT : limit;
}

/* Passes the next transfer buffer of an open USB device to libusb.
 * Returns: true, or false (no more buffers can be submitted now). */
static bool conn_pump_buffer(struct usb_conn *conn)
{
	struct usb_buffer *buffer = conn_next_buffer(conn);
	size_t bytes;
	int r;

	if (!buffer)
		return false;
	if (buffer->submitted == buffer->filled && conn_fill(conn, buffer) < 0) {
		buffer->filled = 0;
		return false;
	}
	bytes = buffer->filled - buffer->submitted;
	if (bytes > conn->buffer_limit)
		bytes = conn->buffer_limit;
	libusb_fill_bulk_transfer(buffer->transfer, conn->handle, conn->endpoint,
				  buffer->data + buffer->submitted, (int)bytes, conn_on_bulk,
				  buffer, 0);
	r = libusb_submit_transfer(buffer->transfer);
	if (r == 0) {
		buffer->in_flight = true;
		buffer->submitted += bytes;
		if (bytes == conn->buffer_limit)
			conn_adapt_limit(conn, true);
		return true;
	}
	/* The kernel limits the USB memory of all programs together. If the kernel refuses a
	 * transfer, wait until another transfer of this device completes. If no other transfer is
	 * in flight, submit fewer bytes. */
	if (r == LIBUSB_ERROR_NO_MEM && conn_in_flight(conn))
		return false;
	if (r == LIBUSB_ERROR_NO_MEM && conn->buffer_limit > CONN_LIMIT_UNIT) {
		conn_adapt_limit(conn, false);
		return true;
	}
	if (r == LIBUSB_ERROR_NO_MEM)
		conn_fail(conn, -ENOMEM,
			  "the kernel has no memory left for USB transfers (see "
			  "/sys/module/usbcore/parameters/usbfs_memory_mb)");
	else
		conn_fail(conn, usb_errno(r), "the transfer could not be started");
	return false;
}

uint64_t usb_dev_submit(struct usb_dev *dev, const struct xfer *xfer)
{
	struct usb_conn *conn = dev->conn;
	uint8_t direction =
		xfer->kind == XFER_CONTROL_IN ? LIBUSB_ENDPOINT_IN : LIBUSB_ENDPOINT_OUT;

	conn->busy = true;
	conn->xfer = *xfer;
	conn->actual = 0;
	conn->progress = 0;
	conn->unread = 0;
	conn->error = (struct error){0};
	switch (xfer->kind) {
	case XFER_CONTROL_OUT:
	case XFER_CONTROL_IN:
		if (xfer->length > CONN_CONTROL_MAX)
			conn_fail(conn, -EINVAL, "the control transfer is too long");
		else
			usb_conn_submit_control(
				conn, (uint8_t)(LIBUSB_REQUEST_TYPE_VENDOR | direction),
				xfer->request, xfer->value, xfer->index, (uint16_t)xfer->length, 0);
		break;
	case XFER_BULK_OUT:
		conn->unread = xfer->length;
		for (int i = 0; i < CONN_BUFFERS; i++)
			conn->buffer[i].filled = conn->buffer[i].submitted = 0;
		if (usb_buffers_have(conn, xfer->length) < 0)
			conn_fail(conn, -ENOMEM, "out of memory");
		while (!conn->error.code && conn_pump_buffer(conn))
			;
		break;
	}
	return util_now_ms();
}

void usb_dev_close(struct usb_dev *dev)
{
	dev->want_open = false;
	if (!dev->conn)
		return;
	dev->conn->dev = NULL;
	conn_cancel(dev->conn);
	dev->conn = NULL;
}

static bool conn_advance(struct usb_conn *conn)
{
	const struct usb_handler *handler = conn->usb->handler;
	struct error err;
	size_t progress = conn->progress;

	if ((conn->opening || conn->reading_serial) && conn_in_flight(conn))
		return false;
	if (conn->opening) {
		usb_conn_opened(conn);
		return true;
	}
	if (conn->reading_serial) {
		usb_conn_serial_done(conn);
		return true;
	}
	if (!conn->busy)
		return false;
	if (conn->error.code)
		conn_cancel(conn);
	else if (conn->xfer.kind == XFER_BULK_OUT)
		while (!conn->error.code && conn_pump_buffer(conn))
			;
	conn->progress = 0;
	if (progress)
		handler->progress(conn->dev, progress, util_now_ms());
	if (!conn->dev || conn_in_flight(conn) || (conn->unread && !conn->error.code))
		return progress > 0;
	conn->busy = false;
	err = conn->error;
	if (conn->xfer.kind == XFER_CONTROL_IN && !err.code)
		memcpy(conn->xfer.data, conn->control_buffer + LIBUSB_CONTROL_SETUP_SIZE,
		       conn->actual);
	handler->done(conn->dev, conn->actual, err.code ? &err : NULL, util_now_ms());
	return true;
}

bool usb_conns_advance(struct usb *usb)
{
	struct usb_conn **at = &usb->conns, *conn;
	bool any = false;

	/* The list of open devices must not change while the first loop calls functions of struct
	 * usb_handler. A device that such a function closes therefore stays in the list until the
	 * second loop. If such a function requests to open a device, usb_dispatch() adds the device
	 * later. */
	for (conn = usb->conns; conn; conn = conn->next)
		if (conn->dev && conn_advance(conn))
			any = true;
	while ((conn = *at)) {
		if (!conn->dev && !conn_in_flight(conn)) {
			*at = conn->next;
			usb_conn_free(conn);
		} else {
			at = &conn->next;
		}
	}
	return any;
}
