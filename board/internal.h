/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of a board share: board.c (its life) and board_talk.c (its conversations).
 * For them only. */
#ifndef BOARD_PRIVATE_H
#define BOARD_PRIVATE_H

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
	BOARD_TALKING,
	BOARD_FALTERED,
	BOARD_RETURNING,
	BOARD_LEAVING,
	BOARD_WRITING,
	BOARD_SAVING,
	BOARD_ENDED,
};

/* Bytes sent, and names that the board asks for the first time, are headway: requests alone are
 * not. */
#define HEADWAY_NAMES_MAX 512

struct headway {
	uint64_t since_ms;		   /* the last headway */
	uint64_t names[HEADWAY_NAMES_MAX]; /* digests of the names asked for */
	size_t name_count;
	unsigned int asks;    /* requests since the last headway */
	unsigned int repeats; /* requests since the last new name */
	char missing[300];    /* the last file asked for that is not there, printable */
	bool told;	      /* that the board does not go on without it */
};

struct board {
	const struct board_env *env;
	const struct chip *chip;
	char port[USB_PORT_SIZE];
	char serial[USB_SERIAL_SIZE]; /* as the first stage seen told it; bytes from a board */
	struct usb_dev *dev;	      /* NULL: not on the bus */
	enum board_state state;
	enum wire_stage stage;
	uint64_t start_ms, deadline_ms;
	uint64_t opening_ms;	     /* OPENING: since when */
	uint64_t retry_ms;	     /* OPENING: when to try again */
	uint64_t poll_ms;	     /* LEAVING: when to look for disks again */
	uint64_t first_disk_ms;	     /* LEAVING: when the first was seen; 0: not yet */
	char alone[USB_SERIAL_SIZE]; /* a board of this number is left alone; empty: none is */
	bool firmware_told;
	bool opened;	      /* at least once: from then on it is one of those asked for */
	bool tells_no_serial; /* its serial number cannot be read */
	bool said_done;
	bool away;     /* that its second stage has left was told */
	bool reported; /* it has a result */
	enum exit_status status;
	char result[ERROR_TEXT_SIZE]; /* from SAVING on: its sentence */
	struct metadata_file *metadata_file;
	bool metadata_told;
	struct service *service;
	bool usual_disk;	  /* see struct outcome_facts */
	unsigned int appearances; /* of its second stage */
	struct headway headway;

	enum outcome_after after; /* LEAVING: the device on its port, of this id */
	uint16_t after_vendor, after_product;
	bool disk_came; /* LEAVING: a disk's device has appeared at least once */

	uint64_t disk_mark; /* target_mark() when it was found: its disk appears later */
	struct writer *writer;
	char disk[64];		  /* what is written */
	uint64_t write_ms;	  /* when that began */
	uint64_t written_bytes;	  /* of the image, when last looked */
	uint64_t disk_operations; /* of the disk, likewise */
	enum writer_phase writing;
	uint64_t gone_ms; /* WRITING: when the device of its disk left; 0: it is there */

	struct boot *boot; /* the conversation of this stage */
	struct xfer xfer;  /* the outstanding transfer, or the last one */
	struct error faltered;
	uint64_t xfer_bytes; /* of it, gone so far */
	uint64_t file_ms;    /* when the current file was asked for */
	int64_t file_bytes;
	unsigned int answers; /* files and sizes the second stage was told */
	char last_name[300];  /* the last file that was asked for, printable */
};

/* board.c */
void board_open(struct board *board, struct usb_dev *dev, uint64_t now_ms);
void board_set_state(struct board *board, enum board_state state, uint64_t deadline_ms);
void board_tell(struct board *board, struct event *event, uint64_t now_ms);
void board_note(struct board *board, int level, uint64_t now_ms, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void board_fail(struct board *board, enum exit_status status, uint64_t now_ms, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void board_end(struct board *board, enum exit_status status, const char *text, uint64_t now_ms);
void board_returning(struct board *board, uint64_t now_ms);

/* board_talk.c */
void board_talk(struct board *board, uint64_t now_ms);
void board_talk_overdue(struct board *board, uint64_t now_ms);
/* It left where it owed, or was owed, something. */
void board_vanished(struct board *board, uint64_t now_ms);

/* board_metadata.c */
/* Reports the document on stdout, if it is to go there and has not yet. */
void board_print_metadata(struct board *board, uint64_t now_ms);
/* The board's end is here: prints the document, or begins to save it. True: that goes on. */
bool board_save_metadata(struct board *board, uint64_t now_ms);
/* False: it still goes on. A document that cannot be saved is printed. */
bool board_poll_metadata(struct board *board, uint64_t now_ms);
/* The metadata are where they belong: reports the result. */
void board_conclude(struct board *board, uint64_t now_ms);
/* It has taken too long: the document is printed. */
void board_metadata_overdue(struct board *board, uint64_t now_ms);

/* board_headway.c */
/* The second stage asks for a file (bytes: its size, -1: not there) or reports the property "*KEY".
 */
void board_asked(struct board *board, const char *name, int64_t bytes, uint64_t now_ms);
/* Bytes of a file have gone out. */
void board_advanced(struct board *board, uint64_t now_ms);
/* When the second stage has been without headway for too long. */
uint64_t board_headway_limit_ms(const struct board *board);
/* Fails the board if it asks in a circle. False: it does not. */
bool board_is_stuck(struct board *board, uint64_t now_ms);

/* board_after.c */
void board_leaving(struct board *board, uint64_t now_ms);
void board_finished_talking(struct board *board, uint64_t now_ms);
/* Disks on its port are looked for. */
bool board_wants_disk(const struct board *board);
/* The second stage's device is gone: an end, or the way to the next appearance? */
void board_left_second_stage(struct board *board, uint64_t now_ms);
void board_other_arrived(struct board *board, const struct usb_id *id, uint64_t now_ms);
void board_rom_again(struct board *board, uint64_t now_ms);
/* The device that followed has left again. */
void board_other_left(struct board *board);
bool board_poll_disks(struct board *board, uint64_t now_ms);
void board_after_overdue(struct board *board, uint64_t now_ms);

/* board.c: how a sentence calls the end by a signal: "interrupted". */
const char *board_signal_word(enum exit_status status);

/* board_write.c */
/* --write: to the one of its disks that is meant. */
void board_write(struct board *board, const struct disks *disks, uint64_t now_ms);
/* ... which may not be among them yet. */
bool board_write_waits(const struct board *board, const struct disks *disks);
void board_poll_writer(struct board *board, uint64_t now_ms);
/* WRITING: the device of its disk left, or another one arrived on its port. */
void board_write_left(struct board *board, uint64_t now_ms);
void board_write_arrived(struct board *board, struct usb_dev *dev, uint64_t now_ms);
void board_write_overdue(struct board *board, uint64_t now_ms);
void board_write_interrupted(struct board *board, enum exit_status status, uint64_t now_ms);

#endif
