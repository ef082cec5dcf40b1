/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the serial numbers of boards. */
#ifndef USB_SERIAL_H
#define USB_SERIAL_H

#include <stdbool.h>
#include <stddef.h>

/* Checks whether two serial numbers name the same board, without regard to case. The boot ROM
 * reports only the last 8 of the 16 hexadecimal digits that /proc/cpuinfo on the board shows. The
 * short form and the long form match each other. */
bool usb_serial_matches(const char *a, const char *b);

/* Checks whether two serial numbers prove that they belong to two boards. This is the case only if
 * both have the form of a board's serial number, 8 or 16 hexadecimal digits, and do not match. */
bool usb_serial_differs(const char *a, const char *b);

/* Checks whether the serial number of a board matches one of the `count` serial numbers in the
 * list. */
bool usb_serial_is_in(const char *serial, const char *const *list, size_t count);

#endif
