/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a FAT file system from files in memory. The same files and the same time always give the
 * same bytes (docs/secure-boot.md). */
#ifndef EEPROM_FAT_H
#define EEPROM_FAT_H

#include <stddef.h>
#include <stdint.h>

#define FAT_DEPTH_MAX	8    /* the most directories in a path */
#define FAT_ENTRIES_MAX 4096 /* maximum number of files per directory */
#define FAT_BYTES_MAX	(1024 * 1024 * 1024)

struct error;
struct fat;

/* Creates an empty FAT file system in memory.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with fat_free(), which accepts NULL and returns NULL. */
int fat_new(struct fat **ret, struct error *err);
struct fat *fat_free(struct fat *fat);

/* Adds a file to a FAT file system, and creates the directories in its path. A '/' separates the
 * directories.
 * Returns: 0, -EINVAL (a name that FAT cannot hold, or that board firmware cannot request), -EEXIST
 * (a name that differs only in case), -EFBIG (too many or too large files), or -ENOMEM.
 * Ownership: the file system frees data with free(), also after an error. */
int fat_add(struct fat *fat, const char *path, unsigned char *data, size_t size, struct error *err);

/* Makes the bytes of the FAT file system. All files get the time time_seconds (in seconds since
 * 1970), as precisely as FAT can store it. The volume id is a digest of the content.
 * Returns: 0, -EFBIG (more than FAT_BYTES_MAX), or -ENOMEM.
 * Ownership: the caller frees *ret with free(). */
int fat_make(struct fat *fat, uint64_t time_seconds, unsigned char **ret, size_t *ret_size,
	     struct error *err);

#endif
