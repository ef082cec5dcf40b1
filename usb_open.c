/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a device: the node, the interface of the boot protocol, the serial number. */
#include "usb_private.h"

#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CONN_SERIAL_TIMEOUT_MS 1000
#define CONN_LANGUAGE	       0x0409 /* US English, the only one that boards have */

/* The node's mode and owner are what decides; the person can then see why. */
static int conn_refused(const struct usb_dev *dev, int code, const char *doing, struct error *err)
{
	char node[64];
	struct stat st;
	struct passwd *owner;
	struct group *group;

	snprintf(node, sizeof(node), "/dev/bus/usb/%03d/%03d", dev->id.bus, dev->id.address);
	if (code == -EBUSY)
		return error_set(err, code,
				 "cannot %s %s: another program or driver is using the board",
				 doing, node);
	if (code != -EACCES)
		return error_set(err, code, "cannot %s %s: %s", doing, node, strerror(-code));
	if (stat(node, &st) < 0)
		return error_set(err, code, "permission denied for %s: run rpiboot with sudo",
				 node);
	owner = getpwuid(st.st_uid);
	group = getgrgid(st.st_gid);
	return error_set(
		err, code,
		"permission denied for %s (mode %04o, owner %s:%s): run rpiboot with sudo, "
		"or install the rule that 'rpiboot --print-udev-rules' prints",
		node, st.st_mode & 07777, owner ? owner->pw_name : "?",
		group ? group->gr_name : "?");
}

/* A device that only sysfs showed is opened by its node and handed to libusb. */
static int conn_open_node(struct usb_conn *conn, struct usb_dev *dev)
{
	char node[64];
	int r;

	snprintf(node, sizeof(node), "/dev/bus/usb/%03d/%03d", dev->id.bus, dev->id.address);
	conn->node_fd = open(node, O_RDWR | O_CLOEXEC);
	if (conn->node_fd < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	r = libusb_wrap_sys_device(conn->usb->ctx, conn->node_fd, &conn->handle);
	return r < 0 ? usb_errno(r) : 0;
}

/* One interface: interface 0, endpoint 1. Two, the first being mass storage (some BCM2837):
 * interface 1, endpoint 3. By rule and not by what the descriptors say of endpoints: PROTOCOL.md
 * section 1. */
static int conn_claim(struct usb_conn *conn)
{
	libusb_device *device = libusb_get_device(conn->handle);
	struct libusb_config_descriptor *config;
	int interface, r;

	r = libusb_get_active_config_descriptor(device, &config);
	if (r < 0)
		r = libusb_get_config_descriptor(device, 0, &config);
	if (r < 0)
		return usb_errno(r);
	interface = config->bNumInterfaces == 1 ? 0 : 1;
	conn->endpoint = config->bNumInterfaces == 1 ? 1 : 3;
	libusb_free_config_descriptor(config);
	return usb_errno(libusb_claim_interface(conn->handle, interface));
}

static int conn_new(struct usb_conn **ret, struct usb_dev *dev)
{
	struct usb_conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return -ENOMEM;
	conn->usb = dev->usb;
	conn->dev = dev;
	conn->node_fd = -1;
	conn->control = libusb_alloc_transfer(0);
	conn->control_buffer = malloc(LIBUSB_CONTROL_SETUP_SIZE + CONN_CONTROL_MAX);
	for (int i = 0; i < CONN_PIECES; i++) {
		conn->piece[i].conn = conn;
		conn->piece[i].transfer = libusb_alloc_transfer(0);
		if (!conn->piece[i].transfer)
			break;
	}
	if (!conn->control || !conn->control_buffer || !conn->piece[CONN_PIECES - 1].transfer) {
		usb_conn_free(conn);
		return -ENOMEM;
	}
	*ret = conn;
	return 0;
}

void usb_conn_open(struct usb_dev *dev)
{
	struct usb *usb = dev->usb;
	struct usb_conn *conn = NULL;
	struct error err = {0};
	char serial[USB_SERIAL_SIZE] = "";
	const char *doing = "open";
	int r = conn_new(&conn, dev);

	if (r == 0)
		r = dev->device ? usb_errno(libusb_open(dev->device, &conn->handle))
				: conn_open_node(conn, dev);
	if (r == 0) {
		doing = "claim";
		r = conn_claim(conn);
	}
	if (r < 0) {
		if (conn)
			usb_conn_free(conn);
		conn_refused(dev, r, doing, &err);
		usb->handler->opened(usb->handler_ctx, dev, "", &err, util_now_ms());
		return;
	}
	dev->conn = conn;
	conn->next = usb->conns;
	usb->conns = conn;
	/* What the kernel has asked the device already needs not be asked again. */
	if (!dev->want_serial || usb_look_serial(&dev->id, serial)) {
		usb->handler->opened(usb->handler_ctx, dev, serial, NULL, util_now_ms());
		return;
	}
	conn->reading_serial = true;
	usb_conn_submit_control(conn, LIBUSB_ENDPOINT_IN, LIBUSB_REQUEST_GET_DESCRIPTOR,
				(uint16_t)(LIBUSB_DT_STRING << 8 | dev->id.serial_index),
				CONN_LANGUAGE, 255, CONN_SERIAL_TIMEOUT_MS);
}

/* A string descriptor: length, type, then UTF-16. */
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
	conn->usb->handler->opened(conn->usb->handler_ctx, dev, conn->dev ? serial : NULL, NULL,
				   util_now_ms());
}
