/* SPDX-License-Identifier: Apache-2.0 */
/* The struct board, which the files board.c, serve.c, headway.c, outcome.c, metadata.c and write.c
 * share. Only these files include this header. */
#ifndef BOARD_INTERNAL_H
#define BOARD_INTERNAL_H

#include "board/board.h"
#include "boot/boot.h"
#include "boot/chip.h"
#include "util/error.h"
#include "flash/disk.h"
#include "flash/writer.h"
#include "board/judge.h"
#include "report/report.h"
#include "board/file_server.h"

enum board_state {
	BOARD_OPENING,
	BOARD_SERVING,
	BOARD_SUSPECT,
	BOARD_REENUMERATING,
	BOARD_AWAITING_OUTCOME,
	BOARD_WRITING,
	BOARD_SAVING,
	BOARD_ENDED,
};

/* The verdict that a part of a board returns. board.c changes the state of the board according to
 * this verdict. The parts are opening.c, serve.c, outcome.c and write.c. A part may change
 * board->deadline_ms, but not the state. */
enum verdict_kind {
	VERDICT_GOES_ON,   /* the state does not change */
	VERDICT_SUSPECT,   /* a transfer failed; the board may be leaving */
	VERDICT_FINISHED,  /* the part is done, and the next state follows */
	VERDICT_ENDED,	   /* the board ends with a result */
	VERDICT_FORGOTTEN, /* the board ends without a result */
};

struct verdict {
	enum verdict_kind kind;
	/* The result of VERDICT_ENDED. */
	enum exit_status status;
	char text[ERROR_TEXT_SIZE];
};

/* The state of opening.c. */
struct opening {
	uint64_t since_ms; /* the time when the state began */
	/* The time of the next attempt to open the device. If no attempt follows, it is
	 * UINT64_MAX. */
	uint64_t retry_ms;
	/* The serial number cannot be read. */
	bool no_serial;
};

/* The second stage of a board makes headway when the host sends it data, or when it requests a name
 * for the first time. A repeated request alone is no headway. */
#define HEADWAY_NAMES_MAX 512

struct headway {
	/* The time of the last headway. */
	uint64_t since_ms;
	uint64_t names[HEADWAY_NAMES_MAX]; /* digests of the requested names */
	size_t name_count;
	unsigned int asks;    /* requests since the last headway */
	unsigned int repeats; /* requests since the last new name */
	/* The last requested file that does not exist, as printable text. */
	char missing[300];
	/* A message has named the file in `missing`. */
	bool missing_reported;
};

/* The state of serve.c and headway.c. */
struct serving {
	struct boot *boot;
	struct xfer xfer;    /* the transfer in flight, or the last one */
	uint64_t xfer_bytes; /* the bytes of the transfer that were sent so far */
	/* The error of the failed transfer, valid in the state SUSPECT. */
	struct error fault;
	/* The time when the board requested the current file, and the size of the file. */
	uint64_t file_ms;
	int64_t file_bytes;
	/* The number of requests of the second stage that the host has answered. A request asks for
	 * the size or for the content of a file. */
	unsigned int answers;
	/* The last requested file or reported property, as printable text. */
	char last_name[300];
	struct headway headway;
};

/* The state of outcome.c. */
struct awaiting {
	bool said_done;
	bool away;	/* the departure of the second stage was reported */
	bool disk_came; /* a device with the USB id of a disk has appeared */
	/* The kind and the USB id of the device at the port of the board. */
	enum outcome_after after;
	uint16_t vendor, product;
	uint64_t poll_ms; /* the time of the next search for disks */
	/* The time when the first disk was found, or 0 before that. */
	uint64_t first_disk_ms;
};

/* The state of write.c. */
struct writing {
	/* The result of target_mark() when the board was found. A disk that is older than this mark
	 * is not the disk of the board. */
	uint64_t disk_mark;
	struct disk disk;
	struct writer *writer;
	uint64_t since_ms; /* the time when the write began */
	uint64_t poll_ms;  /* the time of the next poll of the writer */
	/* The state of the writer at the last poll. */
	enum writer_phase phase;
	uint64_t bytes, disk_operations;
	/* The time when the device of the disk left the bus. While the device is present, it is
	 * 0. */
	uint64_t gone_ms;
};

struct board {
	const struct context *context;
	const struct chip *chip;
	char port[USB_PORT_SIZE];
	/* The serial number of the first stage that was opened. The bytes come from the board. */
	char serial[USB_SERIAL_SIZE];
	struct usb_dev *dev; /* NULL while the board is not on the bus */
	enum board_state state;
	enum wire_stage stage;
	uint64_t start_ms, deadline_ms;
	/* A board with this serial number must not be served again. If the string is empty, any
	 * board is served. */
	char alone[USB_SERIAL_SIZE];
	bool firmware_reported;
	/* The device was opened at least once. From then on, the board counts as one of the
	 * requested boards. */
	bool opened;
	bool reported; /* the result of the board was reported */
	/* The result of the board. It is valid in the states SAVING and ENDED. */
	struct verdict result;
	struct metadata_file *metadata_file;
	bool metadata_reported;
	struct service *service;
	/* The boot files are of a kind that usually creates a disk. */
	bool usual_disk;
	/* The number of appearances of the second stage. */
	unsigned int appearances;

	struct opening opening;
	struct serving serving;
	struct awaiting awaiting;
	struct writing writing;
};

/* The functions of board.c. */
/* Records the device at the port of the board, and makes the board the owner of the device. dev is
 * NULL if the device left. */
void board_set_device(struct board *board, struct usb_dev *dev);
/* Closes the device of the board and drops it, so that the board gets no more events of it. */
void board_close_device(struct board *board);
/* Starts the wait for the device that follows the second stage. */
void board_await_outcome(struct board *board, uint64_t now_ms);
void board_report(struct board *board, struct event *event, uint64_t now_ms);
void board_note(struct board *board, int level, uint64_t now_ms, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Returns: a verdict without a result. */
struct verdict verdict(enum verdict_kind kind);
/* Returns: VERDICT_ENDED with this result. */
struct verdict verdict_end(enum exit_status status, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The functions of opening.c. */
/* Starts to open the device. */
void opening_start(struct board *board, uint64_t now_ms);
/* Opens the device again, if the time of the next attempt has come.
 * Returns: the time of the next attempt. */
uint64_t opening_tick(struct board *board, uint64_t now_ms);
/* Handles the result of usb_dev_open(). The arguments are those of opened() in struct
 * usb_handler. */
struct verdict opening_done(struct board *board, const char *serial, const struct error *err,
			    uint64_t now_ms);

/* The functions of serve.c. */
struct verdict serve_start(struct board *board, uint64_t now_ms);
/* Handle the progress and the end of a transfer. The arguments are those of progress() and done()
 * in struct usb_handler. */
void serve_progress(struct board *board, size_t bytes, uint64_t now_ms);
struct verdict serve_done(struct board *board, size_t actual, const struct error *err,
			  uint64_t now_ms);
struct verdict serve_left(struct board *board);
struct verdict serve_overdue(struct board *board, uint64_t now_ms);

/* These functions return VERDICT_ENDED for a board whose second stage did not appear after the boot
 * ROM. Either another device appeared, or no device appeared in time. */
struct verdict serve_wrong_stage(const struct board *board, const struct usb_id *id);
struct verdict serve_no_stage(const struct board *board);

/* The functions of metadata.c. */
/* Reports the metadata document on stdout, if stdout is its destination and the document was not
 * reported before. */
void board_print_metadata(struct board *board, uint64_t now_ms);
/* Prints the metadata document of a board that ends, or starts to save it to a file.
 * Returns: true if the file is still being saved. */
bool board_save_metadata(struct board *board, uint64_t now_ms);
/* Checks if the metadata file is saved. If the file cannot be saved, the document is printed
 * instead.
 * Returns: false while the file is still being saved. */
bool board_poll_metadata(struct board *board, uint64_t now_ms);
/* Prints the metadata document because the write of its file has timed out. */
void board_metadata_overdue(struct board *board, uint64_t now_ms);

/* The functions of headway.c. */
/* Records a request of the second stage for a file, or a reported property "*KEY". bytes is the
 * size of the file, or -1 if the file does not exist. */
void board_asked(struct board *board, const char *name, int64_t bytes, uint64_t now_ms);
/* Records headway because bytes of a file were sent to the board. */
void board_advanced(struct board *board, uint64_t now_ms);
/* Returns: the time at which the second stage has made no headway for too long. If no limit
 * applies, the time is UINT64_MAX. */
uint64_t board_headway_limit_ms(const struct board *board);
/* Returns: VERDICT_ENDED if the board repeats the same requests without headway. */
struct verdict board_stuck(const struct board *board, uint64_t now_ms);

/* The functions of outcome.c. */
void outcome_start(struct board *board, uint64_t now_ms);
/* Searches for disks, if the time of the next search has come.
 * ret_due_ms: receives the time of the next search. */
struct verdict outcome_tick(struct board *board, uint64_t now_ms, uint64_t *ret_due_ms);
/* Handles the departure of the second stage, or of the device that followed it. */
struct verdict outcome_left(struct board *board, uint64_t now_ms);
/* Handles the arrival of a device at the port of the board: the boot ROM again, a device that the
 * boot files have created, or a device that a person has plugged in. */
struct verdict outcome_arrived(struct board *board, const struct usb_id *id, uint64_t now_ms);
struct verdict outcome_overdue(struct board *board, uint64_t now_ms);

/* The functions of write.c. */
/* Returns: true if the selected disk of the board may still appear, so that the write must wait. */
bool write_waits(const struct board *board, const struct disks *disks);
/* Selects the disk to write.
 * Returns: VERDICT_FINISHED, or VERDICT_ENDED (no disk matches, or more than one matches). */
struct verdict write_choose(struct board *board, const struct disks *disks);
/* Returns: true while the threads of the writer run. */
bool write_is_busy(const struct board *board);
/* Starts to write the image of --write to the selected disk. */
struct verdict write_start(struct board *board, uint64_t now_ms);
/* Polls the writer, if the time of the next poll has come.
 * ret_due_ms: receives the time of the next poll. */
struct verdict write_tick(struct board *board, uint64_t now_ms, uint64_t *ret_due_ms);
/* Handle the departure of the disk's device during a write, and the arrival of another device at
 * its port. */
void write_left(struct board *board, uint64_t now_ms);
struct verdict write_arrived(struct board *board, struct usb_dev *dev, uint64_t now_ms);
struct verdict write_overdue(struct board *board);
struct verdict write_interrupted(struct board *board, enum exit_status status, const char *word,
				 uint64_t now_ms);

#endif
