/* SPDX-License-Identifier: Apache-2.0 */
/* Draws and erases the progress lines of the boards at the bottom of a terminal. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

struct live;
struct terminal;

/* Prepares a terminal for the progress lines of the boards. The lines are written to the stream
 * `talk`.
 * Returns: the terminal, or NULL (the stream is not a suitable terminal, or out of memory).
 * Ownership: the caller frees it with terminal_free(), which erases the lines, accepts NULL and
 * returns NULL. */
struct terminal *terminal_new(FILE *talk);
struct terminal *terminal_free(struct terminal *terminal);

/* Returns: true if the output on this terminal may have colours. The environment variable NO_COLOR
 * forbids them. */
bool terminal_has_colors(const struct terminal *terminal);

/* Writes to the stream `out` the control characters that erase the progress lines of the boards on
 * the terminal. The caller can then print other lines in their place. */
void terminal_erase(struct terminal *terminal, FILE *out);

/* Writes the progress lines of the boards to the stream `out`, for the current size of the
 * terminal. */
void terminal_draw(struct terminal *terminal, const struct live *live, FILE *out);

#endif
