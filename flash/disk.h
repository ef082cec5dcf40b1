/* SPDX-License-Identifier: Apache-2.0 */
/* Port path -> block devices, by sysfs. Linux only; knows no USB library. */
#ifndef FLASH_DISK_H
#define FLASH_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_MAX 16 /* disks of one board */

struct disk {
	char path[64];	/* "/dev/sda" */
	uint64_t bytes; /* 0: no medium, or not known yet */
	char model[64]; /* SCSI vendor and product, for people; bytes from a board */
};

struct disks {
	uint16_t vendor, product; /* USB id of the device; 0: not known */
	size_t count;
	struct disk disk[DISK_MAX]; /* in the order of their names */
	bool settled; /* every storage interface of the device has shown a disk, be it one without a
			 medium: no more are to be expected */
	unsigned int storage_interfaces, bound_interfaces; /* with a driver */
	bool no_sysfs;
	bool no_node; /* disks_drop_nodeless() found one */
};

/* Looks once below SYSROOT/bus/usb/devices/PORT ("/sys" outside tests). Only disks of this very
 * device, not of one behind a hub on the port. *ret is what is there, perhaps nothing; never an
 * error: a device that leaves while we look has no disks. */
void disk_find(const char *sysroot, const char *port, struct disks *ret);

/* A disk that has no node below DEVROOT ("" outside tests) cannot be used: it counts as one without
 * a medium. devroot NULL: nothing is looked at. */
void disks_drop_nodeless(struct disks *disks, const char *devroot);

/* Why none of them can be used, as a clause; NULL: they do not show it. */
const char *disks_absence(const struct disks *disks);

#endif
