/* SPDX-License-Identifier: Apache-2.0 */
/* The events of rpiboot. report_event() prints an event as text for people, mainly on stderr, or as
 * a JSON line for programs, on stdout. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct report;

/* A partition of a disk that rpiboot has written. */
struct event_partition {
	char path[64];
	uint64_t bytes;
};

enum report_format { REPORT_TEXT, REPORT_JSON };

struct report_config {
	enum report_format format;
	/* True if stderr is a terminal and the user allows colours. report_new() sets this value.
	 */
	bool colors;
	/* The verbosity is -1 (option -q, only errors and results), 0, 1 (-v) or 2 (-vv). */
	int verbosity;
	/* True for -j without DIR. The metadata document is then the only result on stdout, and
	 * disk paths go to stderr. */
	bool document_on_stdout;
};

enum event_type {
	EVENT_WAITING, /* rpiboot starts to wait for boards */
	/* A note for people, printed if the verbosity is at least `level`. A note does not appear
	 * in the JSON output. */
	EVENT_NOTE,
	EVENT_HINT,  /* a reason why no board can be booted */
	EVENT_FOUND, /* a stage of a board was opened */
	/* A file is being sent. This event is only shown in the live lines of a terminal. */
	EVENT_SENDING,
	EVENT_SENT, /* a file or the bootcode was sent */
	/* The board requested a file that is missing. */
	EVENT_MISSING,
	EVENT_METADATA, /* the board reported a property of itself */
	/* The metadata document of a board is complete. It is printed on stdout or saved under
	 * `path`. */
	EVENT_DOCUMENT,
	EVENT_LEFT,	/* the board left during the second stage */
	EVENT_DISK,	/* a disk of a board appeared */
	EVENT_PROGRESS, /* progress of writing or verifying a disk */
	EVENT_WRITTEN,	/* an image was written to a disk */
	EVENT_WARNING,	/* a possible problem of a written disk */
	EVENT_BOARD,	/* a device that --list prints */
	EVENT_CHECK,	/* a finding about the boot files */
	EVENT_RESULT,	/* the result of a board, its last event */
	EVENT_SUMMARY,	/* the totals of all boards, as last event */
};

/* One event. All strings belong to the caller and are used only during the call. Strings marked as
 * untrusted come from a board and may be malicious. */
struct event {
	enum event_type type;
	const char *port; /* NULL if the event concerns no board */
	union {
		struct {
			int level;
			const char *text;
		} note;
		struct {
			const char *chip, *boards; /* such as BCM2711 and "CM4, Pi 4" */
			const char *stage;	   /* the stage: "rom" or "files" */
			const char *serial;	   /* untrusted, from the board */
			const char *speed;	   /* the USB speed, for example "high" */
			const char *firmware;	   /* the boot directory used for the board */
		} found;
		struct {
			const char *code; /* for example "no-device" */
			const char *text;
		} hint;
		struct {
			const char *name; /* untrusted, from the board */
			uint64_t bytes, total;
		} sending;
		struct {
			const char *name; /* untrusted, from the board */
			uint64_t bytes;
			double seconds;
		} sent;
		struct {
			const char *name; /* untrusted, from the board */
		} missing;
		struct {
			const char *key, *value; /* untrusted, from the board */
		} metadata;
		struct {
			const char *text; /* the document, in JSON format */
			const char *path; /* NULL if it was printed on stdout */
			/* The reason why the document could not be saved. NULL if it was saved or
			 * need not be saved. */
			const char *why;
		} document;
		struct {
			bool done;
		} left;
		struct {
			const char *path;
			uint64_t bytes;
			const char *model; /* untrusted, from the board */
		} disk;
		struct {
			const char *phase; /* the phase: "write" or "verify" */
			const char *path;
			uint64_t bytes, total; /* total is 0 if the size is unknown */
		} progress;
		struct {
			const char *path;
			uint64_t bytes;
			double seconds;
			const char *sha256; /* in hexadecimal digits */
			bool verified;
			const struct event_partition *partitions;
			size_t partition_count;
		} written;
		struct {
			const char *code; /* for example "no-partition" */
			const char *text;
		} warning;
		struct {
			const char *chip;   /* empty if the board has booted */
			const char *stage;  /* "rom", "files", "disk" or "fastboot" */
			const char *serial; /* untrusted, from the board */
			const char *speed;
			/* Paths of disks such as "/dev/sda", separated by commas. */
			const char *disk;
			/* The reason why the board cannot be booted, or NULL if it can be
			 * booted. */
			const char *obstacle;
		} board;
		struct {
			const char *kind; /* the kind: "chip", "warning" or "error" */
			const char *chip; /* NULL for the whole directory */
			const char *text; /* set for a warning or an error */
			/* The path of the bootcode, or NULL if there is none. Only findings of the
			 * kind "chip" have it. */
			const char *bootcode;
			/* The names of the other boot files of this chip. Only findings of the kind
			 * "chip" have them. */
			const char *names;
			/* True if rpiboot serves boards after the check. The text output then does
			 * not print this finding as a result on stdout. */
			bool serving;
		} check;
		struct {
			bool ok;
			/* The exit status of rpiboot if this were the only board. */
			int code;
			const char *text;
			double seconds;
		} result;
		struct {
			unsigned int ok, failed;
			double seconds;
		} summary;
	};
};

/* Creates a report. now_ms: the start time, from which the "time" of JSON events counts.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with report_free(), which accepts NULL and returns NULL. */
int report_new(struct report **ret, const struct report_config *config, uint64_t now_ms,
	       struct error *err);
struct report *report_free(struct report *report);

/* Reports an event immediately. now_ms: the time of the event. */
void report_event(struct report *report, const struct event *event, uint64_t now_ms);

/* Redraws the live lines of a terminal if they are due.
 * Returns: the maximum time in milliseconds until the next call, at most timeout_ms. */
int report_tick(struct report *report, int timeout_ms, uint64_t now_ms);

/* True if a result could not be written to stdout, for example because of a closed pipe or a full
 * disk. The first such failure was printed on stderr. */
bool report_lost(const struct report *report);

/* Prints an error that concerns the whole program and not one board. Prints one line on stderr in
 * every format. report: NULL if no report exists yet. */
void report_error(struct report *report, const struct error *error);

#endif
