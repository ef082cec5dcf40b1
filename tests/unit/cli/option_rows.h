/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines as rows, for tests: what is made of each, or which sentence refuses it. */
#ifndef OPTION_ROWS_H
#define OPTION_ROWS_H

#include <stddef.h>

#define OPTION_ARGS_MAX 32

struct option_line {
	const char *args; /* separated by spaces; '' is an empty argument */
	const char *want; /* what differs from the defaults; after "! " the sentence of the error */
};

/* One that lives as long as the options point into it. */
struct command_line {
	char text[256];
	char *argv[OPTION_ARGS_MAX + 1];
	int argc;
};

void command_line_init(struct command_line *ret, const char *args);

/* Fails the test at the first that is not as wanted. */
void option_lines_check(const struct option_line *rows, size_t count);

#endif
