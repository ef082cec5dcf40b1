/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the command `rpiboot report`, which prints a table of the boards of a batch from the
 * records that rpiboot -j DIR wrote. */
#ifndef CLI_REPORT_COMMAND_H
#define CLI_REPORT_COMMAND_H

#include "config.h"

/* Runs the command `rpiboot report`. argv[0] is "report", and its arguments follow.
 * Returns: the exit status of the program. */
enum exit_status report_command_run(int argc, char **argv);

#endif
