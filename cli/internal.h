/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options, shared by options.c, which owns and explains it, and options_parse.c, which
 * reads argv by it. */
#ifndef OPTIONS_PRIVATE_H
#define OPTIONS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_ROWS_MAX	64
#define OPTIONS_SECONDS_MAX	86400
#define OPTIONS_PORT_NUMBER_MAX 98 /* the existing tool uses 99 for "any" */

/* The letter of the option, or a number no letter has. */
enum option_code {
	OPTION_DIRECTORY = 'd',
	OPTION_OVERLAY = 'o',
	OPTION_SIGNED = 's',
	OPTION_PORT_PATH = 'p',
	OPTION_SERIAL = 'i',
	OPTION_PORT_NUMBER = '0', /* and '1' to '9' */
	OPTION_LOOP = 'l',
	OPTION_COUNT = 'n',
	OPTION_METADATA = 'j',
	OPTION_DELAY = 'm',
	OPTION_VERBOSE = 'v',
	OPTION_QUIET = 'q',
	OPTION_VERSION = 'V',
	OPTION_HELP = 'h',
	OPTION_TIMEOUT = 0x100,
	OPTION_STAGE_TIMEOUT,
	OPTION_EXPECT,
	OPTION_WRITE,
	OPTION_RAW,
	OPTION_NO_VERIFY,
	OPTION_BMAP,
	OPTION_NO_BMAP,
	OPTION_TO,
	OPTION_JSON,
	OPTION_UDEV_RULES,
	OPTION_LIST,
	OPTION_CHECK,
};

struct option_row {
	const char *heading; /* of a new group in --help */
	enum option_code code;
	const char *name; /* long form; NULL for the port number */
	const char *arg;  /* NULL: takes none; in brackets: may be left out */
	const char *help; /* lines of at most 53 characters */
};

/* All rows in order: NULL gives the first, the last gives NULL. */
const struct option_row *option_next(const struct option_row *prev);

const struct option_row *option_by_code(int code); /* or NULL */

bool option_has_letter(const struct option_row *row);
bool option_arg_is_optional(const struct option_row *row);

/* options_value.c: false where the text is not such a value. */
bool option_is_digit(int c);
bool option_number(const char *text, unsigned int min, unsigned int max, unsigned int *ret);
bool option_seconds(const char *text, uint64_t *ret_ms);
bool option_is_port_path(const char *text);

#endif
