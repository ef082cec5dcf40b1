/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the command `rpiboot verify`, which checks the signatures of files for secure boot. */
#ifndef CLI_VERIFY_COMMAND_H
#define CLI_VERIFY_COMMAND_H

#include "config.h"

/* Runs the command (cli/commands.h). */
enum exit_status verify_command_run(int argc, char **argv);

#endif
