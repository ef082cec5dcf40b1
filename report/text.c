/* SPDX-License-Identifier: Apache-2.0 */
/* Prints events for people as plain lines on stderr, and results on stdout. A line about a board
 * begins with its port path. Each line is made safe for terminals and written at once, so that
 * lines of several programs do not mix. */
#include "report/internal.h"

#include "util/error.h"
#include "report/live.h"
#include "util/text.h"

#include <inttypes.h>
#include <string.h>

/* The size of a buffer for one printed line before special characters are escaped. Longer lines are
 * cut off. */
#define LINE_SIZE    2048
#define SIZE_SIZE    64
#define LIST_COLUMNS 80
#define LIST_INDENT  "    "
#define COLOR_RED    "\033[31m"
#define COLOR_GREEN  "\033[32m"
#define COLOR_OFF    "\033[0m"
#define COLORS_SIZE  sizeof(COLOR_GREEN COLOR_OFF "\n") /* room for escape sequences  \ */
/* A verbosity that the user cannot select, because it is higher than that of -vv. Events with this
 * verbosity are never printed as text. */
#define REPORT_NEVER 100

static bool has_text(const char *text)
{
	return text && *text;
}

/* Appends formatted text to a buffer of LINE_SIZE bytes, which holds one line of output. */
#define line_add(line, ...) text_add(line, LINE_SIZE, __VA_ARGS__)

/* Prints one line with a single fwrite(), so that lines of several programs on stderr do not mix.
 * fprintf() does the same only with glibc. color is an escape sequence, or "". */
static void line_write(const char *line, const char *color, FILE *out)
{
	char safe[LINE_SIZE * TEXT_GROWTH + 1], whole[sizeof(safe) + COLORS_SIZE];
	int size;

	text_printable(line, safe, sizeof(safe));
	size = snprintf(whole, sizeof(whole), "%s%s%s\n", color, safe, color[0] ? COLOR_OFF : "");
	fwrite(whole, 1, (size_t)size, out);
	fflush(out);
}

static void size_format(char *ret, uint64_t bytes, int verbosity)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(ret, SIZE_SIZE, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
		return;
	}
	/* The number is shown with one decimal place. From 1023.95 on, it would be shown as 1024.0,
	 * so use the next larger unit. */
	while (value >= 1023.95 && unit < 3) {
		value /= 1024;
		unit++;
	}
	if (verbosity > 0)
		snprintf(ret, SIZE_SIZE, "%.1f %s (%" PRIu64 " bytes)", value, units[unit], bytes);
	else
		snprintf(ret, SIZE_SIZE, "%.1f %s", value, units[unit]);
}

static int found_add(char *line, const struct event *event)
{
	bool rom = !strcmp(event->found.stage, "rom");

	line_add(line, "%s", event->found.chip);
	if (rom && has_text(event->found.boards))
		line_add(line, " (%s)", event->found.boards);
	if (!rom)
		line_add(line, " requests files");
	if (rom && has_text(event->found.serial))
		line_add(line, ", serial %s", event->found.serial);
	if (has_text(event->found.speed))
		line_add(line, ", %s speed", event->found.speed);
	if (has_text(event->found.firmware))
		line_add(line, "; firmware from '%s'", event->found.firmware);
	return 0;
}

static void disk_add(char *line, const struct event *event, int verbosity)
{
	char size[SIZE_SIZE] = "size not known";

	if (event->disk.bytes)
		size_format(size, event->disk.bytes, verbosity);
	line_add(line, "%s is here: %s", event->disk.path, size);
	if (has_text(event->disk.model))
		line_add(line, ", %s", event->disk.model);
}

static int sent_add(char *line, const struct event *event, int verbosity)
{
	char size[SIZE_SIZE];

	size_format(size, event->sent.bytes, verbosity);
	line_add(line, "sent %s, %s in %.2f s", event->sent.name, size, event->sent.seconds);
	return 0;
}

static int written_add(char *line, const struct event *event, int verbosity)
{
	char size[SIZE_SIZE];
	double seconds = event->written.seconds;

	size_format(size, event->written.bytes, verbosity);
	line_add(line, "wrote %s, %s in %.1f s", event->written.path, size, seconds);
	if (seconds > 0)
		line_add(line, " (%.1f MiB/s)", (double)event->written.bytes / seconds / (1 << 20));
	line_add(line, event->written.verified ? ", verified" : ", NOT verified (--no-verify)");
	if (verbosity > 0)
		line_add(line, ", sha256 %s", event->written.sha256);
	for (size_t i = 0; i < event->written.partition_count; i++) {
		const struct event_partition *partition = &event->written.partitions[i];

		size_format(size, partition->bytes, 0);
		line_add(line, "%s%s %s", i ? ", " : "; partitions: ", partition->path, size);
	}
	return 0;
}

/* Finds the place to break a long line of text, so that the line has at most `columns` columns. A
 * single long word is not broken.
 * Returns: the number of bytes before the line break. */
static size_t wrap_at(const char *text, unsigned int columns)
{
	size_t word_end = strspn(text, " ");
	unsigned int used = 0;

	word_end += strcspn(text + word_end, " ");
	for (size_t i = 0; text[i]; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80 && ++used > columns)
			return word_end;
		if (text[i] != ' ' && (text[i + 1] == ' ' || !text[i + 1]))
			word_end = i + 1;
	}
	return word_end;
}

/* Prints one line of the table of --list. A line that is too wide continues on an indented line
 * below. */
static void list_write(const char *line, FILE *out)
{
	char safe[LINE_SIZE * TEXT_GROWTH + 1];
	const char *at = safe, *indent = "";

	text_printable(line, safe, sizeof(safe));
	while (*at) {
		size_t bytes = wrap_at(at, LIST_COLUMNS - (unsigned int)strlen(indent));

		fprintf(out, "%s%.*s\n", indent, (int)bytes, at);
		at += bytes;
		at += strspn(at, " ");
		indent = LIST_INDENT;
	}
}

static void board_put(const struct event *event, FILE *results)
{
	char line[LINE_SIZE] = "", why[LINE_SIZE] = LIST_INDENT;

	line_add(line, "%-10s %-8s %-9s %-6s %-17s %-10s %s", event->port,
		 has_text(event->board.chip) ? event->board.chip : "-", event->board.stage,
		 event->board.speed, has_text(event->board.serial) ? event->board.serial : "-",
		 has_text(event->board.disk) ? event->board.disk : "-",
		 event->board.obstacle ? "no" : "yes");
	list_write(line, results);
	if (event->board.obstacle) {
		line_add(why, "%s", event->board.obstacle);
		list_write(why, results);
	}
}

void report_text_board_head(FILE *results)
{
	fprintf(results, "%-10s %-8s %-9s %-6s %-17s %-10s %s\n", "PORT", "CHIP", "STAGE", "SPEED",
		"SERIAL", "DISK", "USABLE");
}

static void check_put(const struct event *event, FILE *results)
{
	char line[LINE_SIZE] = "";

	if (event->check.text)
		line_add(line, "%s: %s", event->check.kind, event->check.text);
	else if (!event->check.bootcode)
		line_add(line, "%s: no boot files", event->check.chip);
	else
		line_add(line, "%s: usable: %s%s%s", event->check.chip, event->check.bootcode,
			 has_text(event->check.names) ? ", " : "",
			 has_text(event->check.names) ? event->check.names : "");
	line_write(line, "", results);
}

static int result_add(char *line, const struct event *event)
{
	if (event->result.ok)
		line_add(line, "ok, %.1f s", event->result.seconds);
	else
		line_add(line, "FAILED");
	if (has_text(event->result.text))
		line_add(line, ": %s", event->result.text);
	return event->result.ok ? 0 : -1;
}

static int document_add(char *line, const struct event *event)
{
	if (event->document.why)
		line_add(line, "warning: %s; the metadata of the board is printed on stdout",
			 event->document.why);
	else if (event->document.path)
		line_add(line, "the metadata of the board is in '%s'", event->document.path);
	else
		return REPORT_NEVER;
	return event->document.why ? -1 : 0;
}

static int summary_add(char *line, const struct event *event)
{
	unsigned int boards = event->summary.ok + event->summary.failed;

	line_add(line, "%u board%s: %u ok, %u failed, in %.1f s", boards, boards == 1 ? "" : "s",
		 event->summary.ok, event->summary.failed, event->summary.seconds);
	return 0;
}

/* Adds a warning about the boot files to `line`. Errors are not added here, because the program
 * prints them when it ends. */
static int check_add(char *line, const struct event *event)
{
	line_add(line, "%s: %s", event->check.kind, event->check.text);
	return event->check.serving && strcmp(event->check.kind, "warning") == 0 ? 0 : REPORT_NEVER;
}

/* Writes the text of an event to `line`.
 * Returns: the verbosity from which on the user sees this text, such as 1 for the option -v. */
static int event_add(char *line, const struct report_config *config, const struct event *event)
{
	switch (event->type) {
	case EVENT_WAITING:
		line_add(line, "Waiting for a board in USB boot mode ... (Ctrl-C ends it)");
		return 0;
	case EVENT_NOTE:
		line_add(line, "%s", event->note.text);
		return event->note.level;
	case EVENT_POWER:
		line_add(line, event->power.on ? "the power of this port is on again"
					       : "the power of this port is off for a moment");
		return 0;
	case EVENT_HINT:
		line_add(line, "%s", event->hint.text);
		return 0;
	case EVENT_FOUND:
		return found_add(line, event);
	case EVENT_SENT:
		return sent_add(line, event, config->verbosity);
	case EVENT_MISSING:
		line_add(line, "%s is missing (usually harmless)", event->missing.name);
		return 1;
	case EVENT_METADATA:
		line_add(line, "reports %s: %s", event->metadata.key, event->metadata.value);
		return 1;
	case EVENT_DOCUMENT:
		return document_add(line, event);
	case EVENT_LEFT:
		line_add(line, event->left.done ? "sent the message Done and left the bus"
						: "left the bus without the message Done");
		return 1;
	case EVENT_DISK:
		disk_add(line, event, config->verbosity);
		/* The path of a disk is a result, so rpiboot prints it even with -q. The path goes
		 * to stderr if stdout is only for the JSON document of the board. */
		return config->document_on_stdout ? -1 : 0;
	/* Print no line of text for these events. Other functions print the progress, the list of
	 * --list and the result of an EEPROM update. */
	case EVENT_EEPROM:
	case EVENT_PROGRESS:
	case EVENT_SENDING:
	case EVENT_BOARD:
		return REPORT_NEVER;
	case EVENT_CHECK:
		return check_add(line, event);
	case EVENT_WRITTEN:
		return written_add(line, event, config->verbosity);
	case EVENT_WARNING:
		line_add(line, "warning: %s", event->warning.text);
		return 0;
	case EVENT_RESULT:
		return result_add(line, event);
	case EVENT_SUMMARY:
		return summary_add(line, event);
	}
	return 0;
}

static const char *event_color(const struct report_config *config, const struct event *event)
{
	if (!config->colors || event->type != EVENT_RESULT)
		return "";
	return event->result.ok ? COLOR_GREEN : COLOR_RED;
}

void report_text_event(const struct report_config *config, const struct event *event, FILE *talk,
		       FILE *results)
{
	char line[LINE_SIZE] = "";
	int level;

	if (event->type == EVENT_DOCUMENT && !event->document.path)
		fprintf(results, "%s\n", event->document.text);
	if (event->type == EVENT_BOARD)
		board_put(event, results);
	if (event->type == EVENT_CHECK && !event->check.serving)
		check_put(event, results);
	if (event->type == EVENT_SUMMARY && event->summary.ok <= 1 && !event->summary.failed)
		/* For one successful board, the summary would only repeat the result line of the
		 * board, so do not print it. */
		return;
	if (event->port)
		line_add(line, "%s: ", event->port);
	level = event_add(line, config, event);
	if (config->verbosity >= level)
		line_write(line, event_color(config, event), talk);
	if (event->type == EVENT_DISK && !config->document_on_stdout)
		fprintf(results, "%s\n", event->disk.path);
}

void report_text_progress(const char *port, const struct live_board *board, FILE *talk)
{
	char line[LINE_SIZE] = "";

	line_add(line, "%s: %s: ", port, board->doing);
	live_describe(board, line, sizeof(line));
	line_write(line, "", talk);
}

void report_text_error(const struct error *error, FILE *talk)
{
	char line[LINE_SIZE] = "rpiboot: ";

	line_add(line, "%s", error->text);
	line_write(line, "", talk);
}
