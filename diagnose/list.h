/* SPDX-License-Identifier: Apache-2.0 */
/* --list and --check: looks and tells, and serves nobody. */
#ifndef INSPECT_H
#define INSPECT_H

#include "config.h"

struct report;

/* What is on the bus now: every board, in whatever stage, and what boards became. Opens no device.
 * STATUS_OK, or STATUS_NONE_IN_TIME where there is none. */
enum exit_status inspect_bus(const struct config *config, struct report *report);

/* The boot directory, or without one the firmware that would be taken: what it has for each chip,
 * and what is wrong with it. STATUS_OK or STATUS_NO_FILES. */
enum exit_status inspect_files(const struct config *config, struct report *report);

#endif
