/* SPDX-License-Identifier: Apache-2.0 */
/* The live lines at the bottom of a terminal: where they are, and how they are taken away and put
 * back. Knows no events. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct live;
struct terminal;

/* NULL: stderr is no terminal that can do this (or no memory). Ends with terminal_free()
 * (NULL-safe, returns NULL), which takes the lines away. */
struct terminal *terminal_new(FILE *talk);
struct terminal *terminal_free(struct terminal *terminal);

/* May it be colourful? (NO_COLOR) */
bool terminal_has_colors(const struct terminal *terminal);

/* Takes the lines away, so that others can be written. Writes nothing by itself: what it means is
 * put into out. */
void terminal_erase(struct terminal *terminal, FILE *out);

/* Puts them (back), fit for the size that the terminal has now. */
void terminal_draw(struct terminal *terminal, const struct live *live, FILE *out);

#endif
