/* SPDX-License-Identifier: Apache-2.0 */
/* Checks whether the partition table of an image fits the disk. The image has already been written,
 * so a problem causes only a warning. */
#include "flash/writer_internal.h"

#include "image/table.h"
#include "util/util.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* The minimum number of bytes that are read to detect a file system on the disk. The file system
 * btrfs is not detected, because its mark comes later on the disk. */
#define WARN_LOOK_BYTES 8192

struct warnings {
	struct writer_warning *list;
	size_t count;
};

static void warnings_add(struct warnings *warnings, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void warnings_add(struct warnings *warnings, const char *code, const char *fmt, ...)
{
	struct writer_warning *warning = &warnings->list[warnings->count++];
	va_list ap;

	warning->code = code;
	va_start(ap, fmt);
	vsnprintf(warning->text, sizeof(warning->text), fmt, ap);
	va_end(ap);
}

/* Returns: true if a file system begins at this offset of the disk, or false (none was found, or
 * the disk cannot be read there). */
static bool warn_has_file_system(struct writer_disk *disk, uint64_t offset)
{
	uint8_t *buf = disk->boot_area + BOOT_AREA_BYTES; /* aligned for direct I/O */
	uint64_t from = offset - offset % WARN_LOOK_BYTES, skip = offset - from;
	ssize_t n;

	if (from > disk->target.bytes || disk->target.bytes - from < 2 * WARN_LOOK_BYTES)
		return false;
	n = util_pread(disk->target.fd, buf, 2 * WARN_LOOK_BYTES, from);
	return n == 2 * WARN_LOOK_BYTES &&
	       table_file_system(buf + skip, 2 * WARN_LOOK_BYTES - (size_t)skip);
}

static void warn_block_size(const struct writer_disk *disk, struct warnings *warnings,
			    const char *of, uint32_t block_bytes)
{
	warnings_add(warnings, "block-size",
		     "the %s of the image is for a disk with blocks of %" PRIu32
		     " bytes, but %s has blocks of %" PRIu32
		     " bytes, so the system cannot find the partitions of the image; use an image "
		     "for blocks of %" PRIu32 " bytes",
		     of, block_bytes, disk->target.path, disk->target.block_bytes,
		     disk->target.block_bytes);
}

static void warn_larger_disk(const struct writer_disk *disk, struct warnings *warnings,
			     const char *of, const struct table *table)
{
	uint64_t blocks = disk->target.bytes / disk->target.block_bytes;

	if (table->end_block <= blocks)
		return;
	warnings_add(warnings, "larger-disk",
		     "the %s of the image is for a disk of %" PRIu64
		     " blocks or more, but %s has %" PRIu64
		     " blocks, so the last partition or the backup of the partition table is "
		     "missing; use a larger disk",
		     of, table->end_block, disk->target.path, blocks);
}

/* Warns if the partition table (MBR) is for disks with another block size, or for a larger disk. An
 * MBR does not state its block size, so the function assumes each possible size in turn and
 * searches for the file system of the first partition. */
static void warn_mbr(struct writer_disk *disk, const struct table *table, struct warnings *warnings)
{
	uint32_t own = disk->target.block_bytes, other = own == 512 ? 4096 : 512;

	if (!warn_has_file_system(disk, table->first_block * own) &&
	    warn_has_file_system(disk, table->first_block * other))
		warn_block_size(disk, warnings, "MBR", other);
	else
		warn_larger_disk(disk, warnings, "MBR", table);
}

static void warn_gpt(const struct writer_disk *disk, const struct table *table,
		     struct warnings *warnings)
{
	if (table->block_bytes == 0)
		warnings_add(warnings, "no-partition",
			     "no partition was found: the MBR of %s announces a GPT, but the GPT "
			     "is missing",
			     disk->target.path);
	else if (table->block_bytes != disk->target.block_bytes)
		warn_block_size(disk, warnings, "GPT", table->block_bytes);
	else
		warn_larger_disk(disk, warnings, "GPT", table);
}

static void warn_no_table(const struct writer_disk *disk, struct warnings *warnings)
{
	const char *name = table_file_system(disk->boot_area, disk->boot_area_bytes);

	if (name)
		warnings_add(warnings, "no-partition",
			     "no partition was found: the image is a bare file system (%s) without "
			     "a partition table",
			     name);
	else
		warnings_add(warnings, "no-partition",
			     "no partition was found: the image has no partition table and no "
			     "known file system");
}

size_t writer_find_warnings(struct writer_disk *disk,
			    struct writer_warning ret[WRITER_WARNINGS_MAX])
{
	struct warnings warnings = {.list = ret};
	uint64_t ignored = image_ignored_bytes(disk->config->image);
	struct table table;

	table_read(&table, disk->boot_area, disk->boot_area_bytes);
	switch (table.kind) {
	case TABLE_NONE:
		warn_no_table(disk, &warnings);
		break;
	case TABLE_MBR:
		warn_mbr(disk, &table, &warnings);
		break;
	case TABLE_GPT:
		warn_gpt(disk, &table, &warnings);
		break;
	}
	if (ignored)
		warnings_add(&warnings, "ignored-bytes",
			     "%" PRIu64 " bytes after the compressed data of %s were ignored; the "
			     "checksum and the length of the compressed data are right",
			     ignored, image_name(disk->config->image));
	return warnings.count;
}
