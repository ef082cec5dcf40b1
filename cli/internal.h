/* SPDX-License-Identifier: Apache-2.0 */
/* Defines tables of command-line options. options.c has the table of the options for booting
 * boards, and each command has a table of its own. option_scan.c reads a command line by means of a
 * table. */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_ROWS_MAX 64
/* The code that stands for an operand, which is an argument such as a file name that belongs to no
 * option. */
#define OPTION_OPERAND 1
/* The codes of options that only a command has begin here. */
#define OPTION_COMMAND	    0x200
#define OPTIONS_SECONDS_MAX 86400
/* The largest port number that can be selected is 98, because the usbboot tool uses 99 for "any
 * port". */
#define OPTIONS_PORT_NUMBER_MAX 98

struct error;

/* The options of a boot. */
enum option_code {
	OPTION_DIRECTORY = 'd',
	OPTION_OVERLAY = 'o',
	OPTION_SIGNED = 's',
	OPTION_PORT_PATH = 'p',
	OPTION_SERIAL = 'i',
	/* A port number may begin with any digit, so '1' to '9' are codes of options, too. */
	OPTION_PORT_NUMBER = '0',
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
	OPTION_POWER_CYCLE,
};

struct option_row {
	const char *heading; /* starts a new group in --help */
	/* The code is the letter of the option. An option without a letter has a number from
	 * OPTION_TIMEOUT on. */
	int code;
	const char *name; /* The long name of the option; NULL for -0 to -98. */
	/* The name of the option's argument in --help, or NULL if the option takes no argument.
	 * Brackets around the name mean that the argument is optional. */
	const char *arg;
	const char *help; /* lines of up to 53 characters */
};

struct option_table {
	/* The lines that --help prints before the list of options. NULL in the table for booting
	 * boards. */
	const char *usage;
	const char *help; /* the command that lists these options */
	const struct option_row *rows;
	size_t count;
	bool digits; /* true if the digits -1 to -9 are options */
};

/* Returns: the table of the options for booting boards. */
const struct option_table *options_table(void);

/* Holds the state of reading a command line from left to right with the rules of getopt_long(). */
struct option_scan {
	const struct option_table *table;
	int argc;
	char **argv;
	int at;	       /* index of the current argument */
	int next;      /* the index of the next argument */
	bool operands; /* "--" was read */
	/* getopt's tables, generated from the rows */
	char letters[3 * OPTIONS_ROWS_MAX + sizeof("-:123456789")];
	struct option names[OPTIONS_ROWS_MAX + 1];
};

/* Starts to read a command line at argv[1]. Only one command line can be read at a time, because
 * getopt keeps its position in global variables. */
void option_scan_init(struct option_scan *scan, const struct option_table *table, int argc,
		      char **argv);

/* Reads the next option, or the next operand with the code OPTION_OPERAND. *ret_arg is the operand
 * or the argument of the option, or NULL.
 * Returns: 1, 0 (end of the command line), or -EINVAL with a sentence that names the mistake. */
int option_scan_next(struct option_scan *scan, int *ret_code, const char **ret_arg,
		     struct error *err);

/* Puts the sentence that the argument of this option is empty into *err.
 * Returns: -EINVAL. */
int option_empty(const struct option_scan *scan, int code, struct error *err);

bool option_has_letter(const struct option_row *row);

/* These functions of options_value.c check the argument of an option and convert it to a value.
 * Returns: false if the text does not have the required form. */
bool option_is_digit(int c);
bool option_number(const char *text, unsigned int min, unsigned int max, unsigned int *ret);
bool option_seconds(const char *text, uint64_t *ret_ms);
bool option_is_port_path(const char *text);

#endif
