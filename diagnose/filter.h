/* SPDX-License-Identifier: Apache-2.0 */
/* The boards that -p, -i and -0 to -98 select. */
#ifndef DIAGNOSE_FILTER_H
#define DIAGNOSE_FILTER_H

#include "config.h"
#include "diagnose/hints.h"
#include "usb.h"

/* Is this board one of those that are asked for? serial: NULL where it is not known yet. */
enum hint_filter boards_filter(const struct config *config, const struct usb_id *id,
			       const char *serial);

#endif
