/* SPDX-License-Identifier: Apache-2.0 */
/* Detects text files and their kinds. A disk image never begins with text, because a boot sector
 * begins with code and a file system with zeros. */
#include "image/kind.h"

#include "util/util.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define AGAIN "fetch it again (the download failed or needs a login)"
#define IMAGE "give a disk image"
#define NAMED "give the image that this file names"

#define BLOCK_MAP "a block map", "give its image to --write, and this file to --bmap"

#define TEXT_BYTES     IMAGE_KIND_HEAD_BYTES
#define TEXT_UTF16_MIN 8

struct text_prefix {
	const char *text; /* lower case */
	struct image_kind kind;
};

/* The beginnings of known kinds of files, such as "<html" of an HTML page. */
static const struct text_prefix any_prefixes[] = {
	{"<!doctype html", {"an HTML page", AGAIN}},
	{"<html", {"an HTML page", AGAIN}},
	{"<head", {"an HTML page", AGAIN}},
	{"<body", {"an HTML page", AGAIN}},
	{"<bmap", {BLOCK_MAP}},
	{"<metalink", {"a metalink file", NAMED}},
	{"<?xml", {"an XML document", IMAGE}},
	{"version https://git-lfs", {"a Git LFS pointer", "fetch the file with git lfs pull"}},
	{"#!/", {"a script", IMAGE}},
	{"#! /", {"a script", IMAGE}},
	{"-----begin pgp", {"a signature or message of PGP", NAMED}},
};

/* Beginnings of known kinds of text files, such as "{" of a JSON document. They are so short that a
 * disk image may begin in the same way. A file therefore has one of these kinds only if its first
 * TEXT_BYTES bytes are all text. */
static const struct text_prefix text_prefixes[] = {
	{"<", {"an XML or HTML document", AGAIN}},     {"{", {"a JSON document", IMAGE}},
	{"[", {"a JSON document or settings", IMAGE}}, {"sha256 (", {"a list of checksums", NAMED}},
	{"sha512 (", {"a list of checksums", NAMED}},  {"sha1 (", {"a list of checksums", NAMED}},
	{"md5 (", {"a list of checksums", NAMED}},
};

/* Measures the first UTF-8 character of `size` bytes of text.
 * Returns: the number of bytes of the character, or 0 (not a character of a text file). If the text
 * ends inside the character, only the bytes before the end count. */
static size_t text_char(const unsigned char *bytes, size_t size)
{
	size_t length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;

	if (bytes[0] < 0x80)
		return isprint(bytes[0]) || (bytes[0] >= '\t' && bytes[0] <= '\r') ||
		       bytes[0] == 0x1b;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length && i < size; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return length < size ? length : size;
}

static bool is_text(const unsigned char *head, size_t size)
{
	size_t length;

	if (size > TEXT_BYTES)
		size = TEXT_BYTES;
	for (size_t at = 0; at < size; at += length) {
		length = text_char(head + at, size - at);
		if (!length)
			return false;
	}
	return size > 0;
}

/* Detects a text file in UTF-16 by its byte order mark and the ASCII characters after the mark. */
static bool is_utf16(const unsigned char *head, size_t size)
{
	size_t low;

	if (size < TEXT_UTF16_MIN || head[0] + head[1] != 0xff + 0xfe || head[0] < 0xfe)
		return false;
	low = head[0] == 0xff ? 0 : 1;
	for (size_t at = 2; at < TEXT_UTF16_MIN; at += 2)
		if (!text_char(head + at + low, 1) || head[at + 1 - low] != 0)
			return false;
	return true;
}

/* Detects a file that begins with a checksum (MD5 to SHA-512) in hex digits, followed by white
 * space or by the end of the file. */
static bool is_checksum(const unsigned char *head, size_t size)
{
	size_t digits = 0;

	while (digits < size && isxdigit(head[digits]))
		digits++;
	return digits >= 32 && digits <= 128 && digits % 8 == 0 &&
	       (digits == size || isspace(head[digits]));
}

static bool kind_by_prefix(struct image_kind *ret, const struct text_prefix *prefixes, size_t count,
			   const unsigned char *head, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(prefixes[i].text);

		if (size >= length &&
		    strncasecmp((const char *)head, prefixes[i].text, length) == 0) {
			*ret = prefixes[i].kind;
			return true;
		}
	}
	return false;
}

bool image_kind_of_text(struct image_kind *ret, const unsigned char *head, size_t size)
{
	const unsigned char *text = head;
	size_t bytes = size < TEXT_BYTES ? size : TEXT_BYTES;

	if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3, bytes -= 3;
	while (bytes > 0 && isspace(*text))
		text++, bytes--;
	if (kind_by_prefix(ret, any_prefixes, array_size(any_prefixes), text, bytes)) {
		if (strncmp((const char *)text, "<?xml", 5) == 0 && memmem(text, bytes, "<bmap", 5))
			*ret = (struct image_kind){BLOCK_MAP};
		return true;
	}
	if (is_utf16(head, size))
		return image_kind_set(ret, "a text file (UTF-16)", IMAGE);
	if (!is_text(head, size))
		return false;
	if (is_checksum(text, bytes))
		return image_kind_set(ret, "a list of checksums", NAMED);
	if (kind_by_prefix(ret, text_prefixes, array_size(text_prefixes), text, bytes))
		return true;
	return image_kind_set(ret, "a text file", IMAGE);
}
