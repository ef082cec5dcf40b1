/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a command of rpiboot, such as `rpiboot eeprom`, by the first argument of the command line,
 * and runs it. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "config.h"

#include <stdbool.h>

struct error;
struct key;
struct sandbox;
struct option_table;

struct command {
	const char *name;
	/* Runs this command of rpiboot. argv[0] is the name of the command, such as "eeprom", and
	 * its arguments follow.
	 * Returns: the exit status of the program. */
	enum exit_status (*run)(int argc, char **argv);
};

/* These functions run the commands of rpiboot: show and change images of the bootloader EEPROM,
 * sign files for secure boot, verify their signatures, show RSA keys, make a boot.img from a
 * directory, and print a table of the boards of a batch from the records that rpiboot -j DIR wrote.
 */
enum exit_status eeprom_command_run(int argc, char **argv);
enum exit_status sign_command_run(int argc, char **argv);
enum exit_status verify_command_run(int argc, char **argv);
enum exit_status key_command_run(int argc, char **argv);
enum exit_status image_command_run(int argc, char **argv);
enum exit_status report_command_run(int argc, char **argv);

/* Iterates over the commands of rpiboot, such as `rpiboot eeprom`.
 * Returns: the command after prev, the first command if prev is NULL, or NULL after the last
 * one. */
const struct command *command_next(const struct command *prev);

/* Returns: the command of rpiboot with this name, such as "eeprom", or NULL (no such command). */
const struct command *command_by_name(const char *name);

/* Reads the command line of a command, such as `rpiboot eeprom`, and stores its values in the
 * struct ctx. This function itself handles the option -h, which all commands have.
 * take: receives the code and the argument of each option for which the table has no place, and
 * returns 0, or -Exxx with an error message in *err. It may be NULL if the table has a place for
 * each option.
 *
 * Returns: true, or false with the exit status in *ret_status if the command is done. */
bool command_parse(const struct option_table *table, int argc, char **argv,
		   int (*take)(void *ctx, int code, const char *arg, struct error *err), void *ctx,
		   enum exit_status *ret_status);

/* Prints the error message of a command on stderr.
 * status: the exit status of the command.
 * Returns: the same exit status. */
enum exit_status command_fail(enum exit_status status, const struct error *err);

/* Ends a command: prints the error if r is negative, otherwise flushes stdout and prints an error
 * if a result could not be written. Then frees the key and the sandbox, which may be NULL.
 * Returns: status, STATUS_NO_FILES if r is negative, or STATUS_FAILED in place of STATUS_OK if a
 * result could not be written. */
enum exit_status command_finish(int r, enum exit_status status, struct key *key,
				struct sandbox *sandbox, const struct error *err);

/* Gives up all file access that a command does not need (cli/sandbox.h). Continues without the
 * sandbox if the kernel refuses it. The lists end with NULL, and "-" in a list means a standard
 * stream.
 * read: the files that the command reads
 * write: the files that the command creates or replaces
 * filled: a directory that the command fills and then renames, or NULL
 *
 * Returns: the sandbox, or NULL.
 * Ownership: the caller passes it to command_finish(). */
struct sandbox *command_sandbox(const char *const *read, const char *const *write,
				const char *filled);

#endif
