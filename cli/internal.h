/* SPDX-License-Identifier: Apache-2.0 */
/* Defines tables of command-line options. One table is for booting boards, and each command, such
 * as `rpiboot eeprom`, has its own table. */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_ROWS_MAX     64
#define OPTIONS_OPERANDS_MAX 3
/* The code of an operand, which is an argument without a dash, such as a file name. */
#define OPTION_OPERAND 1
/* Each option has a code. Options that belong to a command, such as `rpiboot recover`, have this
 * code or a higher one. */
#define OPTION_COMMAND	    0x200
#define OPTIONS_SECONDS_MAX 86400
/* The options -0 to -98 select a USB port number. -99 is not such an option, because the usbboot
 * tool uses 99 for "any port". */
#define OPTIONS_PORT_NUMBER_MAX 98

struct error;

/* The codes of the command-line options for booting boards. */
enum option_code {
	OPTION_PORT_PATH = 'p',
	OPTION_SERIAL = 'i',
	/* The user can type a port number such as -12, which getopt reads as the two options -1 and
	 * -2. Each digit is therefore an option of its own. */
	OPTION_PORT_NUMBER = '0',
	OPTION_COUNT = 'n',
	OPTION_METADATA = 'j',
	OPTION_DELAY = 'm',
	OPTION_VERBOSE = 'v',
	OPTION_VERSION = 'V',
	OPTION_HELP = 'h',
	OPTION_TIMEOUT = 0x100,
	OPTION_STAGE_TIMEOUT,
	OPTION_EXPECT,
	OPTION_JSON,
	OPTION_UDEV_RULES,
	OPTION_LIST,
	OPTION_CHECK,
};

/* The codes of options for booting boards that need no code of their own to parse them, such as
 * --write. The function option_scan_store() stores their values. */
enum option_placed_code {
	OPTION_DIRECTORY = 'd',
	OPTION_LOOP = 'l',
	OPTION_OVERLAY = 'o',
	OPTION_QUIET = 'q',
	OPTION_SIGNED = 's',
	OPTION_WRITE = 0x180,
	OPTION_RAW,
	OPTION_NO_VERIFY,
	OPTION_BMAP,
	OPTION_NO_BMAP,
	OPTION_TO,
	OPTION_POWER_CYCLE,
};

/* The place of a member in the struct with the values of a command line, which is the offset of the
 * member plus 1. The scanner sets the member of OPTION_FLAG(), a bool, to true, and the member of
 * OPTION_TEXT(), a string, to the argument of the option. */
#define OPTION_FLAG(type, member) _Generic(((type *)0)->member, bool : offsetof(type, member) + 1)
#define OPTION_TEXT(type, member)                                                                  \
	_Generic(((type *)0)->member, const char * : offsetof(type, member) + 1)

struct option_row {
	const char *heading; /* starts a new group in --help */
	/* The number that identifies the option: its letter, such as 'v', or a number above 255 if
	 * it has no letter. It is 0 for an option that no function needs to recognise. */
	int code;
	/* The long name of the option, such as "verbose". It is NULL for the options -0 to -98,
	 * which select a USB port by its number. */
	const char *name;
	/* The name that --help shows for the argument of the option. It is NULL if the option takes
	 * no argument, and has brackets if the argument is optional. */
	const char *arg;
	/* The struct member that stores the value of the option, as computed by OPTION_FLAG() or
	 * OPTION_TEXT(). It is 0 if a function handles the option instead. */
	size_t place;
	/* The help text, in lines of up to 53 characters. --help prints the name of the option
	 * before the text, and both fit into 80 columns. */
	const char *help;
};

struct option_table {
	/* The text that --help prints before the list of options. It is NULL for `rpiboot` itself,
	 * whose help is printed by another function. */
	const char *usage;
	const char *help; /* the command that prints these options */
	const struct option_row *rows;
	size_t count;
	bool digits; /* true if -1 to -9 are options */
	/* The struct members that receive the operands (such as file names) of a command, in the
	 * order of the operands. Each element is a result of OPTION_TEXT(). 0 ends the list. */
	size_t operands[OPTIONS_OPERANDS_MAX + 1];
};

/* The command-line options for booting boards. */
extern const struct option_table options_table;

/* The state of reading a command line from left to right by the rules of getopt_long(). */
struct option_scan {
	const struct option_table *table;
	int argc;
	char **argv;
	int at;	       /* index of the current argument */
	int next;      /* the index of the next argument */
	bool operands; /* "--" was read */
	size_t operand_count;
	/* getopt's tables, generated from the rows */
	char letters[3 * OPTIONS_ROWS_MAX + sizeof("-:123456789")];
	struct option names[OPTIONS_ROWS_MAX + 1];
};

/* Begins to read a command line at argv[1]. Only one command line can be read at a time, because
 * getopt keeps its position in global variables. */
void option_scan_init(struct option_scan *scan, const struct option_table *table, int argc,
		      char **argv);

/* Reads the next option of a command line, or the next operand with the code OPTION_OPERAND.
 * *ret_arg is the operand or the argument of the option, or NULL.
 * Returns: 1, 0 (end of the command line), or -EINVAL. After an error, err has a sentence that
 * names the mistake. */
int option_scan_next(struct option_scan *scan, int *ret_code, const char **ret_arg,
		     struct error *err);

/* Stores an operand or an option's value in the struct `values`, at the place that the option table
 * states.
 * Returns: true, or false (the table states no place). */
bool option_scan_store(struct option_scan *scan, int code, const char *arg, void *values);

/* Stores an error message in *err. It says that the argument of an option is empty.
 * Returns: -EINVAL. */
int option_empty(const struct option_scan *scan, int code, struct error *err);

bool option_has_letter(const struct option_row *row);

/* These functions check the argument of a command-line option and convert it to a value.
 * Returns: false if the argument does not have the required form. */
bool option_is_digit(int c);
bool option_number(const char *text, unsigned int min, unsigned int max, unsigned int *ret);
bool option_seconds(const char *text, uint64_t *ret_ms);
bool option_is_port_path(const char *text);

#endif
