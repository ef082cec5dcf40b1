/* SPDX-License-Identifier: Apache-2.0 */
/* The table of command-line options. options.c owns the table, and options_parse.c reads the
 * command line with it. */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_ROWS_MAX    64
#define OPTIONS_SECONDS_MAX 86400
/* The usbboot tool uses 99 for "any port". */
#define OPTIONS_PORT_NUMBER_MAX 98

/* Identifies an option: its letter, or a larger number if the option has no letter. */
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
	const char *heading; /* starts a new group in --help */
	enum option_code code;
	const char *name; /* long name; NULL for -0 to -98 */
	/* The name of the argument. NULL: the option takes no argument. In brackets: the argument
	 * is optional. */
	const char *arg;
	const char *help; /* lines of up to 53 characters */
};

/* Returns: the row after prev, or the first row if prev is NULL. NULL: prev is the last row. */
const struct option_row *option_next(const struct option_row *prev);

/* Returns: the row of the option with this code. NULL: there is no such option. */
const struct option_row *option_by_code(int code);

bool option_has_letter(const struct option_row *row);
bool option_arg_is_optional(const struct option_row *row);

/* The functions of options_value.c check and convert arguments.
 * Returns: false if the text has not the required form. */
bool option_is_digit(int c);
bool option_number(const char *text, unsigned int min, unsigned int max, unsigned int *ret);
bool option_seconds(const char *text, uint64_t *ret_ms);
bool option_is_port_path(const char *text);

#endif
