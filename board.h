/* SPDX-License-Identifier: Apache-2.0 */
/* Physical boards, one per USB port path, from plug-in to their result, and the set of all of them.
 * Where protocol, bus, files and reports meet. Does no waiting of its own: usb.c brings events, the
 * caller brings the time. */
#ifndef BOARD_H
#define BOARD_H

#include "usb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct boards;
struct error;
struct report;

/* Results and exit status, stable and documented; one vocabulary for both. */
enum board_status {
	BOARD_OK = 0,
	BOARD_FAILED = 1, /* transfer, silence, protocol; or several boards for different reasons */
	BOARD_USAGE = 2,  /* (program) */
	BOARD_NONE_IN_TIME = 3, /* (program) */
	BOARD_NO_PERMISSION = 4,
	BOARD_NO_FILES = 5, /* boot files missing or unusable */
	BOARD_VANISHED = 6, /* at whatever moment, and what should follow did not */
	BOARD_REFUSED = 7,  /* the boot ROM did not take the bootcode */
	BOARD_NO_DISK = 8,  /* the board said Done but no disk appeared */
	BOARD_WRITE_FAILED = 9,
	BOARD_INTERRUPTED = 130,
	BOARD_TERMINATED = 143,
};

enum board_expect { BOARD_EXPECT_AUTO, BOARD_EXPECT_DISK, BOARD_EXPECT_DONE, BOARD_EXPECT_ANY };

struct board_config {
	const char *dir; /* -d; NULL: search firmware_roots for each chip */
	const char *const *firmware_roots;
	size_t firmware_root_count;
	bool overlay, signed_boot;
	const char *const *ports; /* -p: only these port paths; none: all */
	size_t port_count;
	const char *const *serials; /* -i: only these serial numbers; none: all */
	size_t serial_count;
	int port_number;    /* -0..-98: only this last port number; -1: all */
	unsigned int count; /* boards to serve; 0: for ever */
	enum board_expect expect;
	bool metadata;		   /* -j */
	const char *metadata_dir;  /* NULL: to stdout */
	uint64_t timeout_ms;	   /* no board for so long: give up; 0: never */
	uint64_t stage_timeout_ms; /* longest silence of a board between two steps */
	const char *sysroot;	   /* "/sys" outside tests */
};

/* Where a board's events come in: give it to usb_new() with the struct boards as its context. */
extern const struct usb_handler boards_usb_handler;

/* With config->dir: also checks that the directory is usable, before any board is waited for.
 * config and report must outlive the result. 0, or -Exxx with *ret_status telling the exit status.
 * Ends with boards_free() (NULL-safe, returns NULL). */
int boards_new(struct boards **ret, const struct board_config *config, struct report *report,
	       uint64_t now_ms, enum board_status *ret_status, struct error *err);
struct boards *boards_free(struct boards *boards);

/* Does what is due and returns the milliseconds until the next deadline, at most a second: call it
 * before every usb_wait(). */
int boards_tick(struct boards *boards, uint64_t now_ms);

/* Nothing more is to be done: all boards asked for have their result, or none came in time. */
bool boards_finished(const struct boards *boards);

/* Ends what is still going on with BOARD_INTERRUPTED or BOARD_TERMINATED, or BOARD_OK for no reason
 * of that kind, and tells the summary. Returns the exit status of the program. */
enum board_status boards_end(struct boards *boards, enum board_status reason, uint64_t now_ms);

#endif
