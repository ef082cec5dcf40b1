/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a disk for writing, but only if it is certainly the disk of the board that was just booted,
 * and only if no other program uses it. */
#ifndef FLASH_TARGET_H
#define FLASH_TARGET_H

#include "flash/disk.h"

#include "report/report.h"

#define TARGET_PARTITIONS_MAX 128

struct unmount_helper;

struct target_config {
	const char *sysroot;  /* "/sys" except in tests */
	const char *procroot; /* "/proc" except in tests */
	/* The prefix for the paths of disks. It is "" except in tests, which replace the disks in
	 * /dev by files in another directory. */
	const char *devroot;
	char port[32];	  /* USB port path of the board */
	struct disk disk; /* the disk that disk_find() found */
	/* The serial number of the USB device when disk_find() found the disk. If it is empty, any
	 * serial number is accepted. */
	char serial[DISK_SERIAL_SIZE];
	/* The highest sequence number that the kernel had given to a disk before the board's disk
	 * appeared (see target_mark()). A disk with this or a lower number is older, so it is not
	 * the board's disk. */
	uint64_t after;
	uint64_t need_bytes; /* size of the image; 0 if unknown */
	/* The helper process that unmounts the partitions of the disk. If it is NULL, this process
	 * unmounts them itself. */
	struct unmount_helper *unmount_helper;
};

struct target {
	/* The file descriptor of the disk, which is open for reading and writing with O_EXCL and
	 * O_DIRECT. It is -1 if the disk is closed. */
	int fd;
	char path[64];
	uint64_t bytes;
	/* The size of the disk's logical blocks in bytes. Direct I/O reads and writes only whole
	 * blocks. */
	uint32_t block_bytes;
	/* True if the disk is open with O_DIRECT. Only tests, which use a file in place of a disk,
	 * open it without this flag. */
	bool direct;
};

/* Checks whether rpiboot can write disks on this operating system.
 * Returns: 0, or -EOPNOTSUPP with an error message in *err. */
int target_available(struct error *err);

/* Returns: the highest sequence number of all disks of this computer (diskseq in sysfs), or 0 (the
 * kernel has no such numbers). A disk that appears later gets a higher number. */
uint64_t target_mark(const char *sysroot);

/* Unmounts and opens the disk of a board. The function unmounts partitions that another program
 * has mounted since the disk appeared, but never lazily or by force. It opens the disk with
 * O_EXCL. It checks these conditions before and after the open:
 * - The disk is below the USB port path.
 * - The device at this port has the id of a disk that a board becomes.
 * - The disk appeared after target_mark().
 * - The disk is a whole disk, is on USB, is not read-only, and has the device number in sysfs.
 * - The disk and its partitions are not mounted and not used as swap.
 * - Device mapper and RAID do not hold the disk or its partitions.
 * - The image fits on the disk.
 * Returns: 0, -ENOSPC (too small), -EROFS (read-only), -EBUSY (in use), -EXDEV (not the disk of
 * the board), -ENODEV (gone), -EACCES or another negative errno value. The message names the
 * failed condition and the remedy. After an error, ret->fd is -1.
 * Thread: any; may block. */
int target_open(struct target *ret, const struct target_config *config, struct error *err);

/* Makes the kernel read the partition table of the written disk again, and stores the partitions in
 * ret. For a disk without a partition table, *ret_count is 0.
 * Returns: 0 or a negative errno value. */
int target_partitions(const struct target *target, const struct target_config *config,
		      struct event_partition ret[TARGET_PARTITIONS_MAX], size_t *ret_count,
		      struct error *err);

/* Closes the disk, which may already be closed. */
void target_close(struct target *target);

#endif
