/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/emulator/emu_direct.h"

#include "util/error.h"
#include "usb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECT_PIECE 16384

struct usb_dev {
	struct usb_id id;
	void *context;
	struct direct_port *port;
	struct usb_dev *dead; /* next in the list of devices that have left */
	bool gone;
	bool want_open, want_serial, open, busy;
	uint64_t open_from_ms; /* opening completes at this time */
	struct xfer xfer;
	size_t actual, piece_bytes; /* of the current part of a transfer */
	uint8_t piece[DIRECT_PIECE];
};

struct direct_port {
	struct direct_board board;
	struct emu *emu;
	struct usb_dev *dev; /* the current appearance */
	struct usb_dev *old; /* has left; its departure is not reported yet */
	uint8_t address;
	bool pulled, off;
	uint64_t disk_ms; /* when the disk appears; 0: no disk is due */
};

struct usb {
	const struct usb_handler *handler;
	void *ctx;
	struct usb_dev *dead; /* not freed, to detect their use */
};

static struct {
	struct direct_port port[DIRECT_BOARDS];
	size_t count;
	uint64_t now_ms;
	uint64_t start_takes_ms;
	uint64_t stop_at_ms, stop_for_ms;
	const char *sysroot;
} direct;

void direct_setup(const struct direct_board *boards, size_t count, const char *sysroot)
{
	direct_teardown();
	direct.count = count;
	direct.now_ms = 1000;
	direct.sysroot = sysroot;
	for (size_t i = 0; i < count; i++)
		direct.port[i].board = boards[i];
}

void direct_teardown(void)
{
	for (size_t i = 0; i < direct.count; i++)
		emu_free(direct.port[i].emu);
	memset(&direct, 0, sizeof(direct));
}

uint64_t direct_now_ms(void)
{
	return direct.now_ms;
}

struct emu *direct_emu(size_t board)
{
	return direct.port[board].emu;
}

size_t direct_open_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < direct.count; i++)
		count += (direct.port[i].dev && direct.port[i].dev->open) +
			 (direct.port[i].old && direct.port[i].old->open);
	return count;
}

int usb_new(struct usb **ret, const struct usb_handler *handler, void *ctx, struct error *err)
{
	struct usb *usb = calloc(1, sizeof(*usb));

	if (!usb)
		return error_set(err, -ENOMEM, "out of memory");
	usb->handler = handler;
	usb->ctx = ctx;
	direct.now_ms += direct.start_takes_ms;
	*ret = usb;
	return 0;
}

struct usb *usb_free(struct usb *usb)
{
	for (size_t i = 0; i < direct.count; i++) {
		free(direct.port[i].dev);
		free(direct.port[i].old);
		direct.port[i].dev = direct.port[i].old = NULL;
	}
	while (usb->dead) {
		struct usb_dev *dev = usb->dead;

		usb->dead = dev->dead;
		free(dev);
	}
	free(usb);
	return NULL;
}

static struct usb_dev *direct_dev(struct direct_port *port)
{
	struct usb_dev *dev = calloc(1, sizeof(*dev));
	uint8_t desc[18];

	if (!dev)
		abort();
	emu_device_descriptor(port->emu, desc);
	dev->port = port;
	dev->id = (struct usb_id){
		.bus = 1,
		.address = ++port->address,
		.port_number = (uint8_t)atoi(strpbrk(port->board.port, "-") + 1),
		.serial_index = desc[16],
		.vendor = (uint16_t)(desc[8] | desc[9] << 8),
		.product = (uint16_t)(desc[10] | desc[11] << 8),
		.speed = emu_speed(port->emu) == EMU_SPEED_FULL ? USB_SPEED_FULL : USB_SPEED_HIGH,
	};
	snprintf(dev->id.port, sizeof(dev->id.port), "%s", port->board.port);
	return dev;
}

static void direct_vanish(struct usb *usb, struct usb_dev *dev);

static void direct_appear(struct usb *usb, struct direct_port *port)
{
	port->dev = direct_dev(port);
	usb->handler->arrived(usb->ctx, port->dev, direct.now_ms);
	port->disk_ms =
		emu_is_disk(port->emu) && direct.sysroot ? direct.now_ms + DIRECT_DISK_MS : 0;
	if (port->board.order == DIRECT_TWICE) {
		port->old = port->dev;
		port->dev = direct_dev(port);
		usb->handler->arrived(usb->ctx, port->dev, direct.now_ms);
	}
	if (port->old)
		direct_vanish(usb, port->old);
	port->old = NULL;
}

/* Ends the pending transfers. The departure can be reported later. */
static void direct_cut(struct usb *usb, struct usb_dev *dev)
{
	struct error err = {.code = -ENODEV, .text = "the board left the bus"};

	if (!dev->open || !dev->busy)
		return;
	dev->busy = false;
	usb->handler->done(dev, dev->actual, &err, direct.now_ms);
}

static void direct_vanish(struct usb *usb, struct usb_dev *dev)
{
	direct_cut(usb, dev);
	if (dev->port->dev == dev)
		dev->port->dev = NULL;
	usb->handler->left(usb->ctx, dev, direct.now_ms);
	dev->gone = true;
	dev->dead = usb->dead;
	usb->dead = dev;
}

/* Returns: true while the port is off. The board starts again when its power comes back. */
static bool direct_is_off(struct usb *usb, struct direct_port *port)
{
	FILE *file = port->board.power ? fopen(port->board.power, "r") : NULL;
	bool off = file && fgetc(file) == '1';

	if (file)
		fclose(file);
	if (off && port->dev)
		direct_vanish(usb, port->dev);
	else if (port->off && !off)
		emu_power_cut(port->emu, direct.now_ms);
	port->off = off;
	return off;
}

/* Plugs the board in, removes it, or lets it return. Returns: true if the presence changed.
 * next_ms: the time of the next change. */
static bool direct_presence(struct usb *usb, struct direct_port *port, uint64_t *next_ms)
{
	bool any = false;

	if (!port->emu && direct.now_ms < port->board.plug_ms) {
		if (port->board.plug_ms < *next_ms)
			*next_ms = port->board.plug_ms;
		return false;
	}
	if (!port->emu) {
		direct_kernel_message(&port->board);
		port->emu = emu_new(&port->board.config, direct.now_ms);
		direct_appear(usb, port);
		any = true;
	}
	if (direct.now_ms >= port->board.open_ms)
		direct_authorize(&port->board, direct.sysroot, true);
	if (port->pulled || direct_is_off(usb, port))
		return any;
	if (port->board.pull_ms && !any && direct.now_ms >= port->board.pull_ms) {
		port->pulled = true;
		if (port->dev)
			direct_vanish(usb, port->dev);
		return true;
	}
	if (port->board.pull_ms && port->board.pull_ms < *next_ms)
		*next_ms = port->board.pull_ms;
	for (;;) {
		uint64_t due_ms;
		bool changed = emu_tick(port->emu, direct.now_ms, &due_ms);

		*next_ms = due_ms < *next_ms ? due_ms : *next_ms;
		if (!changed)
			return any;
		any = true;
		if (port->dev && port->board.order == DIRECT_EARLY && due_ms != UINT64_MAX) {
			port->old = port->dev;
			port->dev = NULL;
			direct_cut(usb, port->old);
		} else if (port->dev) {
			direct_vanish(usb, port->dev);
		}
		if (emu_present(port->emu))
			direct_appear(usb, port);
	}
}

static void direct_open(struct usb *usb, struct usb_dev *dev)
{
	const struct direct_board *board = &dev->port->board;
	char serial[64] = "";
	uint8_t desc[64];

	dev->want_open = false;
	if (board->open_code && direct.now_ms < board->open_ms) {
		struct error err;

		error_set(&err, board->open_code, "it cannot be opened");
		direct_authorize(board, direct.sysroot, false);
		usb->handler->opened(dev, "", &err, direct.now_ms);
		return;
	}
	dev->open = true;
	emu_opened(dev->port->emu);
	if (dev->want_serial) {
		const uint8_t setup[8] = {0x80, 6, dev->id.serial_index, 3, 9, 4, 64, 0};
		int n = emu_control(dev->port->emu, setup, desc, sizeof(desc), direct.now_ms);

		if (n == -EAGAIN)
			emu_control_cancelled(dev->port->emu);
		if (n < 0) {
			dev->open = false;
			usb->handler->opened(dev, NULL, NULL, direct.now_ms);
			return;
		}
		for (int i = 2; i + 1 < n; i += 2)
			serial[i / 2 - 1] = (char)desc[i];
	}
	usb->handler->opened(dev, serial, NULL, direct.now_ms);
}

static int direct_control(struct usb_dev *dev)
{
	const struct xfer *xfer = &dev->xfer;
	bool in = xfer->kind == XFER_CONTROL_IN;
	const uint8_t setup[8] = {
		in ? 0xc0 : 0x40,      xfer->request,
		(uint8_t)xfer->value,  (uint8_t)(xfer->value >> 8),
		(uint8_t)xfer->index,  (uint8_t)(xfer->index >> 8),
		(uint8_t)xfer->length, (uint8_t)(xfer->length >> 8),
	};

	return emu_control(dev->port->emu, setup, xfer->data, xfer->length, direct.now_ms);
}

/* Gives the board the next part of a bulk transfer. The part is kept until the board takes it. */
static int direct_bulk(struct usb_dev *dev, struct error *err)
{
	const struct xfer *xfer = &dev->xfer;
	size_t want = xfer->length - dev->actual;
	uint8_t config[64];
	int r;

	if (want > DIRECT_PIECE)
		want = DIRECT_PIECE;
	emu_config_descriptor(dev->port->emu, config, sizeof(config));
	if (xfer->data)
		memcpy(dev->piece, (uint8_t *)xfer->data + dev->actual, want);
	while (!xfer->data && dev->piece_bytes < want) {
		ssize_t n = xfer->source.read(xfer->source.ctx, dev->piece + dev->piece_bytes,
					      want - dev->piece_bytes, err);

		if (n <= 0)
			return n < 0 ? (int)n
				     : error_set(err, -EIO, "the data to send ended early");
		dev->piece_bytes += (size_t)n;
	}
	r = emu_bulk_out(dev->port->emu, config[4] == 2 ? 3 : 1, dev->piece, want, direct.now_ms);
	if (r >= 0)
		dev->piece_bytes = 0;
	return r;
}

/* Returns: true if the transfer made progress. */
static bool direct_transfer(struct usb *usb, struct usb_dev *dev)
{
	struct error err = {0};
	bool bulk = dev->xfer.kind == XFER_BULK_OUT;
	int r;

	if (!dev->open || !dev->busy)
		return false;
	r = bulk ? direct_bulk(dev, &err) : direct_control(dev);
	if (r == -EAGAIN || r == -ENODEV)
		return false; /* held, or the device leaves now, which is reported separately */
	if (r > 0)
		dev->actual += (size_t)r;
	if (bulk && r > 0)
		usb->handler->progress(dev, (size_t)r, direct.now_ms);
	if (bulk && r > 0 && dev->actual < dev->xfer.length)
		return true;
	dev->busy = false;
	if (r == -EOVERFLOW)
		error_set(&err, -EIO, "the board sent more data than requested");
	else if (r < 0 && !err.code)
		error_set(&err, r, "the board refused the transfer (USB stall)");
	usb->handler->done(dev, dev->actual, r < 0 ? &err : NULL, direct.now_ms);
	return true;
}

/* Makes the disk of a device some time after the device. Returns: true if the disk appeared now. */
static bool direct_disk(struct usb *usb, struct direct_port *port, uint64_t *next_ms)
{
	if (!port->disk_ms || !port->dev)
		return false;
	if (direct.now_ms < port->disk_ms) {
		*next_ms = port->disk_ms < *next_ms ? port->disk_ms : *next_ms;
		return false;
	}
	port->disk_ms = 0;
	direct_make_disk(direct.sysroot, &port->dev->id, (size_t)(port - direct.port));
	usb->handler->disk(usb->ctx, port->board.port, direct.now_ms);
	return true;
}

/* Reports arrivals, departures and opened devices. */
static bool direct_dispatch(struct usb *usb, uint64_t *next_ms)
{
	bool any = false;

	for (size_t i = 0; i < direct.count; i++)
		any = direct_presence(usb, &direct.port[i], next_ms) ||
		      direct_disk(usb, &direct.port[i], next_ms) || any;
	/* Report all arrivals before any device is open: opening a device needs its answer. */
	for (size_t i = 0; i < direct.count; i++) {
		struct usb_dev *dev = direct.port[i].dev;

		if (!dev || !dev->want_open)
			continue;
		if (direct.now_ms >= dev->open_from_ms) {
			direct_open(usb, dev);
			any = true;
		} else if (dev->open_from_ms < *next_ms) {
			*next_ms = dev->open_from_ms;
		}
	}
	return any;
}

static bool direct_transfers(struct usb *usb)
{
	bool any = false;

	for (size_t i = 0; i < direct.count; i++)
		if (direct.port[i].dev && direct_transfer(usb, direct.port[i].dev))
			any = true;
	return any;
}

void direct_start_slowly(uint64_t takes_ms)
{
	direct.start_takes_ms = takes_ms;
}

void direct_stop(uint64_t at_ms, uint64_t for_ms)
{
	direct.stop_at_ms = at_ms;
	direct.stop_for_ms = for_ms;
}

static void direct_be_stopped(void)
{
	if (!direct.stop_for_ms || direct.now_ms < direct.stop_at_ms)
		return;
	direct.now_ms += direct.stop_for_ms;
	for (size_t i = 0; i < direct.count; i++)
		if (direct.port[i].dev && direct.port[i].dev->want_open)
			direct.port[i].dev->open_from_ms += direct.stop_for_ms;
	direct.stop_for_ms = 0;
}

/* The order is that of usb.c. */
int usb_wait(struct usb *usb, int timeout_ms, uint64_t *ret_events_until_ms, struct error *err)
{
	uint64_t limit_ms = direct.now_ms + (uint64_t)timeout_ms, next_ms = limit_ms;
	bool any = direct_dispatch(usb, &next_ms);

	(void)err;
	*ret_events_until_ms = direct.now_ms;
	if (!direct_transfers(usb) && !any && !direct_dispatch(usb, &next_ms)) {
		direct.now_ms = next_ms > direct.now_ms ? next_ms : direct.now_ms + 1;
		direct_be_stopped();
		*ret_events_until_ms = direct.now_ms;
		direct_transfers(usb);
	}
	direct_dispatch(usb, &next_ms);
	return 0;
}

/* Aborts if the program uses a device that has left. */
static void direct_must_be_there(const struct usb_dev *dev)
{
	if (!dev->gone)
		return;
	fprintf(stderr, "a device that has left is used\n");
	abort();
}

void *usb_dev_context(const struct usb_dev *dev)
{
	direct_must_be_there(dev);
	return dev->context;
}

void usb_dev_set_context(struct usb_dev *dev, void *context)
{
	direct_must_be_there(dev);
	dev->context = context;
}

const struct usb_id *usb_dev_id(const struct usb_dev *dev)
{
	direct_must_be_there(dev);
	return &dev->id;
}

void usb_dev_open(struct usb_dev *dev, bool want_serial)
{
	direct_must_be_there(dev);
	dev->want_open = true;
	dev->open_from_ms = direct.now_ms + dev->port->board.open_takes_ms;
	dev->want_serial = want_serial && dev->id.serial_index;
}

uint64_t usb_dev_submit(struct usb_dev *dev, const struct xfer *xfer)
{
	direct_must_be_there(dev);
	if (!dev->open || dev->busy)
		abort();
	dev->xfer = *xfer;
	dev->actual = 0;
	dev->piece_bytes = 0;
	dev->busy = true;
	if (xfer->kind == XFER_BULK_OUT && !xfer->data)
		direct.now_ms += dev->port->board.read_takes_ms;
	return direct.now_ms;
}

void usb_dev_close(struct usb_dev *dev)
{
	direct_must_be_there(dev);
	dev->open = dev->busy = dev->want_open = false;
}
