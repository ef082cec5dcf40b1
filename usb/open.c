/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a USB device: the device node, the interface of the boot protocol, and the serial number.
 *
 * A device that does not respond can block the call that opens it. If libusb opens a device through
 * its device node, libusb requests the configuration and waits up to one second for the reply. The
 * kernel also blocks open() while it resets the device. A separate thread therefore opens each
 * device, so that no other board has to wait. Until the thread sets `ended`, it uses only its
 * struct usb_opening.
 *
 *   usb_conn_open() -> thread -> usb_conn_opened() -> [serial number ->] handler->opened() */
#include "usb/internal.h"

#include "util/util.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#define CONN_SERIAL_TIMEOUT_MS 1000
/* The USB language code of US English. Raspberry Pi boards have strings in this language only. */
#define CONN_LANGUAGE 0x0409

struct usb_opening {
	libusb_context *ctx;
	/* libusb's object for the USB device. This struct holds a reference to the object. It is
	 * NULL if the program opens the device through its device node in /dev. */
	libusb_device *device;
	struct usb_id id;
	char node[64];
	pthread_t thread;
	/* True if `thread` was created to open the device. If no thread can be created,
	 * usb_conn_open() opens the device itself. */
	bool threaded;
	/* The thread sets this flag when it has opened the USB device or has failed. Afterwards,
	 * the thread no longer uses this struct. */
	atomic_bool ended;

	libusb_device_handle *handle;
	int node_fd;
	uint8_t endpoint;
	bool want_serial;
	/* The serial number that the kernel read from the USB device, or an empty string. */
	char serial[USB_SERIAL_SIZE];
	/* The reason why the USB device could not be opened. err.code is 0 if the device is
	 * open. */
	struct error err;
};

/* Claims the interface of the boot protocol. A device with one interface uses interface 0 and
 * endpoint 1. A device with two interfaces uses interface 1 and endpoint 3, because its first
 * interface is mass storage (some BCM2837). This rule is fixed, because the endpoint descriptors of
 * real boot ROMs are not reliable (docs/protocol.md, section 1). */
static int opening_claim(struct usb_opening *opening)
{
	libusb_device *device = libusb_get_device(opening->handle);
	struct libusb_config_descriptor *config;
	int interface, r;

	r = libusb_get_active_config_descriptor(device, &config);
	if (r < 0)
		r = libusb_get_config_descriptor(device, 0, &config);
	if (r < 0)
		return usb_errno(r);
	interface = config->bNumInterfaces == 1 ? 0 : 1;
	opening->endpoint = config->bNumInterfaces == 1 ? 1 : 3;
	libusb_free_config_descriptor(config);
	return usb_errno(libusb_claim_interface(opening->handle, interface));
}

static void *opening_run(void *arg)
{
	struct usb_opening *opening = arg;
	libusb_context *ctx = opening->ctx;
	const char *doing = "open";
	int r = opening->device ? usb_errno(libusb_open(opening->device, &opening->handle))
				: usb_node_open(opening->ctx, opening->node, &opening->handle,
						&opening->node_fd);

	if (r == 0) {
		doing = "claim";
		r = opening_claim(opening);
	} else {
		r = usb_node_reason(opening->node, &opening->id, r);
	}
	if (r < 0)
		usb_node_refused(opening->node, r, doing, &opening->err);
	else if (opening->want_serial && !usb_sysfs_serial(&opening->id, opening->serial))
		opening->serial[0] = '\0';
	atomic_store(&opening->ended, true);
	libusb_interrupt_event_handler(ctx);
	return NULL;
}

/* Starts the thread that opens the USB device. The thread blocks all signals, because the main
 * thread handles them. If no thread can be created, this function opens the device itself and
 * waits. */
static void opening_start(struct usb_opening *opening)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	opening->threaded = pthread_create(&opening->thread, NULL, opening_run, opening) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!opening->threaded)
		opening_run(opening);
}

static struct usb_opening *opening_new(const struct usb_dev *dev)
{
	struct usb_opening *opening = calloc(1, sizeof(*opening));

	if (!opening)
		return NULL;
	opening->ctx = dev->usb->ctx;
	opening->device = dev->device ? libusb_ref_device(dev->device) : NULL;
	opening->id = dev->id;
	opening->want_serial = dev->want_serial;
	opening->node_fd = -1;
	usb_node_name(&dev->id, opening->node, sizeof(opening->node));
	return opening;
}

bool usb_opening_ended(const struct usb_opening *opening)
{
	return !opening || atomic_load(&opening->ended);
}

struct usb_opening *usb_opening_free(struct usb_opening *opening)
{
	if (!opening)
		return NULL;
	if (opening->threaded)
		pthread_join(opening->thread, NULL);
	if (opening->handle)
		libusb_close(opening->handle);
	if (opening->node_fd >= 0)
		close(opening->node_fd);
	if (opening->device)
		libusb_unref_device(opening->device);
	free(opening);
	return NULL;
}

static struct usb_conn *conn_new(struct usb_dev *dev)
{
	struct usb_conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;
	conn->usb = dev->usb;
	conn->dev = dev;
	conn->node_fd = -1;
	conn->opening = opening_new(dev);
	conn->control = libusb_alloc_transfer(0);
	conn->control_buffer = malloc(LIBUSB_CONTROL_SETUP_SIZE + CONN_CONTROL_MAX);
	for (int i = 0; i < CONN_BUFFERS; i++) {
		conn->buffer[i].conn = conn;
		conn->buffer[i].transfer = libusb_alloc_transfer(0);
		if (!conn->buffer[i].transfer)
			break;
	}
	if (!conn->opening || !conn->control || !conn->control_buffer ||
	    !conn->buffer[CONN_BUFFERS - 1].transfer) {
		usb_conn_free(conn);
		return NULL;
	}
	return conn;
}

void usb_conn_open(struct usb_dev *dev)
{
	struct usb *usb = dev->usb;
	struct usb_conn *conn = conn_new(dev);
	struct error err = {0};

	if (!conn) {
		error_set(&err, -ENOMEM, "out of memory");
		usb->handler->opened(dev, "", &err, util_now_ms());
		return;
	}
	dev->conn = conn;
	conn->next = usb->conns;
	usb->conns = conn;
	opening_start(conn->opening);
}

void usb_conn_opened(struct usb_conn *conn)
{
	struct usb_opening *opening = conn->opening;
	struct usb_dev *dev = conn->dev;
	struct usb *usb = conn->usb;
	char serial[USB_SERIAL_SIZE];
	struct error err = opening->err;

	memcpy(serial, opening->serial, sizeof(serial));
	if (!err.code) {
		conn->handle = take_ptr(opening->handle);
		conn->node_fd = opening->node_fd;
		conn->endpoint = opening->endpoint;
		opening->node_fd = -1;
	}
	conn->opening = usb_opening_free(opening);
	if (err.code) {
		usb_dev_close(dev);
		usb->handler->opened(dev, "", &err, util_now_ms());
		return;
	}
	/* The program need not ask the USB device for its serial number, because the kernel has
	 * already read it or because the caller does not want it. */
	if (!dev->want_serial || serial[0]) {
		usb->handler->opened(dev, serial, NULL, util_now_ms());
		return;
	}
	conn->reading_serial = true;
	usb_conn_submit_control(conn, LIBUSB_ENDPOINT_IN, LIBUSB_REQUEST_GET_DESCRIPTOR,
				(uint16_t)(LIBUSB_DT_STRING << 8 | dev->id.serial_index),
				CONN_LANGUAGE, 255, CONN_SERIAL_TIMEOUT_MS);
}

/* Parses the USB string descriptor with the serial number that the device has sent. The descriptor
 * contains its length, its type, and UTF-16 text. */
void usb_conn_serial_done(struct usb_conn *conn)
{
	const uint8_t *desc = conn->control_buffer + LIBUSB_CONTROL_SETUP_SIZE;
	struct usb_dev *dev = conn->dev;
	char serial[USB_SERIAL_SIZE] = "";
	size_t used = 0, end = conn->actual < desc[0] ? conn->actual : desc[0];

	conn->reading_serial = false;
	if (conn->error.code || end < 2 || desc[1] != LIBUSB_DT_STRING)
		usb_dev_close(dev);
	else
		for (size_t i = 2; i + 1 < end && used < sizeof(serial) - 1; i += 2)
			serial[used++] =
				(char)(desc[i + 1] || desc[i] > 0x7e || desc[i] < 0x20 ? '?'
										       : desc[i]);
	conn->usb->handler->opened(dev, conn->dev ? serial : NULL, NULL, util_now_ms());
}
