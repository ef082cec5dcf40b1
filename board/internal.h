/* SPDX-License-Identifier: Apache-2.0 */
/* Declares struct board, the state of one Raspberry Pi at one USB port. Only the files that share
 * it include this header: board.c, opening.c, serve.c, headway.c, outcome.c, metadata.c, recover.c,
 * recover_return.c, recover_record.c, recover_warn.c, interrupt.c and write.c. */
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

/* A verdict is the reaction to an event of a board, such as a finished USB transfer. The functions
 * that handle events return a verdict, and only board.c then changes the state of the board. All
 * other files may change only the deadline of the board. */
enum verdict_kind {
	VERDICT_GOES_ON,   /* the board's state does not change */
	VERDICT_SUSPECT,   /* a USB transfer failed */
	VERDICT_FINISHED,  /* the work of this state is complete */
	VERDICT_ENDED,	   /* serving ends with a result */
	VERDICT_NEXT_STEP, /* next step of `rpiboot recover` */
	VERDICT_FORGOTTEN, /* serving ends without a result */
};

struct verdict {
	enum verdict_kind kind;
	/* The exit status for the board. It is valid only if the verdict is VERDICT_ENDED. */
	enum exit_status status;
	char text[ERROR_TEXT_SIZE];
};

/* The maximum time in milliseconds to wait for the record file of a board (option -j) to be saved,
 * before the program changes the EEPROM of the board. A slow disk must not prevent the recovery. */
#define OPENING_SAVE_MS 2000

/* The state while the program opens the USB device of a board (opening.c). */
struct opening {
	uint64_t since_ms; /* the time when opening started */
	/* The time in milliseconds when the program tries again to open the USB device of the
	 * board. UINT64_MAX means that no attempt follows. */
	uint64_t retry_ms;
	/* True if reading the board's serial number failed. */
	bool no_serial;
	/* The time in milliseconds until which the program waits for the record file of the board
	 * (option -j) to be saved. It is 0 if the program does not wait. */
	uint64_t save_until_ms;
	/* The time in milliseconds since which the program waits until the system authorises the
	 * USB device. It is 0 if the program does not wait for this. */
	uint64_t withheld_ms;
	bool hinted; /* the user was notified of this wait */
};

/* The maximum number of requested file names that the program remembers for a board. With these
 * names, it detects a board that only repeats its requests. A request for a new name is progress,
 * and so is a transfer of file data to the board. */
#define HEADWAY_NAMES_MAX 512

struct headway {
	/* The time in milliseconds when the board last made progress. Progress is a request with a
	 * new name, or received file data. */
	uint64_t since_ms;
	uint64_t names[HEADWAY_NAMES_MAX]; /* digests of the requested names */
	size_t name_count;
	/* The number of requests of the board since its last progress. A request with a new name is
	 * progress, and so is a part of a file that the board received. */
	unsigned int asks;
	unsigned int repeats; /* requests since the last new file name */
	/* The name of the last file that the board requested and that the boot directory does not
	 * have. It is printable. */
	char missing[300];
	/* True if the program has already reported that this file is missing. */
	bool missing_reported;
};

/* The state while the program serves files to a board: the current USB transfer, and the last
 * requests of the board (serve.c, headway.c). */
struct serving {
	struct boot *boot;
	struct xfer xfer;    /* the current or last USB transfer */
	uint64_t xfer_bytes; /* bytes of this transfer that were sent */
	/* The error of the USB transfer that failed. It is valid in the state SUSPECT, while the
	 * program waits for the event that the board left the bus. */
	struct error fault;
	/* The time in milliseconds when the board requested the current file, and the size of this
	 * file in bytes. */
	uint64_t file_ms;
	int64_t file_bytes;
	/* The number of file requests of the board's second-stage bootloader that the host has
	 * answered. A request asks for the size or for the content of a file. */
	unsigned int answers;
	/* A printable copy of the name of the last file that the board requested, or of the last
	 * property that it reported. */
	char last_name[300];
	struct headway headway;
};

/* The state while a board that has received its boot files may still succeed or fail
 * (outcome.c). */
struct awaiting {
	bool said_done;
	/* True if the program has already reported that the board left the bus after it was
	 * served. */
	bool away;
	/* True if a device with the USB id of a board's disk has appeared on the port of the
	 * board. */
	bool disk_came;
	/* The device that is now on the USB port of the board: its kind, its USB vendor id and its
	 * USB product id. */
	enum outcome_after after;
	uint16_t vendor, product;
	uint64_t poll_ms; /* time of the next search for disks */
	/* The time in milliseconds when the program found the first disk of the board, or 0 before
	 * that. */
	uint64_t first_disk_ms;
};

/* The state of a board during `rpiboot recover` (recover.c). */
struct recovering {
	const struct recover_kit *kit; /* files; NULL without `rpiboot recover` */
	/* The record file that an earlier run of `rpiboot recover` wrote for this board: the parsed
	 * facts, and the text of the file. Both members are NULL if there is no record file. */
	struct record_facts *earlier;
	char *earlier_text;
	bool searched_again; /* recover_find_record() has ended */
	enum recover_step step;
	bool signed_stage; /* board needs the countersigned firmware */
	bool locks;	   /* this run locks the board */
	/* True if the boot ROM of the board has appeared on the bus again after the recovery
	 * firmware ran. */
	bool returned;
	/* The reported outcome of the EEPROM update, or RECOVER_OPEN (none yet). */
	enum recover_outcome outcome;
	/* The SHA-256 that the board reported as its property EEPROM_HASH at the end of its EEPROM
	 * update. It is empty if the board reported none. */
	char reported_sha256[RECOVERY_TEXT_SIZE];
	bool locked_now; /* locked in this step */
	/* Between two steps of `rpiboot recover`, the program waits for the boot ROM of the board
	 * (recover_return.c). The following members are the state of this wait. */
	/* The object that switches the power of the board's USB port on again. It is NULL while the
	 * power is on. */
	struct usb_power *power;
	/* True if the program must not switch the USB port off and on: it has done so already, or
	 * the user did not give the option --power-cycle. */
	bool power_cycled;
	bool asked_for_power; /* user was asked for a power cycle */
	/* After a step of `rpiboot recover`, the boot ROM of the board must appear again for the
	 * next step. This is the deadline in milliseconds. It is 0 while a step runs. */
	uint64_t return_ms;
};

/* The state while the program writes an image to the disk of a board (write.c). */
struct writing {
	/* The highest number that Linux had given to a disk when the board appeared (see
	 * target_mark()). Linux gives each new disk a higher number, so a disk with this or a lower
	 * number is older than the board. */
	uint64_t disk_mark;
	struct disk disk;
	char disk_serial[DISK_SERIAL_SIZE]; /* of the USB device with the disk */
	struct writer *writer;
	uint64_t since_ms; /* the time when the write began */
	uint64_t poll_ms;  /* when the writer is checked next */
	/* The last known phase of the disk write, such as WRITER_VERIFYING. */
	enum writer_phase phase;
	uint64_t bytes, disk_operations;
	/* The time in milliseconds when the USB device with the board's disk left the bus, or 0
	 * while it is present. */
	uint64_t gone_ms;
	/* The result of writing the image to the board's disk. It is valid if `done` is true. */
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
	/* The serial number that the board reported when the program opened it for the first time.
	 * The bytes are untrusted. */
	char serial[USB_SERIAL_SIZE];
	bool serial_is_of_rom; /* the boot ROM reported it */
	/* The USB device on the board's port, or NULL. */
	struct usb_dev *dev;
	enum board_state state;
	enum wire_stage stage;
	uint64_t start_ms, deadline_ms;
	/* The serial number of the last board that was recovered on this USB port, or an empty
	 * string. The program does not recover a board with this serial number again. */
	char alone[USB_SERIAL_SIZE];
	bool firmware_reported;
	/* True if the program has opened the USB device of the board at least once. From then on,
	 * the board counts toward the number of boards that the user requested. */
	bool opened;
	bool reported; /* the result of the board was reported */
	/* The result of the board. It is valid in the states SAVING (the file with the properties
	 * of the board is being saved) and ENDED. */
	struct verdict result;
	struct metadata_file *metadata_file;
	/* A save of the board's record file (option -j) that began before the result of the board
	 * was known. It is NULL if there is no such save. A thread may still be writing the
	 * file. */
	struct metadata_file *interim_file;
	/* True if the next save of the record file (option -j) waits for the current save to
	 * end. */
	bool interim_due;
	bool metadata_reported;
	struct service *service;
	/* True if a board with these boot files usually becomes a disk or a fastboot device. This
	 * is a guess from the names of the files. */
	bool usual_disk;
	/* The number of times that the board's second-stage bootloader has appeared on the USB
	 * port. */
	unsigned int appearances;

	struct opening opening;
	struct serving serving;
	struct awaiting awaiting;
	struct recovering recovering;
	struct writing writing;
};

/* The functions of board.c. */
/* Assigns a USB device to the board, which then gets the events of this device.
 * dev: NULL if the device left the bus. */
void board_set_device(struct board *board, struct usb_dev *dev);
/* Closes the USB device of the board. The board then gets no more events from it. */
void board_close_device(struct board *board);
/* Starts to wait for the outcome of a board that has received its boot files. For example, the
 * board may appear on USB as a disk. */
void board_await_outcome(struct board *board, uint64_t now_ms);
void board_report(struct board *board, struct event *event, uint64_t now_ms);
void board_note(struct board *board, int level, uint64_t now_ms, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Reports a warning about the board. code is its name in the JSON event, such as "no-gpio". */
void board_warn(struct board *board, const char *code, const char *text, uint64_t now_ms);
/* Returns: a verdict (the reaction to an event of a board) with this kind. It has no exit status
 * and no message. A VERDICT_ENDED needs both, so create it with verdict_end(). */
struct verdict verdict(enum verdict_kind kind);
/* Creates a verdict of the kind VERDICT_ENDED, with the exit status of the board and a message.
 * fmt: the format of the message, as for printf(). */
struct verdict verdict_end(enum exit_status status, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The functions of opening.c. */
/* Starts to open the USB device of the board, usually in another thread. */
void opening_start(struct board *board, uint64_t now_ms);
/* Does the work that is due while the program opens a board. Tries again to open the USB device of
 * the board, or checks whether the board's record file (option -j) is saved.
 * ret_due_ms: receives the time of the next call in milliseconds.
 * Returns: VERDICT_FINISHED (the record file is saved, or the time limit for the save has expired),
 * or VERDICT_GOES_ON (the program still waits). */
struct verdict opening_tick(struct board *board, uint64_t now_ms, uint64_t *ret_due_ms);
/* Handles the result of opening the board's USB device with usb_dev_open().
 * serial: the serial number of the device, or NULL if it could not be read.
 * err: NULL on success. */
struct verdict opening_done(struct board *board, const char *serial, const struct error *err,
			    uint64_t now_ms);
/* Returns: VERDICT_ENDED, because the USB device could not be opened before the deadline. */
struct verdict opening_overdue(const struct board *board, uint64_t now_ms);

/* Handles the event that a USB device of the board left the bus before the program opened the
 * device.
 * Returns: VERDICT_FORGOTTEN (the program never opened a device of the board), VERDICT_NEXT_STEP
 * (the device was the boot ROM between two steps of `rpiboot recover`, so wait for the boot ROM
 * again), or VERDICT_GOES_ON (the device was a second-stage bootloader, so the board may still
 * become another device). */
struct verdict opening_left(const struct board *board);

/* The functions of serve.c. */
struct verdict serve_start(struct board *board, uint64_t now_ms);
/* serve_progress() and serve_done() handle the progress and the end of a USB transfer between the
 * host and the board. err is NULL if the transfer succeeded. */
void serve_progress(struct board *board, size_t bytes, uint64_t now_ms);
struct verdict serve_done(struct board *board, size_t actual, const struct error *err,
			  uint64_t now_ms);
struct verdict serve_left(struct board *board);
struct verdict serve_overdue(struct board *board, uint64_t now_ms);

/* serve_wrong_stage() and serve_no_stage() handle a board whose second-stage bootloader did not
 * appear after the boot ROM had received the bootcode. Either the boot ROM or another device
 * appeared on the port instead, or no device appeared in time.
 * Returns: VERDICT_ENDED (serving the board ends) with the failure. */
struct verdict serve_wrong_stage(const struct board *board, const struct usb_id *id);
struct verdict serve_no_stage(const struct board *board);

/* The functions of metadata.c. */
/* Prints a JSON document on stdout, with the properties that the board reported. Does nothing if
 * the document goes to a file or was printed before. */
void board_print_metadata(struct board *board, uint64_t now_ms);
/* Prints the properties of a board on stdout, or starts to save them to a file (option -j). Call
 * this function when the result of the board is known.
 * Returns: true if a file is being saved, so that the caller must wait for it. */
bool board_save_metadata(struct board *board, uint64_t now_ms);
/* Starts to save the record file of a board (option -j) before the end of `rpiboot recover`. If the
 * program is killed later, the reports of the board are not lost, and no earlier record claims that
 * the EEPROM has the image of an earlier run. While a thread still performs the last save, the new
 * save is delayed until board_poll_interim() starts it. */
void board_save_interim(struct board *board, uint64_t now_ms);
/* Checks whether the thread that saves the record file of a board (option -j) has ended. If it has,
 * warns the user about a failed save, and starts the next save if one is waiting. */
void board_poll_interim(struct board *board, uint64_t now_ms);
/* Returns: true while a save of the record file that board_save_interim() requested is not
 * complete. */
bool board_saves_interim(const struct board *board);
/* Checks whether the file with the properties of the board (option -j) is saved. If the file cannot
 * be saved, prints the properties on stdout instead.
 * Returns: false while the file is still being saved. */
bool board_poll_metadata(struct board *board, uint64_t now_ms);
/* Waits until the file with the properties of the board is saved, or until the monotonic clock
 * reaches until_ms. */
void board_wait_for_metadata(struct board *board, uint64_t until_ms, uint64_t now_ms);
/* Prints the properties of the board on stdout, because saving them to a file took too long. */
void board_metadata_overdue(struct board *board, uint64_t now_ms);

/* The functions of headway.c. */
/* Records that the board's second-stage bootloader requested a file or reported a property.
 * name: the name of the file or of the property.
 * bytes: the size of the file, -1 if the file does not exist, or 0 for a property. */
void board_asked(struct board *board, const char *name, int64_t bytes, uint64_t now_ms);
/* Records that the board received bytes of a file, which is progress. The program gives up a board
 * that makes no progress for too long. */
void board_advanced(struct board *board, uint64_t now_ms);
/* Returns: the time in milliseconds at which the program gives up a board that repeats the same
 * requests, or UINT64_MAX if there is no such limit. */
uint64_t board_headway_limit_ms(const struct board *board);
/* Checks whether the board has repeated the same requests for too long.
 * Returns: VERDICT_ENDED (serving the board ends) with the failure, or VERDICT_GOES_ON (serving the
 * board continues). */
struct verdict board_stuck(const struct board *board, uint64_t now_ms);

/* The functions of outcome.c. */
void outcome_start(struct board *board, uint64_t now_ms);
/* Reports that the second-stage bootloader left the bus, unless this was reported before. */
void outcome_report_left(struct board *board, uint64_t now_ms);
/* Searches for disks of the board, if the time of the next search has come.
 * ret_due_ms: receives the time of the next search in milliseconds. */
struct verdict outcome_tick(struct board *board, uint64_t now_ms, uint64_t *ret_due_ms);
/* Handles the event that a device left the USB port of the board. The device is the second-stage
 * bootloader of the board, or a device that arrived after the bootloader had left. */
struct verdict outcome_left(struct board *board, uint64_t now_ms);
/* Handles a device that arrived at the USB port of the board while the outcome is open. The board
 * may have become this device, or a person has plugged another device in. */
struct verdict outcome_arrived(struct board *board, const struct usb_id *id, uint64_t now_ms);
struct verdict outcome_overdue(struct board *board, uint64_t now_ms);

/* The function of interrupt.c. */
/* Returns: the result of a board that the program stops serving because of a signal. The message
 * names the step of the board at that time, such as "while it was being opened". */
struct verdict interrupt_verdict(struct board *board, enum exit_status status, uint64_t now_ms);

/* The functions of recover_record.c. */
/* Checks whether the board is locked to a key, according to the record of an earlier run of
 * `rpiboot recover`.
 * Returns: VERDICT_ENDED (the user did not name the key to which the board is locked, or a locked
 * board does not start with the recovery files), or VERDICT_FINISHED. */
struct verdict recover_check_record(struct board *board, uint64_t now_ms);
/* Reads the record of a board whose USB device has no serial number. Call this function after the
 * board has reported its serial number, because the name of the record file contains this
 * number. */
void recover_find_record(struct board *board, uint64_t now_ms);
/* Formats the record of a board as JSON, for the board's file in the directory of the option -j.
 * Returns: the JSON text, or NULL (out of memory).
 * Ownership: the caller frees the text with free(). */
char *recover_record(const struct board *board, bool ended, uint64_t now_ms);
/* Formats the JSON file of a board after a boot without `rpiboot recover`. The file has the
 * properties of the board, and the record that an earlier run of `rpiboot recover` left in the
 * file.
 * Returns: the JSON text, or NULL (out of memory).
 * Ownership: the caller frees the text with free(). */
char *recover_record_after_boot(const struct board *board);

/* The functions of recover.c. */
/* Returns: the EEPROM image for the board. */
const struct recover_image *recover_image(const struct board *board);
/* Returns: true if the board runs recovery firmware in its current step of `rpiboot recover`. */
bool recover_is_active(const struct board *board);
/* Returns: true if the reports of the board prove that its EEPROM was updated. The recovery is then
 * a success even if the board reports nothing more. */
bool recover_is_proved(const struct board *board);
/* Begins `rpiboot recover` for a board. Selects the recovery files for the chip of the board, and
 * the first step: read the properties of the board, or write or erase its EEPROM.
 * Returns: VERDICT_FINISHED (this step can start), or VERDICT_ENDED with a failure (the board
 * cannot be recovered). */
struct verdict recover_begin(struct board *board, uint64_t now_ms);
/* Selects the files that the board receives in the current step of `rpiboot recover`.
 * Returns: 0, or -Exxx (boot files are missing or damaged). */
int recover_start_step(struct board *board, struct error *err);
/* The functions that handle the events of a board while the recovery firmware runs on it. The
 * verdict VERDICT_NEXT_STEP means that the board needs another step of `rpiboot recover`. */
void recover_await(struct board *board, uint64_t now_ms);
struct verdict recover_left(struct board *board, uint64_t now_ms);
struct verdict recover_arrived(struct board *board, const struct usb_id *id, uint64_t now_ms);
/* Decides whether the current step of a recovery has ended. If it has, reports its result, and
 * starts the next step if one follows.
 * overdue: true if the time for the board to leave the bus has expired. The step then ends in any
 * case. */
struct verdict recover_verdict(struct board *board, bool overdue, uint64_t now_ms);
/* Completes the result of a recovery before it is reported. A recovery that ended early gets the
 * outcome "failed". If the board becomes a disk in the last step, the message of this step begins
 * with the result of the EEPROM update. */
void recover_finish(struct board *board, struct verdict *result, uint64_t now_ms);

/* The functions of recover_warn.c. */
/* Warns the user before the program locks a board that has no switch for USB boot. */
void recover_warn_gpio(struct board *board, uint64_t now_ms);
/* Warns the user if a locked board does not start with its new EEPROM image, because the image
 * lacks the key of the board or has the development key. The board writes such an image and reports
 * success (docs/protocol.md, section 9). */
void recover_warn_key(struct board *board, uint64_t now_ms);
/* Warns the user if the option --lock-jtag is given, but the board does not report that its debug
 * port is locked. */
void recover_warn_jtag(struct board *board, uint64_t now_ms);

/* The functions of recover_return.c. */
/* Checks whether the boot ROM on the port belongs to the board that rpiboot recovers. serial: the
 * serial number of this boot ROM
 * Returns: true if the board has the same serial number, or if its serial number is unknown. */
bool recover_is_same_board(const struct board *board, const char *serial);
struct verdict recover_other_board(const struct board *board, const char *serial);
/* Starts to wait until the boot ROM of the board appears again, because the next step of `rpiboot
 * recover` boots the board again. */
void recover_await_return(struct board *board, uint64_t now_ms);
/* Handles a USB device that appears on the port while the program waits for the boot ROM of the
 * board.
 * Returns: VERDICT_FINISHED (the device is the boot ROM), VERDICT_GOES_ON (the boot ROM may still
 * appear), or VERDICT_ENDED (the device is another chip or a second-stage bootloader). */
struct verdict recover_returned(struct board *board, const struct usb_id *id);
/* Handles a board whose boot ROM did not appear in time for the next recovery step. With
 * --power-cycle, the program switches its USB port off and on. If this fails or does not help, the
 * program asks the user for a power cycle. If the boot ROM still does not appear, the board
 * fails. */
struct verdict recover_no_return(struct board *board, uint64_t now_ms);
/* Switches the USB port of the board on again, if a power cycle has switched it off. */
void recover_power_on(struct board *board, uint64_t now_ms);

/* The functions of write.c. */
/* Returns: true if the program cannot select the disk for the image yet: more disks of the board
 * may appear, no disk matches the option --to, or the only matching disk has no device node. */
bool write_waits(const struct board *board, const struct disks *disks);
/* Selects the disk to which the image will be written.
 * Returns: VERDICT_FINISHED (a disk is selected), or VERDICT_ENDED with a failure (no disk or
 * several disks match). */
struct verdict write_choose(struct board *board, const struct disks *disks);
/* Starts to write the image (option --write) to the selected disk of the board. */
struct verdict write_start(struct board *board, uint64_t now_ms);
/* Checks the progress of the threads that write the board's disk, if the time of the next check has
 * come.
 * ret_due_ms: receives the time of the next check in milliseconds. */
struct verdict write_tick(struct board *board, uint64_t now_ms, uint64_t *ret_due_ms);
/* These functions handle the USB events while the image is written. write_left() handles the
 * departure of the device with the disk. write_arrived() handles the arrival of a device at the USB
 * port of the board. */
void write_left(struct board *board, uint64_t now_ms);
struct verdict write_arrived(struct board *board, struct usb_dev *dev, uint64_t now_ms);
struct verdict write_overdue(struct board *board);
struct verdict write_interrupted(struct board *board, enum exit_status status, const char *word,
				 uint64_t now_ms);

#endif
