/* SPDX-License-Identifier: Apache-2.0 */
/* A corpus as a text file that can be read and edited. A line is a row:
 *
 *   LABEL: TOKEN...    LABEL has letters, digits and '-', and is unique
 *
 * The tokens in their order are the bytes: hexadecimal digits (`0a5c`) or "text" (no escapes). `*N`
 * after a token repeats it N times. Empty lines and lines that start with '#' are ignored. */
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

/* Reads a corpus. Returns: false after printing the error on stderr. The caller calls rows_done()
 * in either case. */
bool rows_read(struct rows *ret, const char *path);
void rows_done(struct rows *rows);

#endif
