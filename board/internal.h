/* SPDX-License-Identifier: Apache-2.0 */
/* Declares struct board, which the files board.c, opening.c, serve.c, headway.c, outcome.c,
 * metadata.c, recover.c, recover_return.c, recover_record.c and write.c share. Only these files
 * include this header. */
#ifndef BOARD_INTERNAL_H
#define BOARD_INTERNAL_H

#include "board/board.h"
#include "boot/boot.h"
#include "boot/chip.h"
#include "util/error.h"
#include "flash/disk.h"
#include "flash/writer.h"
#include "board/judge.h"
#include "board/record.h"
#include "board/recover.h"
#include "board/recover_judge.h"
#include "report/report.h"
#include "board/file_server.h"

enum board_state {
	BOARD_OPENING,
	BOARD_SERVING,
	BOARD_SUSPECT,
	BOARD_REENUMERATING,
	BOARD_AWAITING_OUTCOME,
	BOARD_RETURNING,
	BOARD_WRITING,
	BOARD_SAVING,
	BOARD_ENDED,
};

/* The files opening.c, serve.c, outcome.c and write.c handle the events of a board and return a
 * verdict. board.c then changes the state of the board. The other files may change only
 * board->deadline_ms. */
enum verdict_kind {
	VERDICT_GOES_ON,   /* the state does not change */
	VERDICT_SUSPECT,   /* a USB transfer failed; the board may be leaving */
	VERDICT_FINISHED,  /* the current state is done, and the next one follows */
	VERDICT_ENDED,	   /* the board ends with a result */
	VERDICT_NEXT_STEP, /* the next step of `rpiboot recover` starts in the boot ROM */
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
	/* The time of the next attempt to open the USB device, or UINT64_MAX if no attempt
	 * follows. */
	uint64_t retry_ms;
	/* The serial number cannot be read. */
	bool no_serial;
};

/* A board makes headway when it requests a file for the first time, or when the host sends it data.
 * A repeated request alone is no headway. The host remembers at most this many names of requested
 * files. */
#define HEADWAY_NAMES_MAX 512

struct headway {
	/* The time of the last headway. */
	uint64_t since_ms;
	uint64_t names[HEADWAY_NAMES_MAX]; /* digests of the requested names */
	size_t name_count;
	unsigned int asks;    /* requests since the last headway */
	unsigned int repeats; /* requests since the last new name */
	/* The name of the last file that the board requested and that the boot directory does not
	 * have, as printable text. */
	char missing[300];
	/* True if the user got a message about the file in `missing`. */
	bool missing_reported;
};

/* The state of serve.c and headway.c. */
struct serving {
	struct boot *boot;
	struct xfer xfer;    /* the USB transfer in flight, or the last one */
	uint64_t xfer_bytes; /* the number of bytes of xfer that were sent so far */
	/* The error of the USB transfer that failed. It is valid in the state SUSPECT, in which the
	 * board may be leaving the bus. */
	struct error fault;
	/* The time when the board requested the current file, and the size of this file in
	 * bytes. */
	uint64_t file_ms;
	int64_t file_bytes;
	/* The host has answered this many file requests of the board's second stage. A request asks
	 * for the size or for the content of a file. */
	unsigned int answers;
	/* The name of the last file that the board requested, or of the last property that it
	 * reported, as printable text. */
	char last_name[300];
	struct headway headway;
};

/* The state of outcome.c. */
struct awaiting {
	bool said_done;
	/* True if the user was informed that the board left the bus after its second stage. */
	bool away;
	/* True if a device with the USB id of a board's disk has appeared on the port of the
	 * board. */
	bool disk_came;
	/* The kind and the USB id of the device that is now on the USB port of the board. */
	enum outcome_after after;
	uint16_t vendor, product;
	uint64_t poll_ms; /* the time of the next search for disks */
	/* The time when the first disk of the board was found, or 0 if no disk was found yet. */
	uint64_t first_disk_ms;
};

/* The state of recover.c. */
struct recovering {
	const struct recover_kit *kit; /* NULL if the program does not recover boards */
	/* The record of an earlier run, or NULL. */
	struct record_facts *earlier;
	enum recover_step step;
	bool signed_stage; /* the board is locked and needs the countersigned firmware */
	bool locks;	   /* the board is locked in the step RECOVER_FLASH */
	/* The boot ROM of the board is on the bus after the recovery firmware has run. */
	bool returned;
	/* The outcome of the EEPROM, which was reported, or RECOVER_OPEN. */
	enum recover_outcome outcome;
	/* The EEPROM_HASH that the board reported with this outcome, or empty. */
	char reported_sha256[RECOVERY_TOLD_SIZE];
	bool locked_now; /* the board reported that it was locked in this step */
	/* The state of recover_return.c. */
	struct usb_power *power; /* the USB port while it is switched off, or NULL */
	bool power_cycled;	 /* the port was switched off, or --power-cycle is not given */
	bool asked_for_power;	 /* the user was asked for a power cycle */
};

/* The state of write.c. */
struct writing {
	/* Linux numbers all disks in the order in which they appear. This is the highest number
	 * when the board appeared (see target_mark()); a disk with this or a lower number does not
	 * belong to the board. */
	uint64_t disk_mark;
	struct disk disk;
	struct writer *writer;
	uint64_t since_ms; /* the time when the write began */
	uint64_t poll_ms;  /* the time of the next check of the writer */
	/* The progress of the threads that write the disk, at the time of the last check. */
	enum writer_phase phase;
	uint64_t bytes, disk_operations;
	/* The time when the USB device of the disk left the bus, or 0 while it is present. */
	uint64_t gone_ms;
	/* The result of the write. It is valid if `done` is true. */
	struct {
		bool done, verified;
		uint64_t bytes;
		char sha256[2 * WRITER_SHA256_SIZE + 1];
	} written;
};

struct board {
	const struct context *context;
	const struct chip *chip;
	char port[USB_PORT_SIZE];
	/* The serial number that the board reported when it was opened for the first time, as bytes
	 * that come from the board. */
	char serial[USB_SERIAL_SIZE];
	struct usb_dev *dev; /* NULL while the board is not on the bus */
	enum board_state state;
	enum wire_stage stage;
	uint64_t start_ms, deadline_ms;
	/* The serial number of a board that was recovered and must not be served again. The string
	 * is empty if there is no such board. */
	char alone[USB_SERIAL_SIZE];
	bool firmware_reported;
	/* True if the USB device was opened at least once. From then on, the board counts as one of
	 * the boards that the user requested. */
	bool opened;
	bool reported; /* the result of the board was reported */
	/* The result of the board. It is valid while the metadata file is being saved (SAVING) and
	 * when the board has ended (ENDED). */
	struct verdict result;
	struct metadata_file *metadata_file;
	/* The record that is saved between two steps of a recovery, or NULL. */
	struct metadata_file *interim_file;
	bool metadata_reported;
	struct service *service;
	/* True if boot files like those of the board usually create a disk. */
	bool usual_disk;
	/* The number of times that the second stage of the board has appeared on USB. */
	unsigned int appearances;

	struct opening opening;
	struct serving serving;
	struct awaiting awaiting;
	struct recovering recovering;
	struct writing writing;
};

/* The functions of board.c. */
/* Records which USB device is on the port of the board, and makes the board the owner of the
 * device. dev is NULL if the device left the bus. */
void board_set_device(struct board *board, struct usb_dev *dev);
/* Closes the USB device of the board and separates the two, so that the board gets no more events
 * of the device. */
void board_close_device(struct board *board);
/* Starts to wait for the disk or the USB device that appears after the second stage of the
 * board. */
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
/* Tries again to open the USB device of the board, if the time of the next attempt has come.
 * Returns: the time of the next attempt in milliseconds. */
uint64_t opening_tick(struct board *board, uint64_t now_ms);
/* Handles the result of opening a board's USB device, which usb_dev_open() requested. serial is
 * NULL if the serial number could not be read. err is NULL on success. */
struct verdict opening_done(struct board *board, const char *serial, const struct error *err,
			    uint64_t now_ms);

/* Handles a device that left the bus before it was open.
 * Returns: VERDICT_FORGOTTEN, VERDICT_NEXT_STEP, or VERDICT_GOES_ON if the second stage left. */
struct verdict opening_left(const struct board *board);

/* The functions of serve.c. */
struct verdict serve_start(struct board *board, uint64_t now_ms);
/* Handle the progress and the end of a USB transfer between the host and the board. err is NULL if
 * the transfer succeeded. */
void serve_progress(struct board *board, size_t bytes, uint64_t now_ms);
struct verdict serve_done(struct board *board, size_t actual, const struct error *err,
			  uint64_t now_ms);
struct verdict serve_left(struct board *board);
struct verdict serve_overdue(struct board *board, uint64_t now_ms);

/* These functions return VERDICT_ENDED with a failure for a board whose second stage did not appear
 * after the boot ROM. Either another device appeared, or no device appeared in time. */
struct verdict serve_wrong_stage(const struct board *board, const struct usb_id *id);
struct verdict serve_no_stage(const struct board *board);

/* The functions of metadata.c. */
/* Prints the metadata document of the board on stdout, unless the document goes to a file or was
 * printed before. */
void board_print_metadata(struct board *board, uint64_t now_ms);
/* Prints the metadata document of a board that ends, or starts to save it to a file.
 * Returns: true if the file is still being saved. */
bool board_save_metadata(struct board *board, uint64_t now_ms);
/* Starts to save the record of a board between two steps of a recovery, so that no report of the
 * board is lost if the program is killed. */
void board_save_interim(struct board *board, uint64_t now_ms);
/* Checks whether the thread has saved the metadata file of the board. If the file cannot be saved,
 * the document is printed on stdout instead.
 * Returns: false while the file is still being saved. */
bool board_poll_metadata(struct board *board, uint64_t now_ms);
/* Blocks until the metadata file is written, but not beyond until_ms of the monotonic clock. */
void board_wait_for_metadata(struct board *board, uint64_t until_ms, uint64_t now_ms);
/* Prints the metadata document of the board on stdout, because saving it to a file took too
 * long. */
void board_metadata_overdue(struct board *board, uint64_t now_ms);

/* The functions of headway.c. */
/* Records that the board's second stage requested a file, or reported a property "*KEY". bytes is
 * the size of the file, or -1 if the file does not exist. */
void board_asked(struct board *board, const char *name, int64_t bytes, uint64_t now_ms);
/* Records that the board makes headway, because bytes of a file were sent to it. */
void board_advanced(struct board *board, uint64_t now_ms);
/* Returns: the time in milliseconds at which the board fails because its second stage makes no
 * headway, or UINT64_MAX if there is no such limit. */
uint64_t board_headway_limit_ms(const struct board *board);
/* Returns: VERDICT_ENDED with a failure if the board has repeated the same requests for too
 * long. */
struct verdict board_stuck(const struct board *board, uint64_t now_ms);

/* The functions of outcome.c. */
void outcome_start(struct board *board, uint64_t now_ms);
/* Searches for disks of the board, if the time of the next search has come.
 * ret_due_ms: receives the time of the next search in milliseconds. */
struct verdict outcome_tick(struct board *board, uint64_t now_ms, uint64_t *ret_due_ms);
/* Handles the event that the second stage of the board, or the USB device that followed it, left
 * the bus. */
struct verdict outcome_left(struct board *board, uint64_t now_ms);
/* Handles a device that arrived at the USB port of the board: the boot ROM again, a device that the
 * boot files have created, or a device that a person has plugged in. */
struct verdict outcome_arrived(struct board *board, const struct usb_id *id, uint64_t now_ms);
struct verdict outcome_overdue(struct board *board, uint64_t now_ms);

/* The function of interrupt.c. */
/* Returns: the result of a board that a signal ends. It names the current activity of the board. */
struct verdict interrupt_verdict(struct board *board, enum exit_status status, uint64_t now_ms);

/* The functions of recover_record.c. */
/* Reads the record of an earlier run. It shows whether the board is locked to a key.
 * Returns: VERDICT_FINISHED, or VERDICT_ENDED if the board is locked to a key that the user has not
 * named. */
struct verdict recover_check_record(struct board *board, uint64_t now_ms);
/* Returns: the text of the record of a board, for the file of -j DIR, or NULL (out of memory).
 * Ownership: the caller frees the text with free(). */
char *recover_record(const struct board *board, bool ended, uint64_t now_ms);

/* The functions of recover.c. */
/* Returns: the EEPROM image for the board. */
const struct recover_image *recover_image(const struct board *board);
/* Returns: true if the board runs recovery firmware in its current step. */
bool recover_is_active(const struct board *board);
/* Returns: true if the board has reported facts that prove its recovery. A board that then stays
 * silent is still a success. */
bool recover_is_proved(const struct board *board);
/* Selects the files for the board and its first step.
 * Returns: VERDICT_FINISHED, or VERDICT_ENDED if the board cannot be recovered. */
struct verdict recover_begin(struct board *board, uint64_t now_ms);
/* Makes the files of the current step available to the board.
 * Returns: 0, or -Exxx if the boot files of the disk step are missing. */
int recover_start_step(struct board *board, struct error *err);
/* Returns: true if serial, which a boot ROM on the port has, may be that of the board. */
bool recover_is_same_board(const struct board *board, const char *serial);
struct verdict recover_other_board(const struct board *board, const char *serial);
/* These functions correspond to those of outcome.c, for a board that runs recovery firmware. They
 * return VERDICT_NEXT_STEP if the current step was a success and another step follows. */
void recover_await(struct board *board, uint64_t now_ms);
struct verdict recover_tick(struct board *board, uint64_t now_ms);
struct verdict recover_overdue(struct board *board, uint64_t now_ms);
struct verdict recover_left(struct board *board, uint64_t now_ms);
struct verdict recover_arrived(struct board *board, const struct usb_id *id, uint64_t now_ms);
/* Reports a recovery that ends without an outcome as failed. Adds the outcome of the EEPROM to the
 * result of a board whose last step was the disk. */
void recover_finish(struct board *board, struct verdict *result, uint64_t now_ms);

/* The functions of recover_return.c. */
/* Starts to wait for the boot ROM of the board, in which its next step starts. */
void recover_await_return(struct board *board, uint64_t now_ms);
/* Handles a USB device that appears on the port during this wait.
 * Returns: VERDICT_FINISHED (it is the boot ROM), VERDICT_GOES_ON, or VERDICT_ENDED. */
struct verdict recover_returned(struct board *board, const struct usb_id *id);
/* Handles a board that has not returned when its deadline expires. With --power-cycle, the program
 * switches its USB port off and on. If this fails or has not helped, the program asks the user for
 * a power cycle. If the board does not return after that, it ends. */
struct verdict recover_no_return(struct board *board, uint64_t now_ms);
/* Switches the USB port of the board on, if it is off. */
void recover_power_on(struct board *board, uint64_t now_ms);

/* The functions of write.c. */
/* Returns: true if the disk of the board that the user selected may still appear, so that the write
 * of the image must wait. */
bool write_waits(const struct board *board, const struct disks *disks);
/* Selects the disk of the board to which the image is written.
 * Returns: VERDICT_FINISHED, or VERDICT_ENDED (no disk matches, or more than one matches). */
struct verdict write_choose(struct board *board, const struct disks *disks);
/* Returns: true while the threads that write the disk of the board run. */
bool write_is_busy(const struct board *board);
/* Starts to write the image of --write to the selected disk of the board. */
struct verdict write_start(struct board *board, uint64_t now_ms);
/* Checks the progress of the threads that write the disk, if the time of the next check has come.
 * ret_due_ms: receives the time of the next check in milliseconds. */
struct verdict write_tick(struct board *board, uint64_t now_ms, uint64_t *ret_due_ms);
/* Handle two USB events during a write: the device with the disk left the bus, or another device
 * arrived at its port. */
void write_left(struct board *board, uint64_t now_ms);
struct verdict write_arrived(struct board *board, struct usb_dev *dev, uint64_t now_ms);
struct verdict write_overdue(struct board *board);
struct verdict write_interrupted(struct board *board, enum exit_status status, const char *word,
				 uint64_t now_ms);

#endif
