/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the bus share: usb.c (which devices are there), usb_open.c, usb_conn.c and
 * usb_buffers.c (an open one, its transfers, what they are sent from), usb_uevent.c, usb_look.c and
 * usb_poll.c (what tells of new ones). For them only. */
#ifndef USB_PRIVATE_H
#define USB_PRIVATE_H

#include "util/error.h"
#include "usb.h"
#include "usb/uevent.h"

#include <libusb-1.0/libusb.h>

#define CONN_PIECES	 2    /* in flight at the same time */
#define CONN_CONTROL_MAX 4096 /* bytes of a control transfer */

struct usb_conn;
struct usb_look;
struct usb_opening; /* an open() under way, in a thread of its own */

struct usb {
	libusb_context *ctx;
	const struct usb_handler *handler;
	void *handler_ctx;
	libusb_hotplug_callback_handle hotplug;
	bool hotplug_on;
	struct usb_pending *pending, **pending_tail; /* hotplug events not told yet */
	struct usb_dev *devs;			     /* all that are there */
	struct usb_conn *conns;			     /* all that are open, or closing */
	size_t buffer_bytes;			     /* of all conns */
	struct usb_look *look;
	struct usb_poll *poll;
	int uevents; /* -1: the kernel does not tell us */
	bool kernel_buffers;
};

struct usb_dev {
	struct usb *usb;
	struct usb_dev *next;
	struct usb_id id;
	libusb_device *device; /* NULL: libusb never heard of it, sysfs did */
	struct usb_conn *conn; /* NULL: not open */
	bool told;	       /* the handler knows of it */
	bool left;	       /* it is gone and the handler has still to be told */
	bool want_open, want_serial;
	unsigned int looks_missed; /* looks at sysfs that did not show it */
};

struct conn_piece {
	struct usb_conn *conn;
	struct libusb_transfer *transfer;
	uint8_t *buffer;
	bool by_kernel;		  /* the buffer is the kernel's memory */
	size_t filled, submitted; /* bytes in the buffer; of them given to libusb */
	bool in_flight;
};

struct usb_conn {
	struct usb *usb;
	struct usb_conn *next;
	struct usb_dev *dev; /* NULL: closing */
	libusb_device_handle *handle;
	int node_fd; /* of a device that libusb was given by its node; else -1 */
	uint8_t endpoint;
	struct usb_opening *opening; /* until it is open, or refused; NULL: it is */

	struct libusb_transfer *control;
	uint8_t *control_buffer;
	bool control_in_flight, reading_serial;

	struct conn_piece piece[CONN_PIECES];
	size_t piece_bytes;  /* size of each buffer */
	size_t piece_wanted; /* what it was to be, if there had been room */
	size_t piece_limit;  /* largest transfer that the kernel takes at the moment */

	bool busy; /* from submit to done */
	struct xfer xfer;
	size_t unread;	    /* bytes of it not yet taken from data or source */
	size_t actual;	    /* bytes transferred */
	size_t progress;    /* of them not yet told */
	struct error error; /* the first thing that went wrong */
};

/* usb.c. Reports departures and arrivals to the handler and opens the requested devices. True if
 * the handler was called. */
bool usb_dispatch(struct usb *usb);

/* usb.c, for usb_look.c: a device that only sysfs shows, or that sysfs shows no more. */
struct usb_dev *usb_dev_by_address(struct usb *usb, uint8_t bus, uint8_t address);
void usb_dev_seen(struct usb *usb, const struct usb_id *id);

/* usb_open.c. Starts to open and claim a device. */
void usb_conn_open(struct usb_dev *dev);
/* True from when the thread of the opening touches nothing any more; also of NULL. */
bool usb_opening_ended(const struct usb_opening *opening);
/* Waits for its thread, and closes what it has opened. NULL-safe; returns NULL. */
struct usb_opening *usb_opening_free(struct usb_opening *opening);
/* The opening has ended: calls the handler's opened(), or first asks for the serial number. Then
 * usb_conn_serial_done() calls it. */
void usb_conn_opened(struct usb_conn *conn);
void usb_conn_serial_done(struct usb_conn *conn);

/* usb_conn.c */
void usb_conn_free(struct usb_conn *conn); /* nothing may be in flight */
void usb_conn_submit_control(struct usb_conn *conn, uint8_t type, uint8_t request, uint16_t value,
			     uint16_t index, uint16_t length, unsigned int timeout_ms);
/* Tells the handler what happened to every conn, and closes those that are through with closing.
 * True when the handler heard something. */
bool usb_conns_advance(struct usb *usb);
/* Detaches from its device; frees itself when its last transfer is back. */
void usb_conn_close(struct usb_conn *conn);

/* usb.c */
/* The speed that libusb_get_device_speed() returned. */
enum usb_speed usb_speed_by_libusb(int speed);

/* usb_buffers.c */
/* Whether the kernel's own memory can be sent from. Before 5.8 some kernels mapped other memory
 * than that which they sent, on ARM (fixed by "USB: usbfs: fix mmap dma mismatch"). */
bool usb_buffers_by_kernel(void);
/* How large each of the CONN_PIECES buffers of one more device is to be, to send `want` bytes, when
 * all others have used_bytes: never nothing, also when there is no room left in the budget. */
size_t usb_piece_bytes(size_t used_bytes, size_t want, enum usb_speed speed);
/* Sees to it that the buffers of an open device fit for `want` bytes. Nothing may be in flight.
 * -ENOMEM: it has none then. */
int usb_buffers_have(struct usb_conn *conn, size_t want);
void usb_buffers_free(struct usb_conn *conn); /* before its handle is closed */

/* usb_look.c. NULL-safe free returns NULL. */
struct usb_look *usb_look_new(void);
struct usb_look *usb_look_free(struct usb_look *look);
/* Looks if it is due; returns milliseconds until the next look. */
int usb_look_if_due(struct usb *usb, uint64_t now_ms);
/* This one is there, says the kernel: false where sysfs does not show it so. */
bool usb_look_at(const char *port, struct usb_id *ret);
/* The serial number that the kernel has read of this very device; false: it has none, or is another
 * one by now. */
bool usb_look_serial(const struct usb_id *id, char ret[USB_SERIAL_SIZE]);
/* Something failed as if the device were gone: look at once. */
void usb_look_soon(struct usb *usb);
/* There are events, and there is something else to do now. */
void usb_look_later(struct usb *usb, uint64_t now_ms);

/* usb_poll.c: what is waited for. NULL-safe free returns NULL; to be freed before libusb's context.
 */
struct usb_poll *usb_poll_new(struct usb *usb);
struct usb_poll *usb_poll_free(struct usb_poll *poll);
/* Waits until there is something for libusb or from the kernel, or a signal; at most timeout_ms.
 * False: that is not possible here, libusb itself has to wait. *ret_uevents: the kernel may have
 * told something. */
bool usb_poll_wait(struct usb_poll *poll, int timeout_ms, bool *ret_uevents);

/* One conversion of libusb's codes for all of usb*.c. */
int usb_errno(int libusb_code);

#endif
