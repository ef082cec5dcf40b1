/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether the options -p (port path), -i (serial number) and -0 to -98 (last number of the
 * port path) select a board. */
#ifndef DIAGNOSE_FILTER_H
#define DIAGNOSE_FILTER_H

#include "config.h"
#include "diagnose/hints.h"
#include "usb.h"

/* Compares a board with the options that select boards by USB port or serial number. serial is NULL
 * if the serial number is not known yet.
 * Returns: HINT_WANTED, or the reason why an option excludes the board. */
enum hint_filter boards_filter(const struct config *config, const struct usb_id *id,
			       const char *serial);

#endif
