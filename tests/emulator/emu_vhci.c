/* SPDX-License-Identifier: Apache-2.0 */
/* Emulated boards for a real kernel, on the ports of its virtual USB controllers (module vhci_hcd).
 * The program runs until "quit" or the end of its input.
 *
 *   emu_vhci [-v] --board port=0,chip=2711,truth=DIR,disk=FILE,... [--board ...]
 *
 * truth=DIR has the expected data. payload=NAME or FILE sets the requests, and after= the device
 * that appears then. recovery=DATE or recovery=served makes a board that updates its EEPROM.
 * docs/testing.md describes all options; emu_vhci_options.c and emu_recovery_options.c parse them.
 * The input has "plug N", "unplug N" (both together cut the power), "cut N", and "quit". The
 * program prints "ready", then "time ..." lines, and at the end a verdict for each board. Exit
 * status: 0 if all verdicts are good. */
#include "tests/emulator/emu_vhci_board.h"

#include "util/util.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOARDS 120

struct hosts {
	struct vhci_board *board;
	unsigned int count;
	bool quit;
	char input[512]; /* the received part of a line */
	size_t input_used;
};

static void hosts_command(struct hosts *hosts, const char *line)
{
	unsigned int n;

	if (strncmp(line, "quit", 4) == 0)
		hosts->quit = true;
	else if (sscanf(line, "plug %u", &n) == 1 && n < hosts->count)
		vhci_board_plug(&hosts->board[n], util_now_ms());
	else if (sscanf(line, "unplug %u", &n) == 1 && n < hosts->count)
		vhci_board_unplug(&hosts->board[n], util_now_ms());
	else if (sscanf(line, "cut %u", &n) == 1 && n < hosts->count && hosts->board[n].emu)
		emu_power_cut(hosts->board[n].emu, util_now_ms());
	else
		printf("unknown command: %s", line);
}

/* A read can return a part of a line. */
static void hosts_input(struct hosts *hosts)
{
	char *rest = hosts->input, *line;
	ssize_t n = read(STDIN_FILENO, hosts->input + hosts->input_used,
			 sizeof(hosts->input) - 1 - hosts->input_used);

	if (n <= 0) {
		hosts->quit = n == 0 || errno != EINTR;
		return;
	}
	hosts->input_used += (size_t)n;
	hosts->input[hosts->input_used] = 0;
	while (strchr(rest, '\n')) {
		line = strsep(&rest, "\n");
		if (*line)
			hosts_command(hosts, line);
	}
	hosts->input_used = strlen(rest) < sizeof(hosts->input) - 1 ? strlen(rest) : 0;
	memmove(hosts->input, rest, hosts->input_used);
}

static int hosts_timeout(struct hosts *hosts)
{
	uint64_t now_ms = util_now_ms(), next_ms = now_ms + 60000;

	for (unsigned int i = 0; i < hosts->count; i++) {
		uint64_t due_ms = vhci_board_tick(&hosts->board[i], now_ms);

		if (due_ms < next_ms)
			next_ms = due_ms;
	}
	return next_ms > now_ms ? (int)(next_ms - now_ms) : 0;
}

static bool hosts_on_bus(const struct hosts *hosts)
{
	for (unsigned int i = 0; i < hosts->count; i++)
		if (hosts->board[i].fd >= 0)
			return true;
	return false;
}

/* Runs until all boards have to leave; with leaving, until they have left. */
static void hosts_run(struct hosts *hosts, bool leaving)
{
	struct pollfd fds[BOARDS + 1];

	for (;;) {
		int timeout_ms = hosts_timeout(hosts);

		if (leaving ? !hosts_on_bus(hosts) : hosts->quit)
			return;
		fds[0] = (struct pollfd){.fd = leaving ? -1 : STDIN_FILENO, .events = POLLIN};
		for (unsigned int i = 0; i < hosts->count; i++)
			fds[i + 1] = (struct pollfd){.fd = hosts->board[i].fd, .events = POLLIN};
		if (poll(fds, hosts->count + 1, timeout_ms) < 0 && errno != EINTR)
			return;
		for (unsigned int i = 0; i < hosts->count; i++)
			if (fds[i + 1].revents && fds[i + 1].fd == hosts->board[i].fd)
				vhci_board_receive(&hosts->board[i], util_now_ms());
		if (fds[0].revents)
			hosts_input(hosts);
	}
}

static int hosts_init(struct hosts *hosts, int argc, char **argv)
{
	bool verbose = false;

	for (int i = 1; i < argc; i++) {
		struct vhci_board *board = &hosts->board[hosts->count];

		if (strcmp(argv[i], "-v") == 0) {
			verbose = true;
			continue;
		}
		if (strcmp(argv[i], "--board") != 0 || i + 1 == argc || hosts->count == BOARDS) {
			fprintf(stderr, "usage: emu_vhci [-v] --board OPTION=VALUE,...\n"
					"emu_vhci_options.c lists the options, docs/testing.md "
					"those of a recovery\n");
			return -1;
		}
		if (vhci_board_init(board, hosts->count, argv[++i]) < 0)
			return -1;
		board->config.log = verbose ? stderr : NULL;
		hosts->count++;
	}
	return hosts->count > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct hosts hosts = {.board = calloc(BOARDS, sizeof(*hosts.board))};
	int status = 0;

	if (!hosts.board || hosts_init(&hosts, argc, argv) < 0)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Keep freed memory for the next transfer: getting the memory of a large transfer from the
	 * kernel each time would take longer than receiving the data. */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	for (unsigned int i = 0; i < hosts.count; i++)
		if (!hosts.board[i].late)
			vhci_board_plug(&hosts.board[i], util_now_ms());
	printf("ready\n");
	hosts_run(&hosts, false);
	for (unsigned int i = 0; i < hosts.count; i++) {
		if (vhci_board_verdict(&hosts.board[i]) < 0)
			status = 1;
		vhci_board_unplug(&hosts.board[i], util_now_ms());
	}
	hosts_run(&hosts, true);
	for (unsigned int i = 0; i < hosts.count; i++)
		vhci_board_clear(&hosts.board[i], util_now_ms());
	free(hosts.board);
	return status;
}
