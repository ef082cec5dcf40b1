/* SPDX-License-Identifier: Apache-2.0 */
/* Scans the bus and the kernel log while no board can be booted, and reports hints to the user. */
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

/* Records that rpiboot serves, or has served, a board at this port. The watch then gives no hint
 * about the device that this board becomes. */
void watch_served(struct watch *watch, const char *port);

/* Records that a device has appeared at this port. Earlier kernel errors of the port are dropped,
 * because the problem is over. */
void watch_seen(struct watch *watch, const char *port);

/* Reports the likely reasons why no board can be booted. The caller calls it while no board is
 * being booted. A reason that persists is reported only once.
 * Returns: the time in milliseconds of the next call. */
uint64_t watch_tick(struct watch *watch, uint64_t now_ms);

/* Records that a board is being booted. The wait time starts again at now_ms. */
void watch_rest(struct watch *watch, uint64_t now_ms);

#endif
