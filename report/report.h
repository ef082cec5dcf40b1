/* SPDX-License-Identifier: Apache-2.0 */
/* Defines the events of rpiboot, such as the appearance of a board, and prints them. Text for
 * people goes mainly to stderr, and JSON lines for programs go to stdout. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct report;

/* Describes a partition of a disk that rpiboot has written. */
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
	/* The verbosity is -1 with -q (only errors and results), 0 by default, 1 with -v, or 2 with
	 * -vv. */
	int verbosity;
	/* True if the option -j has no directory. Then only the JSON document with the properties
	 * of a board goes to stdout, and the paths of disks go to stderr. */
	bool document_on_stdout;
};

enum event_type {
	EVENT_WAITING, /* rpiboot starts to wait for boards. */
	/* rpiboot prints a note for people if the verbosity is at least the level of the note. The
	 * JSON output has no notes. */
	EVENT_NOTE,
	EVENT_POWER, /* The power of a USB port was switched off or on. */
	EVENT_HINT,  /* rpiboot found a reason why no board can be booted. */
	EVENT_FOUND, /* A boot ROM or second stage was opened. */
	/* A part of a file was sent to a board. Only the progress on a terminal shows this event.
	 */
	EVENT_SENDING,
	EVENT_SENT, /* A whole file, such as the bootcode, was sent. */
	/* The board requested a file that the boot directory does not have. */
	EVENT_MISSING,
	EVENT_METADATA, /* A board reported a property, such as its serial number. */
	/* The JSON document with all properties of a board is complete. It was printed on stdout or
	 * saved to a file. */
	EVENT_DOCUMENT,
	EVENT_EEPROM,	/* The outcome of an update of a board's bootloader EEPROM. */
	EVENT_LEFT,	/* A board left USB during or after its second stage. */
	EVENT_DISK,	/* A disk of a board appeared. */
	EVENT_PROGRESS, /* A part of a disk was written or verified. */
	EVENT_WRITTEN,	/* The whole image was written to a disk. */
	EVENT_WARNING,	/* A written disk may have a problem, such as no partition. */
	EVENT_BOARD,	/* The option --list prints a device. */
	EVENT_CHECK,	/* rpiboot has a finding about the boot files. */
	EVENT_RESULT,	/* A board has its result, and no other event of it follows. */
	EVENT_SUMMARY,	/* The totals of all boards are the last event. */
};

/* Describes one event. The strings belong to the caller and are used only during the call.
 * Untrusted strings come from a board and may be malicious. */
struct event {
	enum event_type type;
	const char *port; /* USB port path of the board, or NULL */
	union {
		struct {
			int level;
			const char *text;
		} note;
		struct {
			bool on;
		} power;
		struct {
			const char *chip, *boards; /* such as "BCM2711" and "CM4, Pi 4" */
			const char *stage;	   /* the stage: "rom" or "files" */
			const char *serial;	   /* untrusted, from the board */
			const char *speed;	   /* the USB speed, for example "high" */
			const char *firmware; /* the directory whose files the board receives */
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
			const char *path; /* NULL if the document was printed on stdout */
			/* The reason why the document could not be saved to a file. NULL if it was
			 * saved or was printed on stdout. */
			const char *why;
		} document;
		struct {
			bool done;
		} left;
		struct {
			const char *proof;    /* for example "proved" */
			const char *sha256;   /* of the image, or empty */
			const char *reported; /* the digest that the board reported, or empty */
			const char *text;
		} eeprom;
		struct {
			const char *path;
			uint64_t bytes;
			const char *model; /* untrusted, from the board */
		} disk;
		struct {
			const char *phase; /* the phase: "write" or "verify" */
			const char *path;
			/* bytes done so far and in total; total is 0 if it is unknown */
			uint64_t bytes, total;
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
			/* The device nodes of the disks of the board, such as "/dev/sda", separated
			 * by commas. */
			const char *disk;
			/* The sentence that explains why the board cannot be booted, or NULL if it
			 * can be booted. */
			const char *obstacle;
		} board;
		struct {
			const char *kind; /* the kind: "chip", "warning" or "error" */
			const char *chip; /* NULL for the whole directory */
			const char *text; /* The sentence for the kinds "warning" and "error". */
			/* The path of the bootcode of the chip, or NULL if there is none. Only a
			 * finding of the kind "chip" sets it. */
			const char *bootcode;
			/* The names of the other boot files of the chip. Only a finding of the kind
			 * "chip" sets them. */
			const char *names;
			/* True if rpiboot serves boards after it checked the boot files. The text
			 * output then does not print this finding on stdout. */
			bool serving;
		} check;
		struct {
			bool ok;
			/* The exit status that rpiboot would have if it had served only this board.
			 */
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

/* Creates a report, which prints the events of the program. now_ms is the start time, from which
 * the "time" of JSON events counts.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with report_free(), which accepts NULL and returns NULL. */
int report_new(struct report **ret, const struct report_config *config, uint64_t now_ms,
	       struct error *err);
struct report *report_free(struct report *report);

/* Prints an event immediately. now_ms is the time at which it occurred. */
void report_event(struct report *report, const struct event *event, uint64_t now_ms);

/* Redraws the progress of the boards on a terminal if it changed.
 * Returns: the milliseconds after which the caller must call this function again, at most
 * timeout_ms. */
int report_tick(struct report *report, int timeout_ms, uint64_t now_ms);

/* Returns: true if a result could not be written to stdout, for example because of a closed pipe or
 * a full disk. The first such failure was printed on stderr. */
bool report_lost(const struct report *report);

/* Prints an error of the whole program as one line on stderr, also if events are printed as JSON.
 * report: NULL if no report exists yet. */
void report_error(struct report *report, const struct error *error);

#endif
