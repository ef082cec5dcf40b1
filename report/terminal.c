/* SPDX-License-Identifier: Apache-2.0 */
/* Draws and erases the progress lines of the boards with the escape sequences of a terminal. */
#include "report/terminal.h"

#include "report/live.h"
#include "util/util.h"

#include <string.h>
#include <sys/ioctl.h>

#define TERMINAL_ROWS_MAX 100
#define TERMINAL_COLUMNS  80 /* used if the terminal reports no size */
#define TERMINAL_ROWS	  24

struct terminal {
	FILE *talk;
	bool colors;
	size_t lines;				 /* number of lines on the screen */
	unsigned int lengths[TERMINAL_ROWS_MAX]; /* length of each line in characters */
	FILE *out;				 /* receives the lines of terminal_draw() */
	unsigned int columns, rows;
};

struct terminal *terminal_new(FILE *talk)
{
	const char *type = getenv("TERM"), *no_color = getenv("NO_COLOR");
	struct terminal *terminal;

	if (!isatty(fileno(talk)) || !type || !type[0] || strcmp(type, "dumb") == 0)
		return NULL;
	terminal = calloc(1, sizeof(*terminal));
	if (!terminal)
		return NULL;
	terminal->talk = talk;
	terminal->colors = !no_color || !no_color[0];
	return terminal;
}

struct terminal *terminal_free(struct terminal *terminal)
{
	if (!terminal)
		return NULL;
	terminal_erase(terminal, terminal->talk);
	fflush(terminal->talk);
	free(terminal);
	return NULL;
}

bool terminal_has_colors(const struct terminal *terminal)
{
	return terminal && terminal->colors;
}

static void terminal_measure(struct terminal *terminal)
{
	struct winsize size = {0};

	if (ioctl(fileno(terminal->talk), TIOCGWINSZ, &size) < 0)
		size.ws_col = size.ws_row = 0;
	terminal->columns = size.ws_col ? size.ws_col : TERMINAL_COLUMNS;
	terminal->rows = size.ws_row ? size.ws_row : TERMINAL_ROWS;
}

void terminal_erase(struct terminal *terminal, FILE *out)
{
	unsigned int rows = 0;

	if (!terminal->lines)
		return;
	/* If the user made the terminal narrower, it has wrapped the progress lines. They occupy
	 * more rows now, which must all be erased. */
	terminal_measure(terminal);
	for (size_t i = 0; i < terminal->lines; i++)
		rows += terminal->lengths[i] ? (terminal->lengths[i] - 1) / terminal->columns + 1
					     : 1;
	if (rows >= terminal->rows)
		rows = terminal->rows - 1;
	fputc('\r', out);
	if (rows)
		fprintf(out, "\033[%uA", rows);
	fputs("\033[J", out);
	terminal->lines = 0;
}

static void terminal_line(void *ctx, const char *text)
{
	struct terminal *terminal = ctx;

	terminal->lengths[terminal->lines++] = (unsigned int)strlen(text);
	fprintf(terminal->out, "%s\n", text);
}

void terminal_draw(struct terminal *terminal, const struct live *live, FILE *out)
{
	unsigned int rows;

	terminal_erase(terminal, out);
	terminal_measure(terminal);
	rows = terminal->rows - 1;
	terminal->out = out;
	live_draw(live, terminal->columns - 1, rows < TERMINAL_ROWS_MAX ? rows : TERMINAL_ROWS_MAX,
		  terminal_line, terminal);
}
