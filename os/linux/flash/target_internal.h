/* SPDX-License-Identifier: Apache-2.0 */
/* Declares what the source files of the target (the disk to write) share: target.c opens the disk,
 * target_check.c checks the disk in sysfs, and target_uses.c checks whether the disk is in use.
 * Other files must not include this header. */
#ifndef FLASH_TARGET_INTERNAL_H
#define FLASH_TARGET_INTERNAL_H

#include "flash/target.h"

#include <sys/types.h>

/* The properties of a disk and its partitions in sysfs, at the time when the disk was checked. */
struct target_facts {
	dev_t dev;
	uint64_t bytes;
	size_t part_count;
	struct target_part {
		char name[32];	     /* "sda1" */
		unsigned int number; /* partition number, from 1 */
		dev_t dev;
		uint64_t bytes;
	} parts[TARGET_PARTITIONS_MAX];
};

/* Stores an error message for `code`, the errno of a failed attempt to open the disk.
 * Returns: -ENODEV (the disk is gone), -EACCES (no permission), or -code. */
int target_error(const struct target_config *config, int code, struct error *err);

/* Returns: the kernel's name of the disk, such as "sda" for "/dev/sda". */
const char *target_name(const struct target_config *config);

/* Checks in sysfs that a disk is the disk of the board, can be written, and is large enough for the
 * image. Stores the properties of the disk in *ret.
 * Returns: 0, or a negative errno such as -EXDEV (not the disk of the board). */
int target_check(const struct target_config *config, struct target_facts *ret, struct error *err);

/* Unmounts all file systems on the disk and on its partitions.
 * Returns: 0, -EBUSY (a file system is in use) or another negative errno (the list of mounts cannot
 * be read). */
int target_unmount(const struct target_config *config, const struct target_facts *facts,
		   struct error *err);

/* Checks that neither swap nor a device mapper or RAID device uses the disk or one of its
 * partitions.
 * Returns: 0, -EBUSY (in use) or another negative errno (the list of swap devices cannot be
 * read). */
int target_check_uses(const struct target_config *config, const struct target_facts *facts,
		      struct error *err);

#endif
