/* SPDX-License-Identifier: Apache-2.0 */
/* The declarations that the sources of the FAT writer share: the tree of files (fat.c), its layout
 * (fat_layout.c), and names (fat_name.c). Every file has a short name of 8 and 3 characters. If the
 * real name does not fit, entries with the long name come before the short name. */
#ifndef EEPROM_FAT_INTERNAL_H
#define EEPROM_FAT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAT_SHORT_SIZE 11
#define FAT_ENTRY_SIZE 32
#define FAT_NAME_MAX   255

struct fat_node {
	char *name;
	bool is_dir;
	unsigned char *data; /* the content of a file */
	/* The size of a file. For a directory, it is the size of its entries. */
	size_t size;
	struct fat_node **children;
	size_t child_count;
	unsigned char short_name[FAT_SHORT_SIZE];
	uint32_t cluster; /* the first cluster; 0 for an empty file */
};

struct fat {
	struct fat_node root;
	/* The layout, in sectors and clusters. */
	unsigned int bits; /* 12, 16 or 32 */
	uint32_t clusters, reserved, fat_sectors, root_entries, next_cluster;
	uint16_t date, time; /* in the format of the entries */
	unsigned char *bytes;
	size_t size;
};

/* Checks a name of a file or directory. It must consist of printable ASCII characters.
 * Returns: NULL, or the end of a sentence that begins with the name. */
const char *fat_name_fault(const char *name);

/* Makes the short name for a name. attempt is 0 in the first call, and higher if the earlier short
 * names are in use.
 * Returns: true if the short name of attempt 0 equals the name, without regard to case. */
bool fat_name_short(const char *name, unsigned int attempt, unsigned char ret[FAT_SHORT_SIZE]);

/* Returns: the number of directory entries for a name. It is 1 if the name needs no long name. */
size_t fat_name_entries(const char *name);

/* Writes the entries of the long name, which come before the entry with the short name. */
void fat_name_write(const char *name, const unsigned char short_name[FAT_SHORT_SIZE],
		    unsigned char *entries);

#endif
