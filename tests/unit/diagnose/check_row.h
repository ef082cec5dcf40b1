/* SPDX-License-Identifier: Apache-2.0 */
/* Boot directories as rows: what is in them, and what check_dir() is to find. */
#ifndef TESTS_CHECK_ROW_H
#define TESTS_CHECK_ROW_H

#include <stdbool.h>
#include <stddef.h>

struct check_finding;

#define BOOTCODE "\x7f code"
#define RECOVERY "\x7f code RECOVERY.%03d"

struct entry {
	const char *name;
	const char *text; /* "-> TARGET": a symbolic link; "TEXT+BYTES": zeros follow */
};

struct row {
	const char *what;
	struct entry entries[9]; /* until one without name */
	bool signed_boot, serving, overlay;
	int code; /* of check_dir() */
	unsigned int chips, errors, warnings;
	const char *message; /* a part of some finding or of the error; NULL: nothing is said */
};

/* Makes each directory, checks it, and fails the test at the first row that is not met. */
void check_rows(const struct row *rows, size_t count);

/* What check_dir() found, for config->found and config->ctx. */
struct said {
	char text[4096]; /* warnings and errors, a line each */
	unsigned int chips;
};
void said_note(void *ctx, const struct check_finding *finding);

#endif
