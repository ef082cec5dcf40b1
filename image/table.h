/* SPDX-License-Identifier: Apache-2.0 */
/* The partition table, or the bare file system, at the beginning of a disk or an image. Reads bytes
 * that are in memory; knows neither files nor disks. */
#ifndef FLASH_TABLE_H
#define FLASH_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum table_kind { TABLE_NONE, TABLE_MBR, TABLE_GPT };

struct table {
	enum table_kind kind;
	uint32_t block_bytes; /* the unit of its numbers, 512 or 4096; 0: not known */
	uint64_t first_block; /* where the first partition begins; GPT: 0 */
	uint64_t end_block;   /* behind the last partition; GPT: behind the backup header */
};

/* bytes: the first of the disk, at least 512 for anything to be found. A protective MBR without a
 * GPT header among the bytes is TABLE_GPT with block_bytes 0. */
void table_read(struct table *ret, const uint8_t *bytes, size_t size);

/* The name of the file system that begins at bytes ("FAT", "ext4", ...), as far as size shows it;
 * NULL: none that is known. */
const char *table_file_system(const uint8_t *bytes, size_t size);

#endif
