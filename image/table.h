/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the partition table, or the signature of a bare file system, at the beginning of a disk or
 * an image. This file does no I/O. */
#ifndef IMAGE_TABLE_H
#define IMAGE_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum table_kind { TABLE_NONE, TABLE_MBR, TABLE_GPT };

struct table {
	enum table_kind kind;
	/* The partition table counts in blocks of this size: 512 or 4096 bytes, or 0 (unknown). */
	uint32_t block_bytes;
	/* The first partition of an MBR begins at the block with this number. For a GPT, the number
	 * is 0. */
	uint64_t first_block;
	/* The partitions in the table need a disk of at least this many blocks. The backup header
	 * of a GPT is included. */
	uint64_t end_block;
};

/* Detects the partition table in the first `size` bytes of a disk, which must be at least 512. If a
 * protective MBR announces a GPT that these bytes do not contain, block_bytes is 0. */
void table_read(struct table *ret, const uint8_t *bytes, size_t size);

/* Returns: the name of the file system that begins at `bytes`, such as "FAT" or "ext4", or NULL if
 * no known file system is found in `size` bytes. */
const char *table_file_system(const uint8_t *bytes, size_t size);

#endif
