/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the options --list, which reports the boards on the USB bus, and --check, which checks
 * the boot files. This file serves no board. */
#ifndef DIAGNOSE_LIST_H
#define DIAGNOSE_LIST_H

#include "config.h"

struct firmware;
struct report;

/* Reports every board on the USB bus in any boot stage, and every device that a booted board has
 * become. No device is opened.
 * Returns: STATUS_OK, or STATUS_NONE_IN_TIME (no board on the bus). */
enum exit_status inspect_bus(const struct config *config, struct report *report);

/* Checks the boot files in the directory that the user gave, or else the firmware that rpiboot
 * would use. Reports the files for each chip and their defects.
 * Returns: STATUS_OK, or STATUS_NO_FILES (no usable boot files, or errors in them). */
enum exit_status inspect_files(const struct config *config, const struct firmware *firmware,
			       struct report *report);

#endif
