/* SPDX-License-Identifier: Apache-2.0 */
/* While no board can be booted: scans the bus and the kernel log, and reports hints. */
#ifndef DIAGNOSE_WATCH_H
#define DIAGNOSE_WATCH_H

#include "config.h"

#include <stdint.h>

struct error;
struct held;
struct report;
struct watch;

/* kmsg_path: "/dev/kmsg" outside tests. 0 or -ENOMEM. Ends with watch_free() (NULL-safe, returns
 * NULL). config, report and held must outlive it. */
int watch_new(struct watch **ret, const struct config *config, struct report *report,
	      const struct held *held, uint64_t now_ms, struct error *err);
struct watch *watch_free(struct watch *watch);

/* A board was served at this port, or is: nobody needs to be told about what it is now. */
void watch_served(struct watch *watch, const char *port);

/* A device has appeared at this port: whatever trouble the kernel had with it before, it is over.
 */
void watch_seen(struct watch *watch, const char *port);

/* Nothing is being booted: tells what may be the reason, each once as long as it stays true.
 * Returns when it wants to look again. */
uint64_t watch_tick(struct watch *watch, uint64_t now_ms);

/* Something is being booted: the waiting begins anew afterwards. */
void watch_rest(struct watch *watch, uint64_t now_ms);

#endif
