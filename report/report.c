/* SPDX-License-Identifier: Apache-2.0 */
/* Prints each event, such as the appearance of a board, as text or as JSON. On a terminal, it also
 * keeps one progress line per board below the other output. */
#include "report/report.h"

#include "util/error.h"
#include "report/live.h"
#include "report/internal.h"
#include "report/terminal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_DRAW_MS	    100	 /* the shortest time between two redraws */
#define REPORT_PROGRESS_MS  5000 /* interval of plain progress lines */
#define REPORT_JSON_STEP_MS 1000

struct report {
	struct report_config config;
	uint64_t start_ms, last_ms;
	bool lost;
	bool board_head_printed;
	struct live *live;
	/* The terminal on which the progress lines of the boards are drawn, or NULL if the output
	 * is no terminal. */
	struct terminal *terminal;
	uint64_t drawn_ms;
	bool dirty; /* The progress lines must be redrawn. */
};

int report_new(struct report **ret, const struct report_config *config, uint64_t now_ms,
	       struct error *err)
{
	struct report *report = calloc(1, sizeof(*report));

	if (report)
		report->live = live_new();
	if (!report || !report->live) {
		free(report);
		return error_set(err, -ENOMEM, "out of memory");
	}
	report->config = *config;
	report->start_ms = report->last_ms = now_ms;
	if (config->format == REPORT_TEXT && config->verbosity >= 0)
		report->terminal = terminal_new(stderr);
	report->config.colors = terminal_has_colors(report->terminal);
	*ret = report;
	return 0;
}

struct report *report_free(struct report *report)
{
	if (!report)
		return NULL;
	terminal_free(report->terminal);
	live_free(report->live);
	free(report);
	return NULL;
}

/* Flushes stdout after each event, because a program may read the results line by line. After a
 * failed write, rpiboot reports the first failure and continues to serve boards.
 * Returns: false if the write failed. */
static bool report_flush(struct report *report)
{
	struct error error = {};

	if (!fflush(stdout) && !ferror(stdout))
		return true;
	error_set(&error, -EIO, "cannot write results to stdout, so they are lost: %s",
		  errno ? strerror(errno) : "an earlier write failed");
	clearerr(stdout);
	if (!report->lost)
		report_error(report, &error);
	report->lost = true;
	return false;
}

/* Prints the properties of a board on stderr if they could not be written to stdout, so that the
 * data of the board is not lost. */
static void report_rescue(struct report *report, const struct event *event)
{
	const struct report_config config = {.verbosity = 1};
	struct error error = {};

	if (report->config.format == REPORT_JSON && event->type == EVENT_METADATA)
		report_text_event(&config, event, stderr, stderr);
	if (report->config.format == REPORT_JSON || event->type != EVENT_DOCUMENT ||
	    event->document.path)
		return;
	error_set(&error, -EIO,
		  "cannot write to stdout, so the metadata of the board at %s is printed here",
		  event->port);
	report_error(report, &error);
	fprintf(stderr, "%s\n", event->document.text);
}

/* Checks whether the next progress line of a board is due: step_ms milliseconds after the previous
 * line, or at the end of a phase, such as writing a disk. */
static bool report_is_due(struct report *report, const struct event *event, uint64_t step_ms,
			  uint64_t now_ms)
{
	struct live_board *board = live_board(report->live, event->port);
	bool whole = event->progress.total && event->progress.bytes >= event->progress.total;

	if (!board || (!whole && board->printed_ms && now_ms < board->printed_ms + step_ms))
		return false;
	board->printed_ms = now_ms;
	return true;
}

/* Collects output in memory, so that a single write sends all of it to the terminal. */
struct composed {
	char *text;
	size_t size;
	FILE *out; /* NULL if memory is exhausted */
};

static void composed_begin(struct composed *composed)
{
	*composed = (struct composed){0};
	composed->out = open_memstream(&composed->text, &composed->size);
}

static void composed_end(struct composed *composed, FILE *to)
{
	if (composed->out)
		fclose(composed->out);
	if (composed->size) {
		fwrite(composed->text, 1, composed->size, to);
		fflush(to);
	}
	free(composed->text);
}

static void report_draw(struct report *report, FILE *out, uint64_t now_ms)
{
	terminal_draw(report->terminal, report->live, out);
	report->drawn_ms = now_ms;
	report->dirty = false;
}

/* Erases the progress lines of the boards, prints the event, and draws the progress lines again
 * below it. */
static void report_on_terminal(struct report *report, const struct event *event, uint64_t now_ms)
{
	struct composed said, talk, results;
	bool shown;

	composed_begin(&said);
	composed_begin(&results);
	composed_begin(&talk);
	if (said.out && results.out && talk.out) {
		report_text_event(&report->config, event, said.out, results.out);
		fflush(said.out);
		fflush(results.out);
		if (said.size || results.size) {
			terminal_erase(report->terminal, talk.out);
			fwrite(said.text, 1, said.size, talk.out);
			report->drawn_ms = 0;
			report->dirty = true;
		}
	}
	shown = results.size != 0;
	/* If stdout and stderr are the same terminal, the results on stdout must appear below the
	 * messages of this event and above the progress lines. */
	if (shown) {
		composed_end(&talk, stderr);
		composed_end(&results, stdout);
		composed_begin(&talk);
	}
	if (talk.out && report->dirty && now_ms >= report->drawn_ms + REPORT_DRAW_MS)
		report_draw(report, talk.out, now_ms);
	composed_end(&talk, stderr);
	if (!shown)
		composed_end(&results, stdout);
	if (said.out)
		fclose(said.out);
	free(said.text);
}

static void report_plain(struct report *report, const struct event *event, uint64_t now_ms)
{
	if (event->type == EVENT_BOARD && !report->board_head_printed) {
		report_text_board_head(stdout);
		report->board_head_printed = true;
	}
	if (event->type == EVENT_PROGRESS && report->config.verbosity >= 0 &&
	    report_is_due(report, event, REPORT_PROGRESS_MS, now_ms))
		report_text_progress(event->port, live_board(report->live, event->port), stderr);
	report_text_event(&report->config, event, stderr, stdout);
}

void report_event(struct report *report, const struct event *event, uint64_t now_ms)
{
	uint64_t ms;

	/* The times in the output must not decrease. If this event has an earlier time than the
	 * previous event, for example because it reports an expired deadline, use the time of the
	 * previous event. */
	if (now_ms < report->last_ms)
		now_ms = report->last_ms;
	report->last_ms = now_ms;
	ms = now_ms - report->start_ms;
	report->dirty = live_event(report->live, event, now_ms) || report->dirty;
	/* If this event cannot be written, errno will have the cause. Clear errno first, because it
	 * may still contain an older error. */
	errno = 0;
	switch (report->config.format) {
	case REPORT_TEXT:
		if (report->terminal && event->type != EVENT_BOARD)
			report_on_terminal(report, event, now_ms);
		else
			report_plain(report, event, now_ms);
		break;
	case REPORT_JSON:
		if (event->type != EVENT_PROGRESS ||
		    report_is_due(report, event, REPORT_JSON_STEP_MS, now_ms))
			report_json_event(event, (double)ms / 1000, stdout);
		break;
	}
	if (!report_flush(report))
		report_rescue(report, event);
}

int report_tick(struct report *report, int timeout_ms, uint64_t now_ms)
{
	uint64_t due_ms = report->drawn_ms + REPORT_DRAW_MS;
	struct composed composed;

	if (!report->terminal || !report->dirty)
		return timeout_ms;
	if (now_ms < due_ms)
		return due_ms - now_ms < (uint64_t)timeout_ms ? (int)(due_ms - now_ms) : timeout_ms;
	composed_begin(&composed);
	if (composed.out)
		report_draw(report, composed.out, now_ms);
	composed_end(&composed, stderr);
	return timeout_ms;
}

bool report_lost(const struct report *report)
{
	return report->lost;
}

void report_error(struct report *report, const struct error *error)
{
	if (report && report->terminal)
		terminal_erase(report->terminal, stderr);
	report_text_error(error, stderr);
}
