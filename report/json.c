/* SPDX-License-Identifier: Apache-2.0 */
/* Prints events for programs, with one JSON object per line. New versions of rpiboot may add
 * fields. The number "v" increases if a field is removed or changes its meaning. */
#include "report/internal.h"
#include "report/json_put.h"

#include "util/util.h"

#include <json.h>
#include <string.h>

#define JSON_VERSION 1

static void put_bytes(struct json_object *line, uint64_t bytes)
{
	json_put_int(line, "bytes", (int64_t)bytes);
}

/* The names of the events in JSON. An event without a name is not printed as JSON. */
static const char *const event_names[] = {
	[EVENT_WAITING] = "waiting",   [EVENT_HINT] = "hint",	    [EVENT_FOUND] = "found",
	[EVENT_SENT] = "sent",	       [EVENT_MISSING] = "missing", [EVENT_METADATA] = "metadata",
	[EVENT_DOCUMENT] = "document", [EVENT_LEFT] = "left",	    [EVENT_DISK] = "disk",
	[EVENT_PROGRESS] = "progress", [EVENT_WRITTEN] = "written", [EVENT_WARNING] = "warning",
	[EVENT_BOARD] = "board",       [EVENT_CHECK] = "check",	    [EVENT_RESULT] = "result",
	[EVENT_SUMMARY] = "summary",   [EVENT_SENDING] = NULL,	    [EVENT_NOTE] = NULL,
	[EVENT_EEPROM] = "eeprom",     [EVENT_POWER] = "power",
};

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

static void put_coded(struct json_object *line, const char *code, const char *text)
{
	json_put_string(line, "code", code);
	json_put_string(line, "text", text);
}

static void put_written(struct json_object *line, const struct event *event)
{
	json_put_string(line, "path", event->written.path);
	put_bytes(line, event->written.bytes);
	json_put_seconds(line, "seconds", event->written.seconds);
	json_put_string(line, "sha256", event->written.sha256);
	json_put_bool(line, "verified", event->written.verified);
}

static void put_progress(struct json_object *line, const struct event *event)
{
	json_put_string(line, "phase", event->progress.phase);
	put_bytes(line, event->progress.bytes);
	json_put_int(line, "total", (int64_t)event->progress.total);
}

static void put_disk(struct json_object *line, const struct event *event)
{
	json_put_string(line, "path", event->disk.path);
	put_bytes(line, event->disk.bytes);
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
	put_bytes(line, event->sent.bytes);
	json_put_seconds(line, "seconds", event->sent.seconds);
}

static void put_fields(struct json_object *line, const struct event *event)
{
	switch (event->type) {
	case EVENT_FOUND:
		put_found(line, event);
		break;
	case EVENT_SENT:
		put_sent(line, event);
		break;
	case EVENT_MISSING:
		json_put_string(line, "name", event->missing.name);
		break;
	case EVENT_METADATA:
		json_put_string(line, "key", event->metadata.key);
		json_put_string(line, "value", event->metadata.value);
		break;
	case EVENT_DOCUMENT:
		json_put_string(line, "path", event->document.path);
		json_put_string(line, "text", event->document.why);
		break;
	case EVENT_EEPROM:
		put_eeprom(line, event);
		break;
	case EVENT_LEFT:
		json_put_bool(line, "done", event->left.done);
		break;
	case EVENT_DISK:
		put_disk(line, event);
		break;
	case EVENT_HINT:
		put_coded(line, event->hint.code, event->hint.text);
		break;
	case EVENT_PROGRESS:
		put_progress(line, event);
		break;
	case EVENT_WRITTEN:
		put_written(line, event);
		break;
	case EVENT_WARNING:
		put_coded(line, event->warning.code, event->warning.text);
		break;
	case EVENT_BOARD:
		put_board(line, event);
		break;
	case EVENT_CHECK:
		put_check(line, event);
		break;
	case EVENT_RESULT:
		put_result(line, event);
		break;
	case EVENT_SUMMARY:
		put_summary(line, event);
		break;
	case EVENT_POWER:
		json_put_string(line, "state", event->power.on ? "on" : "off");
		break;
	case EVENT_WAITING:
	case EVENT_NOTE:
	case EVENT_SENDING:
		break;
	}
}

void report_json_event(const struct report_config *config, const struct event *event,
		       double seconds, FILE *results)
{
	const char *name = event_names[event->type];
	cleanup_free char *safe = NULL;
	struct json_object *line;

	/* JSON output contains every event, even with -q, so config is not used. */
	(void)config;
	/* Each property that a board reports is already printed as an event. The event for the JSON
	 * document with all properties is therefore printed only if the document was saved to a
	 * file or could not be saved. */
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
	put_fields(line, event);
	safe = json_line(line);
	if (safe)
		fprintf(results, "%s\n", safe);
	json_object_put(line);
}
