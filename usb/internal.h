/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations that usb.c and the files in usb/ share. Only these files and the tests include this
 * header. usb.c keeps the list of devices. usb/scan.c, usb/uevent.c and usb/poll.c find new
 * devices. usb/open.c opens a device, usb/transfer.c runs its transfers, and usb/buffers.c
 * allocates the buffers of its bulk transfers. */
#ifndef USB_INTERNAL_H
#define USB_INTERNAL_H

#include "util/error.h"
#include "usb.h"
#include "usb/uevent.h"

#include <dirent.h>
#include <libusb-1.0/libusb.h>

#define CONN_BUFFERS	 2    /* transfer buffers of a device */
#define CONN_CONTROL_MAX 4096 /* the largest control transfer, in bytes */
#define USB_SYSROOT	 "/sys"

struct usb_conn;
struct usb_scan;
struct usb_opening; /* an open() that runs in its own thread */

struct usb {
	libusb_context *ctx;
	const struct usb_handler *handler;
	void *handler_ctx;
	libusb_hotplug_callback_handle hotplug;
	bool hotplug_on;
	struct usb_pending *pending, **pending_tail; /* hotplug events not yet processed */
	struct usb_dev *devs;			     /* all devices on the bus */
	struct usb_conn *conns;			     /* open and closing devices */
	size_t buffer_bytes;			     /* buffer memory of all devices */
	struct usb_scan *scan;
	struct usb_poll *poll;
	/* The socket for the kernel's uevents. If this process cannot receive uevents, the value is
	 * -1. */
	int uevents;
	bool kernel_buffers;
};

struct usb_dev {
	struct usb *usb;
	struct usb_dev *next;
	struct usb_id id;
	void *context;	       /* the owner */
	libusb_device *device; /* NULL if only sysfs shows the device */
	struct usb_conn *conn; /* NULL if the device is not open */
	bool announced;	       /* the handler has received arrived() */
	/* The device is gone, but the handler has not received left() yet. */
	bool left;
	bool want_open, want_serial;
	/* successive scans of sysfs without this device */
	unsigned int scans_missed;
};

/* One of the transfer buffers of an open device. */
struct usb_buffer {
	struct usb_conn *conn;
	struct libusb_transfer *transfer;
	uint8_t *data;
	bool by_kernel; /* true if data is memory of the kernel */
	/* filled is the number of bytes in the buffer. submitted is the number of these bytes that
	 * were submitted to libusb. */
	size_t filled, submitted;
	bool in_flight;
};

struct usb_conn {
	struct usb *usb;
	struct usb_conn *next;
	struct usb_dev *dev; /* NULL while the device is closing */
	libusb_device_handle *handle;
	/* The file descriptor of the device node if this program opened the node and passed the
	 * descriptor to libusb, else -1. */
	int node_fd;
	uint8_t endpoint;
	/* The open that is in progress. It is NULL after the end of the open. */
	struct usb_opening *opening;

	struct libusb_transfer *control;
	uint8_t *control_buffer;
	bool control_in_flight, reading_serial;

	struct usb_buffer buffer[CONN_BUFFERS];
	size_t buffer_bytes; /* size of each buffer */
	/* The buffer size that was requested. The actual buffer_bytes is smaller if the kernel had
	 * no memory for larger buffers. */
	size_t buffer_wanted;
	/* The largest bulk transfer that the kernel currently accepts, in bytes. */
	size_t buffer_limit;

	bool busy; /* true from submit until done() */
	struct xfer xfer;
	/* The number of bytes of xfer that were not yet copied from its data or its source into a
	 * buffer. */
	size_t unread;
	size_t actual; /* bytes transferred */
	/* The number of bytes of `actual` that were not yet reported with progress(). */
	size_t progress;
	struct error error; /* the first error of this transfer */
};

/* Calls left() for devices that are gone and arrived() for new ones. Then starts to open the
 * requested devices. usb.c implements this function.
 * Returns: true if the handler was called or an open was started. */
bool usb_dispatch(struct usb *usb);

/* usb_dev_by_address() returns the device with this address, or NULL. usb_dev_seen() adds a device
 * that only sysfs shows. usb.c implements both functions. */
struct usb_dev *usb_dev_by_address(struct usb *usb, uint8_t bus, uint8_t address);
void usb_dev_seen(struct usb *usb, const struct usb_id *id);

/* Starts to open a device and to claim its interface. usb/open.c implements this function and the
 * next ones. */
void usb_conn_open(struct usb_dev *dev);
/* Checks whether the open() of a device has ended.
 * Returns: true if its thread no longer uses the struct, or if opening is NULL. */
bool usb_opening_ended(const struct usb_opening *opening);
/* Waits until the thread of the opening has ended, and closes the handles that the opening still
 * owns. NULL is allowed.
 * Returns: NULL. */
struct usb_opening *usb_opening_free(struct usb_opening *opening);
/* Continues after the thread of the opening has ended. The function calls opened() of the handler.
 * If it must first request the serial number from the device, usb_conn_serial_done() calls opened()
 * after the reply. */
void usb_conn_opened(struct usb_conn *conn);
void usb_conn_serial_done(struct usb_conn *conn);

/* Frees an open device. No transfer may be in flight. usb/transfer.c implements this function and
 * the next ones. */
void usb_conn_free(struct usb_conn *conn);
void usb_conn_submit_control(struct usb_conn *conn, uint8_t type, uint8_t request, uint16_t value,
			     uint16_t index, uint16_t length, unsigned int timeout_ms);
/* Calls the handler for the progress and the end of transfers, and frees devices that have finished
 * closing.
 * Returns: true if the handler may have been called. */
bool usb_conns_advance(struct usb *usb);
/* Detaches conn from its device and cancels its transfers. usb_conns_advance() frees conn after its
 * last transfer has completed. */
void usb_conn_close(struct usb_conn *conn);

/* Converts the result of libusb_get_device_speed(). usb.c implements this function. */
enum usb_speed usb_speed_by_libusb(int speed);

/* Checks the version of the kernel. Bulk transfers can use memory that the kernel allocates. Before
 * 5.8, some kernels mapped the wrong memory on ARM. The kernel commit "USB: usbfs: fix mmap dma
 * mismatch" corrected this. This program uses kernel memory from version 5.10 on.
 * Returns: true if transfers can use kernel memory. */
bool usb_buffers_by_kernel(void);
/* Computes the size of each of the CONN_BUFFERS buffers of one device.
 * used_bytes: the buffer memory of all other devices.
 * want: the number of bytes that the device is going to send.
 * Returns: the size in bytes. The size is never 0, even if the budget is exhausted. */
size_t usb_buffer_size(size_t used_bytes, size_t want, enum usb_speed speed);
/* Makes the buffers of an open device large enough to send `want` bytes. No transfer may be in
 * flight.
 * Returns: 0, or -ENOMEM (the device has no buffers then). */
int usb_buffers_have(struct usb_conn *conn, size_t want);
/* Frees the buffers of an open device. The caller calls this function before it closes the handle
 * of the device, because kernel memory belongs to the handle. */
void usb_buffers_free(struct usb_conn *conn);

/* Creates the state of the scans of sysfs (usb/scan.c).
 * Returns: the state, or NULL (out of memory).
 * Ownership: the caller frees the state with usb_scan_free(), which accepts NULL and returns
 * NULL. */
struct usb_scan *usb_scan_new(void);
struct usb_scan *usb_scan_free(struct usb_scan *scan);
/* Scans sysfs if a scan is due.
 * Returns: the milliseconds until the next scan. */
int usb_scan_if_due(struct usb *usb, uint64_t now_ms);
/* Makes the next scan due at once. Call this function after an error that suggests that a device
 * left. */
void usb_scan_soon(struct usb *usb);
/* Postpones the next scan. Call this function while uevents arrive, because they make scans less
 * urgent. */
void usb_scan_later(struct usb *usb, uint64_t now_ms);

/* These functions list the USB devices in sysfs (usb/sysfs.c). usb_sysfs_open() opens the list, and
 * returns NULL if it cannot. usb_sysfs_next() returns the next entry, or NULL at the end.
 * usb_sysfs_close() closes the list. The last two functions accept NULL. */
DIR *usb_sysfs_open(const char *sysroot);
const struct dirent *usb_sysfs_next(DIR *bus);
void usb_sysfs_close(DIR *bus);
/* Reads the facts of the device at this port.
 * Returns: true, or false if sysfs does not show a device there. */
bool usb_sysfs_id(const char *port, struct usb_id *ret);
/* Reads the serial number that the kernel read when it enumerated this device.
 * Returns: true, or false if sysfs has no serial number or shows another device on the port. */
bool usb_sysfs_serial(const struct usb_id *id, char ret[USB_SERIAL_SIZE]);

/* Creates the state that usb_poll_wait() needs (usb/poll.c).
 * Ownership: the caller frees the state with usb_poll_free() before libusb_exit(). usb_poll_free()
 * accepts NULL and returns NULL. */
struct usb_poll *usb_poll_new(struct usb *usb);
struct usb_poll *usb_poll_free(struct usb_poll *poll);
/* Waits for at most timeout_ms for an event of libusb, a uevent of the kernel, or a signal.
 * ret_uevents: receives true if there may be uevents to read.
 * Returns: true, or false if this function cannot wait on this system. In that case the caller
 * calls libusb to wait. */
bool usb_poll_wait(struct usb_poll *poll, int timeout_ms, bool *ret_uevents);

/* Converts an error code of libusb into a negative errno. */
int usb_errno(int libusb_code);

#endif
