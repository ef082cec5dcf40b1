/* SPDX-License-Identifier: Apache-2.0 */
/* Declares what the files boards*.c share: the check of the boot files before the run, the power of
 * the USB ports, the list of recovered boards, and the list of deferred USB devices, which wait
 * until the program can serve them. */
#ifndef BOARD_BOARDS_INTERNAL_H
#define BOARD_BOARDS_INTERNAL_H

#include "board/boards.h"

struct recovered;

/* Checks the boot files, and the directory for the record files of boards (option -j), before the
 * program waits for boards. Reports the problems of the boot directory.
 * Returns: 0, or -Exxx with the exit status of the program in *ret_status. */
int boards_check(const struct context *context, enum exit_status *ret_status, struct error *err);

/* A list of the USB ports that are off because of the option --power-cycle (boards_power.c). */
struct power_cycle;

/* Switches off all USB ports given with -p, if the option --power-cycle is given, too.
 * Returns: 0, or -Exxx with a sentence. After an error, some of the ports may be off.
 * Ownership: the caller frees *list with power_cycles_free(), which switches the ports on. */
int power_cycles_start(struct power_cycle **list, const struct context *context, uint64_t now_ms,
		       struct error *err);
void power_cycles_free(struct power_cycle *list);

/* Switches on the USB ports that have been off for long enough, and removes them from the list.
 * Switches on all ports if `all` is true.
 * ret_failed: the function adds to it the number of ports that could not be switched on. The
 * function itself reports each failure.
 * Returns: the time in milliseconds of the next call, or UINT64_MAX if all ports are on. */
uint64_t power_cycles_tick(struct power_cycle **list, struct report *report, bool all,
			   uint64_t now_ms, unsigned int *ret_failed);

/* A list of the boards whose EEPROM recovery succeeded (boards_recovered.c). With recovery_reboot=1
 * in config.txt, such a board restarts by itself and requests its bootcode again. If rpiboot served
 * such a board again, it would recover the board in an endless loop. */

/* Adds the board at this USB port to the list of boards not to recover again. If memory is
 * exhausted, the board is not added.
 * Ownership: the caller frees *list with recovered_free(). */
void recovered_add(struct recovered **list, const char *port, const char *serial, uint64_t now_ms);
void recovered_free(struct recovered *list);

/* recovered_arrived() updates the list of recovered boards after a USB device arrived at a port.
 * recovered_left() updates the list after a USB device left the bus. */
void recovered_arrived(struct recovered **list, const struct usb_dev *dev, uint64_t now_ms);
void recovered_left(struct recovered **list, const struct usb_dev *dev, uint64_t now_ms);

/* Returns: the serial number of a recovered board that has restarted by itself at this USB port, so
 * that the caller does not recover it again. NULL if there is no such board at the port. */
const char *recovered_serial(struct recovered *list, const char *port);

/* A USB device of a board that the program may serve later. Either the program already serves the
 * requested number of boards, or the file of an earlier board at the port is still being saved. In
 * the first case, the program serves the device only if an earlier board ends without a result, for
 * example because it has the wrong serial number. */
struct deferred {
	struct deferred *next;
	struct usb_dev *dev;
};

/* Adds a USB device to the end of the list of devices to serve later (boards_deferred.c). If memory
 * is exhausted, the device is ignored. */
void deferred_add(struct deferred **list, struct usb_dev *dev);
/* Removes a USB device from the list of devices to serve later, after the device left the bus or
 * another device arrived at its port. */
void deferred_drop(struct deferred **list, const struct usb_dev *dev, const char *port);
void deferred_free(struct deferred *list);

#endif
