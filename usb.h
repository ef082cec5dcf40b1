/* SPDX-License-Identifier: Apache-2.0 */
/* The bus: which devices are there, open one, transfer. Knows no protocol and no chip; libusb is
 * used here only. Nothing blocks: everything answers through the handler, out of usb_wait(), never
 * out of another call. now_ms, in every answer, is the time at which it is told. */
#ifndef USB_H
#define USB_H

#include "boot/transfer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USB_PORT_SIZE	32 /* "bus-port.port...", at most 7 ports deep */
#define USB_SERIAL_SIZE 64

enum usb_speed {
	USB_SPEED_UNKNOWN,
	USB_SPEED_LOW,
	USB_SPEED_FULL,
	USB_SPEED_HIGH,
	USB_SPEED_SUPER
};

struct usb;
struct usb_dev; /* one appearance of a device: from arrived to left */
struct error;

/* "low", "full", "high", "super" or "unknown". */
const char *usb_speed_name(enum usb_speed speed);

/* What is known of a device without opening it. */
struct usb_id {
	char port[USB_PORT_SIZE]; /* port path; on Linux also the device's name in sysfs */
	uint8_t bus, address;
	uint8_t port_number; /* the last one of the port path */
	uint8_t serial_index;
	uint16_t vendor, product;
	enum usb_speed speed;
};

struct usb_handler {
	void (*arrived)(void *ctx, struct usb_dev *dev, uint64_t now_ms);
	/* dev is gone; it is closed if it was open, and invalid afterwards. */
	void (*left)(void *ctx, struct usb_dev *dev, uint64_t now_ms);
	/* The answer to usb_dev_open(). err: NULL, or why not (-EACCES, -EPERM: the device rules
	 * of a container, -ENOENT: its node is missing, -EBUSY, -ENODEV, -EMFILE, else -EIO).
	 * serial: the device's serial number, as bytes from a board; empty where it was not asked
	 * for or the device has none; NULL where it has one that could not be read: then the device
	 * is not open, as a late reply would land on the next transfer. */
	void (*opened)(void *ctx, struct usb_dev *dev, const char *serial, const struct error *err,
		       uint64_t now_ms);
	/* Bytes of the current bulk transfer that the device has taken since the last call. */
	void (*progress)(void *ctx, struct usb_dev *dev, size_t bytes, uint64_t now_ms);
	/* The answer to usb_dev_submit(). err: NULL, or -ENODEV (left), -EPIPE (stall), -ECANCELED,
	 * -EIO, or the code of the source. actual: bytes received or sent. */
	void (*done)(void *ctx, struct usb_dev *dev, size_t actual, const struct error *err,
		     uint64_t now_ms);
	/* A disk of the device at this port path appeared or changed, says the system; not every
	 * system does. */
	void (*disk)(void *ctx, const char *port, uint64_t now_ms);
};

/* Devices that are there already arrive in the first usb_wait(). handler must outlive the result.
 */
int usb_new(struct usb **ret, const struct usb_handler *handler, void *ctx, struct error *err);

/* Waits for events, at most timeout_ms, and tells the handler. *ret_told_ms: all that had happened
 * by then was told. Deadlines are judged by that and not by the clock: what the handler does may
 * take long, and what happens meanwhile is told the next time. 0, also when a signal came, or -EIO.
 */
int usb_wait(struct usb *usb, int timeout_ms, uint64_t *ret_told_ms, struct error *err);

/* Makes usb_wait(), now or the next one, return soon. From any thread. usb: the struct usb, so that
 * this can be what others call back. */
void usb_wake(void *usb);

/* Closes what is open, waiting for the cancelled transfers. NULL-safe; returns NULL. */
struct usb *usb_free(struct usb *usb);

const struct usb_id *usb_dev_id(const struct usb_dev *dev);

/* Opens the device and claims the interface of the boot protocol: interface 0 with endpoint 1 where
 * there is one interface, interface 1 with endpoint 3 where there are two (PROTOCOL.md section 1).
 * want_serial: also reads the serial number. */
void usb_dev_open(struct usb_dev *dev, bool want_serial);

/* Starts a transfer of an open device that has none in flight. xfer is copied; what it points to
 * must stay. Reads from its source, which may take long: returns the time at which it has begun. */
uint64_t usb_dev_submit(struct usb_dev *dev, const struct xfer *xfer);

/* Cancels what is in flight and closes. The handler hears nothing more of it but left(). */
void usb_dev_close(struct usb_dev *dev);

/* A device on the bus as the system shows it, without libusb: for lists, and for saying why it
 * cannot be used. */
struct usb_view {
	struct usb_id id;
	char serial[USB_SERIAL_SIZE]; /* as the system read it; bytes from a device */
	char node[64];		      /* "/dev/bus/usb/001/004" */
	unsigned int mode, uid, gid;  /* of the node */
	int access;		      /* 0: it may be opened; -EACCES, -ENOENT, ... */
	/* Of the interface with the boot protocol: which driver has it, empty: none ("usbfs":
	 * another program). */
	char driver[32];
	bool unauthorized; /* withheld by the system: see usb_is_authorized() */
};

/* Looks below SYSROOT/bus/usb/devices ("/sys" outside tests), devroot ("" outside tests) being put
 * before the nodes' paths. Hubs are left out. In the order of the port paths. Returns how many, at
 * most max. */
size_t usb_views(const char *sysroot, const char *devroot, struct usb_view *ret, size_t max);

/* Has the system authorised the device at this port, and its interface with the boot protocol? Else
 * it can be opened but not claimed. ret_attribute (may be NULL): the path of the file that is 0.
 * True where sysfs does not show it. */
bool usb_is_authorized(const char *sysroot, const char *port, char *ret_attribute, size_t size);

/* Takes the right to serve the board at this port, which no other process of the machine has then
 * (usb_lock.c). True: *ret_lock is a descriptor to be closed, with which the right ends, or -1
 * where there can be none. False: another process has it. Processes in different network namespaces
 * do not see each other's. */
bool usb_port_take(const char *sysroot, const char *port, int *ret_lock);

/* Tells what is on the bus from what was: of all names and inodes below SYSROOT/bus/usb/devices.
 * Costs little. */
uint64_t usb_view_fingerprint(const char *sysroot);

/* Is a name there that of a device: "1-1.2", neither "usb1" nor the interface "1-1.2:1.0"? */
bool usb_view_is_device(const char *name);

/* What the kernel says about enumeration that fails, from now on. NULL where its log may not be
 * read. Ends with usb_kmsg_free() (NULL-safe, returns NULL). */
struct usb_kmsg;
struct usb_kmsg *usb_kmsg_new(const char *path); /* "/dev/kmsg" outside tests */
struct usb_kmsg *usb_kmsg_free(struct usb_kmsg *kmsg);

/* The next one that it has said; false: nothing more now. Never blocks. *ret_code: negative errno,
 * 0 where the kernel told none. */
bool usb_kmsg_next(struct usb_kmsg *kmsg, char ret_port[USB_PORT_SIZE], int *ret_code);

#endif
