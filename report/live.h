/* SPDX-License-Identifier: Apache-2.0 */
/* What each board is doing right now, how fast, and one line about each for a terminal. Composes
 * text; writes nothing. */
#ifndef REPORT_LIVE_H
#define REPORT_LIVE_H

#include "report/report.h"

#define LIVE_SAMPLES	 32
#define LIVE_SAMPLE_MS	 100 /* apart: the speed is that of about the last three seconds */
#define LIVE_COLUMNS_MAX 200

struct live;

struct live_board {
	struct live_board *next;
	char port[32];
	char chip[16];
	char doing[64]; /* "asks for files", "start4.elf", "writing /dev/sda"; printable ASCII */
	uint64_t bytes, total; /* of that; total 0: not known */
	bool counted;	       /* bytes means something */
	uint64_t told_ms;      /* used by who tells progress line by line; 0: never */
	size_t sample_count, sample_next;
	struct {
		uint64_t ms, bytes;
	} samples[LIVE_SAMPLES];
};

/* NULL: no memory. Ends with live_free() (NULL-safe, returns NULL). */
struct live *live_new(void);
struct live *live_free(struct live *live);

/* True where it changes what is shown. */
bool live_event(struct live *live, const struct event *event, uint64_t now_ms);

/* NULL: nothing is known of a board at this port. */
struct live_board *live_board(const struct live *live, const char *port);

/* Bytes a second, lately; 0: not known. */
double live_speed(const struct live_board *board);

/* Appends "35 %, 420.0 MiB of 1.2 GiB, 36.1 MB/s, 21 s left", as far as it is known. */
void live_describe(const struct live_board *board, char *ret, size_t size);

/* One line for each board, at most rows, none longer than columns; of more boards the last line
 * says how many. Calls line() with each. */
void live_draw(const struct live *live, unsigned int columns, unsigned int rows,
	       void (*line)(void *ctx, const char *text), void *ctx);

#endif
