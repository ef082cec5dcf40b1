/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile bytes for a terminal and for JSON. */
#include "tests/fuzz/fuzz.h"

#include "util/text.h"

static void check_twice(void (*convert)(const char *bytes, char *ret, size_t size),
			const char *text)
{
	size_t room = strlen(text) * TEXT_GROWTH + 1;
	char *twice = malloc(room);

	fuzz_check(twice);
	convert(text, twice, room);
	fuzz_check(strcmp(text, twice) == 0);
	free(twice);
}

/* With a small buffer, the result is the beginning of the whole text with a NUL, and no byte after
 * the buffer changes. */
static void check_cut(void (*convert)(const char *bytes, char *ret, size_t size), const char *bytes,
		      const char *whole, size_t size)
{
	char *cut = malloc(size);

	fuzz_check(cut);
	memset(cut, 0x7f, size);
	convert(bytes, cut, size);
	fuzz_check(memchr(cut, '\0', size));
	fuzz_check(strncmp(cut, whole, strlen(cut)) == 0);
	/* The result is not shorter than needed: the longest unit is four bytes, each written as
	 * \xNN. */
	fuzz_check(strlen(whole) < size ? strcmp(cut, whole) == 0 : strlen(cut) + 4 * 4 >= size);
	check_twice(convert, cut);
	free(cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const converts[])(const char *, char *, size_t) = {text_utf8, text_printable};
	size_t cut = size ? data[0] + 1 : 1;
	char *bytes = fuzz_string(size ? data + 1 : data, size ? size - 1 : 0);
	size_t room = strlen(bytes) * TEXT_GROWTH + 1;
	char *whole = malloc(room);

	fuzz_check(whole);
	for (int i = 0; i < 2; i++) {
		converts[i](bytes, whole, room);
		check_twice(converts[i], whole);
		check_cut(converts[i], bytes, whole, cut);
	}
	/* whole is for terminals now: it has no control characters and no first bytes of C1
	 * characters. */
	for (const char *p = whole; *p; p++) {
		fuzz_check((unsigned char)*p >= 0x20 && *p != 0x7f);
		fuzz_check((unsigned char)p[0] != 0xc2 || (unsigned char)p[1] >= 0xa0);
	}
	free(whole);
	free(bytes);
	return 0;
}
