/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the structs and functions that the source files of the command `rpiboot report`
 * share. */
#ifndef CLI_REPORT_INTERNAL_H
#define CLI_REPORT_INTERNAL_H

#include "board/record.h"

struct error;

/* One board in the table that `rpiboot report` prints. The texts come from a record file and are
 * untrusted. */
struct report_row {
	const char *serial; /* the name of the file without ".json" */
	struct record_facts facts;
	/* The model and the memory of the board, decoded from its revision code. The model is empty
	 * if the code is unknown. */
	struct revision revision;
};

/* The result of a board in its record file. It is REPORT_UNRECORDED if the file contains only
 * properties of the board. */
enum report_result {
	REPORT_OK,
	REPORT_FAILED,
	REPORT_UNFINISHED,
	REPORT_UNRECORDED,
	REPORT_RESULTS
};

/* Counts the boards by the result in their record files, and counts the damaged record files. */
struct report_counts {
	unsigned int results[REPORT_RESULTS];
	unsigned int damaged;
};

enum report_result report_result(const struct record_facts *facts);

/* Returns: the word for a board's result in the table and in JSON, such as "ok". */
const char *report_word(enum report_result result);

/* Prints a board as one line of the table, or the titles of the columns if row is NULL. */
void report_print_text(const struct report_row *row);
void report_print_csv(const struct report_row *row);

/* Each of these functions prints one line of JSON. report_json_row() prints the record of a board,
 * and report_json_counts() prints how many boards have each result.
 * Returns: 0, or -ENOMEM. */
int report_json_row(const struct report_row *row, struct error *err);
int report_json_counts(const struct report_counts *counts, struct error *err);

#endif
