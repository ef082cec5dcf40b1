/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the command `rpiboot report`: reads the records of boards from a directory and prints
 * a table of them. */
#include "cli/commands.h"

#include "boot/metadata.h"
#include "cli/internal.h"
#include "cli/report_internal.h"
#include "report/output.h"
#include "util/error.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".json"

struct report_command {
	const char *dir;
	bool csv, json;
	int fd; /* the open directory */
	/* A buffer of RECORD_BYTES_MAX + 1 bytes for the JSON file of one board. */
	char *buffer;
	struct report_counts counts;
};

static const struct option_row rows[] = {
	{"Output", 0, "csv", NULL, OPTION_FLAG(struct report_command, csv),
	 "print CSV for a spreadsheet"},
	{NULL, 0, "json", NULL, OPTION_FLAG(struct report_command, json),
	 "print one line of JSON for each board"},
	{"Other", OPTION_HELP, "help", NULL, 0, "print this help"},
};

static const struct option_table table = {
	.usage = "Usage: rpiboot report DIR [--csv|--json]\n"
		 "Prints a table of the boards that have a file in DIR, which is the directory of\n"
		 "the option -j. The exit status is 1 if a file is damaged.\n",
	.help = "rpiboot report --help",
	.rows = rows,
	.count = array_size(rows),
	.operands = {OPTION_TEXT(struct report_command, dir)},
};

/* Returns: nonzero if the file may be the record of a board. The name of a record is the serial
 * number or the port path of the board, with ".json". */
static int is_record(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), stem = length - strlen(SUFFIX);
	char name[sizeof(entry->d_name)];

	if (length <= strlen(SUFFIX) || strcmp(entry->d_name + stem, SUFFIX) != 0)
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)stem, entry->d_name);
	return metadata_serial_ok(name) || option_is_port_path(name);
}

/* Compares the names of files by their bytes, so that the order does not depend on the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Reads a whole file into the buffer. A link is not followed, because its target may be outside of
 * the sandbox, or in the directory of another batch of boards.
 * Returns: the number of bytes read, or -Exxx. A file that is too large fills the whole buffer. */
static ssize_t file_read(struct report_command *command, const char *name, struct error *err)
{
	cleanup_fd int fd = openat(command->fd, name,
				   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t size = 0;
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return error_set(err, -ELOOP,
				 "it is a symbolic link, which the report does not follow");
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, -errno, "it cannot be opened (%s)", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, -EINVAL, "it is not a regular file");
	while (size <= RECORD_BYTES_MAX) {
		ssize_t n =
			util_pread(fd, command->buffer + size, RECORD_BYTES_MAX + 1 - size, size);

		if (n < 0)
			return error_set(err, (int)n, "it cannot be read (%s)", strerror((int)-n));
		if (n == 0)
			break;
		size += (size_t)n;
	}
	return (ssize_t)size;
}

static int row_print(const struct report_command *command, const struct report_row *row,
		     struct error *err)
{
	if (command->json)
		return report_json_row(row, err);
	if (command->csv)
		report_print_csv(row);
	else
		report_print_text(row);
	return 0;
}

/* Prints the facts about a board from its record file, or a message if the file is damaged.
 * Returns: 0, also for a damaged file, or -ENOMEM. */
static int file_report(struct report_command *command, const char *name, struct error *err)
{
	char serial[NAME_MAX + 1];
	struct report_row row = {.serial = serial};
	ssize_t size = file_read(command, name, err);
	int r = size < 0 ? (int)size : record_parse(&row.facts, command->buffer, (size_t)size, err);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		command->counts.damaged++;
		output_message("'%s/%s': %s", command->dir, name, err->text);
		return 0;
	}
	snprintf(serial, sizeof(serial), "%.*s", (int)(strlen(name) - strlen(SUFFIX)), name);
	revision_decode(row.facts.board_code, &row.revision);
	command->counts.results[report_result(&row.facts)]++;
	return row_print(command, &row, err);
}

static int counts_print(const struct report_command *command, struct error *err)
{
	const unsigned int *results = command->counts.results;

	if (command->json)
		return report_json_counts(&command->counts, err);
	output_message("boards: %u ok, %u failed, %u unfinished, %u unrecorded; damaged files: %u",
		       results[REPORT_OK], results[REPORT_FAILED], results[REPORT_UNFINISHED],
		       results[REPORT_UNRECORDED], command->counts.damaged);
	return 0;
}

static int dir_report(struct report_command *command, struct error *err)
{
	struct dirent **names = NULL;
	int count, r = 0;

	command->fd = open(command->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	count = command->fd < 0 ? -1 : scandir(command->dir, &names, is_record, by_name);
	if (count < 0)
		return error_set(err, -errno, "cannot read the directory '%s': %s", command->dir,
				 strerror(errno));
	if (!command->json)
		r = row_print(command, NULL, err);
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = file_report(command, names[i]->d_name, err);
		free(names[i]);
	}
	free(names);
	return r < 0 ? r : counts_print(command, err);
}

enum exit_status report_command_run(int argc, char **argv)
{
	cleanup_free char *buffer = malloc(RECORD_BYTES_MAX + 1);
	struct report_command command = {.fd = -1, .buffer = buffer};
	struct sandbox *sandbox;
	struct error err = {0};
	enum exit_status status;
	int r;

	if (!command_parse(&table, argc, argv, NULL, &command, &status))
		return status;
	if (!command.dir || (command.csv && command.json)) {
		error_set(&err, -EINVAL,
			  "rpiboot report needs DIR, and at most one of --csv and --json");
		return command_fail(STATUS_USAGE, &err);
	}
	sandbox = command_sandbox((const char *const[]){command.dir, NULL},
				  (const char *const[]){NULL}, NULL);
	r = buffer ? dir_report(&command, &err) : error_set(&err, -ENOMEM, "out of memory");
	util_close_fd(&command.fd);
	status = command.counts.damaged ? STATUS_FAILED : STATUS_OK;
	return command_finish(r, status, NULL, sandbox, &err);
}
