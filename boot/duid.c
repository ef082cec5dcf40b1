/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes the unique id of a board from C40 code, which packs three characters into 16 bits. */
#include "boot/duid.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Reads a number of 1 to 8 hexadecimal digits from the start of the text.
 * Returns: the number of digits, or 0 if there is none. */
static size_t word_parse(const char *p, uint32_t *ret)
{
	size_t length;
	uint32_t word = 0;

	for (length = 0; length < 8; length++) {
		char c = p[length];

		if (c >= '0' && c <= '9')
			word = word << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			word = word << 4 | (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			word = word << 4 | (uint32_t)(c - 'A' + 10);
		else
			break;
	}
	*ret = word;
	return length;
}

/* Decodes 16 bits of C40 code into three characters.
 * Returns: false if one of the characters is not a digit or a letter. */
static bool half_decode(uint32_t half, char ret[3])
{
	uint32_t rest = half - 1;
	uint32_t value[3] = {rest / 1600, rest / 40 % 40, rest % 40};

	if (half == 0)
		return false;
	for (int i = 0; i < 3; i++) {
		if (value[i] < 4 || value[i] > 39)
			return false;
		ret[i] = (char)(value[i] < 14 ? '0' + value[i] - 4 : 'A' + value[i] - 14);
	}
	return true;
}

int duid_decode(const char *words, char *ret, size_t size)
{
	char id[DUID_SIZE];
	size_t used = 0;
	bool ended = false;

	for (;;) {
		uint32_t word;
		size_t length = word_parse(words, &word);

		words += length;
		if (length == 0 || (*words != '_' && *words != '\0'))
			return -EINVAL;
		/* A 32-bit word with the value 0 ends the id of the board, so ignore the words
		 * after it. */
		ended = ended || word == 0;
		if (!ended) {
			if (used + 6 >= sizeof(id))
				return -ENOSPC;
			if (!half_decode(word & 0xffff, id + used))
				return -EINVAL;
			used += 3;
			if (word >> 16 && !half_decode(word >> 16, id + used))
				return -EINVAL;
			used += word >> 16 ? 3 : 0;
		}
		if (*words == '\0')
			break;
		words++;
	}
	if (used == 0)
		return -EINVAL;
	if (used >= size)
		return -ENOSPC;
	memcpy(ret, id, used);
	ret[used] = '\0';
	return 0;
}
