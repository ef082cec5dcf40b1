/* SPDX-License-Identifier: Apache-2.0 */
/* Manages all boards of one run of the program. These functions decide which boards are served,
 * when the run ends, and which exit status the program returns. */
#ifndef BOARD_BOARDS_H
#define BOARD_BOARDS_H

#include "board/board.h"

struct boards;

/* Functions that pass the events of the USB bus to a set of boards. The caller passes this struct
 * to usb_new(), with the set (struct boards) as the context. */
extern const struct usb_handler boards_usb_handler;

/* Checks that the boot directory is usable and that the directory of the option -j is writable, and
 * then creates an empty set of boards.
 * Returns: 0, or -Exxx with the exit status of the program in *ret_status.
 * Ownership: the caller frees the set with boards_free(), which accepts NULL and returns NULL.
 * context must outlive the set. */
int boards_new(struct boards **ret, const struct context *context, uint64_t now_ms,
	       enum exit_status *ret_status, struct error *err);
struct boards *boards_free(struct boards *boards);

/* Prints the summary of a run that failed before it could serve boards. */
void boards_none(struct report *report, uint64_t now_ms);

/* Does all work of the boards that is due. Call this function before every usb_wait().
 * events_until_ms is the time up to which usb_wait() has delivered all events. A board never times
 * out while its reply may still be queued.
 * Returns: the milliseconds until the next deadline, at most 1000. */
int boards_tick(struct boards *boards, uint64_t events_until_ms);

/* Returns: true if the run must end, because all requested boards have a result or because no board
 * appeared before the timeout. */
bool boards_finished(const struct boards *boards);

/* Requests the threads that write disks of boards to stop.
 * Returns: true while at least one of these threads still runs. */
bool boards_stop(struct boards *boards);

/* Stops serving all boards, and reports the summary of the run.
 * reason: STATUS_HUNG_UP, STATUS_INTERRUPTED or STATUS_TERMINATED if a signal ends the run,
 * otherwise STATUS_OK.
 * Returns: the exit status of the program. */
enum exit_status boards_end(struct boards *boards, enum exit_status reason, uint64_t now_ms);

#endif
