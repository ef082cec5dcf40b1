/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the command `rpiboot key`, which shows the RSA keys that sign files for secure boot. */
#ifndef CLI_KEY_COMMAND_H
#define CLI_KEY_COMMAND_H

#include "config.h"

/* Runs the command (cli/commands.h). */
enum exit_status key_command_run(int argc, char **argv);

#endif
