/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations that usb.c and the files in usb/ share. Only these files, their parts in os/ and the
 * tests include this header. usb.c keeps the list of devices. The files scan.c, uevent.c and poll.c
 * in os/ find new devices. usb/open.c opens a device, usb/transfer.c runs its transfers, and
 * usb/buffers.c allocates the buffers of its bulk transfers. */
#ifndef USB_INTERNAL_H
#define USB_INTERNAL_H

#include "util/error.h"
#include "usb.h"
#include "usb/uevent.h"

#include <libusb-1.0/libusb.h>

#define CONN_BUFFERS	 2    /* transfer buffers of a device */
#define CONN_CONTROL_MAX 4096 /* the largest control transfer, in bytes */
#define USB_SYSROOT	 "/sys"

/* The state of a USB device while a separate thread opens it. */
struct usb_opening;

struct usb {
	libusb_context *ctx;
	const struct usb_handler *handler;
	void *handler_ctx;
	libusb_hotplug_callback_handle hotplug;
	bool hotplug_on;
	struct usb_pending *pending, **pending_tail; /* hotplug events not yet processed */
	struct usb_dev *devs;			     /* all USB devices on the bus */
	struct usb_conn *conns;			     /* devices that are open or closing */
	size_t buffer_bytes;			     /* memory of all transfer buffers, in bytes */
	struct usb_scan *scan;
	struct usb_poll *poll;
	/* The netlink socket that receives the kernel's uevents, or -1 if the system does not allow
	 * such a socket. */
	int uevents;
	bool kernel_buffers;
};

struct usb_dev {
	struct usb *usb;
	struct usb_dev *next;
	struct usb_id id;
	void *context; /* the owner */
	/* libusb's object for this USB device, or NULL if libusb does not list the device. */
	libusb_device *device;
	struct usb_conn *conn; /* NULL if the device is not open */
	bool announced;	       /* arrived() of the handler was called */
	/* True if the USB device left the bus, but the caller does not know this yet. The function
	 * left() of struct usb_handler will report it. */
	bool left;
	bool want_open, want_serial;
	/* The number of successive scans of sysfs that did not show the device. */
	unsigned int scans_missed;
};

/* A transfer buffer of an open USB device. A device has several of them, so that the program can
 * fill one while libusb sends another one. */
struct usb_buffer {
	struct usb_conn *conn;
	struct libusb_transfer *transfer;
	uint8_t *data;
	bool by_kernel; /* true if the kernel allocated `data` */
	/* The buffer contains `filled` bytes of a bulk transfer. The program has passed the first
	 * `submitted` of them to libusb. */
	size_t filled, submitted;
	bool in_flight;
};

struct usb_conn {
	struct usb *usb;
	struct usb_conn *next;
	struct usb_dev *dev; /* the open device, or NULL once closed */
	libusb_device_handle *handle;
	/* The file descriptor of the device node in /dev if this program opened the node itself and
	 * passed it to libusb, or -1. */
	int node_fd;
	uint8_t endpoint;
	/* The thread that opens the USB device, or NULL if no thread is opening it. */
	struct usb_opening *opening;

	struct libusb_transfer *control;
	uint8_t *control_buffer;
	bool control_in_flight, reading_serial;

	struct usb_buffer buffer[CONN_BUFFERS];
	size_t buffer_bytes; /* size of each buffer */
	/* The desired size of each transfer buffer in bytes. The actual size, buffer_bytes, is
	 * smaller if the kernel provides no memory for buffers of the desired size. */
	size_t buffer_wanted;
	/* The maximum size of the next bulk transfer, in bytes (see conn_adapt_limit()). */
	size_t buffer_limit;

	/* true until done() is called */
	bool busy;
	struct xfer xfer;
	/* The number of bytes of the USB transfer that the program must still copy into a transfer
	 * buffer. The bytes come from memory (xfer.data) or from a callback (xfer.source). */
	size_t unread;
	size_t actual; /* bytes transferred */
	/* The number of transferred bytes that the program has not yet reported with progress() of
	 * struct usb_handler. */
	size_t progress;
	struct error error; /* the first error of this transfer */
};

/* Reports to the caller's struct usb_handler which devices left the bus and which arrived, and then
 * starts to open the devices that the caller requested. usb.c implements this function.
 * Returns: true if the handler was called or the opening of a device was started. */
bool usb_dispatch(struct usb *usb);

/* usb_dev_by_address() returns the USB device with this bus number and address, or NULL.
 * usb_dev_add() adds a device to the list of devices, for example because sysfs shows it before
 * libusb reports it. It returns the device, or NULL (out of memory). usb.c implements both
 * functions. */
struct usb_dev *usb_dev_by_address(struct usb *usb, uint8_t bus, uint8_t address);
struct usb_dev *usb_dev_add(struct usb *usb, const struct usb_id *id);

/* Reads the port path, the address and the USB ids of a device from libusb.
 * Returns: true, or false (libusb failed, or the device is a root hub, which has no port). */
bool usb_identify(libusb_device *device, struct usb_id *ret);

/* Records that libusb has reported the arrival or the departure of a USB device. The next
 * usb_wait() reports this event to struct usb_handler. The callback for hotplug events calls this
 * function, and so does a scan of the devices that libusb lists. */
void usb_pending_add(struct usb *usb, libusb_device *device, bool arrived);

/* Starts a thread that opens a USB device and claims its interface for the boot protocol. If no
 * thread can be created, this function opens the device itself (usb/open.c). */
void usb_conn_open(struct usb_dev *dev);
/* Checks whether the thread that opens a USB device has ended.
 * Returns: true if the thread has ended and thus no longer uses *opening, or if `opening` is
 * NULL. */
bool usb_opening_ended(const struct usb_opening *opening);
/* Waits until the thread that opens a USB device has ended, and frees its struct usb_opening with
 * all handles in it. Accepts NULL and returns NULL. */
struct usb_opening *usb_opening_free(struct usb_opening *opening);
/* Finishes the opening of a USB device after the thread that opens it has ended. Reports the result
 * with opened() of struct usb_handler. If the program must first request the serial number from the
 * device, usb_conn_serial_done() reports the result when the device has replied. */
void usb_conn_opened(struct usb_conn *conn);
void usb_conn_serial_done(struct usb_conn *conn);

/* Frees the state of an open USB device, which must have no transfer in flight (usb/transfer.c). */
void usb_conn_free(struct usb_conn *conn);
void usb_conn_submit_control(struct usb_conn *conn, uint8_t type, uint8_t request, uint16_t value,
			     uint16_t index, uint16_t length, unsigned int timeout_ms);
/* Calls the functions of the caller's struct usb_handler for the progress and the end of each
 * transfer. Also frees the state of each USB device whose last transfer has ended after
 * usb_dev_close().
 * Returns: true if a function of the handler may have been called. */
bool usb_conns_advance(struct usb *usb);

/* Converts the result of libusb_get_device_speed() to enum usb_speed. */
enum usb_speed usb_speed_by_libusb(int speed);

/* Checks whether the kernel is new enough to allocate the memory for bulk transfers. Before version
 * 5.8, some kernels mapped the wrong memory on ARM. The kernel commit "USB: usbfs: fix mmap dma
 * mismatch" corrected this. This program uses kernel memory from version 5.10 on.
 * Returns: true if transfers can use kernel memory. */
bool usb_buffers_by_kernel(void);
/* Allocates a transfer buffer in kernel memory for an open USB device.
 * Returns: the buffer, or NULL (the kernel provides none). */
uint8_t *usb_buffer_by_kernel(struct usb_conn *conn, size_t bytes);
/* Computes the size of each of the CONN_BUFFERS transfer buffers of one USB device.
 * used_bytes: the buffer memory of all other devices.
 * want: the number of bytes that the device is going to send.
 * Returns: the size in bytes. The size is never 0, even if the budget for all devices is
 * exhausted. */
size_t usb_buffer_size(size_t used_bytes, size_t want, enum usb_speed speed);
/* Makes the transfer buffers of an open USB device large enough to send `want` bytes. The device
 * must have no transfer in flight.
 * Returns: 0, or -ENOMEM (the device then has no buffers). */
int usb_buffers_have(struct usb_conn *conn, size_t want);
/* Frees the transfer buffers of an open USB device. Call this function before the handle of the
 * device is closed, because buffers in kernel memory belong to the handle. */
void usb_buffers_free(struct usb_conn *conn);

/* Creates the state of the periodic scans of sysfs for USB devices (os/linux/usb/scan.c).
 * Returns: the state, or NULL (out of memory).
 * Ownership: the caller frees the state with usb_scan_free(), which accepts NULL and returns
 * NULL. */
struct usb_scan *usb_scan_new(void);
struct usb_scan *usb_scan_free(struct usb_scan *scan);
/* Scans sysfs for USB devices, if the time of the next scan has come.
 * Returns: the milliseconds until the next scan. */
int usb_scan_if_due(struct usb *usb, uint64_t now_ms);
/* Makes the next scan of sysfs due at once. Call this function after an error that suggests that a
 * USB device left the bus. */
void usb_scan_soon(struct usb *usb);
/* Postpones the next scan of sysfs for USB devices. Call this function while uevents of the kernel
 * arrive, because they report the same changes as a scan. */
void usb_scan_later(struct usb *usb, uint64_t now_ms);

/* Reads the bus, the address, the USB ids and the speed of the USB device at this port path from
 * sysfs.
 * Returns: true, or false if sysfs shows no device at the port path. */
bool usb_sysfs_id(const char *port, struct usb_id *ret);
/* Reads from sysfs the serial number that the kernel requested when it enumerated a USB device.
 * Returns: true, or false (sysfs has no serial number, or the device has left the port). */
bool usb_sysfs_serial(const struct usb_id *id, char ret[USB_SERIAL_SIZE]);

/* Writes a name of a USB device to the buffer ret, for messages. The name is the path of its device
 * node or, on a system without device nodes, a text with its port path. */
void usb_node_name(const struct usb_id *id, char *ret, size_t size);
/* Opens the device node in /dev and passes the file descriptor to libusb. The program opens a USB
 * device in this way if sysfs shows it but libusb does not know it.
 * node: the path from usb_node_name().
 * ret_fd: receives the file descriptor, which the caller closes after *ret.
 * Returns: 0, or a negative errno. usb_node_reason() finds a more precise errno. */
int usb_node_open(libusb_context *ctx, const char *node, libusb_device_handle **ret, int *ret_fd);
/* Finds the reason why a USB device could not be opened, because error codes of libusb are less
 * precise than errno. This function opens the device node again to get the errno.
 * code: the negative errno of the failed attempt.
 * Returns: the negative errno. If the node is missing, it is -ENOENT (the device is still on the
 * bus) or -ENODEV (the device left). */
int usb_node_reason(const char *node, const struct usb_id *id, int code);
/* Stores in *err the reason why a USB device cannot be opened or claimed.
 * doing: the failed action, "open" or "claim". */
void usb_node_refused(const char *node, int code, const char *doing, struct error *err);

/* Creates the state of usb_poll_wait(), which waits for USB events (os/linux/usb/poll.c).
 * Ownership: the caller frees the state with usb_poll_free() before libusb_exit(). usb_poll_free()
 * accepts NULL and returns NULL. */
struct usb_poll *usb_poll_new(struct usb *usb);
struct usb_poll *usb_poll_free(struct usb_poll *poll);
/* Waits for at most timeout_ms for an event of libusb, a uevent of the kernel, or a signal.
 * ret_uevents: receives true if there may be uevents to read.
 * Returns: true, or false if this function cannot wait on this system, so that the caller must wait
 * with a function of libusb. */
bool usb_poll_wait(struct usb_poll *poll, int timeout_ms, bool *ret_uevents);

/* Converts an error code of libusb into a negative errno. */
int usb_errno(int libusb_code);

#endif
