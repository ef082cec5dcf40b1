/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the command line of `rpiboot recover`. The command has most of the options for booting
 * boards, and options that change the EEPROM image. */
#ifndef CLI_RECOVER_LINE_H
#define CLI_RECOVER_LINE_H

#include "board/recover.h"
#include "cli/eeprom_internal.h"
#include "cli/internal.h"

struct options;

struct recover_line {
	/* The changes that the user requested for the EEPROM image. The options are those of
	 * `rpiboot eeprom set`. */
	struct eeprom_line eeprom;
	/* The operands: EEPROM images and recovery firmware. */
	const char *files[2 * RECOVER_KITS_MAX];
	size_t file_count;
	const char *firmware;	   /* the argument of --firmware, or NULL */
	const char *dry_run;	   /* the argument of --dry-run, or NULL */
	const char *lock;	   /* the argument of --lock, or NULL */
	const char *write_protect; /* "on", "off" or NULL */
	unsigned int gpio;	   /* 0: not given */
	bool erase, locked, lock_jtag;
	/* True if -j DIR is given, so there may be records of earlier runs. */
	bool has_records;
	/* All options of `rpiboot recover`: its own, and those for booting boards. */
	struct option_row rows[OPTIONS_ROWS_MAX];
	struct option_table table;
};

/* Reads the command line of `rpiboot recover`. argv[0] is the name of the command.
 * Returns: 0, or -Exxx. After an error, err has a sentence that names the mistake.
 * Ownership: the strings in *ret and *ret_options point into argv. *ret_options points to the
 * option table in *ret, so *ret must live longer. */
int recover_line_parse(struct recover_line *ret, struct options *ret_options, int argc, char **argv,
		       struct error *err);

#endif
