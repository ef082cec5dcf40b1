/* SPDX-License-Identifier: Apache-2.0 */
/* The USB bus: functions that find devices, open them and submit transfers to them. Only usb.c and
 * the files in usb/ use libusb.
 *
 * No function waits for a device, except usb_wait() and usb_free(). usb_wait() reports all results
 * by calls of the functions in struct usb_handler. Their argument now_ms is the time of the call,
 * in milliseconds of the monotonic clock. */
#ifndef USB_H
#define USB_H

#include "boot/transfer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USB_PORT_SIZE	32 /* "bus-port.port...", up to 7 port numbers */
#define USB_SERIAL_SIZE 64

enum usb_speed {
	USB_SPEED_UNKNOWN,
	USB_SPEED_LOW,
	USB_SPEED_FULL,
	USB_SPEED_HIGH,
	USB_SPEED_SUPER
};

struct usb;
/* A USB device from the time when it appears on the bus until it leaves. A device that
 * re-enumerates gets a new struct usb_dev. */
struct usb_dev;
struct error;

/* Returns: the name of the USB speed, which is "low", "full", "high", "super" or "unknown". */
const char *usb_speed_name(enum usb_speed speed);

/* The facts about a USB device that are known before the device is opened. */
struct usb_id {
	/* The path of the USB port, such as "1-1.2" (bus 1, port 1, and port 2 of the hub there).
	 * Linux sysfs names the device with the same string. */
	char port[USB_PORT_SIZE];
	uint8_t bus, address;
	uint8_t port_number; /* the last number of the port path */
	uint8_t serial_index;
	uint16_t vendor, product;
	enum usb_speed speed;
};

/* usb_wait() calls these functions when an event happens on the USB bus. ctx is the argument of
 * usb_new(). A function without ctx concerns a device that the caller has opened. The caller gets
 * its own object for this device, such as a struct board, from usb_dev_context(). */
struct usb_handler {
	void (*arrived)(void *ctx, struct usb_dev *dev, uint64_t now_ms);
	/* Reports that a USB device left the bus. The device is already closed. dev is invalid
	 * after this function returns. */
	void (*left)(void *ctx, struct usb_dev *dev, uint64_t now_ms);
	/* Reports the result of usb_dev_open().
	 * err: NULL if the device is open, else the reason: -EACCES (permission denied), -EPERM
	 * (the device rules of a container), -ENOENT (the device node is missing), -EBUSY (another
	 * program or driver uses the device), -ENODEV (the device left), -EMFILE or -ENFILE (too
	 * many open files), another errno of open(), else -EIO.
	 * serial: the serial number, as bytes that come from a board. The string is empty if the
	 * caller did not request the number, or if the device has none. serial is NULL if the
	 * number could not be read. The device is then closed, because the next transfer would
	 * receive the late reply. */
	void (*opened)(struct usb_dev *dev, const char *serial, const struct error *err,
		       uint64_t now_ms);
	/* Reports that the USB device received a part of the current bulk transfer. bytes is the
	 * number of bytes since the last call of this function. */
	void (*progress)(struct usb_dev *dev, size_t bytes, uint64_t now_ms);
	/* Reports the result of a transfer that usb_dev_submit() started.
	 * err: NULL on success, else -ENODEV (the device left), -EPIPE (stall), -ECANCELED,
	 * -ENOMEM, -EINVAL (a control transfer is too long), -EIO, or an error of read() in struct
	 * xfer_source.
	 * actual: the number of bytes received or sent. */
	void (*done)(struct usb_dev *dev, size_t actual, const struct error *err, uint64_t now_ms);
	/* Reports that a disk of the USB device at this port path appeared or changed. Some systems
	 * never report this. */
	void (*disk)(void *ctx, const char *port, uint64_t now_ms);
};

/* Creates a struct usb and starts to watch the USB bus. The first usb_wait() also reports the
 * devices that are already connected.
 * Returns: 0, -ENOMEM, or another negative errno (libusb cannot start).
 * Ownership: the caller ends *ret with usb_free(). handler must outlive *ret. */
int usb_new(struct usb **ret, const struct usb_handler *handler, void *ctx, struct error *err);

/* Waits for events for at most timeout_ms and calls the handler for each of them.
 * ret_events_until_ms: receives a time. All events before this time have been delivered. Compare
 * deadlines with this time, not with the clock. The handler can take long, and only the next call
 * delivers the events that happen meanwhile.
 * Returns: 0 (also after a signal), or a negative errno such as -EIO (libusb cannot wait for
 * events). */
int usb_wait(struct usb *usb, int timeout_ms, uint64_t *ret_events_until_ms, struct error *err);

/* Makes the current or the next usb_wait() return soon. The parameter is a struct usb. Its type is
 * void * so that this function can be passed as a callback.
 * Thread: any. */
void usb_wake(void *usb);

/* Closes all USB devices, waits for their cancelled transfers, and frees the struct usb. Accepts
 * NULL and returns NULL. */
struct usb *usb_free(struct usb *usb);

const struct usb_id *usb_dev_id(const struct usb_dev *dev);

/* These functions get and set the object that owns a USB device, such as a struct board. A device
 * that has just arrived has no owner (NULL). */
void *usb_dev_context(const struct usb_dev *dev);
void usb_dev_set_context(struct usb_dev *dev, void *context);

/* Requests that the next usb_wait() opens the device and claims the interface of the boot protocol.
 * A device with one interface uses interface 0 and endpoint 1. A device with two interfaces uses
 * interface 1 and endpoint 3 (docs/protocol.md, section 1). opened() of struct usb_handler reports
 * the result.
 * want_serial: also read the serial number. */
void usb_dev_open(struct usb_dev *dev, bool want_serial);

/* Submits a transfer to an open USB device. The device must have no other transfer in flight. If
 * the transfer has a source, this function reads from the source, which can take long. done() of
 * struct usb_handler reports the result.
 * Returns: the time at which the transfer was submitted.
 * Ownership: xfer is copied. The memory that xfer points to must stay valid until done(). */
uint64_t usb_dev_submit(struct usb_dev *dev, const struct xfer *xfer);

/* Cancels all transfers of a USB device and closes it. The only event that is still reported for
 * the device is that it left the bus (left() of struct usb_handler). */
void usb_dev_close(struct usb_dev *dev);

/* The facts about a USB device that the kernel shows in sysfs. The list of boards (option --list)
 * prints them, and messages use them to explain why a device cannot be used. */
struct usb_sysfs {
	struct usb_id id;
	/* The serial number that the kernel read from the USB device. Its bytes are untrusted. */
	char serial[USB_SERIAL_SIZE];
	char node[64];		     /* "/dev/bus/usb/001/004" */
	unsigned int mode, uid, gid; /* mode and owner of the device node */
	/* 0 if this process may open the device node in /dev. Otherwise this is a negative errno,
	 * such as -EACCES (no permission) or -ENOENT (no node). */
	int access;
	/* The name of the kernel driver that uses the device's interface for the boot protocol. It
	 * is "usbfs" if another program uses the interface, and empty if the interface is free. */
	char driver[32];
	/* True if the kernel has not authorised the device or its interface, so that no program can
	 * claim it (see usb_is_authorized()). */
	bool unauthorized;
};

/* Lists the USB devices, except hubs, sorted by port path.
 * sysroot: "/sys"; tests use another directory. The devices are in SYSROOT/bus/usb/devices.
 * devroot: a prefix for the paths of device nodes; "" except in tests.
 * Returns: the number of devices written to ret, at most max. */
size_t usb_sysfs_list(const char *sysroot, const char *devroot, struct usb_sysfs *ret, size_t max);

/* Checks whether the kernel authorises the device at this port and its interface of the boot
 * protocol. A device that is not authorised can be opened, but its interface cannot be claimed.
 * ret_attribute: receives the path of the sysfs file that withholds the device (its content is 0).
 * It may be NULL.
 * Returns: false if the device or its interface is not authorised; otherwise true, even if sysfs
 * does not show the device. */
bool usb_is_authorized(const char *sysroot, const char *port, char *ret_attribute, size_t size);

/* Acquires the exclusive right to serve the board at this port. Only one process of the machine can
 * have this right (os/linux/usb/lock.c). Processes in different network namespaces do not see each
 * other's rights.
 * ret_lock: receives a file descriptor, or -1 if this system cannot create locks. The right ends
 * when the caller closes the descriptor.
 * Returns: true, or false if another process has the right. */
bool usb_port_take(const char *sysroot, const char *port, int *ret_lock);

/* Switches the power of one USB port off and on (os/linux/usb/power.c). The port must belong to a
 * hub that can switch each port alone. usb_power_new() finds the switch and checks the hub. The
 * port stays on until the caller calls usb_power_off(), and the caller must call usb_power_on()
 * when the time usb_power_on_ms() has come. A call can take some hundred milliseconds. It takes
 * longer while the kernel enumerates a device on the same hub.
 * sysroot, devroot: as for usb_sysfs_list(). devroot may be NULL, which means "".
 * Returns: 0, -ENODEV (no such port), -EOPNOTSUPP (the hub or the kernel cannot switch this port),
 * -EACCES or another negative errno. The sentence names the hub or the file, and the remedy.
 * Ownership: the caller frees *ret with usb_power_free(), which switches the port on if it is off,
 * accepts NULL and returns NULL. */
struct usb_power;
int usb_power_new(struct usb_power **ret, const char *sysroot, const char *devroot,
		  const char *port, struct error *err);
struct usb_power *usb_power_free(struct usb_power *power);

/* Switches the power of a USB port off, so that the device on it leaves the bus.
 * Returns: 0, or a negative errno. After an error, the function has switched the port on again. */
int usb_power_off(struct usb_power *power, uint64_t now_ms, struct error *err);

/* Returns: the time at which the caller of usb_power_off() must switch the port on again, in
 * milliseconds of the monotonic clock. */
uint64_t usb_power_on_ms(const struct usb_power *power);

/* Switches the power of a USB port on.
 * Returns: 0, -EIO (the port already had power, so the board may not have restarted), or another
 * negative errno (the port may still be off). */
int usb_power_on(struct usb_power *power, struct error *err);

/* Calls fn for the path of each sysfs file that can switch the power of this USB port. The files
 * may not exist. */
void usb_power_each(const char *sysroot, const char *port, void (*fn)(void *ctx, const char *path),
		    void *ctx);

/* Checks whether sysfs shows a USB device at this port path. With the port "", checks whether it
 * shows the USB bus at all.
 * Returns: false if the device has left the bus, or if sysfs is not mounted. */
bool usb_is_shown(const char *sysroot, const char *port);

/* Computes a number that changes when a USB device arrives or leaves, so that a caller can detect
 * this cheaply. The number depends on the names and the inodes of the entries in
 * SYSROOT/bus/usb/devices. */
uint64_t usb_sysfs_fingerprint(const char *sysroot);

/* Opens the kernel log, to read messages about USB devices that fail to enumerate. Messages from
 * before the call are skipped.
 * path: "/dev/kmsg" except in tests, or NULL.
 * Returns: a file descriptor, which the caller closes, or -1 (the process may not read the log). */
int usb_kmsg_open(const char *path);

/* Reads the next message of the kernel log about a USB device that fails to enumerate. The call
 * never blocks.
 * fd: the kernel log, or -1.
 * ret_port: receives the port path of the device.
 * ret_code: receives the negative errno of the message, or 0 if the message contains none.
 * Returns: true, or false if there are no more messages now. */
bool usb_kmsg_next(int fd, char ret_port[USB_PORT_SIZE], int *ret_code);

#endif
