/* SPDX-License-Identifier: Apache-2.0 */
/* One physical board, that is one USB port path, from plug-in to its result. Where protocol, bus,
 * files and reports meet. Does no waiting of its own: events and the time are brought to it. */
#ifndef BOARD_H
#define BOARD_H

#include "usb.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board;
struct chip;
struct error;
struct image;
struct metadata_store;
struct report;
struct unmounter;

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
	BOARD_HUNG_UP = 129,
	BOARD_INTERRUPTED = 130,
	BOARD_TERMINATED = 143,
};

enum board_expect { BOARD_EXPECT_AUTO, BOARD_EXPECT_DISK, BOARD_EXPECT_DONE, BOARD_EXPECT_ANY };

struct board_config {
	const char *dir; /* -d; NULL: search firmware_roots for each chip */
	const char *const *firmware_roots;
	size_t firmware_root_count;
	const char *firmware_fetch; /* how to fetch firmware, for messages: a command in quotes */
	bool overlay, signed_boot;
	const char *const *ports; /* -p: only these port paths; none: all */
	size_t port_count;
	const char *const *serials; /* -i: only these serial numbers; none: all */
	size_t serial_count;
	int port_number;    /* -0..-98: only this last port number; -1: all */
	unsigned int count; /* boards to serve; 0: for ever */
	enum board_expect expect;
	bool metadata;		  /* its document is wanted, in metadata_dir or on stdout */
	const char *metadata_dir; /* -j DIR; NULL: to stdout */
	struct metadata_store *metadata_store; /* the open metadata_dir */
	uint64_t timeout_ms;		       /* no board for so long: give up; 0: never */
	uint64_t stage_timeout_ms;	       /* longest silence of a board between two steps */
	const char *sysroot;		       /* "/sys" outside tests */
	const char *kmsg;		       /* "/dev/kmsg" outside tests */
	struct image *image;		       /* --write: to each board's disk; NULL: nothing */
	bool no_verify;
	struct unmounter *unmounter; /* NULL: this process may unmount itself */
	const char *to_model; /* of several disks of a board the one whose model has this in it */
};

/* What all boards share; it outlives them. */
struct board_env {
	const struct board_config *config;
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
enum board_status board_status(const struct board *board);

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
void board_interrupt(struct board *board, enum board_status status, uint64_t now_ms);

/* The program ends: waits (blocking) for the file with its metadata, at most until until_ms of the
 * monotonic clock. */
void board_finish_saving(struct board *board, uint64_t until_ms, uint64_t now_ms);

#endif
