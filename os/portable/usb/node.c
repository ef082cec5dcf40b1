/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces the functions for device nodes in /dev on a system that has no device nodes. Only libusb
 * can open USB devices on such a system. */
#include "usb/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void usb_node_name(const struct usb_id *id, char *ret, size_t size)
{
	snprintf(ret, size, "the USB device at %s", id->port);
}

int usb_node_open(libusb_context *ctx, const char *node, libusb_device_handle **ret, int *ret_fd)
{
	(void)ctx, (void)node, (void)ret, (void)ret_fd;
	return -ENODEV;
}

int usb_node_reason(const char *node, const struct usb_id *id, int code)
{
	(void)node, (void)id;
	return code;
}

void usb_node_refused(const char *node, int code, const char *doing, struct error *err)
{
	switch (-code) {
	case EACCES:
	case EBUSY:
		error_set(err, code,
			  "cannot %s %s: another program or driver is using it, or this user may "
			  "not open it",
			  doing, node);
		return;
	case ENODEV:
		error_set(err, code, "cannot %s %s: it has left the bus", doing, node);
		return;
	}
	error_set(err, code,
		  "cannot %s %s: %s; on Windows, the device needs the driver WinUSB, which the "
		  "program Zadig installs",
		  doing, node, strerror(-code));
}

bool usb_buffers_by_kernel(void)
{
	return false;
}

uint8_t *usb_buffer_by_kernel(struct usb_conn *conn, size_t bytes)
{
	(void)conn, (void)bytes;
	return NULL;
}
