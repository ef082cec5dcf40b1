/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the structs and functions that the source files of the command `rpiboot report` share.
 */
#ifndef CLI_REPORT_INTERNAL_H
#define CLI_REPORT_INTERNAL_H

#include "board/record.h"

struct error;

/* A board in the table. Texts of the record are untrusted. */
struct report_row {
	const char *serial; /* the name of the file without ".json" */
	struct record_facts facts;
	/* The decoded revision code. The model is empty if the code is unknown. */
	struct revision revision;
};

/* The result of the run that a file records. REPORT_UNRECORDED: the file has only properties. */
enum report_result {
	REPORT_OK,
	REPORT_FAILED,
	REPORT_UNFINISHED,
	REPORT_UNRECORDED,
	REPORT_RESULTS
};

/* The numbers of files. */
struct report_counts {
	unsigned int results[REPORT_RESULTS];
	unsigned int damaged;
};

enum report_result report_result(const struct record_facts *facts);

/* Returns: the name of the result in the table and in JSON, such as "ok". */
const char *report_word(enum report_result result);

/* Prints the titles of the columns if row is NULL, or a board. */
void report_print_text(const struct report_row *row);
void report_print_csv(const struct report_row *row);

/* Prints a board, or the counts, as one line of JSON.
 * Returns: 0, or -ENOMEM. */
int report_json_row(const struct report_row *row, struct error *err);
int report_json_counts(const struct report_counts *counts, struct error *err);

#endif
