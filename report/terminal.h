/* SPDX-License-Identifier: Apache-2.0 */
/* Draws and erases the live lines at the bottom of a terminal. This file does not know events. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct live;
struct terminal;

/* Creates a terminal for live lines on the stream `talk`.
 * Returns: the terminal, or NULL (the stream is not a suitable terminal, or out of memory).
 * Ownership: the caller frees it with terminal_free(), which erases the lines, accepts NULL and
 * returns NULL. */
struct terminal *terminal_new(FILE *talk);
struct terminal *terminal_free(struct terminal *terminal);

/* True if coloured output is allowed. The environment variable NO_COLOR forbids it. */
bool terminal_has_colors(const struct terminal *terminal);

/* Erases the live lines so that other lines can be written. Writes the escape sequences to `out`,
 * not directly to the terminal. */
void terminal_erase(struct terminal *terminal, FILE *out);

/* Draws the live lines for the current size of the terminal. Writes them to `out`. */
void terminal_draw(struct terminal *terminal, const struct live *live, FILE *out);

#endif
