/* SPDX-License-Identifier: Apache-2.0 */
/* Decides the outcome of a board from a struct of facts. These functions do no I/O, keep no state
 * and know no clock. board/outcome.c collects the facts, calls outcome_judge() when a fact changes,
 * and writes the message. */
#ifndef BOARD_JUDGE_H
#define BOARD_JUDGE_H

#include "board/board.h"
#include "boot/recovery.h"

/* The device at the port of the board after the second stage has left. */
enum outcome_after {
	OUTCOME_AFTER_NOTHING,
	OUTCOME_AFTER_ROM,
	/* A device with the USB id of a disk that boot files create. The disk itself may still be
	 * missing. */
	OUTCOME_AFTER_DISK,
	/* A device with the USB id of the fastboot gadget. */
	OUTCOME_AFTER_FASTBOOT,
	/* A device with a USB id that no known boot files create. */
	OUTCOME_AFTER_OTHER,
};

struct outcome_facts {
	/* The facts from the command line. */
	/* The value of --expect, or EXPECT_AUTO if the option is not given. */
	enum expect expect;
	/* The option --write is given. */
	bool writes;
	/* The option -d is given. */
	bool own_files;
	/* The boot files look like files that create a disk or a fastboot device. This fact is a
	 * guess. */
	bool usual_disk;
	/* The facts from the board. */
	bool said_done;
	bool served;   /* the host answered a file request */
	bool reported; /* the board reported metadata */
	bool left;     /* the second stage left the bus */
	/* The timeout for the device that follows the second stage has expired. */
	bool overdue;
	enum outcome_after after;
	struct recovery_facts recovery;
};

enum outcome {
	OUTCOME_OPEN, /* undecided as yet; events may follow */
	/* The following outcomes are successes. */
	OUTCOME_DONE,
	/* The board left without Done. Either --expect any accepts that, or another device
	 * followed. */
	OUTCOME_SERVED,
	/* The board sent Done, but the disk that such boot files usually create did not appear. */
	OUTCOME_DONE_NO_DISK,
	/* The board became a fastboot device. */
	OUTCOME_FASTBOOT,
	/* The board reports that its EEPROM was written, or it reports the digest of the image that
	 * the host sent. */
	OUTCOME_EEPROM_WRITTEN,
	/* The board read the EEPROM image to its end, but reports no result. */
	OUTCOME_EEPROM_SENT,
	/* The board sent Done, but did not read the EEPROM image of the boot directory. */
	OUTCOME_EEPROM_UNREAD,
	/* The board reported its metadata. The boot directory has no EEPROM image, so the metadata
	 * are the result. */
	OUTCOME_METADATA,
	/* The following outcomes are failures. */
	/* The board reports that the recovery failed. */
	OUTCOME_EEPROM_FAILED,
	/* The board reports the digest of another EEPROM image. */
	OUTCOME_EEPROM_DIFFERS,
	/* The board sent Done, but no disk appeared. */
	OUTCOME_NO_DISK,
	/* The board became a fastboot device, but a disk was required. */
	OUTCOME_FASTBOOT_NO_DISK,
	/* The board sent Done and then came back as a boot ROM, but a disk was required. */
	OUTCOME_ROM_NO_DISK,
	/* The board came back as a boot ROM without Done. */
	OUTCOME_ROM_AGAIN,
	/* The board left without Done, and no other device followed. */
	OUTCOME_VANISHED,
};

/* Returns: the rule for success, from --expect or from the default. The result is never
 * EXPECT_AUTO. */
enum expect outcome_expectation(const struct outcome_facts *facts);

/* Returns: true if the board waits for a disk and prints the path of the disk. Success may or may
 * not depend on the disk. */
bool outcome_wants_disk(const struct outcome_facts *facts);

/* Decides the outcome of the board. Call this function when the second stage has left, when a
 * device has arrived, and when the timeout has expired. */
enum outcome outcome_judge(const struct outcome_facts *facts);

/* Returns: the exit status for the outcome. OUTCOME_OPEN gives STATUS_OK, too. */
enum exit_status outcome_status(enum outcome outcome);

#endif
