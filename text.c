/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Length of the character at p, a NUL-terminated string, and its code; 0 where it is not UTF-8: a
 * stray byte, an overlong form, half of a surrogate pair, or a code past the end of Unicode. */
static size_t utf8_decode(const unsigned char *p, uint32_t *ret_code)
{
	static const uint32_t code_min[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length;
	uint32_t code;

	if (p[0] < 0x80) {
		*ret_code = p[0];
		return 1;
	}
	if (p[0] < 0xc0 || p[0] > 0xf7)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	code = p[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80) /* the terminating NUL, too */
			return 0;
		code = code << 6 | (p[i] & 0x3fu);
	}
	if (code < code_min[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return length;
}

/* Characters that do something to a terminal or hide what is there, instead of showing a sign. */
static bool code_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
	       (code >= 0xe0000 && code <= 0xe0fff);
}

void text_utf8(const char *bytes, char *ret, size_t size)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t used = 0;

	while (*p) {
		uint32_t code;
		size_t taken = utf8_decode(p, &code);
		const char *piece = taken ? (const char *)p : "\xef\xbf\xbd";
		size_t length = taken ? taken : 3;

		if (used + length >= size)
			break;
		memcpy(ret + used, piece, length);
		used += length;
		p += taken ? taken : 1;
	}
	ret[used] = '\0';
}

void text_printable(const char *bytes, char *ret, size_t size)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t used = 0;

	while (*p) {
		char piece[4 * 4 + 1];
		uint32_t code;
		size_t taken = utf8_decode(p, &code);
		size_t length = taken ? taken : 1;

		if (taken && !code_is_control(code)) {
			memcpy(piece, p, taken);
			p += taken;
		} else {
			for (size_t i = 0; i < length; i++)
				snprintf(piece + 4 * i, sizeof(piece) - 4 * i, "\\x%02x", *p++);
			length *= 4;
		}
		if (used + length >= size)
			break;
		memcpy(ret + used, piece, length);
		used += length;
	}
	ret[used] = '\0';
}
