/* SPDX-License-Identifier: Apache-2.0 */
/* Watches the USB bus and the kernel log while no board can be booted, and gives the user hints
 * about the cause. */
#ifndef DIAGNOSE_WATCH_H
#define DIAGNOSE_WATCH_H

#include "config.h"

#include <stdint.h>

struct error;
struct held;
struct report;
struct watch;

/* Creates the object that watches the USB bus. It measures the time without a board from now_ms on.
 * config->kmsg is the path of the kernel log, which is "/dev/kmsg" outside tests.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with watch_free(), which accepts NULL and returns NULL.
 * `config`, `report` and `held` must outlive *ret. */
int watch_new(struct watch **ret, const struct config *config, struct report *report,
	      const struct held *held, uint64_t now_ms, struct error *err);
struct watch *watch_free(struct watch *watch);

/* Records that rpiboot serves a board at this USB port. Later hints do not mention the device at
 * this port, because it is the booted board. */
void watch_served(struct watch *watch, const char *port);

/* Records that a device has appeared at this USB port. Earlier errors of the port in the kernel log
 * are forgotten, because the problem is over. */
void watch_seen(struct watch *watch, const char *port);

/* Reports why no board can be booted. A reason that persists is reported only once. Call this
 * function while no board is being booted.
 * Returns: the time at which the next call is due, in milliseconds. */
uint64_t watch_tick(struct watch *watch, uint64_t now_ms);

/* Records that a board is being booted. watch_tick() gives no hints for the next HINTS_AFTER_MS
 * milliseconds. */
void watch_rest(struct watch *watch, uint64_t now_ms);

#endif
