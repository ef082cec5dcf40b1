/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the disks of a USB device in sysfs. The scan starts below SYSROOT/bus/usb/devices. There,
 * PORT is a link to the directory of the device; in tests, PORT is the directory itself.
 *
 *     PORT/                      the USB device
 *       PORT:C.I/                one interface of it; bInterfaceClass 08 is mass storage
 *         hostN/targetN:C:T/     the driver usb-storage or uas creates it
 *           N:C:T:L/             one SCSI device (LUN): type, vendor, model
 *             block/NAME/size    its disk; the driver sd creates it when the medium is known
 *             block/NAME/bdi     the last entry that the kernel adds; /dev/NAME works after it
 *
 * A device behind a hub at this port has its own directory (PORT.N/, without a colon), which is not
 * entered. */
#include "flash/disk.h"

#include "os/linux/util/sysfs.h"
#include "util/util.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The search for disks in sysfs visits a USB device, its interfaces and their SCSI devices (LUNs).
 * The search collects the results of each level in one of these structs, and then adds them to the
 * struct of the level above. */
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

/* Compares device names: "sdb" comes before "sdaa". */
static bool path_before(const char *a, const char *b)
{
	size_t a_length = strlen(a), b_length = strlen(b);

	return a_length != b_length ? a_length < b_length : strcmp(a, b) < 0;
}

/* Inserts a disk into the list of the board's disks, which is sorted by name. If the board has more
 * than DISK_MAX disks, the last ones are dropped. */
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
	int64_t bytes = sysfs_bytes(fd);
	struct disk disk = {};
	struct stat st;
	int length = snprintf(disk.path, sizeof(disk.path), "/dev/%s", name);

	if (length >= (int)sizeof(disk.path))
		return;
	disk.bytes = bytes > 0 ? (uint64_t)bytes : 0;
	snprintf(disk.model, sizeof(disk.model), "%s", lun->model);
	disks_insert(lun->disks, &disk);
	if (fstatat(fd, "bdi", &st, AT_SYMLINK_NOFOLLOW) < 0)
		lun->disks->starting = true;
	/* The kernel reads the size of a disk before it shows the disk in sysfs. Size 0 therefore
	 * means that the disk has no medium. */
	lun->settled = bytes >= 0;
}

static void lun_enter(int fd, const char *name, void *ctx)
{
	struct interface_state *interface = ctx;
	char vendor[32], product[32], model[sizeof(vendor) + 1 + sizeof(product)];
	struct lun_state lun = {.disks = interface->disks, .model = model};
	int64_t type = sysfs_number(fd, "type", 10);
	cleanup_fd int block = -1;

	/* In sysfs, the directory of a SCSI device (LUN) has a colon in its name, such as
	 * "0:0:0:0". Other directories, such as "power", have none. */
	if (!strchr(name, ':'))
		return;
	interface->luns++;
	/* A SCSI device of type 0 is a disk, and other types are, for example, optical drives. A
	 * negative type means that the type is not known yet. */
	if (type != 0) {
		interface->unsettled_luns += type < 0;
		return;
	}
	sysfs_text(fd, "vendor", vendor, sizeof(vendor));
	sysfs_text(fd, "model", product, sizeof(product));
	snprintf(model, sizeof(model), "%s%s%s", vendor, vendor[0] && product[0] ? " " : "",
		 product);
	block = sysfs_open_below(fd, "block");
	sysfs_each(block, "", block_enter, &lun);
	interface->unsettled_luns += !lun.settled;
}

static void target_enter(int fd, const char *name, void *ctx)
{
	(void)name;
	sysfs_each(fd, "", lun_enter, ctx);
}

static void host_enter(int fd, const char *name, void *ctx)
{
	(void)name;
	((struct interface_state *)ctx)->bound = true;
	sysfs_each(fd, "target", target_enter, ctx);
}

static void interface_enter(int fd, const char *name, void *ctx)
{
	struct device_state *device = ctx;
	struct interface_state interface = {.disks = device->disks};
	char class[8];

	(void)name;
	device->interfaces++;
	sysfs_text(fd, "bInterfaceClass", class, sizeof(class));
	if (strcmp(class, "08") != 0)
		return;
	if (sysfs_number(fd, "authorized", 10) == 0)
		device->disks->unauthorized = true;
	sysfs_each(fd, "host", host_enter, &interface);
	device->disks->storage_interfaces++;
	device->disks->bound_interfaces += interface.bound;
	device->settled_interfaces += interface.luns > 0 && interface.unsettled_luns == 0;
}

void disk_find(const char *sysroot, const char *port, struct disks *ret)
{
	struct device_state device = {.disks = ret};
	char prefix[64];
	cleanup_fd int fd = sysfs_open(sysroot, SYSFS_USB_DEVICES, port), bus = -1;
	int vendor, product;

	memset(ret, 0, sizeof(*ret));
	if (fd < 0) {
		bus = sysfs_open(sysroot, "bus", "");
		ret->no_sysfs = bus < 0;
		return;
	}
	vendor = sysfs_id(fd, "idVendor");
	product = sysfs_id(fd, "idProduct");
	ret->vendor = vendor < 0 ? 0 : (uint16_t)vendor;
	ret->product = product < 0 ? 0 : (uint16_t)product;
	sysfs_text(fd, "serial", ret->serial, sizeof(ret->serial));
	ret->unauthorized = sysfs_number(fd, "authorized", 10) == 0;
	snprintf(prefix, sizeof(prefix), "%.60s:", port);
	sysfs_each(fd, prefix, interface_enter, &device);
	/* The kernel adds the interfaces of a USB device to sysfs one by one. If sysfs has fewer
	 * interfaces than the device announces, some are still missing. */
	ret->settled = ret->storage_interfaces > 0 &&
		       device.settled_interfaces == ret->storage_interfaces &&
		       (int64_t)device.interfaces >= sysfs_number(fd, "bNumInterfaces", 10);
}

void disks_find_nodes(struct disks *disks, const char *devroot)
{
	char path[4096];

	for (size_t i = 0; devroot && i < disks->count; i++) {
		struct disk *disk = &disks->disk[i];

		snprintf(path, sizeof(path), "%s%s", devroot, disk->path);
		disk->no_node = access(path, F_OK) < 0;
	}
}

const char *disks_absence(const struct disks *disks)
{
	if (disks->no_sysfs)
		return "there is no /sys, so rpiboot cannot find the disk of the board; a "
		       "container needs /sys of the host";
	for (size_t i = 0; i < disks->count; i++)
		if (disks->disk[i].bytes > 0 && disks->disk[i].no_node)
			return "the kernel has the disk of the board, but /dev has no device file "
			       "for it; a container needs /dev of the host (docker: -v "
			       "/dev:/dev)";
	if (disks->count > 0)
		return "the disk of the board has no medium; check that the board has "
		       "storage";
	if (disks->unauthorized)
		return "the system has not authorised the USB device that the board is now; allow "
		       "the device in USBGuard";
	if (disks->storage_interfaces > 0 && disks->bound_interfaces == 0)
		return "the board is a USB disk now, but no driver of this host serves it; load "
		       "usb-storage (modprobe usb-storage), unless /etc/modprobe.d forbids it";
	return NULL;
}
