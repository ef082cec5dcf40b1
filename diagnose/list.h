/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the options --list, which lists the boards on the USB bus, and --check, which checks
 * the boot files. */
#ifndef DIAGNOSE_LIST_H
#define DIAGNOSE_LIST_H

#include "config.h"

struct firmware;
struct report;

/* Prints every board on the USB bus, whether it runs its boot ROM, runs its second-stage bootloader
 * or has booted. Opens no USB device.
 * Returns: STATUS_OK, or STATUS_NONE_IN_TIME (no board on the bus). */
enum exit_status inspect_bus(const struct config *config, struct report *report);

/* Checks the boot files that rpiboot would serve, and prints the usable files and the defects for
 * each chip.
 * Returns: STATUS_OK, or STATUS_NO_FILES (no usable boot files, or errors in them). */
enum exit_status inspect_files(const struct config *config, const struct firmware *firmware,
			       struct report *report);

#endif
