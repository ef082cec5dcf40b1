/* SPDX-License-Identifier: Apache-2.0 */
/* Converts the arguments of command-line options to values, and rejects invalid ones, such as a
 * number with a space. */
#include "cli/internal.h"

#include <errno.h>
#include <stdlib.h>

#define PORT_DEPTH_MAX 7 /* the longest chain of USB ports */

bool option_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* Converts a decimal number in the range from min to max. A sign or a space is not allowed. */
bool option_number(const char *text, unsigned int min, unsigned int max, unsigned int *ret)
{
	unsigned long long number;
	char *end;

	if (!option_is_digit(*text))
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || *end || number < min || number > max)
		return false;
	*ret = (unsigned int)number;
	return true;
}

/* Converts seconds to milliseconds, and rounds up, because a result of 0 would mean "never".
 * strtod() is not used, because it accepts "inf", "0x1p3" and, in some locales, a comma. */
bool option_seconds(const char *text, uint64_t *ret_ms)
{
	unsigned int unit_ms = 1000;
	bool any = false, rest = false;
	uint64_t ms = 0;

	for (; option_is_digit(*text); text++, any = true) {
		ms = ms * 10 + (uint64_t)(*text - '0') * unit_ms;
		if (ms > OPTIONS_SECONDS_MAX * 1000)
			return false;
	}
	if (*text == '.')
		for (text++; option_is_digit(*text); text++, any = true) {
			unit_ms /= 10;
			ms += (uint64_t)(*text - '0') * unit_ms;
			rest |= !unit_ms && *text != '0';
		}
	ms += rest;
	if (*text || !any || !ms || ms > OPTIONS_SECONDS_MAX * 1000)
		return false;
	*ret_ms = ms;
	return true;
}

/* Parses one number of a USB port path, from 1 to 255 without leading zeros.
 * Returns: the text after the number, or NULL (no such number). */
static const char *port_component(const char *text)
{
	char *end;

	if (!option_is_digit(*text) || *text == '0')
		return NULL;
	return strtoul(text, &end, 10) <= UINT8_MAX ? end : NULL;
}

bool option_is_port_path(const char *text)
{
	char before = '-';

	text = port_component(text);
	for (int depth = 0; text && depth < PORT_DEPTH_MAX; depth++) {
		if (*text != before)
			return false;
		before = '.';
		text = port_component(text + 1);
		if (text && !*text)
			return true;
	}
	return false;
}
