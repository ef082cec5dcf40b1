/* SPDX-License-Identifier: Apache-2.0 */
/* What happens, as a vocabulary (struct event), and who is told: people on stderr, programs on
 * stdout. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct report;

/* A partition of a written disk. */
struct event_partition {
	char path[64];
	uint64_t bytes;
};

enum report_format { REPORT_TEXT, REPORT_JSON };

struct report_config {
	enum report_format format;
	bool colors;		 /* set by report_new() where stderr is a terminal */
	int verbosity;		 /* -1 quiet (errors and results only), 0, 1 (-v), 2 (-vv) */
	bool document_on_stdout; /* -j without DIR: the metadata document is the one result on
				    stdout, disk paths go to stderr */
};

enum event_type {
	EVENT_WAITING, /* waiting for boards now */
	EVENT_NOTE,    /* something that helps a person at `level` of verbosity; not for programs */
	EVENT_HINT,    /* why nothing happens */
	EVENT_FOUND,   /* a board was opened in a stage */
	EVENT_SENDING, /* a file is on its way; for people who watch only */
	EVENT_SENT,    /* a file, or bootcode, went out whole */
	EVENT_MISSING, /* the board asked for what is not there */
	EVENT_METADATA, /* the board told something about itself */
	EVENT_DOCUMENT, /* its metadata document is complete: to stdout, or saved under `path` */
	EVENT_LEFT,	/* the board left the bus in the second stage */
	EVENT_DISK,	/* a disk appeared */
	EVENT_PROGRESS, /* of writing a disk */
	EVENT_WRITTEN,	/* a disk has the image */
	EVENT_WARNING,	/* ... but this may not be what people want */
	EVENT_BOARD,	/* what --list shows of one; a result */
	EVENT_CHECK,	/* what is wrong with boot files; a result of --check */
	EVENT_RESULT,	/* a board's end, exactly one each */
	EVENT_SUMMARY,	/* the last one */
};

/* Strings are borrowed for the call; those that come from a board are marked (board) and are
 * hostile. */
struct event {
	enum event_type type;
	const char *port; /* port path; NULL where no board is concerned */
	union {
		struct {
			int level;
			const char *text;
		} note;
		struct {
			const char *chip, *boards; /* BCM2711; "CM4, Pi 4" */
			const char *stage;	   /* "rom" or "files" */
			const char *serial;	   /* (board) */
			const char *speed;	   /* "full", "high", ... */
			const char *firmware;	   /* the boot directory that serves it */
		} found;
		struct {
			const char *code; /* "no-device", ... */
			const char *text;
		} hint;
		struct {
			const char *name; /* (board) */
			uint64_t bytes, total;
		} sending;
		struct {
			const char *name; /* (board) */
			uint64_t bytes;
			double seconds;
		} sent;
		struct {
			const char *name; /* (board) */
		} missing;
		struct {
			const char *key, *value; /* (board) */
		} metadata;
		struct {
			const char *text; /* JSON */
			const char *path; /* where it was saved; NULL: it goes to stdout */
			const char *why;  /* it could not be saved; NULL: it was, or need not be */
		} document;
		struct {
			bool done;
		} left;
		struct {
			const char *path;
			uint64_t bytes;
			const char *model; /* (board) */
		} disk;
		struct {
			const char *phase; /* "write" or "verify" */
			const char *path;
			uint64_t bytes, total; /* total 0: not known */
		} progress;
		struct {
			const char *path;
			uint64_t bytes;
			double seconds;
			const char *sha256; /* hex */
			bool verified;
			const struct event_partition *partitions;
			size_t partition_count;
		} written;
		struct {
			const char *code; /* "no-partition", ... */
			const char *text;
		} warning;
		struct {
			const char *chip; /* "" where it is none any more */
			const char
				*stage; /* "rom", "files", or what it became: "disk", "fastboot" */
			const char *serial; /* (board) */
			const char *speed;
			const char *disk;     /* "/dev/sda"; several are separated by commas */
			const char *obstacle; /* why it cannot be booted; NULL: it can */
		} board;
		struct {
			const char *kind;     /* "chip", "warning" or "error" */
			const char *chip;     /* NULL: the directory as a whole */
			const char *text;     /* of a warning or error */
			const char *bootcode; /* of a chip: the path; NULL: it has none */
			const char *names;    /* ... and what else there is for it */
			bool serving; /* boards are served next: for people it is no result */
		} check;
		struct {
			bool ok;
			int code; /* exit status of the program if this were its only board */
			const char *text;
			double seconds;
		} result;
		struct {
			unsigned int ok, failed;
			double seconds;
		} summary;
	};
};

/* now_ms: the start, against which "time" is told. Ends with report_free() (NULL-safe, returns
 * NULL). */
int report_new(struct report **ret, const struct report_config *config, uint64_t now_ms,
	       struct error *err);
struct report *report_free(struct report *report);

/* Tells it at once. now_ms: when it happened. */
void report_event(struct report *report, const struct event *event, uint64_t now_ms);

/* What is due for people who watch. Returns how long may be waited at most, of the timeout_ms that
 * the caller has in mind. */
int report_tick(struct report *report, int timeout_ms, uint64_t now_ms);

/* Some result could not be written to stdout (closed pipe, full disk); it was said on stderr, once.
 */
bool report_lost(const struct report *report);

/* An error that is the whole program's and no board's; one line on stderr whatever the format.
 * report may be NULL: not made yet. */
void report_error(struct report *report, const struct error *error);

#endif
