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
	/* The block size in bytes that the partition table uses: 512, 4096, or 0 if it is
	 * unknown. */
	uint32_t block_bytes;
	/* The number of the block at which the first partition of an MBR begins. For a GPT, it is
	 * always 0. */
	uint64_t first_block;
	/* The number of blocks that a disk with this partition table must have. It is the number of
	 * the block after the last partition, or after the backup header of a GPT. */
	uint64_t end_block;
};

/* Detects the partition table in the first bytes of a disk. If size is below 512, no table is
 * found. A protective MBR without a GPT header in these bytes gives TABLE_GPT with block_bytes
 * 0. */
void table_read(struct table *ret, const uint8_t *bytes, size_t size);

/* Returns: the name of the file system that begins at bytes ("FAT", "ext4", ...), or NULL if no
 * known file system is found within size bytes. */
const char *table_file_system(const uint8_t *bytes, size_t size);

#endif
