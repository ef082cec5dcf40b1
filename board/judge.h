/* SPDX-License-Identifier: Apache-2.0 */
/* What a board's end is, judged from facts alone. Does no I/O, keeps no state and knows no clock:
 * board_after.c collects the facts, asks again whenever one of them changes, and writes the
 * sentence. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "board/board.h"
#include "boot/recovery.h"

/* The device at the board's port since its second stage left. */
enum outcome_after {
	OUTCOME_AFTER_NOTHING,
	OUTCOME_AFTER_ROM,
	OUTCOME_AFTER_DISK,	/* an id that payloads give to a disk; the disk itself may still be
				   missing */
	OUTCOME_AFTER_FASTBOOT, /* an id of the fastboot gadget */
	OUTCOME_AFTER_OTHER,	/* an id that no known payload makes */
};

struct outcome_facts {
	/* The order. */
	enum expect expect; /* --expect; EXPECT_AUTO: not given */
	bool writes;	    /* --write */
	bool own_files;	    /* -d */
	bool usual_disk;    /* such files usually make a disk or a fastboot device: a guess */
	/* The board. */
	bool said_done;
	bool served;   /* it asked for a file and got an answer */
	bool reported; /* it reported a property of itself */
	bool left;     /* its second stage left the bus */
	bool overdue;  /* the time for what follows is over */
	enum outcome_after after;
	struct recovery_facts recovery;
};

enum outcome {
	OUTCOME_OPEN, /* more may follow */
	/* Successes. */
	OUTCOME_DONE,
	OUTCOME_SERVED,	      /* left without Done, and --expect any accepts that, or another device
				 followed */
	OUTCOME_DONE_NO_DISK, /* done; the usual disk did not appear */
	OUTCOME_FASTBOOT,     /* the files made it a fastboot device */
	OUTCOME_EEPROM_WRITTEN, /* it reports so, or the hash of the image that it was sent */
	OUTCOME_EEPROM_SENT,	/* it read the image to the end; it reports no result */
	OUTCOME_EEPROM_UNREAD,	/* done; it did not read the image that the directory holds */
	OUTCOME_METADATA,	/* a recovery without an image: its properties are the result */
	/* Failures. */
	OUTCOME_EEPROM_FAILED,	/* the board reports a failure */
	OUTCOME_EEPROM_DIFFERS, /* it reports the hash of another image */
	OUTCOME_NO_DISK,
	OUTCOME_FASTBOOT_NO_DISK,
	OUTCOME_ROM_NO_DISK, /* Done, then boot ROM again */
	OUTCOME_ROM_AGAIN,   /* boot ROM again without Done */
	OUTCOME_VANISHED,    /* left without Done, and nothing followed */
};

/* The rule that holds: --expect, or its default. Never EXPECT_AUTO. */
enum expect outcome_expectation(const struct outcome_facts *facts);

/* A disk is waited for and printed, whether success depends on it or not. */
bool outcome_wants_disk(const struct outcome_facts *facts);

/* Call it when the second stage has left, a device has arrived, or the time is over. */
enum outcome outcome_judge(const struct outcome_facts *facts);

/* An exit status; STATUS_OK for OUTCOME_OPEN, too. */
enum exit_status outcome_status(enum outcome outcome);

#endif
