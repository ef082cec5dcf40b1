/* SPDX-License-Identifier: Apache-2.0 */
/* The right disk, provably: opens a disk for writing only where it is certain that it is the one
 * which the board booted just now became, and that nobody uses it. Linux only. */
#ifndef FLASH_TARGET_H
#define FLASH_TARGET_H

#include "flash/disk.h"

#include "report/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARGET_PARTITIONS_MAX 128

struct error;
struct unmounter;

struct target_config {
	const char *sysroot;	     /* "/sys" outside tests */
	const char *procroot;	     /* "/proc" outside tests */
	const char *devroot;	     /* "" outside tests; put before a disk's path */
	char port[32];		     /* USB port path of the board */
	struct disk disk;	     /* as disk_find() told it */
	uint64_t after;		     /* target_mark() of before the board showed its disk */
	uint64_t need_bytes;	     /* of the image; 0: not known */
	struct unmounter *unmounter; /* NULL: this process unmounts itself */
};

/* An open disk. */
struct target {
	int fd; /* read and write, exclusive, direct; -1: closed */
	char path[64];
	uint64_t bytes;
	uint32_t block_bytes; /* logical block: unit and alignment of direct reads and writes */
	bool direct;	      /* false in tests only: what holds no disk may have no O_DIRECT */
};

/* A moment in the life of this machine's disks: what appears later has a higher number (sysfs'
 * diskseq). 0 where the kernel has no such numbers. */
uint64_t target_mark(const char *sysroot);

/* Unmounts partitions of this disk that somebody has mounted since it appeared (never lazily, never
 * by force), opens it with O_EXCL, and checks, then: it hangs below the port path; the device there
 * has the id of a disk that a board becomes; it appeared after the mark; it is a whole disk, on
 * USB, not read-only, not mounted, no swap, held by no device mapper or RAID, neither itself nor a
 * partition; its device number is that of sysfs; the image fits. May block. 0, or -Exxx with a
 * sentence that says which of these it was and what to do
 * (-ENOSPC too small, -EROFS, -EBUSY in use, -EXDEV not the board's disk, -ENODEV gone,
 * -EACCES, ...); *ret->fd is -1 then. */
int target_open(struct target *ret, const struct target_config *config, struct error *err);

/* Makes the kernel read the partition table anew and tells what it found (*ret_count 0: no table).
 * 0 or -Exxx. */
int target_partitions(const struct target *target, const struct target_config *config,
		      struct event_partition ret[TARGET_PARTITIONS_MAX], size_t *ret_count,
		      struct error *err);

/* NULL-safe, more than once. */
void target_close(struct target *target);

#endif
