/* SPDX-License-Identifier: Apache-2.0 */
/* Decides from the user's settings and the behaviour of a board whether the board has succeeded.
 * These functions do no I/O, keep no state and read no clock, so that tests can pass any
 * combination of facts. board/outcome.c collects the facts and writes the message. */
#ifndef BOARD_JUDGE_H
#define BOARD_JUDGE_H

#include "board/board.h"
#include "boot/recovery.h"

/* The kind of device that is on the USB port of the board after its second-stage bootloader has
 * left the bus. */
enum outcome_after {
	OUTCOME_AFTER_NOTHING,
	OUTCOME_AFTER_ROM,
	/* The device has the USB id of a board that has become a disk. The disk itself may still be
	 * missing. */
	OUTCOME_AFTER_DISK,
	/* The device has the USB id of a fastboot device (a protocol of Android). A board becomes
	 * such a device if its boot files contain the fastboot gadget. */
	OUTCOME_AFTER_FASTBOOT,
	/* The device has an unknown USB id. The board may have become this device, or a person has
	 * plugged in another one. */
	OUTCOME_AFTER_OTHER,
};

struct outcome_facts {
	/* The settings on the command line. */
	/* The value of the option --expect, or EXPECT_AUTO if the user did not give it. */
	enum expect expect;
	/* The option --write is given. */
	bool writes;
	/* The option -d is given. */
	bool own_files;
	/* True if a board with these boot files usually becomes a disk or a fastboot device.
	 * files_payload_is_disk() guesses this from the names of the files. */
	bool usual_disk;
	/* The facts from the board. */
	bool said_done;
	bool served;   /* the host answered a file request */
	bool reported; /* the board reported metadata */
	bool left;     /* second-stage bootloader left the bus */
	/* True if the time limit for the expected event, such as the arrival of a disk, has
	 * expired. */
	bool overdue;
	enum outcome_after after;
	struct recovery_facts recovery;
};

enum outcome {
	OUTCOME_OPEN, /* undecided; more events may follow */
	/* The following outcomes are successes. */
	OUTCOME_DONE,
	/* The board left the bus before it sent Done, the message that ends the boot. This is a
	 * success because the user gave the option `--expect any`, or because another USB device
	 * then appeared on the port. This device shows that the boot files have started. */
	OUTCOME_SERVED,
	/* The board sent the message Done, but no disk appeared. Boards with these boot files
	 * usually appear as a disk. */
	OUTCOME_DONE_NO_DISK,
	/* The board became a fastboot device. */
	OUTCOME_FASTBOOT,
	/* The board has read the whole EEPROM image, and reports that its EEPROM was written. */
	OUTCOME_EEPROM_WRITTEN,
	/* The board read the EEPROM image to its end, but did not report whether it wrote the
	 * image. */
	OUTCOME_EEPROM_SENT,
	/* The board sent the message Done, but did not read the EEPROM image in the boot
	 * directory. */
	OUTCOME_EEPROM_UNREAD,
	/* The board reported its properties. It received no EEPROM image, because the boot
	 * directory has none. */
	OUTCOME_METADATA,
	/* The following outcomes are failures. */
	/* The board reports that the recovery failed. */
	OUTCOME_EEPROM_FAILED,
	/* The board reports a digest that differs from the digest of the EEPROM image that the host
	 * sent. */
	OUTCOME_EEPROM_DIFFERS,
	/* The board sent the message Done, but no disk of the board appeared. */
	OUTCOME_NO_DISK,
	/* The board became a fastboot device, although the program expected a disk. */
	OUTCOME_FASTBOOT_NO_DISK,
	/* The board sent the message Done and then came back as a boot ROM, although the program
	 * expected a disk. */
	OUTCOME_ROM_NO_DISK,
	/* The boot ROM of the board appeared again, although the board had not sent the message
	 * Done. */
	OUTCOME_ROM_AGAIN,
	/* The board left the bus before it sent the message Done, and no device that it could have
	 * become appeared on its port in time. */
	OUTCOME_VANISHED,
};

/* Returns: the condition for the success of the board: the value of the option --expect, or its
 * default. */
enum expect outcome_expectation(const struct outcome_facts *facts);

/* Returns: true if the program waits until the board has become a disk, and then prints the path of
 * the disk. Waiting does not mean that the board fails without a disk: with the option -d, and
 * without --expect and --write, it may succeed. */
bool outcome_wants_disk(const struct outcome_facts *facts);

/* Decides whether the board has succeeded or failed, or whether its outcome is undecided. Call this
 * function when a device has left the USB port of the board or has arrived there, and when the time
 * for the board to become another device has expired. */
enum outcome outcome_judge(const struct outcome_facts *facts);

/* Returns: the exit status for a board with this outcome: STATUS_OK for a success, or the status
 * for this kind of failure. */
enum exit_status outcome_status(enum outcome outcome);

#endif
