/* SPDX-License-Identifier: Apache-2.0 */
/* Scans sysfs for devices that no event reported. This file opens no devices.
 *
 * Without udevd, as in containers and in an initramfs, libusb receives no hotplug events. Every
 * half second, a scan compares the names and inodes in one directory with those of the last scan.
 * This costs very little. The scan reads the devices only if something changed. A device that
 * libusb does not know is added by its second scan, so that libusb can report it first. If there is
 * no sysfs, no devices are found and no error is raised. */
#include "usb/internal.h"

#include "util/util.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define USB_LOOK_PERIOD_MS 500
/* The longest time between two scans, even if events arrive all the time. */
#define USB_LOOK_LATER_MS 2000
#define USB_LOOK_SYSROOT  "/sys"
#define USB_LOOK_MAX	  256 /* devices read in one scan */

struct usb_look {
	uint64_t next_ms, last_ms;
	uint64_t fingerprint; /* the directory at the last scan */
	/* The last scan found a device that the list of devices lacks, or missed one that the list
	 * has. */
	bool unsettled;
	size_t unheard_count;
	/* The bus and address of each device that the last scan saw for the first time. */
	uint16_t unheard[USB_LOOK_MAX];
};

struct usb_look *usb_look_new(void)
{
	return calloc(1, sizeof(struct usb_look));
}

struct usb_look *usb_look_free(struct usb_look *look)
{
	free(look);
	return NULL;
}

void usb_look_soon(struct usb *usb)
{
	usb->look->next_ms = 0;
	usb->look->fingerprint = 0;
}

/* Rounds up to a multiple of the period. Other periodic work uses the same times, so that the
 * process wakes up only once. */
static uint64_t look_even_ms(uint64_t ms)
{
	return (ms / USB_LOOK_PERIOD_MS + 1) * USB_LOOK_PERIOD_MS;
}

void usb_look_later(struct usb *usb, uint64_t now_ms)
{
	struct usb_look *look = usb->look;

	if (look->next_ms && now_ms < look->last_ms + USB_LOOK_LATER_MS)
		look->next_ms = look_even_ms(now_ms + USB_LOOK_PERIOD_MS / 2);
}

static ssize_t look_read(int dir_fd, const char *device, const char *attribute, void *ret,
			 size_t size)
{
	char path[NAME_MAX + 32];
	cleanup_fd int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", device, attribute);
	fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : read(fd, ret, size);
}

static int look_number(int dir_fd, const char *device, const char *attribute)
{
	char text[16] = "";

	if (look_read(dir_fd, device, attribute, text, sizeof(text) - 1) <= 0)
		return -1;
	return atoi(text);
}

static enum usb_speed look_speed(int mbit_per_s)
{
	if (mbit_per_s >= 5000)
		return USB_SPEED_SUPER;
	if (mbit_per_s == 480)
		return USB_SPEED_HIGH;
	if (mbit_per_s == 12)
		return USB_SPEED_FULL;
	return mbit_per_s == 1 ? USB_SPEED_LOW : USB_SPEED_UNKNOWN; /* sysfs has "1.5" */
}

/* Reads the device descriptor that the kernel keeps (USB 2.0 specification, table 9-8). */
static bool look_identify(int dir_fd, const char *name, struct usb_id *ret)
{
	uint8_t desc[18];
	int bus = look_number(dir_fd, name, "busnum"),
	    address = look_number(dir_fd, name, "devnum");
	const char *last = strrchr(name, '.');

	if (bus <= 0 || bus > UINT8_MAX || address <= 0 || address > UINT8_MAX)
		return false;
	if (look_read(dir_fd, name, "descriptors", desc, sizeof(desc)) != sizeof(desc))
		return false;
	*ret = (struct usb_id){
		.bus = (uint8_t)bus,
		.address = (uint8_t)address,
		.port_number = (uint8_t)atoi(last ? last + 1 : strchr(name, '-') + 1),
		.serial_index = desc[16],
		.vendor = (uint16_t)(desc[8] | desc[9] << 8),
		.product = (uint16_t)(desc[10] | desc[11] << 8),
		.speed = look_speed(look_number(dir_fd, name, "speed")),
	};
	memcpy(ret->port, name, strlen(name) + 1);
	return true;
}

bool usb_look_at(const char *port, struct usb_id *ret)
{
	cleanup_fd int dir =
		open(USB_LOOK_SYSROOT "/bus/usb/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir >= 0 && look_identify(dir, port, ret);
}

bool usb_look_serial(const struct usb_id *id, char ret[USB_SERIAL_SIZE])
{
	cleanup_fd int dir =
		open(USB_LOOK_SYSROOT "/bus/usb/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n = dir < 0 ? -1 : look_read(dir, id->port, "serial", ret, USB_SERIAL_SIZE - 1);

	if (n <= 0 || look_number(dir, id->port, "devnum") != id->address)
		return false;
	while (n > 0 && ret[n - 1] == '\n')
		n--;
	ret[n] = '\0';
	for (char *at = ret; *at; at++)
		if (*at < 0x20 || *at > 0x7e)
			*at = '?';
	return n > 0;
}

static bool look_was_unheard(const struct usb_look *look, uint16_t key)
{
	for (size_t i = 0; i < look->unheard_count; i++)
		if (look->unheard[i] == key)
			return true;
	return false;
}

/* The port is occupied, but its device cannot be read. Do not count the device as missing. */
static void look_excuse(struct usb *usb, const char *port)
{
	for (struct usb_dev *dev = usb->devs; dev; dev = dev->next)
		if (strcmp(dev->id.port, port) == 0)
			dev->looks_missed = 0;
}

/* Compares the devices in sysfs with the list of devices. A new device is added at the second scan
 * that shows it. A device that libusb knows is removed at the second scan that misses it. A device
 * that only sysfs showed is removed at the first scan that misses it. */
static void look_compare(struct usb *usb, DIR *dir)
{
	struct usb_look *look = usb->look;
	uint16_t unheard[USB_LOOK_MAX];
	size_t unheard_count = 0;
	struct dirent *entry;

	for (struct usb_dev *dev = usb->devs; dev; dev = dev->next)
		dev->looks_missed++;
	while ((entry = readdir(dir))) {
		struct usb_dev *dev;
		struct usb_id id;
		uint16_t key;

		if (!usb_view_is_device(entry->d_name))
			continue;
		if (!look_identify(dirfd(dir), entry->d_name, &id)) {
			look_excuse(usb, entry->d_name);
			continue;
		}
		dev = usb_dev_by_address(usb, id.bus, id.address);
		key = (uint16_t)(id.bus << 8 | id.address);
		if (dev)
			dev->looks_missed = 0;
		else if (look_was_unheard(look, key))
			usb_dev_seen(usb, &id);
		else if (unheard_count < USB_LOOK_MAX)
			unheard[unheard_count++] = key;
	}
	look->unsettled = unheard_count > 0;
	for (struct usb_dev *dev = usb->devs; dev; dev = dev->next) {
		look->unsettled = look->unsettled || dev->looks_missed > 0;
		if (dev->looks_missed > (dev->device ? 1 : 0))
			dev->left = true;
	}
	memcpy(look->unheard, unheard, sizeof(unheard[0]) * unheard_count);
	look->unheard_count = unheard_count;
}

int usb_look_if_due(struct usb *usb, uint64_t now_ms)
{
	struct usb_look *look = usb->look;
	uint64_t fingerprint;
	DIR *dir;

	if (now_ms < look->next_ms)
		return (int)(look->next_ms - now_ms);
	look->last_ms = now_ms;
	look->next_ms = look_even_ms(now_ms);
	fingerprint = usb_view_fingerprint(USB_LOOK_SYSROOT);
	if (fingerprint != look->fingerprint || look->unsettled) {
		dir = opendir(USB_LOOK_SYSROOT "/bus/usb/devices");
		if (dir) {
			look_compare(usb, dir);
			closedir(dir);
		}
	}
	look->fingerprint = fingerprint;
	return (int)(look->next_ms - now_ms);
}
