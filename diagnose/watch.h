/* SPDX-License-Identifier: Apache-2.0 */
/* Watches the USB bus and the kernel log while no board can be booted, and gives hints to the
 * user. */
#ifndef DIAGNOSE_WATCH_H
#define DIAGNOSE_WATCH_H

#include "config.h"

#include <stdint.h>

struct error;
struct held;
struct report;
struct watch;

/* Creates a watch whose wait time starts at now_ms. config->kmsg is the path of the kernel log,
 * which is "/dev/kmsg" outside tests.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with watch_free(), which accepts NULL and returns NULL.
 * `config`, `report` and `held` must outlive *ret. */
int watch_new(struct watch **ret, const struct config *config, struct report *report,
	      const struct held *held, uint64_t now_ms, struct error *err);
struct watch *watch_free(struct watch *watch);

/* Records that rpiboot serves, or has served, a board at this USB port. The user then gets no hint
 * about the device that this board becomes. */
void watch_served(struct watch *watch, const char *port);

/* Records that a device has appeared at this USB port. Earlier errors of the port in the kernel log
 * are dropped, because the problem is over. */
void watch_seen(struct watch *watch, const char *port);

/* Reports to the user the likely reasons why no board can be booted. Call this function while no
 * board is being booted. A reason that persists is reported only once.
 * Returns: the time of the next call in milliseconds. */
uint64_t watch_tick(struct watch *watch, uint64_t now_ms);

/* Records that a board is being booted, so that the time without a board counts from now_ms
 * again. */
void watch_rest(struct watch *watch, uint64_t now_ms);

#endif
