/* SPDX-License-Identifier: Apache-2.0 */
/* Implements functions for strings and memory that Windows or macOS lacks. On Linux, this file is
 * empty. */
#include "os/portable/util/compat.h"

#ifdef _WIN32
#include <ctype.h>

void *memmem(const void *data, size_t size, const void *part, size_t part_size)
{
	const char *at = data;

	for (; size >= part_size; at++, size--)
		if (memcmp(at, part, part_size) == 0)
			return (void *)(uintptr_t)at;
	return NULL;
}

char *strndup(const char *text, size_t size)
{
	size_t length = strnlen(text, size);
	char *copy = malloc(length + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *stpcpy(char *ret, const char *text)
{
	return strcpy(ret, text) + strlen(text);
}

char *strcasestr(const char *text, const char *part)
{
	for (; *text; text++)
		if (strncasecmp(text, part, strlen(part)) == 0)
			return (char *)(uintptr_t)text;
	return NULL;
}

int fnmatch(const char *pattern, const char *name, int flags)
{
	for (; *pattern; pattern++, name++) {
		if (*pattern == '*') {
			for (;; name++) {
				if (fnmatch(pattern + 1, name, flags) == 0)
					return 0;
				if (!*name)
					return 1;
			}
		}
		if (!*name || (*pattern != '?' &&
			       tolower((unsigned char)*pattern) != tolower((unsigned char)*name)))
			return 1;
	}
	return *name != '\0';
}
#endif

#if defined(_WIN32) || defined(__APPLE__)
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/* Compares two strings like strcmp(), but numbers in them by value, so that "9" is less than "10".
 * Leading zeros have no meaning. */
int strverscmp(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			char *a_end, *b_end;
			unsigned long long x = strtoull(a, &a_end, 10), y = strtoull(b, &b_end, 10);

			if (x != y)
				return x < y ? -1 : 1;
			a = a_end;
			b = b_end;
		} else if (*a != *b) {
			break;
		} else {
			a++;
			b++;
		}
	}
	return (unsigned char)*a - (unsigned char)*b;
}

void *reallocarray(void *data, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(data, bytes);
}
#endif
