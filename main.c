/* SPDX-License-Identifier: Apache-2.0 */
/* The table of contents.
 *
 *   main()                   parse, build, run, exit status
 *     streams_occupy()       closed descriptors get no file of ours        streams.c
 *     options_parse()        what was asked                                options*.c
 *     report_new()           who is told what happens                      report*.c
 *     libraries_prepare(), confine_new()  no other file can be opened      libraries.c, confine.c
 *     serve()                a run with boards, until a signal             serve.c
 *       image_new()          what is written                               flash/image*.c
 *       boards_new()         whom we serve                                 boards.c
 *         board_*()          one board, from plug-in to its result         board*.c
 *           boot_step()      what the protocol wants next                  boot.c, wire.c, chip.c
 *           service_file()   the bytes it wants                            service.c, files*.c
 *           metadata_add()   what it told about itself                     metadata.c, duid.c
 *           disk_find()      the disk that it became                       flash/disk.c
 *           writer_new()     the image on it                               flash/writer.c, target.c
 *       usb_wait()           what happens on the bus                       usb*.c
 *     inspect_*()            --list, --check: looking only                 inspect.c, check.c
 * Calls only go down; usb.c reports up through boards_usb_handler. */
#include "cli/sandbox.h"
#include "util/error.h"
#include "files/firmware.h"
#include "diagnose/list.h"
#include "cli/libraries.h"
#include "board/metadata_store.h"
#include "cli/options.h"
#include "cli/session.h"
#include "cli/streams.h"
#include "util/util.h"

#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t main_signal;

static void main_on_signal(int signal_number)
{
	if (!main_signal) /* the first one is the reason; systemd may send SIGHUP after SIGTERM */
		main_signal = signal_number;
}

/* A signal that was ignored at the start stays so: nohup and shells see to it for programs in the
 * background. */
static void main_catch_signals(void)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction action = {.sa_handler = main_on_signal}, old;

	action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C is not waited for */
	for (size_t i = 0; i < array_size(numbers); i++)
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static enum exit_status main_run(struct options *options)
{
	struct firmware firmware;
	struct report *report = NULL;
	struct confine *confine = NULL;
	struct error err = {0};
	enum exit_status status;

	if (report_new(&report, &options->report, util_now_ms(), &err) < 0) {
		report_error(NULL, &err);
		return STATUS_FAILED;
	}
	firmware_init(&firmware, &options->board, report);
	options->board.metadata_store = metadata_store_new(options->board.metadata_dir);
	libraries_prepare(options->image.path || options->board.dir || options->action);
	if (confine_new(&confine, &options->board, &options->image, &err) < 0)
		report_error(report, &err); /* and goes on without */
	if (options->action == OPTIONS_LIST) {
		status = inspect_bus(&options->board, report);
	} else if (options->action == OPTIONS_CHECK) {
		status = inspect_files(&options->board, report);
	} else {
		main_catch_signals();
		status = serve(&options->board, &options->image, report, &main_signal);
	}
	options->board.firmware_roots = NULL; /* they end here */
	image_free(options->board.image);
	metadata_store_free(options->board.metadata_store);
	confine_free(confine);
	if (status == STATUS_OK && report_lost(report))
		status = STATUS_FAILED; /* a result that nobody could read is none */
	report_free(report);
	return status;
}

int main(int argc, char *argv[])
{
	struct error err = {0};
	struct options options;
	enum exit_status status = STATUS_OK;

	streams_occupy();
	if (options_parse(&options, argc, argv, &err) < 0) {
		report_error(NULL, &err);
		status = STATUS_USAGE;
	} else if (options.action > OPTIONS_CHECK) {
		if (options_print(options.action, stdout, &err) < 0) {
			report_error(NULL, &err);
			status = STATUS_FAILED;
		}
	} else {
		status = main_run(&options);
	}
	options_done(&options);
	return (int)status;
}
