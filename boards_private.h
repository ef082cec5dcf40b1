/* SPDX-License-Identifier: Apache-2.0 */
/* What boards.c (the set) shares with boards_watch.c (what is told to those who wait). For them
 * only. */
#ifndef BOARDS_PRIVATE_H
#define BOARDS_PRIVATE_H

#include "boards.h"

struct watch;
struct recovered;

/* kmsg_path: "/dev/kmsg" outside tests. 0 or -ENOMEM. Ends with watch_free() (NULL-safe, returns
 * NULL). env must outlive it. */
int watch_new(struct watch **ret, const struct board_env *env, uint64_t now_ms, struct error *err);
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

/* boards_recovered.c: boards whose recovery succeeded. With recovery_reboot=1 such a board restarts
 * by itself and asks for bootcode again; to serve it would recover it again, and again. */

/* Remembers the board at this port; the list owns the entry. Without memory nothing is remembered.
 */
void recovered_add(struct recovered **list, const char *port, const char *serial, uint64_t now_ms);
void recovered_free(struct recovered *list);

/* A device has arrived, or left. */
void recovered_arrived(struct recovered **list, const struct usb_dev *dev, uint64_t now_ms);
void recovered_left(struct recovered **list, const struct usb_dev *dev, uint64_t now_ms);

/* The serial number of the board that is left alone if the device at this port has it; NULL: any is
 * served. */
const char *recovered_serial(const struct recovered *list, const char *port);

#endif
