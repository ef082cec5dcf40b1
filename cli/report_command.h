/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the command `rpiboot report`, which prints a table of the boards of a batch from their
 * records in the directory of -j. */
#ifndef CLI_REPORT_COMMAND_H
#define CLI_REPORT_COMMAND_H

#include "config.h"

/* Runs the command, as struct command (cli/commands.h) describes. */
enum exit_status report_command_run(int argc, char **argv);

#endif
