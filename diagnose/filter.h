/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether the user's options select a board: -p PATH (a port path), -i SERIAL (a serial
 * number), or a port number such as -2. */
#ifndef DIAGNOSE_FILTER_H
#define DIAGNOSE_FILTER_H

#include "config.h"
#include "diagnose/hints.h"
#include "usb.h"

/* Compares the USB port and the serial number of a board with the user's options. serial is NULL if
 * it is not known yet.
 * Returns: HINT_WANTED (the options select the board), or the value for the option that excludes
 * the board. */
enum hint_filter boards_filter(const struct config *config, const struct usb_id *id,
			       const char *serial);

#endif
