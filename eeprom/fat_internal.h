/* SPDX-License-Identifier: Apache-2.0 */
/* Declares what the sources of the FAT writer share: fat.c (the tree of files), fat_layout.c (the
 * layout of the tree) and fat_name.c (the names). Every file has a short name of 8 and 3
 * characters. If the real name does not fit, directory entries with the long name come before the
 * short name. */
#ifndef EEPROM_FAT_INTERNAL_H
#define EEPROM_FAT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAT_SHORT_SIZE 11
#define FAT_ENTRY_SIZE 32
#define FAT_NAME_MAX   255
/* The maximum size of a FAT directory, in bytes. */
#define FAT_DIR_SIZE (65536 * FAT_ENTRY_SIZE)

struct fat_node {
	char *name;
	bool is_dir;
	unsigned char *data; /* the content of a file */
	/* The size of a file's content, or of a directory's entries, in bytes. */
	size_t size;
	struct fat_node *children;
	size_t child_count;
	unsigned char short_name[FAT_SHORT_SIZE];
	uint32_t cluster; /* first cluster; 0: an empty file */
};

struct fat {
	struct fat_node root;
	/* The layout of the file system, in sectors and clusters. */
	unsigned int bits; /* 12, 16 or 32 */
	uint32_t clusters, reserved, fat_sectors, root_entries, next_cluster;
	/* The date and the time of all files in the file system, in the format of FAT directory
	 * entries. */
	uint16_t date, time;
	unsigned char *bytes;
	size_t size;
};

/* Checks whether a file or directory of a FAT file system can have this name, which must consist of
 * printable ASCII characters.
 * Returns: NULL if it can, or the end of a message, such as "has a character that FAT does not
 * allow". */
const char *fat_name_fault(const char *name);

/* Makes the short FAT name (8 and 3 characters) of a file from its name. attempt is 0 in the first
 * call, and higher if other files have the earlier short names.
 * Returns: true if the short name of attempt 0 equals the name, without regard to case. */
bool fat_name_short(const char *name, unsigned int attempt, unsigned char ret[FAT_SHORT_SIZE]);

/* Returns: the number of FAT directory entries that a file with this name needs. A long name needs
 * several. */
size_t fat_name_entries(const char *name);

/* Writes the FAT directory entries that hold the long name of a file. The entry with the file's
 * short name comes after them. */
void fat_name_write(const char *name, const unsigned char short_name[FAT_SHORT_SIZE],
		    unsigned char *entries);

#endif
