/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines as rows: the parsed options, or the error message. */
#ifndef OPTION_ROWS_H
#define OPTION_ROWS_H

#include <stddef.h>

#define OPTION_ARGS_MAX 32

struct option_line {
	const char *args; /* separated by spaces; '' is an empty argument */
	/* The options that differ from the defaults; after "! ": the error message. */
	const char *want;
};

/* A command line. It must outlive its options, which point into it. */
struct command_line {
	char text[256];
	char *argv[OPTION_ARGS_MAX + 1];
	int argc;
};

void command_line_init(struct command_line *ret, const char *args);

/* Fails the test at the first row with another result. */
void option_lines_check(const struct option_line *rows, size_t count);

#endif
