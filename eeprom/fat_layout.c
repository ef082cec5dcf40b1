/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a FAT file system with one sector per cluster and one FAT, like the images that boards are
 * known to boot (Microsoft, "FAT32 File System Specification", 2000). */
#include "eeprom/fat.h"

#include "util/bytes.h"
#include "eeprom/fat_internal.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <openssl/sha.h>
#include <string.h>
#include <time.h>

#define SECTOR_SIZE	 512 /* in bytes; a cluster is one sector */
#define SECTORS(bytes)	 (((bytes) + SECTOR_SIZE - 1) / SECTOR_SIZE)
#define ROOT_ENTRIES_MIN 256 /* root directory entries, FAT12 and FAT16 */
#define ROOT_ENTRIES_MAX 65520
/* A file system with fewer than 4085 clusters is FAT12, and one with fewer than 65525 is FAT16.
 * Some programs use slightly different limits, so rpiboot makes no file system whose number of
 * clusters is close to a limit. */
#define CLUSTERS_FAT12	4085
#define CLUSTERS_FAT16	65525
#define CLUSTERS_MARGIN 16
#define RESERVED_FAT32	32
#define BACKUP_SECTOR	6
#define FIRST_CLUSTER	2
#define END_OF_CHAIN	0x0fffffff
#define MEDIA		0xf8
#define ATTR_VOLUME	0x08
#define ATTR_DIRECTORY	0x10
#define ATTR_ARCHIVE	0x20
#define LABEL		"BOOT       "
#define DOS_YEAR_MIN	1980

static void put_le16(unsigned char *p, uint32_t value)
{
	p[0] = (unsigned char)value;
	p[1] = (unsigned char)(value >> 8);
}

/* Copies a string into a field of a FAT sector, without its NUL. */
static void put_text(unsigned char *p, const char *text)
{
	memcpy(p, text, strlen(text));
}

static int node_compare(const void *a, const void *b)
{
	const struct fat_node *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static bool short_is_used(const struct fat_node *dir, const unsigned char name[FAT_SHORT_SIZE])
{
	for (size_t i = 0; i < dir->child_count; i++)
		if (memcmp(dir->children[i].short_name, name, FAT_SHORT_SIZE) == 0)
			return true;
	return false;
}

/* Chooses the short FAT names of all files in a directory. A name that is already a valid short
 * name stays. */
static void dir_name(struct fat_node *dir)
{
	unsigned char name[FAT_SHORT_SIZE];

	for (size_t i = 0; i < dir->child_count; i++)
		if (fat_name_short(dir->children[i].name, 0, name))
			memcpy(dir->children[i].short_name, name, FAT_SHORT_SIZE);
	for (size_t i = 0; i < dir->child_count; i++) {
		struct fat_node *node = &dir->children[i];

		if (node->short_name[0])
			continue;
		for (unsigned int attempt = 1; attempt == 1 || short_is_used(dir, name); attempt++)
			fat_name_short(node->name, attempt, name);
		memcpy(node->short_name, name, FAT_SHORT_SIZE);
	}
}

/* Sorts the files below a directory, and chooses their short FAT names.
 * Returns: the number of clusters that everything below the directory needs. */
static uint64_t dir_prepare(struct fat_node *dir)
{
	uint64_t clusters = 0;

	if (dir->child_count)
		qsort(dir->children, dir->child_count, sizeof(dir->children[0]), node_compare);
	dir_name(dir);
	for (size_t i = 0; i < dir->child_count; i++) {
		struct fat_node *node = &dir->children[i];

		if (node->is_dir)
			clusters += dir_prepare(node);
		clusters += SECTORS(node->size);
	}
	return clusters;
}

static void fat_count_sectors(struct fat *fat)
{
	uint64_t bits = ((uint64_t)fat->clusters + FIRST_CLUSTER) * fat->bits;

	fat->fat_sectors = (uint32_t)SECTORS((bits + 7) / 8);
}

static uint32_t fat_data_sector(const struct fat *fat)
{
	return fat->reserved + fat->fat_sectors +
	       (uint32_t)SECTORS(fat->root_entries * FAT_ENTRY_SIZE);
}

/* Selects FAT12, FAT16 or FAT32 by the number of clusters, because all programs derive the type of
 * a FAT file system from this number. */
static int fat_lay_out(struct fat *fat, struct error *err)
{
	uint64_t clusters = dir_prepare(&fat->root), least = CLUSTERS_MARGIN;
	size_t root_entries = fat->root.size / FAT_ENTRY_SIZE;

	fat->bits = 12;
	fat->reserved = 1;
	fat->root_entries = (uint32_t)((root_entries + 15) / 16 * 16);
	if (fat->root_entries < ROOT_ENTRIES_MIN)
		fat->root_entries = ROOT_ENTRIES_MIN;
	if (clusters >= CLUSTERS_FAT12 - CLUSTERS_MARGIN) {
		fat->bits = 16;
		least = CLUSTERS_FAT12 + CLUSTERS_MARGIN;
	}
	if (clusters >= CLUSTERS_FAT16 - CLUSTERS_MARGIN || fat->root_entries > ROOT_ENTRIES_MAX) {
		fat->bits = 32;
		fat->reserved = RESERVED_FAT32;
		fat->root_entries = 0;
		clusters += SECTORS(fat->root.size);
		least = CLUSTERS_FAT16 + CLUSTERS_MARGIN;
	}
	if (clusters > FAT_BYTES_MAX / SECTOR_SIZE)
		return error_set(err, -EFBIG, "the files are larger than %d MiB together",
				 FAT_BYTES_MAX >> 20);
	fat->clusters = (uint32_t)(clusters > least ? clusters : least);
	fat_count_sectors(fat);
	/* Round the size of the file system up to a whole KiB. */
	while ((fat_data_sector(fat) + fat->clusters) % 2) {
		fat->clusters++;
		fat_count_sectors(fat);
	}
	fat->size = (size_t)(fat_data_sector(fat) + fat->clusters) * SECTOR_SIZE;
	fat->next_cluster = FIRST_CLUSTER;
	return 0;
}

static void fat_set(struct fat *fat, uint32_t cluster, uint32_t value)
{
	unsigned char *table = fat->bytes + (size_t)fat->reserved * SECTOR_SIZE;

	if (fat->bits == 32) {
		bytes_put_le32(table + (size_t)cluster * 4, value);
	} else if (fat->bits == 16) {
		put_le16(table + (size_t)cluster * 2, value);
	} else if (cluster % 2) {
		table += cluster * 3 / 2;
		table[0] = (unsigned char)((table[0] & 0x0f) | value << 4);
		table[1] = (unsigned char)(value >> 4);
	} else {
		table += cluster * 3 / 2;
		table[0] = (unsigned char)value;
		table[1] = (unsigned char)((table[1] & 0xf0) | (value >> 8 & 0x0f));
	}
}

/* Assigns the next clusters of the FAT file system to a file of `size` bytes.
 * Returns: the number of the first cluster, or 0 (an empty file). */
static uint32_t fat_allocate(struct fat *fat, size_t size)
{
	uint32_t first = fat->next_cluster, count = (uint32_t)SECTORS(size);

	for (uint32_t i = 0; i < count; i++)
		fat_set(fat, first + i, i + 1 < count ? first + i + 1 : END_OF_CHAIN);
	fat->next_cluster += count;
	return count ? first : 0;
}

static unsigned char *fat_cluster(const struct fat *fat, uint32_t cluster)
{
	return fat->bytes + ((size_t)fat_data_sector(fat) + cluster - FIRST_CLUSTER) * SECTOR_SIZE;
}

static void entry_write(const struct fat *fat, unsigned char *entry, const void *short_name,
			unsigned int attributes, uint32_t cluster, size_t size)
{
	memcpy(entry, short_name, FAT_SHORT_SIZE);
	entry[11] = (unsigned char)attributes;
	put_le16(entry + 14, fat->time); /* created */
	put_le16(entry + 16, fat->date);
	put_le16(entry + 18, fat->date); /* read */
	put_le16(entry + 20, cluster >> 16);
	put_le16(entry + 22, fat->time); /* written */
	put_le16(entry + 24, fat->date);
	put_le16(entry + 26, cluster);
	bytes_put_le32(entry + 28, (uint32_t)size);
}

/* Writes a directory of a FAT file system, and all files and directories in it. parent is the first
 * cluster of the parent directory, or 0 for the root directory. */
static void dir_write(struct fat *fat, const struct fat_node *dir, uint32_t parent,
		      unsigned char *entries)
{
	if (dir == &fat->root) {
		entry_write(fat, entries, LABEL, ATTR_VOLUME, 0, 0);
		entries += FAT_ENTRY_SIZE;
	} else {
		entry_write(fat, entries, ".          ", ATTR_DIRECTORY, dir->cluster, 0);
		entry_write(fat, entries + FAT_ENTRY_SIZE, "..         ", ATTR_DIRECTORY, parent,
			    0);
		entries += (size_t)2 * FAT_ENTRY_SIZE;
	}
	for (size_t i = 0; i < dir->child_count; i++) {
		struct fat_node *node = &dir->children[i];

		node->cluster = fat_allocate(fat, node->size);
		fat_name_write(node->name, node->short_name, entries);
		entries += fat_name_entries(node->name) * FAT_ENTRY_SIZE;
		entry_write(fat, entries - FAT_ENTRY_SIZE, node->short_name,
			    node->is_dir ? ATTR_DIRECTORY : ATTR_ARCHIVE, node->cluster,
			    node->is_dir ? 0 : node->size);
		if (node->is_dir)
			dir_write(fat, node, dir == &fat->root ? 0 : dir->cluster,
				  fat_cluster(fat, node->cluster));
		else if (node->size)
			memcpy(fat_cluster(fat, node->cluster), node->data, node->size);
	}
}

static void boot_sector_write(const struct fat *fat, unsigned char *sector)
{
	uint32_t sectors = (uint32_t)(fat->size / SECTOR_SIZE);
	bool is_32 = fat->bits == 32;
	unsigned char *end = sector + (is_32 ? 64 : 36);

	put_text(sector, is_32 ? "\xeb\x58\x90RPIBOOT " : "\xeb\x3c\x90RPIBOOT ");
	put_le16(sector + 11, SECTOR_SIZE);
	sector[13] = 1; /* sectors in a cluster */
	put_le16(sector + 14, fat->reserved);
	sector[16] = 1; /* FATs */
	put_le16(sector + 17, fat->root_entries);
	put_le16(sector + 19, is_32 || sectors > UINT16_MAX ? 0 : sectors);
	sector[21] = MEDIA;
	put_le16(sector + 22, is_32 ? 0 : fat->fat_sectors);
	/* The next two values are the sectors per track and the heads of a disk drive. A disk image
	 * has neither, so the values are arbitrary. */
	put_le16(sector + 24, 32);
	put_le16(sector + 26, 64);
	bytes_put_le32(sector + 32, is_32 || sectors > UINT16_MAX ? sectors : 0);
	if (is_32) {
		bytes_put_le32(sector + 36, fat->fat_sectors);
		bytes_put_le32(sector + 44, fat->root.cluster);
		put_le16(sector + 48, 1); /* the sector that counts free clusters */
		put_le16(sector + 50, BACKUP_SECTOR);
	}
	end[0] = 0x80; /* a hard disk */
	/* The value 0x29 in a FAT boot sector announces that the volume id, the label and the FAT
	 * type follow. */
	end[2] = 0x29;
	put_text(end + 7, LABEL);
	put_text(end + 18, is_32 ? "FAT32   " : fat->bits == 16 ? "FAT16   " : "FAT12   ");
	put_text(sector + 510, "\x55\xaa");
}

static void free_count_write(const struct fat *fat, unsigned char *sector)
{
	bytes_put_le32(sector, 0x41615252);
	bytes_put_le32(sector + 484, 0x61417272);
	bytes_put_le32(sector + 488, fat->clusters + FIRST_CLUSTER - fat->next_cluster);
	bytes_put_le32(sector + 492, fat->next_cluster);
	put_text(sector + 510, "\x55\xaa");
}

/* Converts a time in seconds since 1970 to the form of FAT directory entries, which count from 1980
 * in steps of two seconds. A time after 2106 becomes a time in 2106, because FAT entries end in
 * 2107. */
static void fat_set_time(struct fat *fat, uint64_t time_seconds)
{
	time_t seconds =
		time_seconds > INT32_MAX * 2LL ? (time_t)(INT32_MAX * 2LL) : (time_t)time_seconds;
	struct tm tm = {0};

	gmtime_r(&seconds, &tm);
	if (tm.tm_year + 1900 < DOS_YEAR_MIN)
		tm = (struct tm){.tm_mday = 1, .tm_year = DOS_YEAR_MIN - 1900};
	fat->date = (uint16_t)((tm.tm_year + 1900 - DOS_YEAR_MIN) << 9 | (tm.tm_mon + 1) << 5 |
			       tm.tm_mday);
	fat->time = (uint16_t)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2);
}

/* Writes the reserved sectors at the beginning of the FAT file system. The volume id in the boot
 * sector is computed from the content of the file system, so the same files always make the same
 * image. */
static int reserved_write(struct fat *fat, struct error *err)
{
	unsigned char *sector = fat->bytes, hash[SHA256_DIGEST_LENGTH];

	boot_sector_write(fat, sector);
	if (fat->bits == 32)
		free_count_write(fat, sector + SECTOR_SIZE);
	if (!SHA256(fat->bytes, fat->size, hash))
		return error_set(err, -EIO, "libcrypto cannot compute a SHA-256");
	memcpy(sector + (fat->bits == 32 ? 67 : 39), hash, 4);
	if (fat->bits == 32)
		memcpy(sector + (size_t)BACKUP_SECTOR * SECTOR_SIZE, sector,
		       (size_t)2 * SECTOR_SIZE);
	return 0;
}

int fat_make(struct fat *fat, uint64_t time_seconds, unsigned char **ret, size_t *ret_size,
	     struct error *err)
{
	unsigned char *root;
	int r = fat_lay_out(fat, err);

	if (r < 0)
		return r;
	fat->bytes = calloc(1, fat->size);
	if (!fat->bytes)
		return error_set(err, -ENOMEM, "out of memory");
	fat_set_time(fat, time_seconds);
	fat_set(fat, 0, END_OF_CHAIN - 0xff + MEDIA);
	fat_set(fat, 1, END_OF_CHAIN);
	root = fat->bytes + (size_t)(fat->reserved + fat->fat_sectors) * SECTOR_SIZE;
	if (fat->bits == 32)
		fat->root.cluster = fat_allocate(fat, fat->root.size);
	dir_write(fat, &fat->root, 0, root);
	r = reserved_write(fat, err);
	if (r < 0)
		return r;
	*ret = take_ptr(fat->bytes);
	*ret_size = fat->size;
	return 0;
}
