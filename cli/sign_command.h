/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the command `rpiboot sign`, which signs files for secure boot. */
#ifndef CLI_SIGN_COMMAND_H
#define CLI_SIGN_COMMAND_H

#include "config.h"

/* Runs the command (cli/commands.h). */
enum exit_status sign_command_run(int argc, char **argv);

#endif
