/* SPDX-License-Identifier: Apache-2.0 */
/* A corpus as text, so that a person can read and write it. A line is a row:
 *
 *   LABEL: TOKEN...     LABEL is of letters, digits and '-', and the only one of its name
 *
 * Tokens, one after the other, are the bytes: hexadecimal digits (`0a5c`), "text" (no escapes),
 * and `*N` behind one of them, which then comes N times. Empty lines and those that start with '#'
 * are for people. */
#ifndef TESTS_FUZZ_ROWS_H
#define TESTS_FUZZ_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rows {
	size_t count;
	struct rows_row {
		char *label;
		uint8_t *bytes;
		size_t size;
	} * row;
};

/* False where the file cannot be read or has a mistake: which one goes to stderr. Needs rows_done()
 * in either case. */
bool rows_read(struct rows *ret, const char *path);
void rows_done(struct rows *rows);

#endif
