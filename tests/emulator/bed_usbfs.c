/* SPDX-License-Identifier: Apache-2.0 */
/* The usbfs of the child's libusb. The preload library sends every ioctl of an open node over a
 * socket, in messages of three machine words:
 *
 *   child:  IOCTL request argument | READ ... | WRITE ... | RESULT
 *   bed:    READ_MEM address size -> the bytes | WRITE_MEM address size, bytes | DONE result errno
 *
 * DONE with PASS_ON makes the child do the real call. */
#include "tests/emulator/bed_private.h"

#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#define PIECE_BYTES 4096 /* most bytes of a bulk transfer that the board gets at once */
#define URB_BYTES   (16 << 20)

enum message { MESSAGE_IOCTL = 1, MESSAGE_DONE = 3, MESSAGE_READ_MEM = 5, MESSAGE_WRITE_MEM = 6 };

#define PASS_ON (-100)

static int usbfs_done(struct bed_conn *conn, long result, int error)
{
	unsigned long words[3] = {MESSAGE_DONE, (unsigned long)result, (unsigned long)error};

	return send(conn->fd, words, sizeof(words), MSG_NOSIGNAL) == sizeof(words) ? 0 : -1;
}

static int usbfs_ok(struct bed_conn *conn)
{
	return usbfs_done(conn, 0, 0);
}

static int usbfs_error(struct bed_conn *conn, int error)
{
	return usbfs_done(conn, -1, error);
}

static int child_read(struct bed_conn *conn, uint64_t address, void *ret, size_t size)
{
	unsigned long words[3] = {MESSAGE_READ_MEM, address, size};

	if (size == 0)
		return 0;
	if (send(conn->fd, words, sizeof(words), MSG_NOSIGNAL) != sizeof(words))
		return -1;
	return recv(conn->fd, ret, size, MSG_WAITALL) == (ssize_t)size ? 0 : -1;
}

static int child_write(struct bed_conn *conn, uint64_t address, const void *data, size_t size)
{
	unsigned long words[3] = {MESSAGE_WRITE_MEM, address, size};
	struct iovec parts[2] = {{words, sizeof(words)}, {(void *)data, size}};

	if (size == 0)
		return 0;
	return writev(conn->fd, parts, 2) == (ssize_t)(sizeof(words) + size) ? 0 : -1;
}

static void queue_put(struct bed_queue *queue, struct bed_urb *urb)
{
	struct bed_urb **end = &queue->first;

	while (*end)
		end = &(*end)->next;
	urb->next = NULL;
	*end = urb;
	queue->count++;
}

static struct bed_urb *queue_take(struct bed_queue *queue, struct bed_urb **at)
{
	struct bed_urb *urb = *at;

	*at = urb->next;
	queue->count--;
	return urb;
}

static void queue_clear(struct bed_queue *queue)
{
	while (queue->first)
		free(queue_take(queue, &queue->first));
}

static bool urb_is_control(const struct bed_urb *urb)
{
	return urb->kernel.type == USBDEVFS_URB_TYPE_CONTROL;
}

static bool urb_is_in(const struct bed_urb *urb)
{
	return (urb_is_control(urb) ? urb->data[0] : urb->kernel.endpoint) & 0x80;
}

static void urb_finish(struct bed_conn *conn, struct bed_urb **at, int status, size_t actual)
{
	struct bed_urb *urb = queue_take(&conn->flying, at);

	urb->kernel.status = status;
	urb->kernel.actual_length = (int)actual;
	queue_put(&conn->done, urb);
}

/* Gives the board a bulk OUT in parts, as packets do, so that the board can stop anywhere. */
static int urb_bulk_out(struct bed_node *node, struct bed_urb *urb)
{
	size_t size = (size_t)urb->kernel.buffer_length;
	uint64_t now_ms = util_now_ms();

	do {
		size_t left = size - urb->sent, piece = left < PIECE_BYTES ? left : PIECE_BYTES;
		int r = emu_bulk_out(node->port->emu, urb->kernel.endpoint, urb->data + urb->sent,
				     piece, now_ms);

		if (r < 0)
			return r;
		urb->sent += (size_t)r;
	} while (urb->sent < size);
	return (int)urb->sent;
}

static int urb_move(struct bed_node *node, struct bed_urb *urb)
{
	struct emu *emu = node->port->emu;
	size_t size = (size_t)urb->kernel.buffer_length;
	uint32_t endpoint = 1u << (urb->kernel.endpoint & 15);
	int r;

	if (urb_is_control(urb)) {
		r = emu_control(emu, urb->data, urb->data + 8, size - 8, util_now_ms());
	} else if (node->halted & endpoint) {
		r = -EPIPE;
	} else {
		r = urb_is_in(urb)
			    ? emu_bulk_in(emu, urb->kernel.endpoint, urb->data, size, util_now_ms())
			    : urb_bulk_out(node, urb);
		if (r == -EPIPE)
			node->halted |= endpoint;
	}
	return r == -ENODEV ? -EAGAIN : r; /* bed_tick() detects that the board has left */
}

void bed_usbfs_pump(struct bed *bed, struct bed_node *node)
{
	if (node->gone)
		return;
	for (struct bed_conn *conn = bed->conns; conn; conn = conn->next) {
		uint32_t blocked = 0;

		if (conn->node != node)
			continue;
		for (struct bed_urb **at = &conn->flying.first; *at;) {
			struct bed_urb *urb = *at;
			uint32_t bit = 1u
				       << ((urb->kernel.endpoint & 15) + (urb_is_in(urb) ? 16 : 0));
			int r = blocked & bit ? -EAGAIN : urb_move(node, urb);

			if (r == -EAGAIN) {
				blocked |= bit;
				at = &urb->next;
			} else {
				urb_finish(conn, at, r < 0 ? r : 0, r < 0 ? urb->sent : (size_t)r);
			}
		}
	}
	bed_node_ready(bed, node);
}

void bed_usbfs_gone(struct bed *bed, struct bed_node *node)
{
	for (struct bed_conn *conn = bed->conns; conn; conn = conn->next)
		while (conn->node == node && conn->flying.first)
			urb_finish(conn, &conn->flying.first, -ESHUTDOWN, conn->flying.first->sent);
}

/* Returns: the interface of an endpoint, or -1. */
static int node_interface(const struct bed_node *node, unsigned int endpoint)
{
	uint8_t desc[512];
	size_t size = emu_config_descriptor(node->port->emu, desc, sizeof(desc));
	int interface = -1;

	for (size_t at = 0; at + 4 <= size && desc[at] >= 2; at += desc[at]) {
		if (desc[at + 1] == 4)
			interface = desc[at + 2];
		else if (desc[at + 1] == 5 && desc[at + 2] == endpoint)
			return interface;
	}
	return -1;
}

static int usbfs_claim(struct bed *bed, struct bed_conn *conn, uint64_t address)
{
	struct bed_node *node = conn->node;
	uint8_t desc[9];
	unsigned int interface;

	if (child_read(conn, address, &interface, sizeof(interface)))
		return -1;
	emu_config_descriptor(node->port->emu, desc, sizeof(desc));
	if (interface >= desc[4])
		return usbfs_error(conn, ENOENT);
	if (!node->port->authorized)
		return usbfs_error(conn, ENODEV);
	if (node->port->board->busy)
		return usbfs_error(conn, EBUSY);
	for (struct bed_conn *other = bed->conns; other; other = other->next)
		if (other != conn && other->node == node && other->claimed & 1u << interface)
			return usbfs_error(conn, EBUSY);
	conn->claimed |= 1u << interface;
	return usbfs_ok(conn);
}

static int usbfs_release(struct bed_conn *conn, uint64_t address)
{
	unsigned int interface;

	if (child_read(conn, address, &interface, sizeof(interface)))
		return -1;
	if (interface >= 32 || !(conn->claimed & 1u << interface))
		return usbfs_error(conn, EINVAL);
	conn->claimed &= ~(1u << interface);
	return usbfs_ok(conn);
}

static int usbfs_capabilities(struct bed_conn *conn, uint64_t address)
{
	const uint32_t capabilities = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_BULK_CONTINUATION |
				      USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
				      USBDEVFS_CAP_BULK_SCATTER_GATHER |
				      USBDEVFS_CAP_REAP_AFTER_DISCONNECT;

	return child_write(conn, address, &capabilities, sizeof(capabilities)) || usbfs_ok(conn);
}

/* A synchronous control transfer. libusb does one when it opens a device by its node. */
static int usbfs_control(struct bed_conn *conn, uint64_t address)
{
	struct usbdevfs_ctrltransfer transfer;
	uint8_t setup[8], data[4096];
	int r;

	if (child_read(conn, address, &transfer, sizeof(transfer)))
		return -1;
	if (!(transfer.bRequestType & 0x80) || transfer.wLength > sizeof(data))
		return usbfs_error(conn, EINVAL);
	memcpy(setup, &transfer, sizeof(setup));
	r = emu_control(conn->node->port->emu, setup, data, transfer.wLength, util_now_ms());
	if (r < 0)
		return usbfs_error(conn, r == -EAGAIN ? ETIMEDOUT : -r);
	return child_write(conn, (uintptr_t)transfer.data, data, (size_t)r) ||
	       usbfs_done(conn, r, 0);
}

static int usbfs_connect_info(struct bed_conn *conn, uint64_t address)
{
	const struct usbdevfs_connectinfo info = {.devnum = conn->node->number};

	return child_write(conn, address, &info, sizeof(info)) || usbfs_ok(conn);
}

/* Reports a transfer that usbfs would refuse. */
static int urb_check(struct bed *bed, const struct bed_conn *conn, const struct bed_urb *urb)
{
	unsigned int endpoint = urb->kernel.endpoint;
	size_t size = (size_t)urb->kernel.buffer_length;
	int interface;

	if (urb_is_control(urb)) {
		if (size < 8 || size - 8 != (size_t)(urb->data[6] | urb->data[7] << 8))
			return EINVAL;
		return 0;
	}
	interface = node_interface(conn->node, endpoint);
	if (urb->kernel.type != USBDEVFS_URB_TYPE_BULK || interface < 0)
		return ENOENT;
	if (!(conn->claimed & 1u << interface)) {
		bed_problem(bed, "a transfer to endpoint %#x, whose interface is not claimed",
			    endpoint);
		return EINVAL;
	}
	return 0;
}

static int usbfs_submit(struct bed *bed, struct bed_conn *conn, uint64_t address)
{
	struct usbdevfs_urb kernel;
	struct bed_urb *urb;
	size_t size, head;
	int error;

	if (child_read(conn, address, &kernel, sizeof(kernel)))
		return -1;
	if (kernel.buffer_length < 0 || kernel.buffer_length > URB_BYTES)
		return usbfs_error(conn, EINVAL);
	size = (size_t)kernel.buffer_length;
	urb = calloc(1, sizeof(*urb) + size + 1);
	if (!urb)
		abort();
	urb->data = (uint8_t *)(urb + 1);
	urb->kernel = kernel;
	urb->address = address;
	/* Do not read the buffer of an IN transfer: the child has not initialised it. */
	head = urb_is_control(urb) && size >= 8 ? 8 : 0;
	if (child_read(conn, (uintptr_t)kernel.buffer, urb->data, head) ||
	    (!urb_is_in(urb) &&
	     child_read(conn, (uintptr_t)kernel.buffer + head, urb->data + head, size - head))) {
		free(urb);
		return -1;
	}
	error = urb_check(bed, conn, urb);
	if (error) {
		free(urb);
		return usbfs_error(conn, error);
	}
	queue_put(&conn->flying, urb);
	bed->busy_ms = util_now_ms();
	bed_usbfs_pump(bed, conn->node);
	return usbfs_ok(conn);
}

static int usbfs_reap(struct bed *bed, struct bed_conn *conn, uint64_t address)
{
	struct bed_node *node = conn->node;
	struct usbdevfs_urb *kernel;
	struct bed_urb *urb;
	size_t head;
	int r;

	if (!conn->done.first) {
		node->reported = node->gone;
		bed_node_ready(bed, node);
		return usbfs_error(conn, node->gone ? ENODEV : EAGAIN);
	}
	urb = queue_take(&conn->done, &conn->done.first);
	kernel = &urb->kernel;
	bed_node_ready(bed, node);
	head = urb_is_control(urb) ? 8 : 0;
	r = (urb_is_in(urb) && child_write(conn, (uintptr_t)kernel->buffer + head, urb->data + head,
					   (size_t)kernel->actual_length)) ||
	    child_write(conn, urb->address + offsetof(struct usbdevfs_urb, status), &kernel->status,
			sizeof(kernel->status)) ||
	    child_write(conn, urb->address + offsetof(struct usbdevfs_urb, actual_length),
			&kernel->actual_length, sizeof(kernel->actual_length)) ||
	    child_write(conn, address, &urb->address, sizeof(urb->address)) || usbfs_ok(conn);
	free(urb);
	return r;
}

static int usbfs_discard(struct bed *bed, struct bed_conn *conn, uint64_t address)
{
	for (struct bed_urb **at = &conn->flying.first; *at; at = &(*at)->next) {
		struct bed_urb *urb = *at;

		if (urb->address != address)
			continue;
		if (urb_is_control(urb) && urb_is_in(urb))
			emu_control_cancelled(conn->node->port->emu);
		urb_finish(conn, at, -ENOENT, urb->sent);
		bed_node_ready(bed, conn->node);
		return usbfs_ok(conn);
	}
	return usbfs_error(conn, EINVAL);
}

static int usbfs_ioctl(struct bed *bed, struct bed_conn *conn, unsigned int request,
		       uint64_t argument)
{
	if (request == USBDEVFS_REAPURBNDELAY)
		return usbfs_reap(bed, conn, argument);
	if (conn->node->gone)
		return usbfs_error(conn, ENODEV);
	switch (request) {
	case USBDEVFS_GET_CAPABILITIES:
		return usbfs_capabilities(conn, argument);
	case USBDEVFS_CONTROL:
		return usbfs_control(conn, argument);
	case USBDEVFS_CONNECTINFO:
		return usbfs_connect_info(conn, argument);
	case USBDEVFS_GET_SPEED:
		return usbfs_done(conn, (long)emu_speed(conn->node->port->emu), 0);
	case USBDEVFS_CLAIMINTERFACE:
		return usbfs_claim(bed, conn, argument);
	case USBDEVFS_RELEASEINTERFACE:
		return usbfs_release(conn, argument);
	case USBDEVFS_SUBMITURB:
		return usbfs_submit(bed, conn, argument);
	case USBDEVFS_DISCARDURB:
		return usbfs_discard(bed, conn, argument);
	case USBDEVFS_CLEAR_HALT:
		conn->node->halted = 0;
		return usbfs_ok(conn);
	case USBDEVFS_GETDRIVER:
	case USBDEVFS_IOCTL: /* no driver is bound */
		return usbfs_error(conn, ENODATA);
	}
	bed_problem(bed, "an ioctl that a boot needs not: %#x", request);
	return usbfs_error(conn, ENOTTY);
}

int bed_usbfs_listen(const struct bed *bed, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s/ioctl%s", bed->root, path) >=
		    (int)sizeof(address.sun_path) ||
	    fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 16) < 0) {
		perror(address.sun_path);
		abort();
	}
	return fd;
}

void bed_usbfs_accept(struct bed *bed, struct bed_node *node, int listen_fd)
{
	struct bed_conn *conn = calloc(1, sizeof(*conn));
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (!conn)
		abort();
	if (fd < 0) {
		free(conn);
		return;
	}
	if (node) {
		emu_opened(node->port->emu);
		bed->busy_ms = util_now_ms();
	}
	conn->fd = fd;
	conn->node = node;
	conn->next = bed->conns;
	bed->conns = conn;
}

bool bed_usbfs_receive(struct bed *bed, struct bed_conn *conn)
{
	unsigned long words[3];

	if (recv(conn->fd, words, sizeof(words), MSG_WAITALL) != sizeof(words))
		return false;
	if (words[0] != MESSAGE_IOCTL || !conn->node)
		return usbfs_done(conn, PASS_ON, 0) == 0;
	return usbfs_ioctl(bed, conn, (unsigned int)words[1], words[2]) == 0;
}

void bed_usbfs_close(struct bed *bed, struct bed_conn *conn)
{
	struct bed_conn **at = &bed->conns;

	if (conn->flying.count > 0)
		bed_problem(bed, "%s was closed with %u transfers in flight", conn->node->path,
			    conn->flying.count);
	while (*at != conn)
		at = &(*at)->next;
	*at = conn->next;
	queue_clear(&conn->flying);
	queue_clear(&conn->done);
	close(conn->fd);
	free(conn);
}
