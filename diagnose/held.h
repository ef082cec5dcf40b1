/* SPDX-License-Identifier: Apache-2.0 */
/* Boards that may not be served now: the system has not authorised the device, or another rpiboot
 * serves its port. */
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

/* 0 or -ENOMEM. Ends with held_free() (NULL-safe, returns NULL). config and report must outlive
 * it.
 */
int held_new(struct held **ret, const struct config *config, struct report *report,
	     struct error *err);
struct held *held_free(struct held *held);

/* May the board be served now? True: *ret_lock is the right to its port, to be closed when it has
 * its result, or -1. False: it is held back, and comes from held_tick() when it is to be tried
 * again. */
bool held_admit(struct held *held, struct usb_dev *dev, int *ret_lock, uint64_t now_ms);
void held_left(struct held *held, const struct usb_dev *dev);

/* Reports what is due. Returns a device to be tried again, until there is none: NULL; then
 * *ret_next_ms is when to call it again. */
struct usb_dev *held_tick(struct held *held, uint64_t now_ms, uint64_t *ret_next_ms);

bool held_has(const struct held *held, const char *port);
/* Why a board that is there is not served, as a sentence. False: none is held back. */
bool held_why(const struct held *held, char *ret, size_t size);

#endif
