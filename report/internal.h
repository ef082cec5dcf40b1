/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that print events. report.c calls one of them for each event. It prints one line or
 * nothing. */
#ifndef REPORT_INTERNAL_H
#define REPORT_INTERNAL_H

#include "report/report.h"

#include <stdio.h>

/* Renders an event as text for people. Messages go to the stream talk, which is stderr. Results go
 * to the stream results, which is stdout. */
void report_text_event(const struct report_config *config, const struct event *event, FILE *talk,
		       FILE *results);

/* Writes the column headings of --list. */
void report_text_board_head(FILE *results);

struct live_board;

/* Writes one line with the progress of writing or verifying a disk. */
void report_text_progress(const char *port, const struct live_board *board, FILE *talk);

/* Writes one line with an error of the program itself. */
void report_text_error(const struct error *error, FILE *talk);

/* Renders an event as one JSON line on `results`. seconds: the time since the start. */
void report_json_event(const struct report_config *config, const struct event *event,
		       double seconds, FILE *results);

#endif
