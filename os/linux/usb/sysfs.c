/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the list and the attributes of USB devices from sysfs, without opening the devices. */
#include "usb/internal.h"

#include "os/linux/usb/sysfs.h"
#include "os/linux/util/sysfs.h"
#include "util/util.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CLASS_HUB 9
/* The position of the field iSerialNumber in the USB device descriptor, in bytes (USB 2.0
 * specification, table 9-8). */
#define DESC_SERIAL_AT 16
#define DESC_BYTES     18

static enum usb_speed device_speed(int dir)
{
	char text[16];

	sysfs_text(dir, "speed", text, sizeof(text));
	if (strcmp(text, "1.5") == 0)
		return USB_SPEED_LOW;
	if (strcmp(text, "12") == 0)
		return USB_SPEED_FULL;
	if (strcmp(text, "480") == 0)
		return USB_SPEED_HIGH;
	return strlen(text) >= 4 ? USB_SPEED_SUPER : USB_SPEED_UNKNOWN;
}

/* Builds the path "1-1.2:1.0/NAME" of an attribute of the interface of the boot protocol. If the
 * device has two interfaces, this is the second one (docs/protocol.md, section 1). Some sysfs trees
 * show an interface only inside the directory of its device. If `below` is true, the function
 * builds the path of that place. */
static void device_interface(int dir, const char *port, const char *name, bool below, char *ret,
			     size_t size)
{
	int64_t configuration = sysfs_number(dir, "bConfigurationValue", 10);
	int64_t interfaces = sysfs_number(dir, "bNumInterfaces", 10);

	snprintf(ret, size, "%.*s%s%.*s:%" PRId64 ".%d/%s", below ? USB_PORT_SIZE - 1 : 0, port,
		 below ? "/" : "", USB_PORT_SIZE - 1, port, configuration < 0 ? 1 : configuration,
		 interfaces >= 2, name);
}

static void device_driver(int bus, int dir, const char *port, char *ret, size_t size)
{
	char path[2 * USB_PORT_SIZE + 48], target[PATH_MAX];
	const char *slash;
	ssize_t n = 0;

	ret[0] = '\0';
	for (int below = 0; n <= 0 && below < 2; below++) {
		device_interface(dir, port, "driver", below, path, sizeof(path));
		n = readlinkat(bus, path, target, sizeof(target) - 1);
	}
	if (n <= 0)
		return;
	target[n] = '\0';
	slash = strrchr(target, '/');
	snprintf(ret, size, "%.*s", (int)size - 1, slash ? slash + 1 : target);
}

static bool device_authorized(int bus, int dir, const char *port, char *ret, size_t size)
{
	char path[2 * USB_PORT_SIZE + 48];

	snprintf(ret, size, "%.*s/authorized", USB_PORT_SIZE - 1, port);
	if (sysfs_number(bus, ret, 10) == 0)
		return false;
	for (int below = 0; below < 2; below++) {
		device_interface(dir, port, "authorized", below, path, sizeof(path));
		snprintf(ret, size, "%s", path);
		if (sysfs_number(bus, path, 10) == 0)
			return false;
	}
	return true;
}

bool usb_is_authorized(const char *sysroot, const char *port, char *ret_attribute, size_t size)
{
	cleanup_fd int bus = sysfs_open(sysroot, SYSFS_USB_DEVICES, ""), dir = -1;
	char attribute[128];

	dir = bus >= 0 ? sysfs_open_below(bus, port) : -1;
	if (dir < 0 || device_authorized(bus, dir, port, attribute, sizeof(attribute)))
		return true;
	if (ret_attribute)
		snprintf(ret_attribute, size, "%s/" SYSFS_USB_DEVICES "/%s", sysroot, attribute);
	return false;
}

static void device_node(const char *devroot, struct usb_sysfs *view)
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

/* Reads the bus, the address, the USB id and the speed of a USB device from sysfs. dir is the open
 * sysfs directory of the device. */
static bool device_id(int dir, const char *port, struct usb_id *ret)
{
	cleanup_fd int fd = openat(dir, "descriptors", O_RDONLY | O_CLOEXEC);
	int64_t bus = sysfs_number(dir, "busnum", 10), address = sysfs_number(dir, "devnum", 10);
	int vendor = sysfs_id(dir, "idVendor"), product = sysfs_id(dir, "idProduct");
	uint8_t descriptor[DESC_BYTES];
	const char *last = strrchr(port, '.');

	if (vendor < 0 || product < 0 || bus <= 0 || bus > UINT8_MAX || address <= 0 ||
	    address > UINT8_MAX || fd < 0 || read(fd, descriptor, sizeof(descriptor)) != DESC_BYTES)
		return false;
	*ret = (struct usb_id){
		.bus = (uint8_t)bus,
		.address = (uint8_t)address,
		.port_number = (uint8_t)atoi(last ? last + 1 : strchr(port, '-') + 1),
		.serial_index = descriptor[DESC_SERIAL_AT],
		.vendor = (uint16_t)vendor,
		.product = (uint16_t)product,
		.speed = device_speed(dir),
	};
	snprintf(ret->port, sizeof(ret->port), "%.*s", USB_PORT_SIZE - 1, port);
	return true;
}

bool usb_sysfs_id(const char *port, struct usb_id *ret)
{
	cleanup_fd int dir = sysfs_open(USB_SYSROOT, SYSFS_USB_DEVICES, port);

	return dir >= 0 && device_id(dir, port, ret);
}

bool usb_sysfs_serial(const struct usb_id *id, char ret[USB_SERIAL_SIZE])
{
	cleanup_fd int dir = sysfs_open(USB_SYSROOT, SYSFS_USB_DEVICES, id->port);

	if (dir < 0 || !sysfs_text(dir, "serial", ret, USB_SERIAL_SIZE) ||
	    sysfs_number(dir, "devnum", 10) != id->address)
		return false;
	for (char *at = ret; *at; at++)
		if (*at < 0x20 || *at > 0x7e)
			*at = '?';
	return true;
}

/* Reads all facts about a USB device from sysfs.
 * Returns: true, or false (the device is a hub, or it has just left the bus). */
static bool device_fill(int bus, const char *port, const char *devroot, struct usb_sysfs *ret)
{
	cleanup_fd int dir = sysfs_open_below(bus, port);
	char attribute[128];

	*ret = (struct usb_sysfs){0};
	if (dir < 0 || sysfs_number(dir, "bDeviceClass", 16) == CLASS_HUB ||
	    !device_id(dir, port, &ret->id))
		return false;
	sysfs_text(dir, "serial", ret->serial, sizeof(ret->serial));
	device_driver(bus, dir, port, ret->driver, sizeof(ret->driver));
	ret->unauthorized = !device_authorized(bus, dir, port, attribute, sizeof(attribute));
	device_node(devroot, ret);
	return true;
}

/* Compares two USB devices by port path, for qsort(). Numbers in the path are compared by value, so
 * port 1-2 comes before port 1-10. */
static int device_compare(const void *a, const void *b)
{
	return strverscmp(((const struct usb_sysfs *)a)->id.port,
			  ((const struct usb_sysfs *)b)->id.port);
}

bool usb_sysfs_is_device(const char *name)
{
	return isdigit((unsigned char)name[0]) && strchr(name, '-') && !strchr(name, ':') &&
	       strlen(name) < USB_PORT_SIZE;
}

DIR *usb_sysfs_open(const char *sysroot)
{
	int fd = sysfs_open(sysroot, SYSFS_USB_DEVICES, "");
	DIR *bus = fd >= 0 ? fdopendir(fd) : NULL;

	if (!bus)
		util_close_fd(&fd);
	return bus;
}

const struct dirent *usb_sysfs_next(DIR *bus)
{
	const struct dirent *entry;

	while (bus && (entry = readdir(bus)))
		if (usb_sysfs_is_device(entry->d_name))
			return entry;
	return NULL;
}

void usb_sysfs_close(DIR *bus)
{
	if (bus)
		closedir(bus);
}

uint64_t usb_sysfs_fingerprint(const char *sysroot)
{
	DIR *bus = usb_sysfs_open(sysroot);
	const struct dirent *entry;
	uint64_t sum = 1;

	/* Changes of the list of USB devices are detected by a number, the sum of one FNV-1a hash
	 * for each device. A hash covers the name and the inode number of the device's directory in
	 * sysfs. A device that leaves and returns gets a new inode number. */
	while ((entry = usb_sysfs_next(bus))) {
		uint64_t hash = 14695981039346656037u ^ entry->d_ino;

		for (const char *p = entry->d_name; *p; p++)
			hash = (hash ^ (unsigned char)*p) * 1099511628211u;
		sum += hash;
	}
	usb_sysfs_close(bus);
	return sum;
}

size_t usb_sysfs_list(const char *sysroot, const char *devroot, struct usb_sysfs *ret, size_t max)
{
	DIR *bus = usb_sysfs_open(sysroot);
	const struct dirent *entry;
	size_t count = 0;

	while (count < max && (entry = usb_sysfs_next(bus)))
		count += device_fill(dirfd(bus), entry->d_name, devroot, &ret[count]);
	usb_sysfs_close(bus);
	qsort(ret, count, sizeof(*ret), device_compare);
	return count;
}
