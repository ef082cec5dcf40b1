/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the commands of rpiboot, such as `rpiboot eeprom`, and contains the code that they
 * share. */
#include "cli/commands.h"

#include "cli/internal.h"
#include "cli/libraries.h"
#include "cli/options.h"
#include "cli/sandbox.h"
#include "eeprom/key.h"
#include "report/output.h"
#include "report/report.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

static const struct command commands[] = {
	{"eeprom", eeprom_command_run},
	{"sign", sign_command_run},
	{"verify", verify_command_run},
	{"key", key_command_run},
	{"image", image_command_run},
	{"report", report_command_run},
	{"recover", NULL},
};

const struct command *command_next(const struct command *prev)
{
	if (!prev)
		return commands;
	return prev + 1 < commands + array_size(commands) ? prev + 1 : NULL;
}

const struct command *command_by_name(const char *name)
{
	for (const struct command *command = command_next(NULL); command;
	     command = command_next(command))
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

enum exit_status command_fail(enum exit_status status, const struct error *err)
{
	report_error(NULL, err);
	return status;
}

/* Flushes stdout before a command ends, to detect a result that could not be written.
 * Returns: status, or STATUS_FAILED if a result could not be written. */
static enum exit_status command_end(enum exit_status status)
{
	struct error err = {0};

	if (output_end("result", &err) == 0)
		return status;
	return command_fail(status == STATUS_OK ? STATUS_FAILED : status, &err);
}

bool command_parse(const struct option_table *table, int argc, char **argv,
		   int (*take)(void *ctx, int code, const char *arg, struct error *err), void *ctx,
		   enum exit_status *ret_status)
{
	struct option_scan scan;
	struct error err = {0};
	const char *arg;
	int code, r;

	option_scan_init(&scan, table, argc, argv);
	while ((r = option_scan_next(&scan, &code, &arg, &err)) > 0) {
		if (code == OPTION_HELP) {
			options_command_help(table, stdout);
			*ret_status = command_end(STATUS_OK);
			return false;
		}
		if (option_scan_store(&scan, code, arg, ctx))
			continue;
		r = code == OPTION_OPERAND
			    ? error_set(&err, -EINVAL, "unexpected argument '%s'", arg)
			    : take(ctx, code, arg, &err);
		if (r < 0)
			break;
	}
	*ret_status = STATUS_USAGE;
	if (r < 0)
		report_error(NULL, &err);
	return r == 0;
}

enum exit_status command_finish(int r, enum exit_status status, struct key *key,
				struct sandbox *sandbox, const struct error *err)
{
	status = r < 0 ? command_fail(STATUS_NO_FILES, err) : command_end(status);
	key_free(key);
	sandbox_free(sandbox);
	return status;
}

struct sandbox *command_sandbox(const char *const *read, const char *const *write,
				const char *filled)
{
	struct sandbox *sandbox = NULL;
	struct error err = {0};

	libraries_prepare(true);
	if (sandbox_new_for_files(&sandbox, read, write, filled, &err) < 0)
		report_error(NULL, &err);
	return sandbox;
}
