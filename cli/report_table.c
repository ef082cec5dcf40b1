/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the boards of a batch as a table for people, or as CSV for a spreadsheet. */
#include "cli/report_internal.h"

#include "report/output.h"
#include "util/text.h"
#include "util/util.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CELL_SIZE 512
#define LINE_SIZE 512 /* holds all columns at full width */

enum column {
	COLUMN_SERIAL,
	COLUMN_MODEL,
	COLUMN_MEMORY,
	COLUMN_RESULT,
	COLUMN_CODE,
	COLUMN_PROOF,
	COLUMN_VERSION,
	COLUMN_BUILT,
	COLUMN_LOCKED,
	COLUMN_DISK,
	COLUMN_SECONDS,
	COLUMN_END,
	COLUMN_TEXT,
	COLUMNS
};

static const struct {
	const char *title;
	/* The width of the column in the text table, or 0 if only the CSV output has the column. */
	int width;
} columns[COLUMNS] = {
	[COLUMN_SERIAL] = {"serial", 16},  [COLUMN_MODEL] = {"model", 8},
	[COLUMN_MEMORY] = {"MiB", 5},	   [COLUMN_RESULT] = {"result", 10},
	[COLUMN_CODE] = {"code", 0},	   [COLUMN_PROOF] = {"proof", 10},
	[COLUMN_VERSION] = {"version", 8}, [COLUMN_BUILT] = {"built", 10},
	[COLUMN_LOCKED] = {"locked", 6},   [COLUMN_DISK] = {"disk", 10},
	[COLUMN_SECONDS] = {"seconds", 7}, [COLUMN_END] = {"end", 20},
	[COLUMN_TEXT] = {"text", 0},
};

enum report_result report_result(const struct record_facts *facts)
{
	if (!facts->has_record)
		return REPORT_UNRECORDED;
	if (!facts->ended)
		return REPORT_UNFINISHED;
	return facts->ok ? REPORT_OK : REPORT_FAILED;
}

const char *report_word(enum report_result result)
{
	static const char *const words[REPORT_RESULTS] = {"ok", "failed", "unfinished",
							  "unrecorded"};

	return words[result];
}

/* Formats a Unix time in seconds as a date in UTC, such as 2026-01-31. */
static void date_put(int64_t unix_s, char ret[CELL_SIZE])
{
	const time_t time_s = (time_t)unix_s;
	struct tm tm;

	if (unix_s > 0 && gmtime_r(&time_s, &tm))
		strftime(ret, CELL_SIZE, "%Y-%m-%d", &tm);
}

static const char *disk_word(const struct record_facts *facts)
{
	if (!facts->disk_written)
		return "";
	return facts->disk_verified ? "verified" : "unverified";
}

/* Fills the table row of one board. A cell is empty if its value is unknown. */
static void board_fill(char cells[COLUMNS][CELL_SIZE], const struct report_row *row)
{
	const struct record_facts *facts = &row->facts;
	const char *const texts[COLUMNS] = {
		[COLUMN_SERIAL] = row->serial,
		[COLUMN_MODEL] = row->revision.model,
		[COLUMN_RESULT] = report_word(report_result(facts)),
		[COLUMN_PROOF] = facts->proof,
		[COLUMN_VERSION] = facts->version,
		[COLUMN_LOCKED] = facts->lock == RECORD_LOCKED	   ? "yes"
				  : facts->lock == RECORD_UNLOCKED ? "no"
								   : "",
		[COLUMN_DISK] = disk_word(facts),
		[COLUMN_END] = facts->end,
		[COLUMN_TEXT] = facts->text,
	};

	for (enum column i = 0; i < COLUMNS; i++)
		snprintf(cells[i], CELL_SIZE, "%s", texts[i] ? texts[i] : "");
	if (row->revision.memory_mib)
		snprintf(cells[COLUMN_MEMORY], CELL_SIZE, "%" PRIu32, row->revision.memory_mib);
	date_put(facts->build_time_s, cells[COLUMN_BUILT]);
	if (!facts->ended)
		return;
	snprintf(cells[COLUMN_CODE], CELL_SIZE, "%d", facts->code);
	snprintf(cells[COLUMN_SECONDS], CELL_SIZE, "%.0f", facts->seconds);
}

/* Fills the row of a board or, if row is NULL, the row with the titles of the columns. */
static void cells_fill(char cells[COLUMNS][CELL_SIZE], const struct report_row *row)
{
	if (row)
		board_fill(cells, row);
	else
		for (enum column i = 0; i < COLUMNS; i++)
			snprintf(cells[i], CELL_SIZE, "%s", columns[i].title);
}

void report_print_text(const struct report_row *row)
{
	char cells[COLUMNS][CELL_SIZE], line[LINE_SIZE] = "";
	size_t used;

	cells_fill(cells, row);
	for (enum column i = 0; i < COLUMNS; i++)
		if (columns[i].width)
			text_add(line, sizeof(line), "%-*.64s  ", columns[i].width,
				 cells[i][0] ? cells[i] : "-");
	used = strlen(line);
	while (used > 0 && line[used - 1] == ' ')
		line[--used] = '\0';
	output_line("%s", line);
}

/* Prints a table cell in quotation marks for CSV. An apostrophe precedes a text that begins with =,
 * +, - or @, because spreadsheets take such a text for a formula. */
static void csv_print_cell(const char *cell)
{
	char safe[CELL_SIZE * TEXT_GROWTH];

	text_printable(cell, safe, sizeof(safe));
	output_bytes("\"", 1);
	if (safe[0] && strchr("=+-@", safe[0]))
		output_bytes("'", 1);
	for (const char *p = safe; *p; p++)
		output_bytes(*p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
	output_bytes("\"", 1);
}

void report_print_csv(const struct report_row *row)
{
	char cells[COLUMNS][CELL_SIZE];

	cells_fill(cells, row);
	for (enum column i = 0; i < COLUMNS; i++) {
		if (i > 0)
			output_bytes(",", 1);
		csv_print_cell(cells[i]);
	}
	output_bytes("\n", 1);
}
