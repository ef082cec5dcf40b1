/* SPDX-License-Identifier: Apache-2.0 */
/* Scans sysfs for USB devices that no event reported.
 *
 * Without udevd, as in containers and in an initramfs, libusb receives no hotplug events. Every
 * half second, a scan compares the names and inodes in one directory with those of the last scan.
 * This costs very little. The scan reads the devices only if something changed. A device that
 * libusb does not know is added by its second scan, so that libusb can report it first. If there is
 * no sysfs, no devices are found and no error is raised. */
#include "usb/internal.h"

#include "os/linux/usb/sysfs.h"

#include <stdlib.h>
#include <string.h>

#define USB_SCAN_PERIOD_MS 500
/* A uevent of the kernel postpones the next scan for USB devices, because uevents report the same
 * changes as a scan. It does so only up to this number of milliseconds after the last scan, so that
 * scans never stop. */
#define USB_SCAN_LATER_MS 2000
#define USB_SCAN_MAX	  256 /* the most devices that one scan reads */

struct usb_scan {
	uint64_t next_ms, last_ms;
	uint64_t fingerprint; /* of the last scan */
	/* True if the USB devices that the last scan of sysfs found differ from the program's list
	 * of devices. The next scan then reads all devices again. */
	bool unsettled;
	size_t unknown_count;
	/* The USB devices that the last scan of sysfs found for the first time. An element of the
	 * array has the bus number of a device in its high byte and the address in its low byte. */
	uint16_t unknown[USB_SCAN_MAX];
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
	usb->scan->fingerprint = 0;
}

/* Rounds a time up to a multiple of the period of the sysfs scans. Other timers of the program use
 * the same multiples, so that the process wakes up less often. */
static uint64_t scan_even_ms(uint64_t ms)
{
	return (ms / USB_SCAN_PERIOD_MS + 1) * USB_SCAN_PERIOD_MS;
}

void usb_scan_later(struct usb *usb, uint64_t now_ms)
{
	struct usb_scan *scan = usb->scan;

	if (scan->next_ms && now_ms < scan->last_ms + USB_SCAN_LATER_MS)
		scan->next_ms = scan_even_ms(now_ms + USB_SCAN_PERIOD_MS / 2);
}

static bool scan_was_unknown(const struct usb_scan *scan, uint16_t key)
{
	for (size_t i = 0; i < scan->unknown_count; i++)
		if (scan->unknown[i] == key)
			return true;
	return false;
}

/* Keeps the known device at a USB port if the port's entry in sysfs exists but cannot be read. */
static void scan_excuse(struct usb *usb, const char *port)
{
	for (struct usb_dev *dev = usb->devs; dev; dev = dev->next)
		if (strcmp(dev->id.port, port) == 0)
			dev->scans_missed = 0;
}

/* Compares the devices in sysfs with the list of devices. A device that is new in sysfs is added at
 * the second scan, because libusb usually reports it before. A device that libusb has reported is
 * removed at the second scan that misses it. A device that only sysfs showed is removed at the
 * first such scan. */
static void scan_compare(struct usb *usb, DIR *bus)
{
	struct usb_scan *scan = usb->scan;
	uint16_t unknown[USB_SCAN_MAX];
	size_t unknown_count = 0;
	const struct dirent *entry;

	for (struct usb_dev *dev = usb->devs; dev; dev = dev->next)
		dev->scans_missed++;
	while ((entry = usb_sysfs_next(bus))) {
		struct usb_dev *dev;
		struct usb_id id;
		uint16_t key;

		if (!usb_sysfs_id(entry->d_name, &id)) {
			scan_excuse(usb, entry->d_name);
			continue;
		}
		dev = usb_dev_by_address(usb, id.bus, id.address);
		key = (uint16_t)(id.bus << 8 | id.address);
		if (dev)
			dev->scans_missed = 0;
		else if (scan_was_unknown(scan, key))
			usb_dev_add(usb, &id);
		else if (unknown_count < USB_SCAN_MAX)
			unknown[unknown_count++] = key;
	}
	scan->unsettled = unknown_count > 0;
	for (struct usb_dev *dev = usb->devs; dev; dev = dev->next) {
		scan->unsettled = scan->unsettled || dev->scans_missed > 0;
		if (dev->scans_missed > (dev->device ? 1 : 0))
			dev->left = true;
	}
	memcpy(scan->unknown, unknown, sizeof(unknown[0]) * unknown_count);
	scan->unknown_count = unknown_count;
}

int usb_scan_if_due(struct usb *usb, uint64_t now_ms)
{
	struct usb_scan *scan = usb->scan;
	uint64_t fingerprint;
	DIR *bus;

	if (now_ms < scan->next_ms)
		return (int)(scan->next_ms - now_ms);
	scan->last_ms = now_ms;
	scan->next_ms = scan_even_ms(now_ms);
	fingerprint = usb_sysfs_fingerprint(USB_SYSROOT);
	if (fingerprint != scan->fingerprint || scan->unsettled) {
		bus = usb_sysfs_open(USB_SYSROOT);
		if (bus)
			scan_compare(usb, bus);
		usb_sysfs_close(bus);
	}
	scan->fingerprint = fingerprint;
	return (int)(scan->next_ms - now_ms);
}
