/* SPDX-License-Identifier: Apache-2.0 */
/* Passes every event to the one renderer that was asked for, and sees to it that results have left
 * the program before it goes on. Knows neither boards nor how anything looks. */
#include "report.h"

#include "error.h"
#include "report_render.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report {
	struct report_config config;
	uint64_t start_ms;
	bool lost;
};

int report_new(struct report **ret, const struct report_config *config, uint64_t now_ms,
	       struct error *err)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return error_set(err, -ENOMEM, "out of memory");
	report->config = *config;
	report->start_ms = now_ms;
	*ret = report;
	return 0;
}

struct report *report_free(struct report *report)
{
	free(report);
	return NULL;
}

/* A reader of stdout works line by line, and may go away: then the boards still have to be served.
 */
static void report_flush(struct report *report)
{
	struct error error = {};

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return;
	error_set(&error, -EIO, "results cannot be written to stdout and are lost: %s",
		  errno ? strerror(errno) : "an earlier write failed");
	clearerr(stdout);
	if (!report->lost)
		report_text_error(&error, stderr);
	report->lost = true;
}

void report_event(struct report *report, const struct event *event, uint64_t now_ms)
{
	uint64_t ms = now_ms > report->start_ms ? now_ms - report->start_ms : 0;

	switch (report->config.format) {
	case REPORT_TEXT:
		report_text_event(&report->config, event, stderr, stdout);
		break;
	case REPORT_JSON:
		report_json_event(&report->config, event, (double)ms / 1000, stdout);
		break;
	}
	report_flush(report);
}

bool report_lost(const struct report *report)
{
	return report->lost;
}

void report_error(struct report *report, const struct error *error)
{
	(void)report;
	report_text_error(error, stderr);
}
