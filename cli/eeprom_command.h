/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the command `rpiboot eeprom`, which shows and changes images of the bootloader
 * EEPROM. */
#ifndef CLI_EEPROM_COMMAND_H
#define CLI_EEPROM_COMMAND_H

#include "config.h"

/* Runs the command (cli/commands.h). */
enum exit_status eeprom_command_run(int argc, char **argv);

#endif
