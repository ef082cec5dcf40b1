/* SPDX-License-Identifier: Apache-2.0 */
/* Parses partition tables and detects file systems. An MBR has 4 entries of 16 bytes at byte
 * 446, and then the bytes 55 aa. A GPT is described in the UEFI specification, section 5.3. The
 * GPT header is in the second block of the disk, so its offset shows the block size. */
#include "image/table.h"

#include "util/bytes.h"
#include "util/util.h"

#include <stdbool.h>
#include <string.h>

#define MBR_BYTES	512
#define MBR_ENTRIES_AT	446
#define MBR_ENTRIES	4
#define MBR_ENTRY_BYTES 16
#define MBR_TYPE_GPT	0xee
#define GPT_BACKUP_AT	32
#define GPT_HEADER_SIZE 92
#define EXT_SUPER_AT	1024
#define FAT_MEDIA_MIN	0xf0

static bool table_is_gpt_at(struct table *table, const uint8_t *bytes, size_t size,
			    uint32_t block_bytes)
{
	const uint8_t *header = bytes + block_bytes;

	if (size < (size_t)block_bytes + GPT_HEADER_SIZE || memcmp(header, "EFI PART", 8) != 0)
		return false;
	table->kind = TABLE_GPT;
	table->block_bytes = block_bytes;
	table->end_block = bytes_le64(header + GPT_BACKUP_AT);
	table->end_block += table->end_block < UINT64_MAX;
	return true;
}

/* Adds one entry of an MBR to the partition table. Like the kernel, the function counts each entry
 * with a length as a partition, even if it begins at block 0 or has no type. Hybrid ISO images have
 * such entries.
 * Returns: false if the bytes cannot be a partition table. */
static bool table_take_entry(struct table *table, const uint8_t *entry)
{
	uint64_t first = bytes_le32(entry + 8), blocks = bytes_le32(entry + 12);

	if (entry[0] & 0x7f)
		return false;
	if (blocks == 0)
		return true;
	if (entry[4] == MBR_TYPE_GPT) {
		if (table->kind == TABLE_NONE)
			table->kind = TABLE_GPT;
		return true;
	}
	if (table->kind != TABLE_MBR || first < table->first_block)
		table->first_block = first;
	if (first + blocks > table->end_block)
		table->end_block = first + blocks;
	table->kind = TABLE_MBR;
	return true;
}

void table_read(struct table *ret, const uint8_t *bytes, size_t size)
{
	*ret = (struct table){.kind = TABLE_NONE};
	if (table_is_gpt_at(ret, bytes, size, 512) || table_is_gpt_at(ret, bytes, size, 4096))
		return;
	if (size < MBR_BYTES || bytes[510] != 0x55 || bytes[511] != 0xaa)
		return;
	for (unsigned int i = 0; i < MBR_ENTRIES; i++)
		if (!table_take_entry(ret, bytes + MBR_ENTRIES_AT + (size_t)MBR_ENTRY_BYTES * i)) {
			*ret = (struct table){.kind = TABLE_NONE};
			return;
		}
}

/* Detects a FAT file system. Section 3 of Microsoft's FAT specification lists the valid values of
 * the fields that this function checks. */
static bool table_is_fat(const uint8_t *bytes, size_t size)
{
	uint32_t sector_bytes, cluster_sectors;

	if (size < MBR_BYTES || bytes[510] != 0x55 || bytes[511] != 0xaa)
		return false;
	sector_bytes = bytes_le16(bytes + 11);
	cluster_sectors = bytes[13];
	return (bytes[0] == 0xeb || bytes[0] == 0xe9) && sector_bytes >= 512 &&
	       sector_bytes <= 4096 && (sector_bytes & (sector_bytes - 1)) == 0 &&
	       cluster_sectors != 0 && (cluster_sectors & (cluster_sectors - 1)) == 0 &&
	       bytes_le16(bytes + 14) != 0 && bytes[16] >= 1 && bytes[16] <= 2 &&
	       bytes[21] >= FAT_MEDIA_MIN;
}

/* Detects ext2, ext3 and ext4 file systems. Their magic number of two bytes may match by chance, so
 * the function also checks other fields of the superblock. */
static bool table_is_ext(const uint8_t *bytes, size_t size)
{
	const uint8_t *super = bytes + EXT_SUPER_AT;

	return size >= EXT_SUPER_AT + 128 && bytes_le16(super + 56) == 0xef53 &&
	       bytes_le32(super) != 0 && bytes_le32(super + 4) != 0 &&
	       bytes_le32(super + 24) <= 6 && bytes_le16(super + 58) < 8 &&
	       bytes_le32(super + 76) <= 1;
}

const char *table_file_system(const uint8_t *bytes, size_t size)
{
	static const struct {
		size_t at, length;
		const char *magic, *name;
	} rows[] = {
		{3, 8, "NTFS    ", "NTFS"},	{3, 8, "EXFAT   ", "exFAT"},
		{1080, 2, "\x53\xef", "ext4"},	{0x10040, 8, "_BHRfS_M", "btrfs"},
		{0, 4, "XFSB", "XFS"},		{1024, 4, "\x10\x20\xf5\xf2", "F2FS"},
		{0, 6, "LUKS\xba\xbe", "LUKS"},
	};

	for (size_t i = 0; i < array_size(rows); i++)
		if (size >= rows[i].at + rows[i].length &&
		    memcmp(bytes + rows[i].at, rows[i].magic, rows[i].length) == 0)
			return rows[i].name;
	if (table_is_ext(bytes, size))
		return "ext4";
	return table_is_fat(bytes, size) ? "FAT" : NULL;
}
