/* SPDX-License-Identifier: Apache-2.0 */
/* The live state of each board: its speed, its time left, and its line on a terminal of any width.
 * tests/cli/test_terminal.sh tests a real terminal. */
#include "report/live.h"
#include "util/util.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

static struct live *live_with(unsigned int boards)
{
	struct live *live = live_new();
	char port[16];

	assert_non_null(live);
	for (unsigned int i = 1; i <= boards; i++) {
		const struct event found = {
			.type = EVENT_FOUND,
			.port = port,
			.found = {.chip = "BCM2711", .stage = "rom"},
		};

		snprintf(port, sizeof(port), "1-%u", i);
		assert_true(live_event(live, &found, 0));
	}
	return live;
}

static bool progress(struct live *live, const char *phase, uint64_t bytes, uint64_t total,
		     uint64_t now_ms)
{
	const struct event event = {
		.type = EVENT_PROGRESS,
		.port = "1-1",
		.progress = {.phase = phase, .path = "/dev/sda", .bytes = bytes, .total = total},
	};

	return live_event(live, &event, now_ms);
}

static bool sending(struct live *live, const char *name, uint64_t bytes, uint64_t now_ms)
{
	const struct event event = {
		.type = EVENT_SENDING,
		.port = "1-1",
		.sending = {.name = name, .bytes = bytes, .total = 8 * MIB},
	};

	return live_event(live, &event, now_ms);
}

/* Appends a line. */
static void put_line(void *ctx, const char *text)
{
	strcat(ctx, text);
	strcat(ctx, "\n");
}

static void check_drawn(const struct live *live, unsigned int columns, unsigned int rows,
			const char *want)
{
	char drawn[4096] = "";

	live_draw(live, columns, rows, put_line, drawn);
	assert_string_equal(drawn, want);
}

static bool power(struct live *live, const char *port, bool on)
{
	const struct event event = {.type = EVENT_POWER, .port = port, .power = {.on = on}};

	return live_event(live, &event, 0);
}

/* A board that was known before has more details than its power. */
TEST(a_port_without_power_has_a_line)
{
	struct live *live = live_with(1);

	assert_true(power(live, "1-1", false));
	assert_true(power(live, "1-7", false));
	check_drawn(live, 80, 5, "1-1 BCM2711: power is off\n1-7: power is off\n");
	assert_true(power(live, "1-7", true));
	assert_true(power(live, "1-1", true));
	check_drawn(live, 80, 5, "1-1 BCM2711: power is on\n");
	assert_false(power(live, "1-7", true));
	live_free(live);
}

static bool sent(struct live *live, const char *name)
{
	const struct event event = {.type = EVENT_SENT, .port = "1-1", .sent = {.name = name}};

	return live_event(live, &event, 0);
}

/* A board that has its EEPROM image is silent for up to a minute. A BCM2712 reads the signature
 * after the image. */
TEST(a_board_that_writes_its_eeprom_is_not_at_100_percent)
{
	const struct event proved = {
		.type = EVENT_EEPROM, .port = "1-1", .eeprom = {.proof = "proved"}};
	const struct event again = {
		.type = EVENT_FOUND, .port = "1-1", .found = {.chip = "BCM2711", .stage = "files"}};
	const char *writes = "1-1 BCM2711: waiting for the board to write its EEPROM\n";
	struct live *live = live_with(1);

	sending(live, "pieeprom.sig", 8 * MIB, 0);
	assert_false(sent(live, "pieeprom.sig"));
	check_drawn(live, 50, 5, "1-1 BCM2711: pieeprom.sig [##########] 100 %\n");
	sending(live, "//pieeprom.bin", 8 * MIB, 0);
	assert_true(sent(live, "//pieeprom.bin"));
	check_drawn(live, 80, 5, writes);
	sending(live, "pieeprom.sig", 8 * MIB, 0);
	assert_true(sent(live, "pieeprom.sig"));
	check_drawn(live, 80, 5, writes);
	assert_true(live_event(live, &proved, 0));
	check_drawn(live, 80, 5, "1-1 BCM2711: EEPROM proved\n");
	/* The next step starts from zero. */
	live_event(live, &again, 0);
	assert_false(sent(live, "start4.elf"));
	check_drawn(live, 80, 5, "1-1 BCM2711: second stage\n");
	live_free(live);
}

/* The speed is that of about the last three seconds. */
TEST(the_speed_is_that_of_the_last_seconds)
{
	struct live *live = live_with(1);
	const struct live_board *board = live_board(live, "1-1");
	uint64_t bytes = 0, ms = 1000;

	assert_true(live_speed(board) == 0);
	progress(live, "write", bytes, 1000 * MIB, ms);
	assert_true(live_speed(board) == 0); /* one sample has no speed */
	progress(live, "write", 500, 1000 * MIB, ms + 50);
	assert_true(live_speed(board) == 0); /* neither have two samples of the same time */
	for (int i = 0; i < 100; i++)
		progress(live, "write", bytes += 1000000, 1000 * MIB, ms += 100);
	assert_true(live_speed(board) == 10000000);
	for (int i = 0; i < 31; i++)
		progress(live, "write", bytes += 200000, 1000 * MIB, ms += 100);
	assert_true(live_speed(board) == 2000000);
	progress(live, "verify", 0, 1000 * MIB, ms += 100); /* the next phase starts from zero */
	assert_true(live_speed(board) == 0);
	live_free(live);
}

/* A file with the same name is sent again. The speed does not include the earlier transfer. */
TEST(a_file_sent_again_starts_a_new_speed)
{
	struct live *live = live_with(1);
	const struct live_board *board = live_board(live, "1-1");

	sending(live, "config.txt", 0, 1000);
	sending(live, "config.txt", 2 * MIB, 2000);
	assert_true(live_speed(board) > 0);
	sending(live, "config.txt", MIB, 3000);
	assert_true(live_speed(board) == 0);
	live_free(live);
}

TEST(progress_is_described_with_the_time_left)
{
	static const struct {
		uint64_t from, to, total;
		uint64_t ms; /* time between both samples */
		const char *want;
	} rows[] = {
		{0, 10 * MIB, 100 * MIB, 1000, "10 %, 10.0 MiB of 100.0 MiB, 10.0 MiB/s, 9 s left"},
		{0, 10 * MIB, 1210 * MIB, 1000,
		 "0 %, 10.0 MiB of 1.18 GiB, 10.0 MiB/s, 2 min 00 s left"},
		{0, 10 * MIB, 1260 * MIB, 1000,
		 "0 %, 10.0 MiB of 1.23 GiB, 10.0 MiB/s, 2 min 05 s left"},
		{0, 10 * MIB, 0, 1000, "10.0 MiB, 10.0 MiB/s"},
		{0, 1000, 100000 * MIB, 100000, "0 %, 0.0 MiB of 97.66 GiB, 0.0 MiB/s"},
		{10 * MIB, 10 * MIB, 100 * MIB, 1000, "10 %, 10.0 MiB of 100.0 MiB"},
		{0, 100 * MIB, 100 * MIB, 1000, "100 %, 100.0 MiB of 100.0 MiB, 100.0 MiB/s"},
		/* More bytes than expected. */
		{0, 200 * MIB, 100 * MIB, 1000, "100 %, 200.0 MiB of 100.0 MiB, 200.0 MiB/s"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct live *live = live_with(1);
		char text[128] = "";

		progress(live, "write", rows[i].from, rows[i].total, 1000);
		progress(live, "write", rows[i].to, rows[i].total, 1000 + rows[i].ms);
		live_describe(live_board(live, "1-1"), text, sizeof(text));
		assert_string_equal(text, rows[i].want);
		live_free(live);
	}
}

TEST(a_board_has_one_line)
{
	struct live *live = live_with(1);
	const struct event left = {.type = EVENT_LEFT, .port = "1-1", .left = {.done = true}};
	const struct event gone = {.type = EVENT_LEFT, .port = "1-1"};

	check_drawn(live, 80, 5, "1-1 BCM2711: boot ROM\n");
	sending(live, "sta\x1b\xc3\xa9t.elf", 4 * MIB, 1000);
	check_drawn(live, 80, 5,
		    "1-1 BCM2711: sta\\x1b??t.elf [#####.....] 50 %, 4.0 MiB of 8.0 MiB\n");
	assert_true(live_event(live, &gone, 2000));
	check_drawn(live, 80, 5, "1-1 BCM2711: left the bus\n");
	assert_true(live_event(live, &left, 2000));
	check_drawn(live, 80, 5, "1-1 BCM2711: starting\n");
	progress(live, "verify", 30 * MIB, 40 * MIB, 3000);
	check_drawn(live, 120, 5,
		    "1-1 BCM2711: verifying /dev/sda [###############.....] 75 %, 30.0 MiB of 40.0 "
		    "MiB\n");
	/* A narrow terminal keeps the most important parts. */
	check_drawn(live, 60, 5, "1-1 BCM2711: verifying /dev/sda [#######...] 75 %\n");
	check_drawn(live, 16, 5, "1-1 BCM2711: ver\n");
	check_drawn(live, 1, 5, "1\n");
	check_drawn(live, 0, 5, "\n");
	/* The size of a pipe is unknown, so there is no bar. */
	progress(live, "write", 30 * MIB, 0, 4000);
	check_drawn(live, 80, 5, "1-1 BCM2711: writing /dev/sda 30.0 MiB\n");
	live_free(live);
}

TEST(boards_beyond_the_rows_are_counted)
{
	struct live *live = live_with(4);

	check_drawn(live, 80, 4,
		    "1-1 BCM2711: boot ROM\n1-2 BCM2711: boot ROM\n1-3 BCM2711: boot ROM\n"
		    "1-4 BCM2711: boot ROM\n");
	check_drawn(live, 80, 3, "1-1 BCM2711: boot ROM\n1-2 BCM2711: boot ROM\n... and 2 more\n");
	check_drawn(live, 80, 1, "... and 4 more\n");
	check_drawn(live, 7, 1, "... and\n");
	check_drawn(live, 80, 0, "");
	live_free(live);
}

/* A board has a line from its first event to its result. The lines are in the order of arrival. */
TEST(a_board_has_a_line_until_its_result)
{
	const struct event files = {
		.type = EVENT_FOUND,
		.port = "1-1",
		.found = {.chip = "BCM2711", .stage = "files"},
	};
	const struct event result = {.type = EVENT_RESULT, .port = "1-2"};
	const struct event note = {.type = EVENT_NOTE, .port = "1-1", .note = {.text = "x"}};
	const struct event unknown = {
		.type = EVENT_SENDING, .port = "1-9", .sending = {.name = "x"}};
	struct live *live = live_with(3);

	assert_true(live_event(live, &files, 0)); /* the same board again */
	assert_false(live_event(live, &note, 0));
	assert_false(live_event(live, &unknown, 0));
	assert_null(live_board(live, "1-9"));
	assert_null(live_board(live, NULL));
	assert_true(live_event(live, &result, 0));
	assert_false(live_event(live, &result, 0));
	assert_null(live_board(live, "1-2"));
	check_drawn(live, 80, 5, "1-1 BCM2711: second stage\n1-3 BCM2711: boot ROM\n");
	assert_null(live_free(live));
	assert_null(live_free(NULL));
}
