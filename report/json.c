/* SPDX-License-Identifier: Apache-2.0 */
/* Prints events for programs, with one JSON object per line. New versions of rpiboot may add
 * fields. The number "v" increases if a field is removed or changes its meaning. */
#include "report/internal.h"
#include "report/json_put.h"

#include "util/util.h"

#include <assert.h>
#include <json.h>
#include <string.h>

#define JSON_VERSION 1

static void put_found(struct json_object *line, const struct event *event)
{
	json_put_string(line, "chip", event->found.chip);
	json_put_string(line, "stage", event->found.stage);
	json_put_string(line, "serial", event->found.serial);
	json_put_string(line, "speed", event->found.speed);
}

static void put_board(struct json_object *line, const struct event *event)
{
	json_put_string(line, "chip", event->board.chip);
	json_put_string(line, "stage", event->board.stage);
	json_put_string(line, "serial", event->board.serial);
	json_put_string(line, "speed", event->board.speed);
	json_put_string(line, "disk", event->board.disk);
	json_put_bool(line, "usable", !event->board.obstacle);
	json_put_string(line, "text", event->board.obstacle);
}

static void put_check(struct json_object *line, const struct event *event)
{
	json_put_string(line, "kind", event->check.kind);
	json_put_string(line, "chip", event->check.chip);
	if (strcmp(event->check.kind, "chip") != 0) {
		json_put_string(line, "text", event->check.text);
		return;
	}
	json_put_bool(line, "usable", event->check.bootcode);
	json_put_string(line, "bootcode", event->check.bootcode);
	json_put_string(line, "files", event->check.names);
}

static void put_hint(struct json_object *line, const struct event *event)
{
	json_put_string(line, "code", event->hint.code);
	json_put_string(line, "text", event->hint.text);
}

static void put_warning(struct json_object *line, const struct event *event)
{
	json_put_string(line, "code", event->warning.code);
	json_put_string(line, "text", event->warning.text);
}

static void put_written(struct json_object *line, const struct event *event)
{
	json_put_string(line, "path", event->written.path);
	json_put_int(line, "bytes", (int64_t)event->written.bytes);
	json_put_seconds(line, "seconds", event->written.seconds);
	json_put_string(line, "sha256", event->written.sha256);
	json_put_bool(line, "verified", event->written.verified);
}

static void put_progress(struct json_object *line, const struct event *event)
{
	json_put_string(line, "phase", event->progress.phase);
	json_put_int(line, "bytes", (int64_t)event->progress.bytes);
	json_put_int(line, "total", (int64_t)event->progress.total);
}

static void put_disk(struct json_object *line, const struct event *event)
{
	json_put_string(line, "path", event->disk.path);
	json_put_int(line, "bytes", (int64_t)event->disk.bytes);
	json_put_string(line, "model", event->disk.model);
}

static void put_eeprom(struct json_object *line, const struct event *event)
{
	json_put_string(line, "proof", event->eeprom.proof);
	json_put_string(line, "sha256", event->eeprom.sha256);
	json_put_string(line, "reported", event->eeprom.reported);
	json_put_string(line, "text", event->eeprom.text);
}

static void put_result(struct json_object *line, const struct event *event)
{
	json_put_bool(line, "ok", event->result.ok);
	json_put_int(line, "code", event->result.code);
	json_put_string(line, "text", event->result.text);
	json_put_seconds(line, "seconds", event->result.seconds);
}

static void put_summary(struct json_object *line, const struct event *event)
{
	json_put_int(line, "ok", (int)event->summary.ok);
	json_put_int(line, "failed", (int)event->summary.failed);
	json_put_seconds(line, "seconds", event->summary.seconds);
}

static void put_sent(struct json_object *line, const struct event *event)
{
	json_put_string(line, "name", event->sent.name);
	json_put_int(line, "bytes", (int64_t)event->sent.bytes);
	json_put_seconds(line, "seconds", event->sent.seconds);
}

static void put_missing(struct json_object *line, const struct event *event)
{
	json_put_string(line, "name", event->missing.name);
}

static void put_metadata(struct json_object *line, const struct event *event)
{
	json_put_string(line, "key", event->metadata.key);
	json_put_string(line, "value", event->metadata.value);
}

static void put_document(struct json_object *line, const struct event *event)
{
	json_put_string(line, "path", event->document.path);
	json_put_string(line, "text", event->document.why);
}

static void put_left(struct json_object *line, const struct event *event)
{
	json_put_bool(line, "done", event->left.done);
}

static void put_power(struct json_object *line, const struct event *event)
{
	json_put_string(line, "state", event->power.on ? "on" : "off");
}

/* The name of each event in JSON, and the function that adds the members of this event to the JSON
 * object. An event without a name is not printed as JSON. */
static const struct {
	const char *name;
	void (*put)(struct json_object *line, const struct event *event);
} events[] = {
	[EVENT_WAITING] = {"waiting", NULL},
	[EVENT_POWER] = {"power", put_power},
	[EVENT_HINT] = {"hint", put_hint},
	[EVENT_FOUND] = {"found", put_found},
	[EVENT_SENT] = {"sent", put_sent},
	[EVENT_MISSING] = {"missing", put_missing},
	[EVENT_METADATA] = {"metadata", put_metadata},
	[EVENT_DOCUMENT] = {"document", put_document},
	[EVENT_EEPROM] = {"eeprom", put_eeprom},
	[EVENT_LEFT] = {"left", put_left},
	[EVENT_DISK] = {"disk", put_disk},
	[EVENT_PROGRESS] = {"progress", put_progress},
	[EVENT_WRITTEN] = {"written", put_written},
	[EVENT_WARNING] = {"warning", put_warning},
	[EVENT_BOARD] = {"board", put_board},
	[EVENT_CHECK] = {"check", put_check},
	[EVENT_RESULT] = {"result", put_result},
	[EVENT_SUMMARY] = {"summary", put_summary},
};

static_assert(array_size(events) > EVENT_SUMMARY,
	      "the table events[] has no row for a value of enum event_type");

void report_json_event(const struct event *event, double seconds, FILE *results)
{
	const char *name = events[event->type].name;
	cleanup_free char *safe = NULL;
	struct json_object *line;

	/* Print the event for the JSON document of a board only if rpiboot saved the document to a
	 * file or failed to save it. Otherwise the event is not needed, because the output already
	 * has an event for each property in the document. */
	if (!name ||
	    (event->type == EVENT_DOCUMENT && !event->document.path && !event->document.why))
		return;
	line = json_object_new_object();
	if (!line)
		return;
	json_put_int(line, "v", JSON_VERSION);
	json_put_seconds(line, "time", seconds);
	json_put_string(line, "event", name);
	if (event->port)
		json_put_string(line, "port", event->port);
	if (events[event->type].put)
		events[event->type].put(line, event);
	safe = json_line(line);
	if (safe)
		fprintf(results, "%s\n", safe);
	json_object_put(line);
}
