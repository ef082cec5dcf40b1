/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the functions that print an event, such as the appearance of a board, as text or as
 * JSON. */
#ifndef REPORT_INTERNAL_H
#define REPORT_INTERNAL_H

#include "report/report.h"

#include <stdio.h>

/* Prints an event as text for people. Messages go to the stream `talk` (stderr), and results go to
 * the stream `results` (stdout). */
void report_text_event(const struct report_config *config, const struct event *event, FILE *talk,
		       FILE *results);

/* Writes the column headings of --list. */
void report_text_board_head(FILE *results);

struct live_board;

/* Prints one line with the progress of writing or verifying the disk of a board. */
void report_text_progress(const char *port, const struct live_board *board, FILE *talk);

/* Prints one line with an error of the whole program, which concerns no single board. */
void report_text_error(const struct error *error, FILE *talk);

/* Prints an event as one line of JSON to the stream `results`, even with -q. seconds is the time
 * since the start of the program. */
void report_json_event(const struct event *event, double seconds, FILE *results);

#endif
