/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the serial numbers of boards. */
#include "usb/serial.h"

#include <string.h>
#include <strings.h>

#define SERIAL_SHORT 8
#define SERIAL_LONG  16

/* Returns: the number of digits of a serial number, or 0 if it contains a character that is no
 * hexadecimal digit. */
static size_t serial_digits(const char *serial)
{
	size_t length = strspn(serial, "0123456789abcdefABCDEF");

	return serial[length] ? 0 : length;
}

bool usb_serial_matches(const char *a, const char *b)
{
	size_t a_digits = serial_digits(a), b_digits = serial_digits(b);

	if (a_digits == SERIAL_LONG && b_digits == SERIAL_SHORT)
		a += SERIAL_LONG - SERIAL_SHORT;
	else if (a_digits == SERIAL_SHORT && b_digits == SERIAL_LONG)
		b += SERIAL_LONG - SERIAL_SHORT;
	return strcasecmp(a, b) == 0;
}

static bool serial_is_of_board(const char *serial)
{
	size_t digits = serial_digits(serial);

	return digits == SERIAL_SHORT || digits == SERIAL_LONG;
}

bool usb_serial_differs(const char *a, const char *b)
{
	return serial_is_of_board(a) && serial_is_of_board(b) && !usb_serial_matches(a, b);
}

bool usb_serial_is_in(const char *serial, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (usb_serial_matches(list[i], serial))
			return true;
	return false;
}
