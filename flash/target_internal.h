/* SPDX-License-Identifier: Apache-2.0 */
/* What target.c (opening) shares with target_check.c (what sysfs says of a disk) and target_uses.c
 * (who uses it). For them only. */
#ifndef FLASH_TARGET_PRIVATE_H
#define FLASH_TARGET_PRIVATE_H

#include "flash/target.h"

#include <sys/types.h>

/* What sysfs says of one disk: the moment of a check. */
struct target_facts {
	dev_t dev;
	uint64_t bytes;
	size_t part_count;
	struct target_part {
		char name[32];	     /* "sda1" */
		unsigned int number; /* 1... */
		dev_t dev;
		uint64_t bytes;
	} parts[TARGET_PARTITIONS_MAX];
};

/* "sda" of "/dev/sda". */
const char *target_name(const struct target_config *config);

/* A file below a directory of sysfs, without the space at its end. False: there is none. */
bool target_attr(int at, const char *name, char *ret, size_t size);

/* It is the board's disk, as it should be. 0 or -Exxx: target_open(). */
int target_check(const struct target_config *config, struct target_facts *ret, struct error *err);

/* Its directory in sysfs; -1: none. */
int target_dir(const struct target_config *config);

/* Unmounts it and its partitions. 0; -EBUSY: somebody uses what is mounted. */
int target_unmount(const struct target_config *config, const struct target_facts *facts,
		   struct error *err);

/* Nobody else uses it or a partition: swap, device mapper, RAID. 0 or -EBUSY. */
int target_check_uses(const struct target_config *config, const struct target_facts *facts,
		      struct error *err);

#endif
