/* SPDX-License-Identifier: Apache-2.0 */
/* Converts untrusted bytes, for example from a board, into text that is safe to print. */
#include "util/text.h"

#include "util/util.h"

#include <stdarg.h>
#include <stdio.h>
#include <ctype.h>
#include <string.h>

/* Escaping a UTF-8 string for JSON makes it at most this many times as long. A character of one
 * byte may become six bytes, such as \u001f. */
#define JSON_ESCAPE 6

/* Decodes the first character of a NUL-terminated UTF-8 string.
 * Returns: its length in bytes, or 0 if the bytes are not valid UTF-8, such as stray bytes,
 * overlong forms, surrogates, and codes beyond the end of Unicode. */
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
		/* The string may end within a UTF-8 character. The next byte is then the NUL, which
		 * is no continuation byte, so the character is rejected here. */
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3fu);
	}
	if (code < code_min[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return length;
}

/* Checks whether a Unicode character is invisible or could control the terminal. The sorted table
 * `ranges` contains control and format characters, line and paragraph separators, characters that
 * Unicode ignores by default, and codes that are not characters. */
static bool code_is_invisible(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x0, 0x1f},	    {0x7f, 0x9f},	{0xad, 0xad},	    {0x34f, 0x34f},
		{0x600, 0x605},	    {0x61c, 0x61c},	{0x6dd, 0x6dd},	    {0x70f, 0x70f},
		{0x890, 0x891},	    {0x8e2, 0x8e2},	{0x115f, 0x1160},   {0x17b4, 0x17b5},
		{0x180b, 0x180f},   {0x200b, 0x200f},	{0x2028, 0x202e},   {0x2060, 0x206f},
		{0x3164, 0x3164},   {0xfdd0, 0xfdef},	{0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
		{0xffa0, 0xffa0},   {0xfff0, 0xfffb},	{0x110bd, 0x110bd}, {0x110cd, 0x110cd},
		{0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
	};

	if ((code & 0xfffe) == 0xfffe)
		return true;
	for (size_t i = 0; i < array_size(ranges) && code >= ranges[i].first; i++)
		if (code <= ranges[i].last)
			return true;
	return false;
}

/* Copies untrusted bytes as valid UTF-8. Without `printable`, a byte that is not valid UTF-8
 * becomes U+FFFD. With `printable`, such a byte becomes an escape such as \\xff, and each byte of
 * an invisible character becomes an escape such as \\x1b. */
static void text_convert(const char *bytes, char *ret, size_t size, bool printable)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t used = 0;

	while (*p) {
		char piece[4 * 4 + 1] = "\xef\xbf\xbd";
		uint32_t code;
		size_t taken = utf8_decode(p, &code), length = taken ? taken : 1;

		if (taken && !(printable && code_is_invisible(code)))
			snprintf(piece, sizeof(piece), "%.*s", (int)taken, p);
		else if (printable)
			for (size_t i = 0; i < length; i++)
				snprintf(piece + 4 * i, sizeof(piece) - 4 * i, "\\x%02x", p[i]);
		p += length;
		length = strlen(piece);
		if (used + length >= size)
			break;
		memcpy(ret + used, piece, length);
		used += length;
	}
	ret[used] = '\0';
}

void text_utf8(const char *bytes, char *ret, size_t size)
{
	text_convert(bytes, ret, size, false);
}

void text_printable(const char *bytes, char *ret, size_t size)
{
	text_convert(bytes, ret, size, true);
}

/* Writes a Unicode character as a JSON escape such as \u00e9, or as two escapes above U+FFFF.
 * Returns: the number of bytes written. */
static size_t json_escape(uint32_t code, char ret[2 * JSON_ESCAPE + 1])
{
	uint16_t high = (uint16_t)(0xd7c0 + (code >> 10)), low = 0xdc00 + (code & 0x3ff);

	if (code < 0x10000)
		return (size_t)sprintf(ret, "\\u%04x", code);
	return (size_t)sprintf(ret, "\\u%04x\\u%04x", high, low);
}

char *text_json(const char *json)
{
	const unsigned char *p = (const unsigned char *)json;
	char *ret = malloc(strlen(json) * JSON_ESCAPE + 1), *end = ret;

	while (ret && *p) {
		uint32_t code = 0;
		size_t taken = utf8_decode(p, &code);

		/* The text is a JSON document. The JSON library has already escaped the control
		 * characters below 0x20 in its strings, and the line ends between its values must
		 * stay. Escape only invisible characters from 0x7f on. */
		if (taken && code >= 0x7f && code_is_invisible(code)) {
			end += json_escape(code, end);
			p += taken;
		} else {
			*end++ = (char)*p++;
		}
	}
	if (ret)
		*end = '\0';
	return ret;
}

char *text_new(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	/* If vasprintf() fails, the value of `text` is undefined. */
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return text;
}

void text_add(char *ret, size_t size, const char *fmt, ...)
{
	size_t used = strlen(ret);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ret + used, size - used, fmt, ap);
	va_end(ap);
}

bool text_hex(const char *text, uint8_t *ret, size_t bytes)
{
	static const char digits[] = "0123456789abcdef";

	if (strlen(text) != 2 * bytes)
		return false;
	for (size_t i = 0; i < 2 * bytes; i++) {
		const char *digit = strchr(digits, tolower((unsigned char)text[i]));

		if (!digit)
			return false;
		ret[i / 2] =
			(uint8_t)(i % 2 ? ret[i / 2] | (digit - digits) : (digit - digits) << 4);
	}
	return true;
}

void text_put_hex(const uint8_t *data, size_t bytes, char *ret)
{
	for (size_t i = 0; i < bytes; i++)
		sprintf(ret + 2 * i, "%02x", data[i]);
}
