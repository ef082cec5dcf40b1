/* SPDX-License-Identifier: Apache-2.0 */
/* Plays events for tests/cli/test_terminal.sh, which checks the output on a terminal:
 *
 *   report_play [-q] FIFO
 *
 * Lines of FIFO: "found PORT", "write PORT BYTES TOTAL", "verify PORT BYTES TOTAL", "ok PORT",
 * "fail PORT", "waiting", "end". */
#include "util/error.h"
#include "report/report.h"
#include "util/util.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

struct play {
	struct report *report;
	unsigned int ok, failed;
	bool ended;
};

static void play_progress(struct play *play, const char *phase, const char *port,
			  unsigned long long bytes, unsigned long long total)
{
	/* The last digit of the port chooses the disk: port 1 has /dev/sda. */
	char path[] = {'/', 'd', 'e', 'v',
		       '/', 's', 'd', (char)('a' + port[strlen(port) - 1] - '1'),
		       '\0'};
	struct event event = {
		.type = EVENT_PROGRESS,
		.port = port,
		.progress = {.phase = phase, .path = path, .bytes = bytes, .total = total},
	};

	report_event(play->report, &event, util_now_ms());
}

static void play_result(struct play *play, const char *port, bool ok)
{
	struct event event = {
		.type = EVENT_RESULT,
		.port = port,
		.result = {.ok = ok,
			   .code = ok ? 0 : 9,
			   .text = ok ? "/dev/sdx has the image, verified"
				      : "reading back /dev/sdx failed",
			   .seconds = 1},
	};

	play->ok += ok;
	play->failed += !ok;
	report_event(play->report, &event, util_now_ms());
}

static void play_plain(struct play *play, enum event_type type, const char *port)
{
	struct event event = {.type = type, .port = port};

	if (type == EVENT_FOUND) {
		event.found.chip = "BCM2711";
		event.found.boards = "CM4";
		event.found.stage = "rom";
		event.found.serial = "12345678";
		event.found.speed = "high";
		event.found.firmware = "";
	} else if (type == EVENT_SUMMARY) {
		event.summary.ok = play->ok;
		event.summary.failed = play->failed;
		event.summary.seconds = 2;
	}
	report_event(play->report, &event, util_now_ms());
}

static void play_line(struct play *play, const char *line)
{
	char word[16] = "", port[32] = "";
	unsigned long long bytes = 0, total = 0;

	if (sscanf(line, "%15s %31s %llu %llu", word, port, &bytes, &total) < 1)
		return;
	if (strcmp(word, "found") == 0)
		play_plain(play, EVENT_FOUND, port);
	else if (strcmp(word, "waiting") == 0)
		play_plain(play, EVENT_WAITING, NULL);
	else if (strcmp(word, "write") == 0 || strcmp(word, "verify") == 0)
		play_progress(play, word, port, bytes, total);
	else if (strcmp(word, "ok") == 0 || strcmp(word, "fail") == 0)
		play_result(play, port, word[0] == 'o');
	else if (strcmp(word, "end") == 0)
		play->ended = true;
}

/* Handles the lines, and the due output between them, like the loop of main.c. */
static void play_loop(struct play *play, FILE *commands)
{
	struct pollfd fd = {.fd = fileno(commands), .events = POLLIN};
	char line[256];

	while (!play->ended) {
		if (poll(&fd, 1, report_tick(play->report, 1000, util_now_ms())) > 0 &&
		    fgets(line, sizeof(line), commands))
			play_line(play, line);
	}
	play_plain(play, EVENT_SUMMARY, NULL);
}

int main(int argc, char **argv)
{
	struct report_config config = {.format = REPORT_TEXT};
	struct play play = {0};
	struct error err = {0};
	FILE *commands;

	if (argc > 1 && strcmp(argv[1], "-q") == 0)
		config.verbosity = -1;
	/* Open the FIFO for writing, too: otherwise it ends when no writer is left. */
	commands = fdopen(open(argv[argc - 1], O_RDWR | O_CLOEXEC), "r");
	if (!commands || report_new(&play.report, &config, util_now_ms(), &err) < 0)
		return 2;
	setvbuf(commands, NULL, _IONBF, 0); /* poll() does not see buffered data */
	play_loop(&play, commands);
	report_free(play.report);
	fclose(commands);
	return 0;
}
