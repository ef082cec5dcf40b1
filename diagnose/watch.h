/* SPDX-License-Identifier: Apache-2.0 */
/* What boards.c (the set) shares with boards_watch.c (what is told to those who wait) and
 * boards_check.c. For them only. */
#ifndef BOARDS_PRIVATE_H
#define BOARDS_PRIVATE_H

#include "board/boards.h"

struct held;
/* 0, or -Exxx with the status that the program then ends with. Reports what it finds in the boot
 * directory. */
int boards_check(const struct board_config *config, struct report *report,
		 enum board_status *ret_status, struct error *err);

struct watch;
struct recovered;

/* kmsg_path: "/dev/kmsg" outside tests. 0 or -ENOMEM. Ends with watch_free() (NULL-safe, returns
 * NULL). env and held must outlive it. */
int watch_new(struct watch **ret, const struct board_env *env, const struct held *held,
	      uint64_t now_ms, struct error *err);
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

/* A board that was not taken since there were as many as asked for, or since the metadata of the
 * one before it on its port is still being saved. One of those asked for may turn out not to be
 * one: by its serial number, or by being pulled before it is open. */
struct passed {
	struct passed *next;
	struct usb_dev *dev;
};

/* boards_passed.c. Without memory the board is forgotten. */
void passed_add(struct passed **list, struct usb_dev *dev);
/* It has left, or another device is on its port. */
void passed_drop(struct passed **list, const struct usb_dev *dev, const char *port);
void passed_free(struct passed *list);

/* boards_held.c. 0 or -ENOMEM. Ends with held_free() (NULL-safe, returns NULL). env must outlive
 * it.
 */
int held_new(struct held **ret, const struct board_env *env, struct error *err);
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
