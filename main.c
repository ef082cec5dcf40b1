/* SPDX-License-Identifier: Apache-2.0 */
/* The table of contents.
 *
 *   main()                   parse, build, loop, exit status
 *     options_parse()        what was asked                                options*.c
 *     report_new()           who is told what happens                      report*.c
 *     boards_new()           whom we serve                                 boards.c
 *       board_*()            one board, from plug-in to its result         board*.c
 *         boot_step()        what the protocol wants next                  boot.c, wire.c, chip.c
 *         service_file()     the bytes it wants                            service.c, files*.c
 *         metadata_add()     what it told about itself                     metadata.c, duid.c
 *         disk_find()        the disk that it became                       flash/disk.c
 *     usb_wait()             what happens on the bus                       usb*.c
 *
 * Calls only go down; usb.c reports up through boards_usb_handler. */
#include "boards.h"
#include "error.h"
#include "options.h"
#include "report.h"
#include "usb.h"
#include "util.h"

#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#ifndef RPIBOOT_DATADIR
#define RPIBOOT_DATADIR "/usr/local/share/rpiboot"
#endif

#define MAIN_ROOTS_MAX 5

static volatile sig_atomic_t main_signal;

static void main_on_signal(int signal_number)
{
	main_signal = signal_number;
}

/* The second Ctrl-C is not waited for: SA_RESETHAND gives the signal back to the system. */
static void main_catch_signals(void)
{
	struct sigaction action = {.sa_handler = main_on_signal, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	action.sa_flags = 0;
	sigaction(SIGPIPE, &action, NULL);
}

/* Where firmware is looked for without -d. exe: room for the executable's directory. */
static size_t main_firmware_roots(const char *ret[MAIN_ROOTS_MAX], char *exe, size_t size)
{
	const char *own = getenv("RPIBOOT_FIRMWARE");
	ssize_t n = readlink("/proc/self/exe", exe, size - 1);
	size_t count = 0;

	if (own && own[0])
		ret[count++] = own;
	if (n > 0) {
		exe[n] = '\0';
		ret[count++] = dirname(exe);
	}
	ret[count++] = RPIBOOT_DATADIR;
	ret[count++] = "/usr/local/share/rpiboot";
	ret[count++] = "/usr/share/rpiboot";
	return count;
}

static enum board_status main_run(struct boards *boards, struct report *report, struct error *err)
{
	enum board_status reason = BOARD_OK;
	struct usb *usb = NULL;
	int r = usb_new(&usb, &boards_usb_handler, boards, err);

	while (r == 0 && !main_signal) {
		int timeout_ms = boards_tick(boards, util_now_ms());

		if (boards_finished(boards))
			break;
		r = usb_wait(usb, timeout_ms, err);
	}
	if (main_signal)
		reason = main_signal == SIGTERM ? BOARD_TERMINATED : BOARD_INTERRUPTED;
	else if (r < 0)
		reason = BOARD_FAILED;
	if (r < 0)
		report_error(report, err);
	reason = boards_end(boards, reason, util_now_ms());
	usb_free(usb);
	return reason;
}

static enum board_status main_boot(struct options *options, struct error *err)
{
	const char *roots[MAIN_ROOTS_MAX];
	char exe[4096];
	enum board_status status = BOARD_FAILED;
	struct boards *boards = NULL;
	struct report *report = NULL;

	options->board.firmware_root_count = main_firmware_roots(roots, exe, sizeof(exe));
	options->board.firmware_roots = roots;
	if (report_new(&report, &options->report, util_now_ms(), err) < 0)
		return BOARD_FAILED;
	main_catch_signals();
	if (boards_new(&boards, &options->board, report, util_now_ms(), &status, err) < 0)
		report_error(report, err);
	else
		status = main_run(boards, report, err);
	if (status == BOARD_OK && report_lost(report))
		status = BOARD_FAILED; /* a result that nobody could read is none */
	boards_free(boards);
	report_free(report);
	return status;
}

int main(int argc, char *argv[])
{
	struct error err = {0};
	struct options options;
	enum board_status status = BOARD_OK;

	if (options_parse(&options, argc, argv, &err) < 0) {
		report_error(NULL, &err);
		status = BOARD_USAGE;
	} else {
		switch (options.action) {
		case OPTIONS_BOOT:
			status = main_boot(&options, &err);
			break;
		case OPTIONS_HELP:
			options_help(stdout);
			break;
		case OPTIONS_VERSION:
			options_version(stdout);
			break;
		case OPTIONS_UDEV_RULES:
			options_udev_rules(stdout);
			break;
		}
	}
	options_done(&options);
	return (int)status;
}
