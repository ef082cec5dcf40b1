/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the current activity and speed of each board, and composes one progress line per board for
 * a terminal. These functions do not write to the terminal. */
#ifndef REPORT_LIVE_H
#define REPORT_LIVE_H

#include "report/report.h"

#define LIVE_SAMPLES 32
/* The minimum time in milliseconds between two samples of the byte count of a transfer. The speed
 * of the transfer is computed from the last 32 samples. */
#define LIVE_SAMPLE_MS	 100
#define LIVE_COLUMNS_MAX 200

struct live;

struct live_board {
	struct live_board *next;
	char port[32];
	char chip[16];
	/* The current activity of the board in printable ASCII, such as "start4.elf" (the file
	 * being sent) or "writing /dev/sda". */
	char doing[64];
	/* The number of bytes of the current file or disk that have been transferred, and the total
	 * number to transfer. The total is 0 if it is unknown. */
	uint64_t bytes, total;
	bool counted; /* bytes and total are valid */
	/* The board has received an EEPROM image. The board checks and writes this image after it
	 * has requested its last file. */
	bool has_eeprom_image;
	/* The time in milliseconds when the last progress line of this board was printed, or 0. On
	 * a terminal, the progress line is redrawn in place, and this time is not used. */
	uint64_t printed_ms;
	size_t sample_count, sample_next;
	struct {
		uint64_t ms, bytes;
	} samples[LIVE_SAMPLES];
};

/* Creates an empty set of boards whose activity is shown on a terminal.
 * Returns: the set, or NULL (out of memory).
 * Ownership: the caller frees the set with live_free(), which accepts NULL and returns NULL. */
struct live *live_new(void);
struct live *live_free(struct live *live);

/* Updates the activity, such as "writing /dev/sda", of the board that an event concerns.
 * Returns: true if the progress lines on the terminal must change. */
bool live_event(struct live *live, const struct event *event, uint64_t now_ms);

/* Returns: the board at this USB port path, or NULL if no board is known there. */
struct live_board *live_board(const struct live *live, const char *port);

/* Returns: the recent transfer speed of a board in bytes per second, or 0 if it is unknown. */
double live_speed(const struct live_board *board);

/* Appends the progress of a board to a text, for example "35 %, 420.0 MiB of 1.20 GiB, 36.1 MiB/s,
 * 21 s left". Omits values that are unknown. */
void live_describe(const struct live_board *board, char *ret, size_t size);

/* Composes a progress line of at most `columns` characters for each board, and passes each line to
 * the callback line(). If there are more boards than `rows`, the last line states the number of the
 * remaining boards. */
void live_draw(const struct live *live, unsigned int columns, unsigned int rows,
	       void (*line)(void *ctx, const char *text), void *ctx);

#endif
