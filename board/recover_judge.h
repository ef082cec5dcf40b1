/* SPDX-License-Identifier: Apache-2.0 */
/* Decides from the reports of a board whether its bootloader EEPROM was updated. The functions do
 * no I/O and read no clock, so tests need no board. */
#ifndef BOARD_RECOVER_JUDGE_H
#define BOARD_RECOVER_JUDGE_H

#include "boot/recovery.h"
#include "config.h"

#include <stdbool.h>

/* The lock of a board according to the board's own reports. A locked board has the hash of a public
 * key in its one-time programmable memory, and starts only firmware that is signed with this
 * key. */
enum recover_lock {
	RECOVER_LOCK_UNREPORTED,
	RECOVER_LOCK_NONE, /* the board is not locked */
	RECOVER_LOCK_SAME, /* locked to the key of the user */
	RECOVER_LOCK_OTHER,
};

struct recover_facts {
	bool reads;	/* this step only reads properties */
	bool erases;	/* erases the EEPROM; there is no image */
	bool locks;	/* locks the board to the user's key */
	bool said_done; /* the board sent the message Done */
	bool left;	/* the board left the bus */
	bool returned;	/* its boot ROM came back */
	bool overdue;	/* time to leave the bus has expired */
	/* True if an earlier run of `rpiboot recover` proved that the EEPROM of the board has the
	 * image that this run writes. */
	bool was_proved;
	bool no_lock; /* the model has no secure boot */
	/* True if the recovery firmware is too old to report results. The program then ignores a
	 * report that the EEPROM was updated or erased. */
	bool old_firmware;
	/* True if the serial number that the recovery firmware reports matches that of the board's
	 * USB device, or if either serial number is unknown. */
	bool same_board;
	enum recover_lock lock;
	struct recovery_facts recovery;
};

enum recover_outcome {
	RECOVER_OPEN, /* no outcome yet; reports may follow */
	/* The success of the EEPROM update is proved, because the board reported both the success
	 * and the SHA-256 of the image. */
	RECOVER_PROVED,
	/* The board reports success, but this run changed nothing: an earlier run of `rpiboot
	 * recover` already proved that the board has this EEPROM image. */
	RECOVER_CURRENT,
	RECOVER_ERASED,
	/* The board has reported that it is unlocked, or locked to the key of the user, so the next
	 * step may write its EEPROM. */
	RECOVER_KNOWN,
	/* The board read the EEPROM image and ended its boot, but its reports do not prove that the
	 * update succeeded. */
	RECOVER_UNPROVABLE,
	RECOVER_ERASE_UNPROVABLE,
	/* The EEPROM of the board has the new image, but the board did not report that it is locked
	 * to the key of the user. */
	RECOVER_LOCK_UNPROVABLE,
	RECOVER_REPORTED_FAIL,
	RECOVER_LOCK_FAIL,
	RECOVER_OTHER_HASH,
	RECOVER_OTHER_SERIAL,
	RECOVER_OTHER_KEY,
	RECOVER_NO_KEY_REPORT,
	RECOVER_NO_SECURE_BOOT,
	RECOVER_CONTRADICTION,
	RECOVER_UNREAD, /* board did not read the whole image */
	/* The board left the bus too early: it had neither ended its boot with the message Done nor
	 * reported a result for its EEPROM. */
	RECOVER_LEFT,
	/* The program stopped serving the board before the EEPROM was known to be updated. The
	 * message of the board states the reason. */
	RECOVER_CUT_SHORT,
};

/* Returns: the outcome that the facts prove. */
enum recover_outcome recover_judge(const struct recover_facts *facts);

/* Returns: the word for the outcome of an EEPROM update in the JSON event "eeprom", or NULL (no
 * outcome yet). The words are "proved", "current" (an earlier run already proved this image),
 * "erased", "unprovable" (the board did not report the proof) and "failed". */
const char *recover_proof_word(enum recover_outcome outcome);

/* Returns: the exit status of the program for a board whose EEPROM update has this outcome. */
enum exit_status recover_status(enum recover_outcome outcome);

#endif
