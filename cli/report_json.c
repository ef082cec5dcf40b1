/* SPDX-License-Identifier: Apache-2.0 */
/* Prints each board of a batch as one line of JSON. docs/usage.md lists the members of these
 * lines. */
#include "cli/report_internal.h"

#include "report/json_put.h"
#include "report/output.h"

#define REPORT_JSON_VERSION 1

static struct json_object *line_new(const char *event)
{
	struct json_object *line = json_put_new();

	json_put_int(line, "v", REPORT_JSON_VERSION);
	json_put_string(line, "event", event);
	return line;
}

static void put_result(struct json_object *line, const struct record_facts *facts)
{
	json_put_string(line, "result", report_word(report_result(facts)));
	if (facts->ended) {
		json_put_int(line, "code", facts->code);
		json_put_string(line, "text", facts->text);
	}
}

int report_json_row(const struct report_row *row, struct error *err)
{
	const struct record_facts *facts = &row->facts;
	struct json_object *line = line_new("board");

	json_put_string(line, "serial", row->serial);
	json_put_known(line, "chip", facts->chip);
	if (row->revision.model[0]) {
		json_put_string(line, "model", row->revision.model);
		json_put_int(line, "memory_mib", row->revision.memory_mib);
		json_put_int(line, "revision", row->revision.revision);
	}
	put_result(line, facts);
	json_put_known(line, "proof", facts->proof);
	json_put_known(line, "version", facts->version);
	if (facts->build_time_s)
		json_put_int(line, "build_time", facts->build_time_s);
	if (facts->lock != RECORD_LOCK_UNKNOWN)
		json_put_bool(line, "locked", facts->lock == RECORD_LOCKED);
	json_put_known(line, "key_hash", facts->key_hash);
	if (facts->disk_written)
		json_put_bool(line, "disk_verified", facts->disk_verified);
	if (facts->ended)
		json_put_seconds(line, "seconds", facts->seconds);
	json_put_known(line, "start", facts->start);
	json_put_known(line, "end", facts->end);
	return output_json(line, err);
}

int report_json_counts(const struct report_counts *counts, struct error *err)
{
	struct json_object *line = line_new("summary");

	for (enum report_result result = 0; result < REPORT_RESULTS; result++)
		json_put_int(line, report_word(result), counts->results[result]);
	json_put_int(line, "damaged", counts->damaged);
	return output_json(line, err);
}
