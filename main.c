/* SPDX-License-Identifier: Apache-2.0 */
/* The table of contents.
 *   main()                   parse, build, loop, exit status
 *     options_parse()        what was asked                                options*.c
 *     report_new()           who is told what happens                      report*.c
 *     libraries_prepare(), confine_new()  no other file can be opened      libraries.c, confine.c
 *     image_new()            what is written                               flash/image*.c
 *     boards_new()           whom we serve                                 boards.c
 *       board_*()            one board, from plug-in to its result         board*.c
 *         boot_step()        what the protocol wants next                  boot.c, wire.c, chip.c
 *         service_file()     the bytes it wants                            service.c, files*.c
 *         metadata_add()     what it told about itself                     metadata.c, duid.c
 *         disk_find(), writer_new()  its disk, and the image on it     flash/disk.c, writer.c,
 * target.c inspect_*()            --list, --check: looking only                 inspect.c, check.c
 *     usb_wait()             what happens on the bus                       usb*.c
 * Calls only go down; usb.c reports up through boards_usb_handler. */
#include "boards.h"
#include "confine.h"
#include "error.h"
#include "firmware.h"
#include "inspect.h"
#include "libraries.h"
#include "metadata_store.h"
#include "options.h"
#include "usb.h"
#include "util.h"

#include <signal.h>

#define MAIN_STOP_MS 1000 /* what writes a disk may end in an orderly way for so long */

static volatile sig_atomic_t main_signal;

static void main_on_signal(int signal_number)
{
	main_signal = signal_number;
}

static void main_catch_signals(void)
{
	struct sigaction action = {.sa_handler = main_on_signal};

	action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C is not waited for */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Until a signal, or until all is done. */
static enum board_status main_loop(struct boards *boards, struct report *report, struct usb *usb)
{
	uint64_t told_ms = util_now_ms(), stop_ms;
	struct error err = {0};
	int timeout_ms, r = 0;

	while (r == 0 && !main_signal) {
		timeout_ms = boards_tick(boards, told_ms);
		if (boards_finished(boards))
			return BOARD_OK;
		r = usb_wait(usb, report_tick(report, timeout_ms, util_now_ms()), &told_ms, &err);
	}
	if (r < 0)
		report_error(report, &err);
	stop_ms = util_now_ms() + MAIN_STOP_MS;
	while (boards_stop(boards) && util_now_ms() < stop_ms && r == 0)
		r = usb_wait(usb, MAIN_STOP_MS, &told_ms, &err);
	if (!main_signal)
		return BOARD_FAILED;
	return main_signal == SIGTERM ? BOARD_TERMINATED : BOARD_INTERRUPTED;
}

static enum board_status main_serve(struct options *options, struct report *report)
{
	struct usb *usb = NULL;
	struct boards *boards = NULL;
	struct error err = {0};
	enum board_status status = BOARD_NO_FILES;
	int r = options->image.path ? image_new(&options->board.image, &options->image, &err) : 0;

	main_catch_signals();
	if (r == 0)
		r = boards_new(&boards, &options->board, report, util_now_ms(), &status, &err);
	if (r < 0) {
		report_error(report, &err);
		boards_none(report, util_now_ms());
		return status;
	}
	status = BOARD_FAILED;
	if (usb_new(&usb, &boards_usb_handler, boards, &err) < 0) {
		report_error(report, &err);
	} else {
		boards_set_wake(boards, usb_wake, usb);
		status = main_loop(boards, report, usb);
	}
	status = boards_end(boards, status, util_now_ms());
	boards_free(boards); /* what it has on the bus comes to its end before the bus does */
	usb_free(usb);
	return status;
}

static enum board_status main_run(struct options *options)
{
	struct firmware firmware;
	struct report *report = NULL;
	struct confine *confine = NULL;
	struct error err = {0};
	enum board_status status;

	if (report_new(&report, &options->report, util_now_ms(), &err) < 0) {
		report_error(NULL, &err);
		return BOARD_FAILED;
	}
	firmware_init(&firmware, &options->board, report);
	options->board.metadata_store = metadata_store_new(options->board.metadata_dir);
	libraries_prepare(options->image.path || options->board.dir || options->action);
	if (confine_new(&confine, &options->board, &options->image, &err) < 0)
		report_error(report, &err); /* and goes on without */
	if (options->action == OPTIONS_LIST)
		status = inspect_bus(&options->board, report);
	else if (options->action == OPTIONS_CHECK)
		status = inspect_files(&options->board, report);
	else
		status = main_serve(options, report);
	options->board.firmware_roots = NULL; /* they end here */
	image_free(options->board.image);
	metadata_store_free(options->board.metadata_store);
	confine_free(confine);
	if (status == BOARD_OK && report_lost(report))
		status = BOARD_FAILED; /* a result that nobody could read is none */
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
	} else if (options.action > OPTIONS_CHECK) {
		options_print(options.action, stdout);
	} else {
		status = main_run(&options);
	}
	options_done(&options);
	return (int)status;
}
