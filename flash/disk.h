/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the block devices of the USB device at a port path with sysfs. This file works only on
 * Linux, and it does not know the USB library. */
#ifndef FLASH_DISK_H
#define FLASH_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The limit of disks of one board. */
#define DISK_MAX 16

struct disk {
	char path[64]; /* "/dev/sda" */
	/* The size in bytes. 0 if the disk has no medium, or if its size is not known yet. */
	uint64_t bytes;
	/* The SCSI vendor and product, for messages. The bytes come from the board and are
	 * untrusted. */
	char model[64];
};

struct disks {
	uint16_t vendor, product; /* USB id of the device; 0: not known */
	size_t count;
	struct disk disk[DISK_MAX]; /* disks in the order of their names */
	/* Every storage interface of the device has shown a disk, with or without a medium. No
	 * more disks are expected. */
	bool settled;
	/* The storage interfaces of the device, and how many of them have a driver. */
	unsigned int storage_interfaces, bound_interfaces;
	bool no_sysfs;
	/* disks_drop_nodeless() has found a disk without a device node. */
	bool no_node;
};

/* Scans the directory SYSROOT/bus/usb/devices/PORT once for disks. sysroot is "/sys" outside
 * tests. Only disks of the device at this port are found, not disks behind a hub at the port.
 * There are no errors: if the device leaves during the scan, *ret has no disks. */
void disk_find(const char *sysroot, const char *port, struct disks *ret);

/* Marks each disk without a device node below devroot as a disk without a medium, because it
 * cannot be used. devroot is "" outside tests. If devroot is NULL, nothing is checked. */
void disks_drop_nodeless(struct disks *disks, const char *devroot);

/* Returns: why none of the disks can be used, as a clause for a message. NULL if the disks do
 * not show a reason. */
const char *disks_absence(const struct disks *disks);

#endif
