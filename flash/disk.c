/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the disks of a USB device in sysfs. The scan starts below SYSROOT/bus/usb/devices.
 * There, PORT is a link to the directory of the device; in tests, PORT is the directory itself.
 *
 *     PORT/                      the USB device
 *       PORT:C.I/                one interface of it; bInterfaceClass 08 is mass storage
 *         hostN/targetN:C:T/     made by usb-storage or uas once bound
 *           N:C:T:L/             one SCSI device (LUN): type, vendor, model
 *             block/NAME/size    its disk, made by sd once the medium is known
 *
 * A device behind a hub at this port has its own directory (PORT.N/, without a colon), which is
 * not entered. */
#include "flash/disk.h"

#include "util/util.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The unit of the attribute size in sysfs, which does not depend on the disk's own sector size. */
#define SECTOR_BYTES 512

struct walk {
	const char *prefix; /* prefix of the names; NULL: all names */
	void (*enter)(int fd, const char *name, void *ctx);
	void *ctx;
};

/* Results that one level of the scan returns to the level above. */
struct device_state {
	struct disks *disks;
	unsigned int interfaces, settled_interfaces;
};

struct interface_state {
	struct disks *disks;
	unsigned int luns, unsettled_luns;
	bool bound;
};

struct lun_state {
	struct disks *disks;
	const char *model;
	bool settled;
};

static int dir_open(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Calls walk->enter for each directory in fd whose name begins with walk->prefix. */
static void dir_walk(int fd, const struct walk *walk)
{
	size_t prefix_length = walk->prefix ? strlen(walk->prefix) : 0;
	int own = dir_open(fd, "."); /* closedir() closes this descriptor */
	DIR *dir = own >= 0 ? fdopendir(own) : NULL;
	struct dirent *entry;

	if (!dir) {
		if (own >= 0)
			close(own);
		return;
	}
	while ((entry = readdir(dir))) {
		cleanup_fd int below = -1;

		if (entry->d_name[0] == '.' ||
		    (prefix_length && strncmp(entry->d_name, walk->prefix, prefix_length) != 0))
			continue;
		below = dir_open(fd, entry->d_name);
		if (below >= 0)
			walk->enter(below, entry->d_name, walk->ctx);
	}
	closedir(dir);
}

/* Reads an attribute of sysfs and removes the white space around it. The result is empty if the
 * attribute cannot be read. */
static void attr_read(int at, const char *name, char *ret, size_t size)
{
	cleanup_fd int fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd >= 0 ? read(fd, ret, size - 1) : 0;
	size_t skip = 0;

	ret[n > 0 ? n : 0] = '\0';
	for (size_t length = strlen(ret); length && isspace((unsigned char)ret[length - 1]);)
		ret[--length] = '\0';
	/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.ArraySubscript): read() has filled it */
	while (isspace((unsigned char)ret[skip]))
		skip++;
	memmove(ret, ret + skip, strlen(ret + skip) + 1);
}

/* Returns: the value of an attribute with a decimal number, or -1 (not a number). */
static int64_t attr_number(int at, const char *name)
{
	char text[32], *end;
	long long value;

	attr_read(at, name, text, sizeof(text));
	if (!isdigit((unsigned char)text[0]))
		return -1;
	errno = 0;
	value = strtoll(text, &end, 10);
	return errno || *end ? -1 : value;
}

/* Returns: the value of an attribute with four hex digits, or 0 (another value). */
static uint16_t attr_id(int at, const char *name)
{
	char text[8], *end;
	unsigned long value;

	attr_read(at, name, text, sizeof(text));
	value = strtoul(text, &end, 16);
	return end == text + 4 && *end == '\0' ? (uint16_t)value : 0;
}

/* Compares device names: "sdb" comes before "sdaa". */
static bool path_before(const char *a, const char *b)
{
	size_t a_length = strlen(a), b_length = strlen(b);

	return a_length != b_length ? a_length < b_length : strcmp(a, b) < 0;
}

/* Inserts the disk in the order of the names. If there are more than DISK_MAX disks, the last
 * are dropped. */
static void disks_insert(struct disks *disks, const struct disk *disk)
{
	size_t at = disks->count;

	while (at > 0 && path_before(disk->path, disks->disk[at - 1].path))
		at--;
	if (at == DISK_MAX)
		return;
	if (disks->count < DISK_MAX)
		disks->count++;
	memmove(&disks->disk[at + 1], &disks->disk[at],
		(disks->count - at - 1) * sizeof(disks->disk[0]));
	disks->disk[at] = *disk;
}

static void block_enter(int fd, const char *name, void *ctx)
{
	struct lun_state *lun = ctx;
	int64_t sectors = attr_number(fd, "size");
	struct disk disk = {};
	int length = snprintf(disk.path, sizeof(disk.path), "/dev/%s", name);

	if (length >= (int)sizeof(disk.path))
		return;
	if (sectors > 0 && sectors <= INT64_MAX / SECTOR_BYTES)
		disk.bytes = (uint64_t)sectors * SECTOR_BYTES;
	snprintf(disk.model, sizeof(disk.model), "%s", lun->model);
	disks_insert(lun->disks, &disk);
	/* The kernel shows a disk after it has read the size, so size 0 means no medium. */
	lun->settled = sectors == 0 || disk.bytes > 0;
}

static void lun_enter(int fd, const char *name, void *ctx)
{
	struct interface_state *interface = ctx;
	char vendor[32], product[32], model[sizeof(vendor) + 1 + sizeof(product)];
	struct lun_state lun = {.disks = interface->disks, .model = model};
	const struct walk walk = {.enter = block_enter, .ctx = &lun};
	int64_t type = attr_number(fd, "type");
	cleanup_fd int block = -1;

	/* Skip "power" and other directories of the target itself. */
	if (!strchr(name, ':'))
		return;
	interface->luns++;
	/* The type is not known yet, or the LUN is not a disk, such as an optical drive or an
	 * enclosure. */
	if (type != 0) {
		interface->unsettled_luns += type < 0;
		return;
	}
	attr_read(fd, "vendor", vendor, sizeof(vendor));
	attr_read(fd, "model", product, sizeof(product));
	snprintf(model, sizeof(model), "%s%s%s", vendor, vendor[0] && product[0] ? " " : "",
		 product);
	block = dir_open(fd, "block");
	if (block >= 0)
		dir_walk(block, &walk);
	interface->unsettled_luns += !lun.settled;
}

static void target_enter(int fd, const char *name, void *ctx)
{
	const struct walk walk = {.enter = lun_enter, .ctx = ctx};

	(void)name;
	dir_walk(fd, &walk);
}

static void host_enter(int fd, const char *name, void *ctx)
{
	const struct walk walk = {.prefix = "target", .enter = target_enter, .ctx = ctx};

	(void)name;
	((struct interface_state *)ctx)->bound = true;
	dir_walk(fd, &walk);
}

static void interface_enter(int fd, const char *name, void *ctx)
{
	struct device_state *device = ctx;
	struct interface_state interface = {.disks = device->disks};
	const struct walk walk = {.prefix = "host", .enter = host_enter, .ctx = &interface};
	char class[8];

	(void)name;
	device->interfaces++;
	attr_read(fd, "bInterfaceClass", class, sizeof(class));
	if (strcmp(class, "08") != 0)
		return;
	dir_walk(fd, &walk);
	device->disks->storage_interfaces++;
	device->disks->bound_interfaces += interface.bound;
	device->settled_interfaces += interface.luns > 0 && interface.unsettled_luns == 0;
}

void disk_find(const char *sysroot, const char *port, struct disks *ret)
{
	struct device_state device = {.disks = ret};
	char path[4096], prefix[64];
	const struct walk walk = {.prefix = prefix, .enter = interface_enter, .ctx = &device};
	cleanup_fd int fd = -1;

	memset(ret, 0, sizeof(*ret));
	if (snprintf(prefix, sizeof(prefix), "%s:", port) >= (int)sizeof(prefix) ||
	    snprintf(path, sizeof(path), "%s/bus/usb/devices/%s", sysroot, port) >=
		    (int)sizeof(path))
		return;
	fd = dir_open(AT_FDCWD, path);
	if (fd < 0) {
		snprintf(path, sizeof(path), "%s/bus", sysroot);
		ret->no_sysfs = access(path, F_OK) < 0;
		return;
	}
	ret->vendor = attr_id(fd, "idVendor");
	ret->product = attr_id(fd, "idProduct");
	dir_walk(fd, &walk);
	/* The kernel adds the interfaces one by one, so some may still be missing. */
	ret->settled = ret->storage_interfaces > 0 &&
		       device.settled_interfaces == ret->storage_interfaces &&
		       (int64_t)device.interfaces >= attr_number(fd, "bNumInterfaces");
}

void disks_drop_nodeless(struct disks *disks, const char *devroot)
{
	char path[4096];

	for (size_t i = 0; devroot && i < disks->count; i++) {
		struct disk *disk = &disks->disk[i];

		snprintf(path, sizeof(path), "%s%s", devroot, disk->path);
		if (disk->bytes == 0 || access(path, F_OK) == 0)
			continue;
		disk->bytes = 0;
		disks->no_node = true;
	}
}

const char *disks_absence(const struct disks *disks)
{
	if (disks->no_sysfs)
		return "there is no /sys here to find a disk by; a container needs that of the "
		       "host";
	if (disks->no_node)
		return "the kernel has its disk, but /dev gets no new nodes here; a container "
		       "needs "
		       "/dev of the host (docker: -v /dev:/dev)";
	if (disks->count > 0)
		return "the kernel shows its disk without a medium; does the board have storage?";
	if (disks->storage_interfaces > 0 && disks->bound_interfaces == 0)
		return "the board is a USB disk now, but no driver of this host serves it: load "
		       "usb-storage (modprobe usb-storage), unless /etc/modprobe.d forbids it";
	return NULL;
}
