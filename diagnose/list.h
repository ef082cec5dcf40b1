/* SPDX-License-Identifier: Apache-2.0 */
/* --list and --check: looks and tells, and serves nobody. */
#ifndef INSPECT_H
#define INSPECT_H

#include "board/board.h"

/* What is on the bus now: every board, in whatever stage, and what boards became. Opens no device.
 * BOARD_OK, or BOARD_NONE_IN_TIME where there is none. */
enum board_status inspect_bus(const struct board_config *config, struct report *report);

/* The boot directory, or without one the firmware that would be taken: what it has for each chip,
 * and what is wrong with it. BOARD_OK or BOARD_NO_FILES. */
enum board_status inspect_files(const struct board_config *config, struct report *report);

#endif
