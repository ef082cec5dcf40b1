/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the USB devices on a system whose libusb reports no hotplug events, such as Windows. At
 * regular intervals, this code compares the devices that libusb lists with the list of devices in
 * usb.c. */
#include "usb/internal.h"

#include <limits.h>
#include <stdlib.h>

#define USB_SCAN_PERIOD_MS 250

struct usb_scan {
	uint64_t next_ms;
};

struct usb_scan *usb_scan_new(void)
{
	return calloc(1, sizeof(struct usb_scan));
}

struct usb_scan *usb_scan_free(struct usb_scan *scan)
{
	free(scan);
	return NULL;
}

void usb_scan_soon(struct usb *usb)
{
	usb->scan->next_ms = 0;
}

void usb_scan_later(struct usb *usb, uint64_t now_ms)
{
	(void)usb, (void)now_ms;
}

static bool list_has(libusb_device *const *list, ssize_t count, const libusb_device *device)
{
	for (ssize_t i = 0; i < count; i++)
		if (list[i] == device)
			return true;
	return false;
}

static bool devs_have(const struct usb *usb, const libusb_device *device)
{
	for (const struct usb_dev *dev = usb->devs; dev; dev = dev->next)
		if (dev->device == device && !dev->left)
			return true;
	return false;
}

/* A pointer from libusb identifies a device as long as the device stays on the bus and this program
 * holds a reference to it. */
int usb_scan_if_due(struct usb *usb, uint64_t now_ms)
{
	struct usb_scan *scan = usb->scan;
	libusb_device **list;
	ssize_t count;

	if (usb->hotplug_on)
		return INT_MAX;
	if (now_ms < scan->next_ms)
		return (int)(scan->next_ms - now_ms);
	scan->next_ms = now_ms + USB_SCAN_PERIOD_MS;
	count = libusb_get_device_list(usb->ctx, &list);
	if (count < 0)
		return USB_SCAN_PERIOD_MS;
	for (const struct usb_dev *dev = usb->devs; dev; dev = dev->next)
		if (!list_has(list, count, dev->device))
			usb_pending_add(usb, dev->device, false);
	for (ssize_t i = 0; i < count; i++)
		if (!devs_have(usb, list[i]))
			usb_pending_add(usb, list[i], true);
	libusb_free_device_list(list, 1);
	/* Do not wait if events are pending. */
	return usb->pending ? 0 : USB_SCAN_PERIOD_MS;
}
