/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the options and the operands of a command line. A table of options lists the valid options.
 * The scanner opens no file and prints nothing. */
#include "cli/internal.h"

#include "util/error.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>

/* getopt_long() needs a unique code for each option. An option without a code of its own gets this
 * number plus the number of its row. */
#define OPTION_UNNUMBERED 0x1000

bool option_has_letter(const struct option_row *row)
{
	return row->code && row->code < OPTION_TIMEOUT;
}

static int row_code(const struct option_table *table, const struct option_row *row)
{
	return row->code ? row->code : OPTION_UNNUMBERED + (int)(row - table->rows);
}

static const struct option_row *row_by_code(const struct option_scan *scan, int code)
{
	const struct option_table *table = scan->table;

	for (const struct option_row *row = table->rows; row < table->rows + table->count; row++)
		if (row_code(table, row) == code)
			return row;
	return NULL;
}

void option_scan_init(struct option_scan *scan, const struct option_table *table, int argc,
		      char **argv)
{
	struct option *name = scan->names;
	char *letter;

	*scan = (struct option_scan){.table = table, .argc = argc, .argv = argv, .at = 1};
	/* This string describes the options for getopt. With '-' at its beginning, getopt also
	 * returns the operands, such as file names, in their place. With ':', getopt returns ':'
	 * for a missing argument. */
	letter = stpcpy(scan->letters, table->digits ? "-:123456789" : "-:");
	for (const struct option_row *row = table->rows; row < table->rows + table->count; row++) {
		bool optional = row->arg && row->arg[0] == '[';

		if (option_has_letter(row)) {
			*letter++ = (char)row->code;
			letter = stpcpy(letter, optional ? "::" : row->arg ? ":" : "");
		}
		if (row->name)
			*name++ = (struct option){
				.name = row->name,
				.has_arg = optional   ? optional_argument
					   : row->arg ? required_argument
						      : no_argument,
				.val = row_code(table, row),
			};
	}
}

/* Rejects an option whose argument is an empty string. Such an argument often comes from a variable
 * of a script that is not set. */
int option_empty(const struct option_scan *scan, int code, struct error *err)
{
	return error_set(err, -EINVAL, "the argument of '--%s' is empty",
			 row_by_code(scan, code)->name);
}

/* Reports that a long option is unknown, or that its abbreviation fits more than one option. */
static int long_name_fail(const struct option_scan *scan, struct error *err)
{
	const struct option_table *table = scan->table;
	const char *arg = scan->argv[scan->at];
	size_t size = strcspn(arg + 2, "=");
	char names[256] = "";
	size_t count = 0;

	for (const struct option_row *row = table->rows; row < table->rows + table->count; row++)
		if (size && row->name && !strncmp(row->name, arg + 2, size)) {
			text_add(names, sizeof(names), "%s--%s", count ? ", " : "", row->name);
			count++;
		}
	if (count > 1)
		return error_set(err, -EINVAL, "option '--%.*s' is ambiguous: it may mean %s",
				 (int)size, arg + 2, names);
	return error_set(err, -EINVAL, "unknown option '--%.*s'; %s lists the options", (int)size,
			 arg + 2, table->help);
}

/* Reports an option that getopt does not accept. The option is unknown or ambiguous, or it has an
 * argument although it takes none. */
static int unknown_fail(const struct option_scan *scan, struct error *err)
{
	const char *arg = scan->argv[scan->at];
	const struct option_row *row = row_by_code(scan, optopt);

	if (!strncmp(arg, "--", 2) && row && optopt)
		return error_set(err, -EINVAL, "option '--%s' takes no argument", row->name);
	if (!strncmp(arg, "--", 2))
		return long_name_fail(scan, err);
	if (strlen(arg) > 2 && optopt > ' ' && optopt <= '~')
		return error_set(err, -EINVAL, "unknown option '-%c' in '%s'; %s lists the options",
				 optopt, arg, scan->table->help);
	return error_set(err, -EINVAL, "unknown option '%s'; %s lists the options", arg,
			 scan->table->help);
}

static int argument_fail(const struct option_scan *scan, struct error *err)
{
	const struct option_row *row = row_by_code(scan, optopt);

	/* getopt returns ':' if an argument is missing. On Windows and macOS, it also returns ':'
	 * for an argument that the option does not take. */
	if (!row || !row->arg)
		return unknown_fail(scan, err);
	if (!strncmp(scan->argv[scan->at], "--", 2))
		return error_set(err, -EINVAL, "option '--%s' needs an argument: %s", row->name,
				 row->arg);
	return error_set(err, -EINVAL, "option '-%c' needs an argument: %s", row->code, row->arg);
}

int option_scan_next(struct option_scan *scan, int *ret_code, const char **ret_arg,
		     struct error *err)
{
	int code = -1;

	if (scan->next)
		scan->at = scan->next;
	if (!scan->operands) {
		opterr = 0;
		optind = scan->next; /* the value 0 resets getopt */
		code = getopt_long(scan->argc, scan->argv, scan->letters, scan->names, NULL);
		scan->next = optind;
		*ret_arg = optarg;
	}
	if (code == -1) {
		scan->operands = true;
		if (scan->next >= scan->argc)
			return 0;
		*ret_arg = scan->argv[scan->next++];
		code = OPTION_OPERAND;
	}
	if (code == '?')
		return unknown_fail(scan, err);
	if (code == ':')
		return argument_fail(scan, err);
	if (code != OPTION_OPERAND && *ret_arg && !**ret_arg)
		return option_empty(scan, code, err);
	*ret_code = code;
	return 1;
}

bool option_scan_store(struct option_scan *scan, int code, const char *arg, void *values)
{
	const struct option_row *row = row_by_code(scan, code);
	size_t place = row ? row->place : 0;
	bool flag = true;

	if (code == OPTION_OPERAND)
		place = scan->table->operands[scan->operand_count];
	if (!place)
		return false;
	scan->operand_count += code == OPTION_OPERAND;
	if (row && !row->arg)
		memcpy((char *)values + place - 1, &flag, sizeof(flag));
	else
		memcpy((char *)values + place - 1, &arg, sizeof(arg));
	return true;
}
