/* SPDX-License-Identifier: Apache-2.0 */
/* Serial numbers of boards, as people and the system write them. */
#ifndef USB_SERIAL_H
#define USB_SERIAL_H

#include <stdbool.h>
#include <stddef.h>

/* Do the two name the same board? Letters match in any case. The boot ROM has 8 hexadecimal digits,
 * the low half of the 16 that /proc/cpuinfo and a booted board have: the two forms match, too. */
bool usb_serial_matches(const char *a, const char *b);

/* Does one of the list match? */
bool usb_serial_is_in(const char *serial, const char *const *list, size_t count);

#endif
