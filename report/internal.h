/* SPDX-License-Identifier: Apache-2.0 */
/* What report.c asks of its renderers: one function each, one line (or none) an event. */
#ifndef REPORT_RENDER_H
#define REPORT_RENDER_H

#include "report/report.h"

#include <stdio.h>

/* People: `talk` is stderr, `results` is stdout. */
void report_text_event(const struct report_config *config, const struct event *event, FILE *talk,
		       FILE *results);

/* What --list begins with. */
void report_text_board_head(FILE *results);

/* How far the writing is, as a line. */
struct live_board;
void report_text_progress(const char *port, const struct live_board *board, FILE *talk);

/* One line about the program itself. */
void report_text_error(const struct error *error, FILE *talk);

/* Programs: one JSON line on `results`. seconds: since the start. */
void report_json_event(const struct report_config *config, const struct event *event,
		       double seconds, FILE *results);

#endif
