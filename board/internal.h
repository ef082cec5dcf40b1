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
	BOARD_TALKING,
	BOARD_FALTERED,
	BOARD_RETURNING,
	BOARD_LEAVING,
	BOARD_WRITING,
	BOARD_SAVING,
	BOARD_ENDED,
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
	/* The user was notified that the board waits for a missing file. */

	bool told;
};

struct board {
	const struct context *context;
	const struct chip *chip;
	char port[USB_PORT_SIZE];
	/* The serial number of the first stage that was opened. The bytes come from the board. */
	char serial[USB_SERIAL_SIZE];
	struct usb_dev *dev; /* NULL: the board is not on the bus */
	enum board_state state;
	enum wire_stage stage;
	uint64_t start_ms, deadline_ms;
	/* In the state OPENING, the time when the state began. */
	uint64_t opening_ms;
	/* In the state OPENING, the time of the next attempt to open the device. */
	uint64_t retry_ms;
	/* In the state LEAVING, the time of the next search for disks. In the state WRITING, the
	 * time of the next poll of the writer. */
	uint64_t poll_ms;
	/* In the state LEAVING, the time when the first disk was found. 0: none yet. */
	uint64_t first_disk_ms;
	/* A board with this serial number must not be served again. Empty: any board is served. */
	char alone[USB_SERIAL_SIZE];
	bool firmware_told;
	/* The device was opened at least once. From then on, the board counts as one of the
	 * requested boards. */
	bool opened;
	/* The serial number cannot be read. */
	bool tells_no_serial;
	bool said_done;
	/* The departure of the second stage was reported. */
	bool away;
	bool reported; /* the result of the board was reported */
	enum exit_status status;
	/* The message of the result. Valid from the state SAVING on. */
	char result[ERROR_TEXT_SIZE];
	struct metadata_file *metadata_file;
	bool metadata_told;
	struct service *service;
	/* The boot files are of a kind that usually creates a disk. */
	bool usual_disk;
	/* How often the second stage has appeared. */
	unsigned int appearances;
	struct headway headway;

	/* In the state LEAVING, the kind and the USB id of the device at the port of the board. */
	enum outcome_after after;
	uint16_t after_vendor, after_product;
	/* In the state LEAVING, a device with the USB id of a disk has appeared at least once. */
	bool disk_came;

	/* The result of target_mark() when the board was found. The disk of the board appears later
	 * than this mark. */
	uint64_t disk_mark;
	struct writer *writer;
	/* The device node of the disk that is written. */
	char disk[64];
	uint64_t write_ms; /* the time when the write began */
	/* The bytes of the image that were written at the last poll. */
	uint64_t written_bytes;
	/* The disk operations that were done at the last poll. */
	uint64_t disk_operations;
	enum writer_phase writing;
	/* In the state WRITING, the time when the device of the disk left the bus. 0: the device is
	 * present. */
	uint64_t gone_ms;

	/* The state of the boot protocol in this stage. */
	struct boot *boot;
	struct xfer xfer; /* the transfer in flight, or the last one */
	struct error faltered;
	/* The bytes of the transfer that were sent so far. */
	uint64_t xfer_bytes;
	/* The time when the board requested the current file. */
	uint64_t file_ms;
	int64_t file_bytes;
	/* How many requests of the second stage the host has answered, for a size or for
	 * content. */
	unsigned int answers;
	/* The last requested file or reported property, as printable text. */
	char last_name[300];
};

/* The functions of board.c. */
void board_open(struct board *board, struct usb_dev *dev, uint64_t now_ms);
/* Sets the device at the port of the board, and the board as the owner of the device. dev: NULL if
 * the device left. */
void board_set_device(struct board *board, struct usb_dev *dev);
/* Closes the device of the board and drops it, so that the board gets no more events of it. */
void board_close_device(struct board *board);
void board_set_state(struct board *board, enum board_state state, uint64_t deadline_ms);
void board_tell(struct board *board, struct event *event, uint64_t now_ms);
void board_note(struct board *board, int level, uint64_t now_ms, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void board_fail(struct board *board, enum exit_status status, uint64_t now_ms, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void board_end(struct board *board, enum exit_status status, const char *text, uint64_t now_ms);
void board_returning(struct board *board, uint64_t now_ms);

/* The functions of serve.c. */
void board_talk(struct board *board, uint64_t now_ms);
void board_talk_overdue(struct board *board, uint64_t now_ms);
/* Fails the board because it left the bus during a transfer. */
void board_vanished(struct board *board, uint64_t now_ms);

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
/* Ends the board and reports its result. Call this function after the metadata were saved or
 * printed. */
void board_conclude(struct board *board, uint64_t now_ms);
/* Prints the metadata document because the write of its file has timed out. */
void board_metadata_overdue(struct board *board, uint64_t now_ms);

/* The functions of headway.c. */
/* Records a request of the second stage for a file, or a reported property "*KEY". bytes is the
 * size of the file, or -1 if the file does not exist. */
void board_asked(struct board *board, const char *name, int64_t bytes, uint64_t now_ms);
/* Records headway because bytes of a file were sent to the board. */
void board_advanced(struct board *board, uint64_t now_ms);
/* Returns: the time at which the second stage has made no headway for too long. UINT64_MAX: no
 * limit applies. */
uint64_t board_headway_limit_ms(const struct board *board);
/* Fails the board if it repeats the same requests without headway.
 * Returns: true if the board has failed. */
bool board_is_stuck(struct board *board, uint64_t now_ms);

/* The functions of outcome.c. */
void board_leaving(struct board *board, uint64_t now_ms);
void board_finished_talking(struct board *board, uint64_t now_ms);
/* Returns: true if the board waits for a disk at its port. */
bool board_wants_disk(const struct board *board);
/* Handles the departure of the second stage. The board may have ended, or the second stage may
 * appear again. */
void board_left_second_stage(struct board *board, uint64_t now_ms);
void board_other_arrived(struct board *board, const struct usb_id *id, uint64_t now_ms);
void board_rom_again(struct board *board, uint64_t now_ms);
/* Handles the departure of the device that followed the second stage. */
void board_other_left(struct board *board);
bool board_poll_disks(struct board *board, uint64_t now_ms);
void board_after_overdue(struct board *board, uint64_t now_ms);

/* Returns: the word for a signal in messages, such as "interrupted". */
const char *board_signal_word(enum exit_status status);

/* The functions of write.c. */
/* Starts to write the image of --write to the selected disk of the board. */
void board_write(struct board *board, const struct disks *disks, uint64_t now_ms);
/* Returns: true if the selected disk of the board may still appear, so that the write must wait. */
bool board_write_waits(const struct board *board, const struct disks *disks);
void board_poll_writer(struct board *board, uint64_t now_ms);
/* Handle the departure of the disk's device during a write, and the arrival of another device at
 * its port. */
void board_write_left(struct board *board, uint64_t now_ms);
void board_write_arrived(struct board *board, struct usb_dev *dev, uint64_t now_ms);
void board_write_overdue(struct board *board, uint64_t now_ms);
void board_write_interrupted(struct board *board, enum exit_status status, uint64_t now_ms);

#endif
