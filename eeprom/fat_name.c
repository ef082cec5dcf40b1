/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the short and the long names of the files in a FAT file system. */
#include "eeprom/fat_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define STEM_SIZE	8
#define LONG_UNITS	13 /* characters of a long name per entry */
#define ATTRIBUTES_LONG 0x0f
#define ORDER_LAST	0x40
#define TILDE_ATTEMPTS	4

const char *fat_name_fault(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length > FAT_NAME_MAX)
		return "does not have 1 to 255 characters";
	for (const char *c = name; *c; c++)
		if (*c < ' ' || *c > '~')
			return "has a character that is not printable ASCII, so board firmware "
			       "cannot request it";
	if (strpbrk(name, "\"*/:<>?\\|"))
		return "has a character that FAT does not allow";
	if (name[length - 1] == '.' || name[length - 1] == ' ')
		return "ends with a character that FAT does not allow there";
	return NULL;
}

static bool is_short_char(char c)
{
	return c > ' ' && c <= '~' && !strchr("\"*+,./:;<=>?[\\]|", c);
}

/* Copies a part of a file name in upper case for a short FAT name. Invalid characters are replaced
 * or omitted.
 * ret_exact: becomes false if a character was replaced, omitted or cut off.
 * Returns: the number of copied characters. */
static size_t part_copy(const char *part, size_t length, size_t max, unsigned char *ret,
			bool *ret_exact)
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		bool fits = is_short_char(part[i]);

		if (!fits || used == max)
			*ret_exact = false;
		if (used == max || part[i] == ' ' || part[i] == '.')
			continue;
		ret[used++] = (unsigned char)(fits ? toupper((unsigned char)part[i]) : '_');
	}
	return used;
}

bool fat_name_short(const char *name, unsigned int attempt, unsigned char ret[FAT_SHORT_SIZE])
{
	const char *dot = strrchr(name, '.');
	size_t length = dot && dot > name ? (size_t)(dot - name) : strlen(name), used;
	uint32_t hash = 5381;
	bool exact = true;
	char tail[16];

	memset(ret, ' ', FAT_SHORT_SIZE);
	used = part_copy(name, length, STEM_SIZE, ret, &exact);
	if (name[length])
		part_copy(name + length + 1, strlen(name + length + 1), FAT_SHORT_SIZE - STEM_SIZE,
			  ret + STEM_SIZE, &exact);
	if (exact && attempt == 0)
		return true;
	/* A short FAT name must be unique in its directory, but many file names may begin with the
	 * same letters. If the short names with ~1 to ~TILDE_ATTEMPTS exist already, the next short
	 * name contains a hash of the long name. */
	for (const char *c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	hash += attempt * 0x9e3779b9;
	if (attempt <= TILDE_ATTEMPTS) {
		snprintf(tail, sizeof(tail), "~%u", attempt ? attempt : 1);
		used = used < STEM_SIZE - 2 ? used : STEM_SIZE - 2;
	} else {
		snprintf(tail, sizeof(tail), "%04X~1", hash >> 16);
		used = used < 2 ? used : 2;
	}
	memset(ret + used, ' ', STEM_SIZE - used);
	for (const char *c = tail; *c; c++)
		ret[used++] = (unsigned char)*c;
	return false;
}

/* Returns: true if the name of a file is a valid short FAT name. Such a file needs no directory
 * entries for a long name. */
static bool name_is_short(const char *name)
{
	unsigned char short_name[FAT_SHORT_SIZE];

	for (const char *c = name; *c; c++)
		if (islower((unsigned char)*c))
			return false;
	return fat_name_short(name, 0, short_name);
}

size_t fat_name_entries(const char *name)
{
	return name_is_short(name) ? 1 : 1 + (strlen(name) + LONG_UNITS - 1) / LONG_UNITS;
}

static unsigned char short_checksum(const unsigned char name[FAT_SHORT_SIZE])
{
	unsigned char sum = 0;

	for (size_t i = 0; i < FAT_SHORT_SIZE; i++)
		sum = (unsigned char)((sum >> 1) + (sum << 7) + name[i]);
	return sum;
}

void fat_name_write(const char *name, const unsigned char short_name[FAT_SHORT_SIZE],
		    unsigned char *entries)
{
	static const unsigned char places[LONG_UNITS] = {1,  3,	 5,  7,	 9,  14, 16,
							 18, 20, 22, 24, 28, 30};
	size_t count = fat_name_entries(name) - 1, length = strlen(name);

	/* A long name takes several FAT directory entries, which hold its parts in reverse order.
	 * If the end of the name does not fill its entry, a NUL follows the name, and the value
	 * ffff fills the rest of the entry. */
	for (size_t i = 0; i < count; i++) {
		unsigned char *entry = entries + (count - 1 - i) * FAT_ENTRY_SIZE;

		memset(entry, 0, FAT_ENTRY_SIZE);
		entry[0] = (unsigned char)((i + 1) | (i + 1 == count ? ORDER_LAST : 0));
		entry[11] = ATTRIBUTES_LONG;
		entry[13] = short_checksum(short_name);
		for (size_t unit = 0; unit < LONG_UNITS; unit++) {
			size_t at = i * LONG_UNITS + unit;

			entry[places[unit]] = at < length    ? (unsigned char)name[at]
					      : at == length ? 0
							     : 0xff;
			entry[places[unit] + 1] = at > length ? 0xff : 0;
		}
	}
}
