/* SPDX-License-Identifier: Apache-2.0 */
/* The set of all boards: which of those on the bus are served, how many, until when, and what the
 * exit status is. */
#ifndef BOARDS_H
#define BOARDS_H

#include "board/board.h"
#include "diagnose/hints.h"

struct boards;

/* Where a board's events come in: give it to usb_new() with the struct boards as its context. */
extern const struct usb_handler boards_usb_handler;

/* Also checks, before any board is waited for, that config->dir is usable and config->metadata_dir
 * can be written to.
 * config and report must outlive the result. 0, or -Exxx with *ret_status telling the exit status.
 * Ends with boards_free() (NULL-safe, returns NULL). */
int boards_new(struct boards **ret, const struct config *config, struct report *report,
	       uint64_t now_ms, enum exit_status *ret_status, struct error *err);
struct boards *boards_free(struct boards *boards);

/* Tells the summary of a run that has not come as far as to have boards. */
void boards_none(struct report *report, uint64_t now_ms);

/* Who is woken when something ended outside the main thread: usually usb_wake(). */
void boards_set_wake(struct boards *boards, void (*wake)(void *ctx), void *ctx);

/* Does what is due and returns the milliseconds until the next deadline, at most a second: call it
 * before every usb_wait(). told_ms: until when the boards know what has happened, as usb_wait()
 * returned it; nobody is overdue whose answer may still be to come. */
int boards_tick(struct boards *boards, uint64_t told_ms);

/* Nothing more is to be done: all boards asked for have their result, or none came in time. */
bool boards_finished(const struct boards *boards);

/* Asks what goes on in threads of its own to end; true as long as some of it has not. */
bool boards_stop(struct boards *boards);

/* Ends what is still going on with STATUS_HUNG_UP, STATUS_INTERRUPTED or STATUS_TERMINATED, or
 * STATUS_OK for no reason of that kind, and tells the summary. Returns the exit status of the
 * program. */
enum exit_status boards_end(struct boards *boards, enum exit_status reason, uint64_t now_ms);

#endif
