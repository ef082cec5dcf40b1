/* SPDX-License-Identifier: Apache-2.0 */
/* Boot directories as rows: the files of each, and the expected result of check_dir(). */
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
	struct entry entries[9]; /* ends with an entry without name */
	bool signed_boot, serving, overlay;
	int code; /* the result of check_dir() */
	unsigned int chips, errors, warnings;
	const char *message; /* a part of a finding or of the error; NULL: there is none */
};

/* Makes and checks each directory. Fails the test at the first row with another result. */
void check_rows(const struct row *rows, size_t count);

/* The findings of check_dir(), recorded by config->found and config->ctx. */
struct findings {
	char text[4096]; /* warnings and errors, one on each line */
	unsigned int chips;
};
void findings_note(void *ctx, const struct check_finding *finding);

#endif
