/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the USB devices from sysfs. This file opens no devices and does not use libusb. */
#include "usb.h"

#include "util/util.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CLASS_HUB 9
/* The offset of iSerialNumber in the device descriptor (USB 2.0 specification, table 9-8). */
#define DESC_SERIAL_AT 16
#define DESC_BYTES     18

/* Reads a sysfs attribute and removes white space at both ends. The text is empty if the attribute
 * cannot be read. */
static void view_text(int dir, const char *name, char *ret, size_t size)
{
	cleanup_fd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd >= 0 ? read(fd, ret, size - 1) : 0;

	ret[n > 0 ? n : 0] = '\0';
	while (n > 0 && isspace((unsigned char)ret[n - 1]))
		ret[--n] = '\0';
	while (isspace((unsigned char)*ret))
		memmove(ret, ret + 1, strlen(ret));
}

/* Reads a number. Returns -1 if the attribute is missing or is not a number. */
static long view_number(int dir, const char *name, int base)
{
	char text[32], *end;
	long number;

	view_text(dir, name, text, sizeof(text));
	if (!isxdigit((unsigned char)text[0]))
		return -1;
	number = strtol(text, &end, base);
	return *end ? -1 : number;
}

const char *usb_speed_name(enum usb_speed speed)
{
	switch (speed) {
	case USB_SPEED_LOW:
		return "low";
	case USB_SPEED_FULL:
		return "full";
	case USB_SPEED_HIGH:
		return "high";
	case USB_SPEED_SUPER:
		return "super";
	case USB_SPEED_UNKNOWN:
		break;
	}
	return "unknown";
}

static enum usb_speed view_speed(int dir)
{
	char text[16];

	view_text(dir, "speed", text, sizeof(text));
	if (strcmp(text, "1.5") == 0)
		return USB_SPEED_LOW;
	if (strcmp(text, "12") == 0)
		return USB_SPEED_FULL;
	if (strcmp(text, "480") == 0)
		return USB_SPEED_HIGH;
	return strlen(text) >= 4 ? USB_SPEED_SUPER : USB_SPEED_UNKNOWN;
}

/* Builds the path "1-1.2:1.0/NAME" of an attribute of the interface of the boot protocol. If the
 * device has two interfaces, this is the second one (docs/protocol.md, section 1). In some trees,
 * the interfaces exist only below the directory of their device; `below` selects that path. */
static void view_interface(int dir, const char *port, const char *name, bool below, char *ret,
			   size_t size)
{
	long configuration = view_number(dir, "bConfigurationValue", 10);
	long interfaces = view_number(dir, "bNumInterfaces", 10);

	snprintf(ret, size, "%.*s%s%.*s:%ld.%d/%s", below ? USB_PORT_SIZE - 1 : 0, port,
		 below ? "/" : "", USB_PORT_SIZE - 1, port, configuration < 0 ? 1 : configuration,
		 interfaces >= 2, name);
}

static void view_driver(int bus, int dir, const char *port, char *ret, size_t size)
{
	char path[2 * USB_PORT_SIZE + 48], target[PATH_MAX];
	const char *slash;
	ssize_t n;

	ret[0] = '\0';
	view_interface(dir, port, "driver", false, path, sizeof(path));
	n = readlinkat(bus, path, target, sizeof(target) - 1);
	if (n <= 0) {
		view_interface(dir, port, "driver", true, path, sizeof(path));
		n = readlinkat(bus, path, target, sizeof(target) - 1);
	}
	if (n <= 0)
		return;
	target[n] = '\0';
	slash = strrchr(target, '/');
	snprintf(ret, size, "%.*s", (int)size - 1, slash ? slash + 1 : target);
}

static bool view_authorized(int bus, int dir, const char *port, char *ret, size_t size)
{
	char path[2 * USB_PORT_SIZE + 48];

	snprintf(ret, size, "%.*s/authorized", USB_PORT_SIZE - 1, port);
	if (view_number(bus, ret, 10) == 0)
		return false;
	for (int below = 0; below < 2; below++) {
		view_interface(dir, port, "authorized", below, path, sizeof(path));
		snprintf(ret, size, "%s", path);
		if (view_number(bus, path, 10) == 0)
			return false;
	}
	return true;
}

bool usb_is_authorized(const char *sysroot, const char *port, char *ret_attribute, size_t size)
{
	char path[PATH_MAX], attribute[128];
	cleanup_fd int bus = -1, dir = -1;

	snprintf(path, sizeof(path), "%s/bus/usb/devices", sysroot);
	bus = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = bus >= 0 ? openat(bus, port, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (dir < 0 || view_authorized(bus, dir, port, attribute, sizeof(attribute)))
		return true;
	if (ret_attribute)
		snprintf(ret_attribute, size, "%s/bus/usb/devices/%s", sysroot, attribute);
	return false;
}

static void view_node(const char *devroot, struct usb_view *view)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(view->node, sizeof(view->node), "/dev/bus/usb/%03u/%03u", view->id.bus,
		 view->id.address);
	snprintf(path, sizeof(path), "%s%s", devroot, view->node);
	if (stat(path, &st) == 0) {
		view->mode = st.st_mode & 07777;
		view->uid = st.st_uid;
		view->gid = st.st_gid;
	}
	view->access = access(path, R_OK | W_OK) < 0 ? -errno : 0;
}

/* Reads a device from sysfs. Returns false if the name is not a device, if the device is a hub, or
 * if the device just left. */
static bool view_fill(int bus, const char *port, const char *devroot, struct usb_view *ret)
{
	cleanup_fd int dir = openat(bus, port, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int fd = dir >= 0 ? openat(dir, "descriptors", O_RDONLY | O_CLOEXEC) : -1;
	unsigned char descriptor[DESC_BYTES] = {0};
	const char *last = strrchr(port, '.');
	char attribute[128];
	long vendor, product, bus_number, address;

	if (dir < 0)
		return false;
	vendor = view_number(dir, "idVendor", 16);
	product = view_number(dir, "idProduct", 16);
	bus_number = view_number(dir, "busnum", 10);
	address = view_number(dir, "devnum", 10);
	if (vendor < 0 || product < 0 || bus_number < 0 || address < 0 ||
	    view_number(dir, "bDeviceClass", 16) == CLASS_HUB)
		return false;
	*ret = (struct usb_view){0};
	snprintf(ret->id.port, sizeof(ret->id.port), "%.*s", USB_PORT_SIZE - 1, port);
	if (fd >= 0 && read(fd, descriptor, sizeof(descriptor)) == DESC_BYTES)
		ret->id.serial_index = descriptor[DESC_SERIAL_AT];
	ret->id.vendor = (uint16_t)vendor;
	ret->id.product = (uint16_t)product;
	ret->id.bus = (uint8_t)bus_number;
	ret->id.address = (uint8_t)address;
	ret->id.port_number = (uint8_t)atoi(last ? last + 1 : strchr(port, '-') + 1);
	ret->id.speed = view_speed(dir);
	view_text(dir, "serial", ret->serial, sizeof(ret->serial));
	view_driver(bus, dir, port, ret->driver, sizeof(ret->driver));
	ret->unauthorized = !view_authorized(bus, dir, port, attribute, sizeof(attribute));
	view_node(devroot, ret);
	return true;
}

/* Compares two devices by port path. The port 1-2 comes before the port 1-10. */
static int view_compare(const void *a, const void *b)
{
	return strverscmp(((const struct usb_view *)a)->id.port,
			  ((const struct usb_view *)b)->id.port);
}

bool usb_view_is_device(const char *name)
{
	return isdigit((unsigned char)name[0]) && strchr(name, '-') && !strchr(name, ':') &&
	       strlen(name) < USB_PORT_SIZE;
}

uint64_t usb_view_fingerprint(const char *sysroot)
{
	char path[PATH_MAX];
	struct dirent *entry;
	uint64_t sum = 1;
	DIR *bus;

	snprintf(path, sizeof(path), "%s/bus/usb/devices", sysroot);
	bus = opendir(path);
	/* The number is the sum of the FNV-1a hashes of all entries. A sum does not depend on the
	 * order of the directory. The inode of the entry changes when a device returns under its
	 * old name. */
	while (bus && (entry = readdir(bus))) {
		uint64_t hash = 14695981039346656037u ^ entry->d_ino;

		if (!usb_view_is_device(entry->d_name))
			continue;
		for (const char *p = entry->d_name; *p; p++)
			hash = (hash ^ (unsigned char)*p) * 1099511628211u;
		sum += hash;
	}
	if (bus)
		closedir(bus);
	return sum;
}

size_t usb_views(const char *sysroot, const char *devroot, struct usb_view *ret, size_t max)
{
	char path[PATH_MAX];
	struct dirent *entry;
	size_t count = 0;
	DIR *bus;

	snprintf(path, sizeof(path), "%s/bus/usb/devices", sysroot);
	bus = opendir(path);
	while (bus && count < max && (entry = readdir(bus))) {
		const char *name = entry->d_name;

		if (usb_view_is_device(name))
			count += view_fill(dirfd(bus), name, devroot, &ret[count]);
	}
	if (bus)
		closedir(bus);
	qsort(ret, count, sizeof(*ret), view_compare);
	return count;
}
