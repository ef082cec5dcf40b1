/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a list of boards that rpiboot may not serve yet, because the system has not authorised them
 * or another rpiboot process uses their USB port. */
#ifndef DIAGNOSE_HELD_H
#define DIAGNOSE_HELD_H

#include "config.h"
#include "usb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct held;
struct report;

/* Creates an empty list of boards that must wait, because the system has not authorised them or
 * another rpiboot process uses their USB port.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with held_free(), which accepts NULL and returns NULL. `config`
 * and `report` must outlive *ret. */
int held_new(struct held **ret, const struct config *config, struct report *report,
	     struct error *err);
struct held *held_free(struct held *held);

/* Decides whether rpiboot may serve the board now.
 * Returns: true if it may. *ret_lock is then the descriptor that locks the port, or -1 if the port
 * cannot be locked; the caller closes it when the board has its result. False if the board must
 * wait. held_tick() then returns the device when the next attempt is due. */
bool held_admit(struct held *held, struct usb_dev *dev, int *ret_lock, uint64_t now_ms);

/* Forgets a USB device that has left the bus. */
void held_left(struct held *held, const struct usb_dev *dev);

/* Gives the user a hint about each board that has waited for long, and finds a board that rpiboot
 * may be able to serve now. The caller repeats the call until it returns NULL.
 * Returns: a device for which the caller then calls held_admit(), or NULL if no device is due. With
 * NULL, *ret_next_ms is the time of the next call. */
struct usb_dev *held_tick(struct held *held, uint64_t now_ms, uint64_t *ret_next_ms);

/* Returns: true if rpiboot must not serve the board at this USB port yet, for example because
 * another process uses it. */
bool held_has(const struct held *held, const char *port);

/* Finds a connected board that must wait, and writes the reason as a sentence to ret. For example,
 * another process uses the board's USB port.
 * Returns: true, or false (no such board). */
bool held_why(const struct held *held, char *ret, size_t size);

#endif
