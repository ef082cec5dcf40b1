/* SPDX-License-Identifier: Apache-2.0 */
/* Decides what a board has proved about the update of its bootloader EEPROM. This file does no I/O
 * and knows no clock. */
#ifndef BOARD_RECOVER_JUDGE_H
#define BOARD_RECOVER_JUDGE_H

#include "boot/recovery.h"
#include "config.h"

#include <stdbool.h>

/* The key to which a board is locked, as the board reports it. */
enum recover_lock {
	RECOVER_LOCK_UNREPORTED,
	RECOVER_LOCK_NONE, /* the board is not locked */
	RECOVER_LOCK_SAME, /* the board is locked to the key of the user */
	RECOVER_LOCK_OTHER,
};

struct recover_facts {
	bool reads;	 /* the recovery firmware only reports, and changes nothing */
	bool erases;	 /* the EEPROM is erased; no image is offered */
	bool locks;	 /* the board is to be locked to the key of the user */
	bool said_done;	 /* the board sent the message Done */
	bool left;	 /* the board left the bus */
	bool returned;	 /* the boot ROM of the board is on the bus again */
	bool overdue;	 /* the board had enough time to leave the bus */
	bool was_proved; /* an earlier run proved that the EEPROM has this image */
	bool no_lock;	 /* the board reports a model that has no secure boot */
	bool same_board; /* the reported serial number is that of the USB device, or unknown */
	enum recover_lock lock;
	struct recovery_facts recovery;
};

enum recover_outcome {
	RECOVER_OPEN, /* undecided; the board has more time */
	/* The board reports success and the digest of the image that it read. */
	RECOVER_PROVED,
	/* The same, and an earlier run has proved the same image. */
	RECOVER_CURRENT,
	RECOVER_ERASED,
	RECOVER_KNOWN, /* the properties of the board are known, and it may be locked */
	/* The board read the image and ended, but it reported no result. */
	RECOVER_UNPROVABLE,
	RECOVER_ERASE_UNPROVABLE,
	RECOVER_LOCK_UNPROVABLE, /* the EEPROM has the image, but the lock is not reported */
	RECOVER_REPORTED_FAIL,
	RECOVER_LOCK_FAIL,
	RECOVER_OTHER_HASH,
	RECOVER_OTHER_SERIAL,
	RECOVER_OTHER_KEY,
	RECOVER_NO_KEY_REPORT,
	RECOVER_NO_SECURE_BOOT,
	RECOVER_CONTRADICTION,
	RECOVER_UNREAD, /* the board ended without reading the image */
	RECOVER_LEFT,	/* the board left the bus without Done and without a result */
	/* The board ended before the program could decide. The result of the board has the
	 * reason. */
	RECOVER_CUT_SHORT,
};

/* Returns: what the facts prove. */
enum recover_outcome recover_judge(const struct recover_facts *facts);

/* Returns: the word of an outcome for the JSON event "eeprom": "proved", "current", "erased",
 * "unprovable" or "failed"; NULL if the outcome states nothing about the EEPROM. */
const char *recover_proof_word(enum recover_outcome outcome);

/* Returns: the exit status of a board with this outcome. */
enum exit_status recover_status(enum recover_outcome outcome);

#endif
