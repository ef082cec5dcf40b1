/* SPDX-License-Identifier: Apache-2.0 */
/* Searches sysfs, which only Linux has, for the disks of the USB device at a port path. */
#ifndef FLASH_DISK_H
#define FLASH_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The maximum number of disks of a USB device. Further disks are ignored. */
#define DISK_MAX	 16
#define DISK_SERIAL_SIZE 64

struct disk {
	char path[64]; /* "/dev/sda" */
	/* The size of the disk in bytes. It is 0 if the disk has no medium, or if the kernel does
	 * not know the size yet. */
	uint64_t bytes;
	/* True if /dev has no device node for the disk, so that rpiboot cannot open it (yet). */
	bool no_node;
	/* The model name of the disk, for messages. Its bytes come from the board and are
	 * untrusted. */
	char model[64];
};

struct disks {
	uint16_t vendor, product; /* USB id of the device, or 0 */
	/* The serial number of the USB device, or an empty string. The bytes are untrusted. */
	char serial[DISK_SERIAL_SIZE];
	size_t count;
	struct disk disk[DISK_MAX]; /* disks in the order of their names */
	/* True if every storage interface of the USB device has shown a disk, so that no more disks
	 * are expected. A disk without a medium counts, too. */
	bool settled;
	/* The number of storage interfaces of the USB device, and the number of those that have a
	 * kernel driver. */
	unsigned int storage_interfaces, bound_interfaces;
	bool no_sysfs;
	/* True if the system has not authorised the USB device or one of its storage interfaces.
	 * The kernel then creates no disk for it. */
	bool unauthorized;
	/* True if the kernel is still creating a disk of the board, so that its device node may be
	 * missing or may fail with ENXIO. */
	bool starting;
};

/* Scans the directory SYSROOT/bus/usb/devices/PORT once for disks. sysroot is "/sys" except in
 * tests. Only disks of the device at this port are found, not disks behind a hub at the port. There
 * are no errors: if the device leaves during the scan, *ret has no disks. */
void disk_find(const char *sysroot, const char *port, struct disks *ret);

/* Checks whether each disk has a device node, such as /dev/sda. The member no_node of a disk
 * becomes true if there is none. devroot is a prefix for the paths of the nodes, and is "" except
 * in tests. If devroot is NULL, the function does nothing. */
void disks_find_nodes(struct disks *disks, const char *devroot);

/* Returns: the reason why the board has no usable disk, as a clause for a message, or NULL (no
 * reason is known). */
const char *disks_absence(const struct disks *disks);

#endif
