/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces one file in a tar archive. In the archive, each file has a header block of 512 bytes,
 * and then its content, padded to whole blocks (POSIX.1-2017, pax, "ustar Interchange Format"). */
#include "eeprom/archive.h"

#include "util/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLOCK_SIZE    512
#define NAME_SIZE     100
#define SIZE_AT	      124
#define SIZE_SIZE     12
#define CHECKSUM_AT   148
#define CHECKSUM_SIZE 8
#define TYPE_AT	      156
#define CONTENT_MAX   (64 * 1024 * 1024)
#define PADDED(size)  (((size) + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE)

/* Reads a number from a header field of a tar archive. The number has octal digits, with spaces or
 * NULs around them.
 * Returns: true, or false (the field contains any other character). */
static bool octal_read(const unsigned char *field, size_t size, uint64_t *ret)
{
	size_t i = 0;

	*ret = 0;
	while (i < size && field[i] == ' ')
		i++;
	for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
		*ret = *ret * 8 + (uint64_t)(field[i] - '0');
	while (i < size && (field[i] == ' ' || field[i] == '\0'))
		i++;
	return i == size;
}

/* Computes the checksum of a header in a tar archive: the sum of its bytes, in which the bytes of
 * the checksum field count as spaces. */
static unsigned int header_sum(const unsigned char *header)
{
	unsigned int sum = CHECKSUM_SIZE * ' ';

	for (size_t i = 0; i < BLOCK_SIZE; i++)
		if (i < CHECKSUM_AT || i >= CHECKSUM_AT + CHECKSUM_SIZE)
			sum += header[i];
	return sum;
}

/* Reads the size of a file in a tar archive from the file's header.
 * Returns: true, or false (the header is damaged, or the file would exceed the archive). */
static bool header_read(const unsigned char *header, size_t left, size_t *ret_content)
{
	uint64_t content, checksum;

	if (!octal_read(header + SIZE_AT, SIZE_SIZE, &content) ||
	    !octal_read(header + CHECKSUM_AT, CHECKSUM_SIZE, &checksum) ||
	    checksum != header_sum(header) || content > left - BLOCK_SIZE)
		return false;
	*ret_content = (size_t)content;
	return true;
}

static bool header_is(const unsigned char *header, const char *member)
{
	char name[NAME_SIZE + 1] = "";
	const char *start = name;

	if (header[TYPE_AT] != '0' && header[TYPE_AT] != '\0')
		return false;
	memcpy(name, header, NAME_SIZE);
	while (strncmp(start, "./", 2) == 0)
		start += 2;
	return strcasecmp(start, member) == 0;
}

/* Finds the header of a file in a tar archive by the file's name.
 * Returns: 0, -ENOENT (no such file), or -EBADMSG (damaged archive). */
static int archive_find(const unsigned char *archive, size_t size, const char *member,
			size_t *ret_at, size_t *ret_content, struct error *err)
{
	static const unsigned char end[BLOCK_SIZE];
	size_t at = 0, content;

	while (size - at >= BLOCK_SIZE && memcmp(archive + at, end, BLOCK_SIZE) != 0) {
		if (!header_read(archive + at, size - at, &content))
			return error_set(err, -EBADMSG, "the archive is damaged at offset %zu", at);
		if (header_is(archive + at, member)) {
			*ret_at = at;
			*ret_content = content;
			return 0;
		}
		if (PADDED(content) > size - at - BLOCK_SIZE)
			break;
		at += BLOCK_SIZE + PADDED(content);
	}
	return error_set(err, -ENOENT,
			 "the archive has no member '%s' with a plain tar header, and rpiboot "
			 "cannot change other members",
			 member);
}

int archive_replace(unsigned char **ret, size_t *ret_size, const void *archive, size_t size,
		    const char *member, const void *content, size_t content_size, struct error *err)
{
	const unsigned char *bytes = archive;
	size_t at = 0, old = 0, rest, rest_at;
	unsigned char *file;
	char digits[SIZE_SIZE + 1];
	int r;

	if (content_size > CONTENT_MAX)
		return error_set(err, -EFBIG,
				 "'%s' is too large for the archive: it has more than %d bytes",
				 member, CONTENT_MAX);
	r = archive_find(bytes, size, member, &at, &old, err);
	if (r < 0)
		return r;
	rest_at = at + BLOCK_SIZE + PADDED(old);
	rest = rest_at < size ? size - rest_at : 0;
	file = calloc(1, at + BLOCK_SIZE + PADDED(content_size) + rest);
	if (!file)
		return error_set(err, -ENOMEM, "out of memory");
	memcpy(file, bytes, at + BLOCK_SIZE);
	memcpy(file + at + BLOCK_SIZE, content, content_size);
	if (rest)
		memcpy(file + at + BLOCK_SIZE + PADDED(content_size), bytes + rest_at, rest);
	snprintf(digits, sizeof(digits), "%011zo", content_size);
	memcpy(file + at + SIZE_AT, digits, SIZE_SIZE);
	snprintf(digits, sizeof(digits), "%06o", header_sum(file + at));
	memcpy(file + at + CHECKSUM_AT, digits, CHECKSUM_SIZE - 1);
	file[at + CHECKSUM_AT + CHECKSUM_SIZE - 1] = ' ';
	*ret = file;
	*ret_size = at + BLOCK_SIZE + PADDED(content_size) + rest;
	return 0;
}
