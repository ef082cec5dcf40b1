/* SPDX-License-Identifier: Apache-2.0 */
/* The main function of rpiboot, and a map of the sources. Each function below calls the functions
 * that are indented under it.
 *
 *   main()                   parse, run, return the exit status
 *     streams_prepare()      occupy closed descriptors 0 to 2        cli/streams.h
 *     command_by_name()      run a command such as eeprom            cli/commands.c
 *     options_parse()        read the command line                   cli/options*.c
 *     report_new()           choose the format of the messages       report/
 *     libraries_prepare()    let the libraries open their files      cli/libraries.h
 *     recover_prepare()      make the files of `rpiboot recover`     cli/recover_kit.c
 *     sandbox_new()          activate the sandbox                    cli/sandbox.h
 *     serve()                serve boards until the end or a signal  cli/session.c
 *       image_new()          open the image of --write               image/
 *       boards_new()         create the set of boards                board/boards*.c
 *         board_*()          serve one board until its result        board/
 *           boot_step()      take one step of the boot protocol      boot/
 *           service_file()   open a requested file                   board/file_server.c, files/
 *           metadata_add()   record a property of the board          boot/metadata.c
 *           disk_find()      find the disk that the board became     flash/disk.h
 *           writer_new()     write the image to that disk            flash/writer.c
 *       usb_wait()           wait for USB events                     usb.c, usb/
 *     inspect_*()            run --list or --check                   diagnose/list.c, check.c
 *
 * Calls go only down. usb.c reports events upward through boards_usb_handler. */
#include "cli/commands.h"
#include "cli/sandbox.h"
#include "util/error.h"
#include "files/firmware.h"
#include "diagnose/list.h"
#include "cli/libraries.h"
#include "board/boards.h"
#include "board/context.h"
#include "board/metadata_store.h"
#include "image/image.h"
#include "cli/options.h"
#include "cli/recover_kit.h"
#include "cli/recover_line.h"
#include "cli/session.h"
#include "cli/streams.h"
#include "util/util.h"

#include <signal.h>

static volatile sig_atomic_t main_signal;

static void main_on_signal(int signal_number)
{
	/* Keep only the first signal, which determines the exit status. systemd may send SIGHUP
	 * right after SIGTERM. */
	if (!main_signal)
		main_signal = signal_number;
}

/* Catches the signals that ask the program to end. A signal that was ignored at the start stays
 * ignored, because nohup and shells make background programs ignore signals. */
static void main_catch_signals(void)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction action = {.sa_handler = main_on_signal}, old;

	action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C kills the program */
	for (size_t i = 0; i < array_size(numbers); i++)
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Runs rpiboot with parsed options.
 * line: the command line of `rpiboot recover`, or NULL without `recover` */
static enum exit_status main_run(const struct options *options, struct recover_line *line)
{
	struct firmware firmware;
	struct context context = {.config = &options->board, .firmware = &firmware};
	struct report *report = NULL;
	struct sandbox *sandbox = NULL;
	struct recover *recover = NULL;
	struct error err = {0};
	enum exit_status status = STATUS_OK;

	if (report_new(&report, &options->report, util_now_ms(), &err) < 0)
		return command_fail(STATUS_FAILED, &err);
	firmware_init(&firmware, &options->board, report);
	context.report = report;
	if (line && !recover_prepare(&recover, line, options, &firmware, &status)) {
		if (!line->dry_run)
			boards_none(report, util_now_ms());
		report_free(report);
		return status;
	}
	context.recover = recover;
	context.metadata_store = metadata_store_new(options->board.metadata_dir);
	libraries_prepare(options->image.path || options->board.dir || options->action);
	if (sandbox_new(&sandbox, &options->board, &firmware, &options->image, &err) < 0)
		/* If the sandbox cannot be set up, continue without it, because it is only an
		 * additional protection. */
		report_error(report, &err);
	context.unmount_helper = sandbox_unmount_helper(sandbox);
	if (options->action == OPTIONS_LIST) {
		status = inspect_bus(&options->board, report);
	} else if (options->action == OPTIONS_CHECK) {
		status = inspect_files(&options->board, &firmware, report);
	} else {
		main_catch_signals();
		status = serve(&context, &options->image, &main_signal);
	}
	image_free(context.image);
	metadata_store_free(context.metadata_store);
	sandbox_free(sandbox);
	/* If a result could not be written to stdout, the exit status is a failure, even if all
	 * boards succeeded. */
	if (status == STATUS_OK && report_lost(report))
		status = STATUS_FAILED;
	report_free(report);
	recover_free(recover);
	return status;
}

int main(int argc, char *argv[])
{
	const struct command *command = argc > 1 ? command_by_name(argv[1]) : NULL;
	struct error err = {0};
	struct options options;
	struct recover_line line;
	enum exit_status status = STATUS_OK;
	int r;

	streams_prepare();
	if (command && command->run)
		return (int)command->run(argc - 1, argv + 1);
	r = command ? recover_line_parse(&line, &options, argc - 1, argv + 1, &err)
		    : options_parse(&options, NULL, argc, argv, &err);
	if (r < 0)
		status = command_fail(STATUS_USAGE, &err);
	else if (options.action <= OPTIONS_CHECK)
		status = main_run(&options, command ? &line : NULL);
	else if (options_print(&options, &err) < 0)
		status = command_fail(STATUS_FAILED, &err);
	options_done(&options);
	return (int)status;
}
