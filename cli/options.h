/* SPDX-License-Identifier: Apache-2.0 */
/* Converts the command line into struct options. These functions open no file and use no USB. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "board/board.h"
#include "image/image.h"
#include "report/report.h"

#include <stdio.h>

struct option_table;

enum options_action {
	OPTIONS_BOOT,
	OPTIONS_LIST,
	OPTIONS_CHECK,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_UDEV_RULES
};

/* All settings from the command line of rpiboot.
 * Ownership: strings point into argv. */
struct options {
	enum options_action action;
	/* The table whose options --help lists. */
	const struct option_table *table;
	struct config board;
	/* The settings of the image that rpiboot writes to the disks of boards (--write). The path
	 * is NULL if there is no such image. */
	struct image_config image;
	struct report_config report;
	bool loop, quiet; /* the options -l and -q */
};

/* Describes a command that boots boards and has options of its own, such as `rpiboot recover`. */
struct options_command {
	const struct option_table *table;
	/* Handles an operand of a command such as `rpiboot recover`, or an option that only this
	 * command has. The parser calls this function only if the option table names no struct
	 * member for the value.
	 * Returns: 0, or -Exxx with an error message in *err. */
	int (*take)(void *ctx, int code, const char *arg, struct error *err);
	void *ctx;
};

/* Parses the command line for booting boards.
 * command: a command that boots boards, such as `rpiboot recover`, whose name is argv[0], or NULL.
 * Returns: 0, or -Exxx. After an error, err has a sentence that names the mistake.
 * Ownership: the caller calls options_done() after success and after an error. */
int options_parse(struct options *ret, const struct options_command *command, int argc,
		  char *argv[], struct error *err);
void options_done(struct options *options);

/* Prints the text of --help, --version or --print-udev-rules on stdout.
 * Returns: 0, or -EIO (the text could not be written). */
int options_print(const struct options *options, struct error *err);
void options_help(FILE *out);
/* Prints the usage and the options of a command, such as `rpiboot eeprom`. */
void options_command_help(const struct option_table *table, FILE *out);
void options_version(FILE *out);
void options_udev_rules(FILE *out);

#endif
