/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the partition table at the beginning of a disk or an image, or detects a file system
 * without a partition table. */
#ifndef IMAGE_TABLE_H
#define IMAGE_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum table_kind { TABLE_NONE, TABLE_MBR, TABLE_GPT };

struct table {
	enum table_kind kind;
	/* The block size of the disks for which the partition table was made: 512 or 4096 bytes, or
	 * 0 (unknown). */
	uint32_t block_bytes;
	/* The number of the block at which the first partition begins. It is set only for an MBR;
	 * otherwise it is 0. */
	uint64_t first_block;
	/* The minimum number of blocks of a disk for this table. All partitions of the table must
	 * fit and, with a GPT, the backup header after them. */
	uint64_t end_block;
};

/* Detects the partition table in the first `size` bytes (at least 512) of a disk. A GPT needs more
 * than 512 bytes: if there is only its protective MBR, ret->block_bytes is 0 (unknown). */
void table_read(struct table *ret, const uint8_t *bytes, size_t size);

/* Returns: the name of the file system that begins at `bytes`, such as "FAT" or "ext4", or NULL if
 * no known file system is found in `size` bytes. */
const char *table_file_system(const uint8_t *bytes, size_t size);

#endif
