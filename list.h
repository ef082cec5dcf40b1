/* SPDX-License-Identifier: Apache-2.0 */
/* What is on the bus now: every board, in whatever stage, and what boards became. Opens no device.
 */
#ifndef LIST_H
#define LIST_H

struct board_config;
struct report;

/* Tells each as an EVENT_BOARD. Returns how many. */
unsigned int list_boards(const struct board_config *config, struct report *report);

#endif
