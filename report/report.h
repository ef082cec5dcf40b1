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

/* A partition of a disk that rpiboot has written. */
struct event_partition {
	char path[64];
	uint64_t bytes;
};

enum report_format { REPORT_TEXT, REPORT_JSON };

struct report_config {
	enum report_format format;
	/* True if stderr is a terminal and the user allows colours. report_new() sets this
	 * value. */
	bool colors;
	/* The verbosity that the user selects: -1 (-q, only errors and results), 0 (default), 1
	 * (-v) or 2 (-vv). */
	int verbosity;
	/* True if the user gives -j without a directory. stdout is then only for the JSON document
	 * with the properties of a board, and the path of its disk goes to stderr. */
	bool document_on_stdout;
};

enum event_type {
	/* The event that rpiboot starts to wait for boards. */
	EVENT_WAITING,
	/* A note for people, which is printed if the verbosity (-v) is high enough. JSON output
	 * contains no notes. */
	EVENT_NOTE,
	/* The event that the power of a USB port was switched on or off. */
	EVENT_POWER,
	/* A hint for the user, usually the reason why no board can be booted. */
	EVENT_HINT,
	/* The event that the program opened the USB device of a board. The device is a boot ROM or
	 * a second-stage bootloader. */
	EVENT_FOUND,
	/* The event that a part of a file was sent to a board. Only a terminal with live progress
	 * shows this event. */
	EVENT_SENDING,
	/* The event that a whole file was sent to a board. */
	EVENT_SENT,
	/* The event that the board requested a file that the boot directory does not have. */
	EVENT_MISSING,
	/* The event that a board reported a property, such as its serial number. */
	EVENT_METADATA,
	/* The event that the JSON document with all properties of a board was printed on stdout or
	 * saved to a file. */
	EVENT_DOCUMENT,
	/* The event that the attempt to update the bootloader EEPROM of a board has ended. */
	EVENT_EEPROM,
	/* The event that a board left the USB bus after its second-stage bootloader had started. */
	EVENT_LEFT,
	/* The event that a disk of a booted board, such as its eMMC, appeared on USB. */
	EVENT_DISK,
	/* The event that a part of an image was written to a disk or verified. */
	EVENT_PROGRESS,
	/* The event that a whole image was written to a disk. */
	EVENT_WRITTEN,
	/* A warning about a board, or about the disk to which an image was written. For example,
	 * the disk lacks a partition. */
	EVENT_WARNING,
	EVENT_BOARD, /* One device in the output of --list. */
	/* One result of the check of the boot files: usable files, a warning or an error. */
	EVENT_CHECK,
	/* The event that a board has succeeded or failed. It is the last event of the board. */
	EVENT_RESULT,
	/* The last event of the program, with the numbers of boards that succeeded and failed. */
	EVENT_SUMMARY,
};

/* One event, such as the appearance of a board. Strings from a board are untrusted. The strings are
 * valid only until report_event() returns. */
struct event {
	enum event_type type;
	const char *port; /* the board's USB port path, or NULL */
	union {
		struct {
			int level;
			const char *text;
		} note;
		struct {
			bool on;
		} power;
		struct {
			/* The name of the chip and the names of its boards, such as "BCM2711" and
			 * "CM4, Pi 4". */
			const char *chip, *boards;
			const char *stage;    /* the stage: "rom" or "files" */
			const char *serial;   /* untrusted, from the board */
			const char *speed;    /* the USB speed, for example "high" */
			const char *firmware; /* the directory with the board's files */
		} found;
		struct {
			/* The name of the hint or the warning, for example "no-device" or
			 * "no-partition". */
			const char *code;
			const char *text;
		} hint, warning;
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
			/* The path of the file to which the JSON document was saved, or NULL if it
			 * was printed on stdout. */
			const char *path;
			/* The reason why the JSON document with the properties of a board could not
			 * be saved to a file, or NULL if there was no such error. */
			const char *why;
		} document;
		struct {
			bool done;
		} left;
		struct {
			const char *proof;  /* for example "proved" */
			const char *sha256; /* of the image, or empty */
			/* The digest that the board reported for the content of its EEPROM, or an
			 * empty string. */
			const char *reported;
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
			/* The number of bytes of the disk that have been written or verified so
			 * far, and the total number to write or verify. The total is 0 if it is
			 * unknown. */
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
			const char *chip;   /* empty if the board already runs */
			const char *stage;  /* "rom", "files", "disk" or "fastboot" */
			const char *serial; /* untrusted, from the board */
			const char *speed;
			/* The device files of the board's disks, such as "/dev/sda", separated by
			 * commas. */
			const char *disk;
			/* A sentence that explains why the board cannot be booted, or NULL if it
			 * can. */
			const char *obstacle;
		} board;
		struct {
			/* The kind of result that the check reports: "chip" (usable boot files for
			 * one chip), "warning" or "error". */
			const char *kind;
			const char *chip; /* NULL for the whole directory */
			/* The text of the warning or the error about the boot files. */
			const char *text;
			/* The path of the bootcode (the program for the boot ROM of this chip), or
			 * NULL if the boot directory has none. */
			const char *bootcode;
			/* The names of the boot files that the boot directory has for this chip,
			 * without the bootcode (the program for the boot ROM). */
			const char *names;
			/* True if rpiboot serves boards after it has checked the boot files. No
			 * text about the check is then printed on stdout. */
			bool serving;
		} check;
		struct {
			bool ok;
			/* The exit status that rpiboot would have if this were its only board. */
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

/* Creates the object that prints the events of the program. now_ms is the start time of the
 * program, in milliseconds.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with report_free(), which accepts NULL and returns NULL. */
int report_new(struct report **ret, const struct report_config *config, uint64_t now_ms,
	       struct error *err);
struct report *report_free(struct report *report);

/* Prints an event, such as the appearance of a board. now_ms is the time at which it occurred. */
void report_event(struct report *report, const struct event *event, uint64_t now_ms);

/* Redraws the progress lines of the boards on a terminal if they changed.
 * Returns: the milliseconds after which the caller must call this function again, at most
 * timeout_ms. */
int report_tick(struct report *report, int timeout_ms, uint64_t now_ms);

/* Returns: true if a result could not be written to stdout, for example because of a closed pipe or
 * a full disk. A message about the first failure was printed on stderr. */
bool report_lost(const struct report *report);

/* Prints an error of the whole program as one line on stderr, even if the events are printed as
 * JSON. The argument `report` may be NULL. */
void report_error(struct report *report, const struct error *error);

#endif
