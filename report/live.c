/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the current activity of each board, and composes the progress lines that show these
 * activities at the bottom of a terminal. */
#include "report/live.h"

#include "boot/recovery.h"
#include "util/text.h"
#include "util/util.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The progress bar of a board has 20 columns, or 10 if the terminal is narrower than 100
 * columns. */
#define BAR_COLUMNS 20
#define BAR_WIDE    100

struct live {
	struct live_board *boards; /* linked list in the order of arrival */
	size_t count;
};

struct live *live_new(void)
{
	return calloc(1, sizeof(struct live));
}

static void live_remove(struct live *live, struct live_board *board)
{
	struct live_board **at = &live->boards;

	while (*at != board)
		at = &(*at)->next;
	*at = board->next;
	free(board);
	live->count--;
}

struct live *live_free(struct live *live)
{
	if (!live)
		return NULL;
	while (live->boards)
		live_remove(live, live->boards);
	free(live);
	return NULL;
}

struct live_board *live_board(const struct live *live, const char *port)
{
	for (struct live_board *board = live->boards; port && board; board = board->next)
		if (strcmp(board->port, port) == 0)
			return board;
	return NULL;
}

static struct live_board *live_add(struct live *live, const char *port)
{
	struct live_board *board = live_board(live, port), **at = &live->boards;

	if (board)
		return board;
	board = calloc(1, sizeof(*board));
	if (!board)
		return NULL;
	snprintf(board->port, sizeof(board->port), "%s", port);
	while (*at)
		at = &(*at)->next;
	*at = board;
	live->count++;
	return board;
}

/* Replaces characters outside ASCII with '?', because a terminal may show them with a width of zero
 * or two columns. */
static void ascii(const char *bytes, char *ret, size_t size)
{
	text_printable(bytes, ret, size);
	for (; *ret; ret++)
		if (*ret < 0x20 || *ret > 0x7e)
			*ret = '?';
}

static void board_does(struct live_board *board, const char *doing)
{
	char text[sizeof(board->doing)];

	ascii(doing, text, sizeof(text));
	if (strcmp(text, board->doing) == 0)
		return;
	strcpy(board->doing, text);
	board->sample_count = board->sample_next = 0;
	board->counted = false;
	board->printed_ms = 0;
}

static void board_counts(struct live_board *board, uint64_t bytes, uint64_t total, uint64_t now_ms)
{
	size_t last = (board->sample_next + LIVE_SAMPLES - 1) % LIVE_SAMPLES;

	if (board->sample_count && bytes < board->samples[last].bytes)
		/* The number of sent bytes decreased, so the board requested the file again.
		 * Measure the speed from the beginning. */
		board->sample_count = board->sample_next = 0;
	board->counted = true;
	board->bytes = bytes;
	board->total = total;
	if (board->sample_count && now_ms < board->samples[last].ms + LIVE_SAMPLE_MS)
		return;
	board->samples[board->sample_next].ms = now_ms;
	board->samples[board->sample_next].bytes = bytes;
	board->sample_next = (board->sample_next + 1) % LIVE_SAMPLES;
	board->sample_count += board->sample_count < LIVE_SAMPLES;
}

double live_speed(const struct live_board *board)
{
	size_t last = (board->sample_next + LIVE_SAMPLES - 1) % LIVE_SAMPLES;
	size_t first = (board->sample_next + LIVE_SAMPLES - board->sample_count) % LIVE_SAMPLES;
	uint64_t ms;

	if (board->sample_count < 2)
		return 0;
	ms = board->samples[last].ms - board->samples[first].ms;
	return (double)(board->samples[last].bytes - board->samples[first].bytes) * 1000 /
	       (double)ms;
}

/* Shows in the progress line of a USB port that the power of the port is off or on again. If no
 * board was found on the port, the line disappears when the power is on again. */
static bool live_power(struct live *live, const struct event *event)
{
	struct live_board *board =
		event->power.on ? live_board(live, event->port) : live_add(live, event->port);

	if (!board)
		return false;
	board_does(board, event->power.on ? "power is on" : "power is off");
	if (!event->power.on || board->chip[0])
		return true;
	live_remove(live, board);
	return true;
}

static bool live_found(struct live *live, const struct event *event)
{
	struct live_board *board = live_add(live, event->port);

	if (!board)
		return false;
	snprintf(board->chip, sizeof(board->chip), "%s", event->found.chip);
	board->has_eeprom_image = false;
	board_does(board, strcmp(event->found.stage, "rom") == 0 ? "boot ROM" : "second stage");
	return true;
}

bool live_event(struct live *live, const struct event *event, uint64_t now_ms)
{
	struct live_board *board = live_board(live, event->port);
	char doing[sizeof(board->doing)];

	if (event->type == EVENT_POWER)
		return live_power(live, event);
	if (event->type == EVENT_FOUND)
		return live_found(live, event);
	if (!board)
		return false;
	switch (event->type) {
	case EVENT_SENDING:
		board_does(board, event->sending.name);
		board_counts(board, event->sending.bytes, event->sending.total, now_ms);
		return true;
	case EVENT_SENT:
		board->has_eeprom_image |= recovery_is_image(event->sent.name);
		if (board->has_eeprom_image)
			board_does(board, "waiting for the board to write its EEPROM");
		return board->has_eeprom_image;
	case EVENT_PROGRESS:
		snprintf(doing, sizeof(doing), "%s %s",
			 strcmp(event->progress.phase, "verify") == 0 ? "verifying" : "writing",
			 event->progress.path);
		board_does(board, doing);
		board_counts(board, event->progress.bytes, event->progress.total, now_ms);
		return true;
	case EVENT_EEPROM:
		snprintf(doing, sizeof(doing), "EEPROM %s", event->eeprom.proof);
		board_does(board, doing);
		return true;
	case EVENT_LEFT:
		board_does(board, event->left.done ? "starting" : "left the bus");
		return true;
	case EVENT_RESULT:
		live_remove(live, board);
		return true;
	case EVENT_HINT:
		if (strcmp(event->hint.code, "power-cycle") == 0)
			board_does(board, "switch its power off and on");
		return false;
	case EVENT_FOUND:
	case EVENT_POWER:
	case EVENT_WAITING:
	case EVENT_NOTE:
	case EVENT_MISSING:
	case EVENT_METADATA:
	case EVENT_DOCUMENT:
	case EVENT_DISK:
	case EVENT_WRITTEN:
	case EVENT_WARNING:
	case EVENT_BOARD:
	case EVENT_CHECK:
	case EVENT_SUMMARY:
		break;
	}
	return false;
}

static void add_size(char *ret, size_t size, uint64_t bytes)
{
	if (bytes >= UINT64_C(1) << 30)
		text_add(ret, size, "%.2f GiB", (double)bytes / (1 << 30));
	else
		text_add(ret, size, "%.1f MiB", (double)bytes / (1 << 20));
}

static unsigned int board_percent(const struct live_board *board)
{
	double percent = (double)board->bytes * 100 / (double)board->total;

	return percent > 100 ? 100 : (unsigned int)percent;
}

static void add_time_left(const struct live_board *board, double speed, char *ret, size_t size)
{
	uint64_t left_s;

	if (!board->total || board->bytes >= board->total || speed <= 0)
		return;
	left_s = (uint64_t)((double)(board->total - board->bytes) / speed + 0.5);
	if (left_s >= 100 * 3600)
		return;
	if (left_s >= 60)
		text_add(ret, size, ", %" PRIu64 " min %02" PRIu64 " s left", left_s / 60,
			 left_s % 60);
	else
		text_add(ret, size, ", %" PRIu64 " s left", left_s);
}

static void add_amount(const struct live_board *board, char *ret, size_t size)
{
	add_size(ret, size, board->bytes);
	if (board->total) {
		text_add(ret, size, " of ");
		add_size(ret, size, board->total);
	}
}

static void add_pace(const struct live_board *board, char *ret, size_t size)
{
	double speed = live_speed(board);

	if (speed > 0)
		text_add(ret, size, ", %.1f MiB/s", speed / (1 << 20));
	add_time_left(board, speed, ret, size);
}

void live_describe(const struct live_board *board, char *ret, size_t size)
{
	if (board->total)
		text_add(ret, size, "%u %%, ", board_percent(board));
	add_amount(board, ret, size);
	add_pace(board, ret, size);
}

static void add_bar(const struct live_board *board, char *ret, size_t size)
{
	unsigned int columns = size > BAR_WIDE ? BAR_COLUMNS : BAR_COLUMNS / 2;
	unsigned int done = board_percent(board) * columns / 100;

	text_add(ret, size, " [");
	for (unsigned int i = 0; i < columns; i++)
		text_add(ret, size, "%c", i < done ? '#' : '.');
	text_add(ret, size, "]");
}

/* Composes the progress line of one board. The important parts come first, because a narrow
 * terminal cuts off the end of the line. */
static void board_line(const struct live_board *board, char *ret, size_t size)
{
	char amount[64] = "";

	ret[0] = '\0';
	text_add(ret, size, "%s%s%s: %s", board->port, board->chip[0] ? " " : "", board->chip,
		 board->doing);
	if (!board->counted)
		return;
	add_amount(board, amount, sizeof(amount));
	if (board->total) {
		add_bar(board, ret, size);
		text_add(ret, size, " %u %%", board_percent(board));
	} else {
		text_add(ret, size, " %s", amount);
	}
	add_pace(board, ret, size);
	if (board->total && strlen(ret) + 2 + strlen(amount) < size)
		text_add(ret, size, ", %s", amount);
}

void live_draw(const struct live *live, unsigned int columns, unsigned int rows,
	       void (*line)(void *ctx, const char *text), void *ctx)
{
	char text[LIVE_COLUMNS_MAX + 1];
	size_t size = columns < LIVE_COLUMNS_MAX ? columns + 1 : sizeof(text);
	size_t shown = live->count <= rows ? live->count : rows ? rows - 1 : 0, i = 0;

	for (const struct live_board *board = live->boards; board && i < shown;
	     board = board->next, i++) {
		board_line(board, text, size);
		line(ctx, text);
	}
	if (rows && live->count > shown) {
		snprintf(text, size, "... and %zu more", live->count - shown);
		line(ctx, text);
	}
}
