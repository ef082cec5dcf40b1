/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes the unique id of a board from C40 code (docs/protocol.md, section 4). */
#include "boot/duid.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORD_DIGITS_MAX 8

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
		size_t length = strspn(words, "0123456789abcdefABCDEF");
		uint32_t word = length <= WORD_DIGITS_MAX ? (uint32_t)strtoul(words, NULL, 16) : 0;

		words += length;
		if (length == 0 || length > WORD_DIGITS_MAX || (*words != '_' && *words != '\0'))
			return -EINVAL;
		/* The board reports the id as 32-bit words. The first word with the value 0 ends
		 * the id, so ignore all words after it. */
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
