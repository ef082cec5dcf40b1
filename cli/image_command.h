/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the command `rpiboot image`, which makes a boot.img from the files of a directory. */
#ifndef CLI_IMAGE_COMMAND_H
#define CLI_IMAGE_COMMAND_H

#include "config.h"

/* Runs the command (cli/commands.h). */
enum exit_status image_command_run(int argc, char **argv);

#endif
