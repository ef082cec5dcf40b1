/* SPDX-License-Identifier: Apache-2.0 */
/* One physical board, that is one USB port path, from plug-in to its result. Where protocol, bus,
 * files and reports meet. Does no waiting of its own: events and the time are brought to it. */
#ifndef BOARD_H
#define BOARD_H

#include "config.h"
#include "usb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board;
struct chip;
struct error;
struct report;

/* What all boards share; it outlives them. */
struct board_env {
	const struct config *config;
	struct report *report;
	/* Makes usb_wait() return; from any thread. NULL: there is nothing to wake. */
	void (*wake)(void *ctx);
	void *wake_ctx;
};

/* A board that was seen at a port, in either stage; its device is being opened from now on. 0 or
 * -ENOMEM. Ends with board_free() (NULL-safe, returns NULL). */
int board_new(struct board **ret, const struct board_env *env, const struct chip *chip,
	      struct usb_dev *dev, uint64_t now_ms, struct error *err);
struct board *board_free(struct board *board);

const char *board_port(const struct board *board);
struct usb_dev *board_dev(const struct board *board); /* its appearance; NULL while it is away,
							  and when it has ended */

/* What happened at its port, or to its device: as struct usb_handler has it. */
void board_arrived(struct board *board, struct usb_dev *dev, uint64_t now_ms);
void board_left(struct board *board, uint64_t now_ms);
void board_opened(struct board *board, const char *serial, const struct error *err,
		  uint64_t now_ms);
void board_progress(struct board *board, size_t bytes, uint64_t now_ms);
void board_done(struct board *board, size_t actual, const struct error *err, uint64_t now_ms);
void board_disk_seen(struct board *board, uint64_t now_ms);

/* For lost_ms, until now_ms, this process was stopped or could not look: that is no silence of the
 * board. To be called before board_tick(). */
void board_postpone(struct board *board, uint64_t lost_ms, uint64_t now_ms);

/* Does what is due. Returns when something is due next. */
uint64_t board_tick(struct board *board, uint64_t now_ms);

/* Its result is known, its device and its port are not its own any more; only the file with its
 * metadata is on its way. */
bool board_is_saving(const struct board *board);

/* It is over: either with a result, which was reported, or as if it had never been there (it was
 * pulled before anything was done to it, or is not one of those asked for). */
bool board_ended(const struct board *board);
bool board_counts(const struct board *board);
enum exit_status board_status(const struct board *board);

/* The board may have restarted by itself after its recovery: if it has this serial number, it ends
 * when it is opened, with a note and without a result. serial is copied. */
void board_leave_alone(struct board *board, const char *serial);

/* The serial number of a board that has ended with a successful recovery; NULL: it is none, or has
 * no number. */
const char *board_recovered_serial(const struct board *board);

/* Stops what goes on in threads of its own, which takes a moment: until board_busy() is false. */
void board_stop(struct board *board);
bool board_busy(const struct board *board);

/* Ends it from outside. */
void board_interrupt(struct board *board, enum exit_status status, uint64_t now_ms);

/* The program ends: waits (blocking) for the file with its metadata, at most until until_ms of the
 * monotonic clock. */
void board_finish_saving(struct board *board, uint64_t until_ms, uint64_t now_ms);

#endif
