/* SPDX-License-Identifier: Apache-2.0 */
/* Allocates the buffers for the USB bulk transfers to a board. If the kernel offers memory for this
 * purpose, the buffers are in kernel memory, and the kernel need not copy the data before it sends
 * them. With large files, this copy is most of the work of the host. Otherwise the buffers are in
 * the memory of this process. */
#include "usb/internal.h"

#include "util/util.h"

#include <errno.h>

#define BUFFERS_PIECE_BYTES (512 * 1024)
/* The maximum size in bytes of a transfer buffer that malloc() provides. Each board has its own
 * buffers, so larger buffers would take too much memory. */
#define BUFFERS_PIECE_OWN (256 * 1024)
/* The largest transfer buffer for a USB device at full speed (12 Mbit/s), in bytes. A larger buffer
 * would take so long to send that the progress display would stand still. */
#define BUFFERS_PIECE_SLOW (64 * 1024)
/* A transfer of at most this number of bytes uses one buffer. A larger transfer uses two buffers in
 * turn. */
#define BUFFERS_PIECE_WHOLE (64 * 1024)
/* A transfer buffer of at least this size in bytes is in memory that the kernel maps into the
 * process, so that the kernel need not copy its data. For smaller buffers, the copy is faster than
 * the mapping. */
#define BUFFERS_KERNEL_LEAST (32 * 1024)
/* The smallest transfer buffer, in bytes. The size of each buffer is a multiple of this number, and
 * thus of the size of a USB packet. A board would understand a packet that is not full as the end
 * of the transfer. */
#define BUFFERS_PIECE_LEAST 4096
/* The maximum size in bytes of the transfer buffers of all boards together, because the kernel's
 * usbfs grants only 16 MiB to all programs of the host. */
#define BUFFERS_BUDGET_BYTES (10 * 1024 * 1024)

size_t usb_buffer_size(size_t used_bytes, size_t want, enum usb_speed speed)
{
	size_t left = used_bytes < BUFFERS_BUDGET_BYTES ? BUFFERS_BUDGET_BYTES - used_bytes : 0;
	size_t most = speed < USB_SPEED_HIGH ? BUFFERS_PIECE_SLOW : BUFFERS_PIECE_BYTES;

	if (want > BUFFERS_PIECE_WHOLE)
		want = (want + CONN_BUFFERS - 1) / CONN_BUFFERS;
	if (want > most)
		want = most;
	if (CONN_BUFFERS * want > left)
		/* The kernel limits the memory for USB transfers. Leave half of the remaining
		 * memory to boards that appear later. */
		want = left / (2 * CONN_BUFFERS);
	if (want < BUFFERS_PIECE_LEAST)
		want = BUFFERS_PIECE_LEAST;
	return (want + BUFFERS_PIECE_LEAST - 1) / BUFFERS_PIECE_LEAST * BUFFERS_PIECE_LEAST;
}

void usb_buffers_free(struct usb_conn *conn)
{
	for (int i = 0; i < CONN_BUFFERS; i++) {
		struct usb_buffer *buffer = &conn->buffer[i];

		if (buffer->by_kernel)
			libusb_dev_mem_free(conn->handle, buffer->data, conn->buffer_bytes);
		else
			free(buffer->data);
		buffer->data = NULL;
		buffer->by_kernel = false;
	}
	conn->usb->buffer_bytes -= CONN_BUFFERS * conn->buffer_bytes;
	conn->buffer_bytes = 0;
	conn->buffer_wanted = 0;
}

static bool buffers_alloc(struct usb_conn *conn, size_t bytes, bool by_kernel)
{
	conn->buffer_bytes = bytes;
	conn->usb->buffer_bytes += CONN_BUFFERS * bytes;
	for (int i = 0; i < CONN_BUFFERS; i++) {
		struct usb_buffer *buffer = &conn->buffer[i];

		buffer->data = by_kernel ? usb_buffer_by_kernel(conn, bytes) : malloc(bytes);
		buffer->by_kernel = by_kernel && buffer->data;
		if (!buffer->data) {
			usb_buffers_free(conn);
			return false;
		}
	}
	return true;
}

int usb_buffers_have(struct usb_conn *conn, size_t want)
{
	struct usb *usb = conn->usb;

	want = usb_buffer_size(usb->buffer_bytes - CONN_BUFFERS * conn->buffer_bytes, want,
			       conn->dev->id.speed);
	if (conn->buffer_wanted >= want)
		return 0;
	usb_buffers_free(conn);
	if (!(usb->kernel_buffers && want >= BUFFERS_KERNEL_LEAST &&
	      buffers_alloc(conn, want, true)) &&
	    !buffers_alloc(conn, want < BUFFERS_PIECE_OWN ? want : BUFFERS_PIECE_OWN, false))
		return -ENOMEM;
	conn->buffer_wanted = want;
	conn->buffer_limit = conn->buffer_bytes;
	return 0;
}
