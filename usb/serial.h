/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the serial numbers of boards. This file does not access devices. */
#ifndef USB_SERIAL_H
#define USB_SERIAL_H

#include <stdbool.h>
#include <stddef.h>

/* Checks whether two serial numbers name the same board, without regard to case. The boot ROM
 * reports 8 hexadecimal digits. They are the low half of the 16 digits that /proc/cpuinfo and a
 * booted board show. The short form and the long form match each other. */
bool usb_serial_matches(const char *a, const char *b);

/* Checks whether the serial number of a board matches one of the `count` serial numbers in the
 * list. */
bool usb_serial_is_in(const char *serial, const char *const *list, size_t count);

#endif
