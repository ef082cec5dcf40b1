/* SPDX-License-Identifier: Apache-2.0 */
/* Decides from the reports of a board whether its EEPROM was updated, by the rules in
 * docs/protocol.md, section 9. The message Done alone proves nothing, because a board also sends it
 * if it has written nothing. Recovery firmware from before 2025-11-27 reports no result. */
#include "board/recover_judge.h"

#include <stddef.h>

/* Returns: the kind of failure that the board reports, or RECOVER_OPEN (undecided) if it reports
 * none. */
static enum recover_outcome judge_reports(const struct recover_facts *facts)
{
	const struct recovery_facts *recovery = &facts->recovery;

	if (!facts->same_board)
		return RECOVER_OTHER_SERIAL;
	if (recovery->contradicts)
		return RECOVER_CONTRADICTION;
	if (recovery->update == RECOVERY_FAIL || recovery->erase == RECOVERY_FAIL)
		return RECOVER_REPORTED_FAIL;
	if (recovery->provision == RECOVERY_FAIL)
		return RECOVER_LOCK_FAIL;
	if (recovery->hash == RECOVERY_HASH_OTHER)
		return RECOVER_OTHER_HASH;
	if (facts->locks && facts->lock == RECOVER_LOCK_OTHER)
		return RECOVER_OTHER_KEY;
	return RECOVER_OPEN;
}

static enum recover_outcome judge_read(const struct recover_facts *facts)
{
	if (facts->no_lock)
		return RECOVER_NO_SECURE_BOOT;
	if (facts->lock == RECOVER_LOCK_UNREPORTED)
		return facts->said_done || facts->returned ? RECOVER_NO_KEY_REPORT : RECOVER_LEFT;
	return RECOVER_KNOWN;
}

static bool is_success(const struct recover_facts *facts, enum recovery_result result)
{
	return result == RECOVERY_SUCCESS && !facts->old_firmware;
}

static enum recover_outcome judge_erase(const struct recover_facts *facts)
{
	if (is_success(facts, facts->recovery.erase))
		return RECOVER_ERASED;
	return facts->said_done || facts->returned ? RECOVER_ERASE_UNPROVABLE : RECOVER_LEFT;
}

static enum recover_outcome judge_image(const struct recover_facts *facts)
{
	const struct recovery_facts *recovery = &facts->recovery;

	/* Success needs more than the right digest in the report of the board. The board may
	 * compute the digest from the received image and not from its EEPROM. */
	if (recovery->hash == RECOVERY_HASH_EQUAL && is_success(facts, recovery->update) &&
	    (recovery->sent || facts->was_proved))
		return facts->was_proved ? RECOVER_CURRENT : RECOVER_PROVED;
	if (!recovery->sent)
		return facts->said_done || facts->returned ? RECOVER_UNREAD : RECOVER_LEFT;
	if (!facts->said_done && !facts->returned && recovery->update == RECOVERY_UNREPORTED)
		return RECOVER_LEFT;
	return RECOVER_UNPROVABLE;
}

/* Returns: true if the board has reported that it is locked to the key of the user. */
static bool lock_is_proved(const struct recover_facts *facts)
{
	return facts->recovery.provision == RECOVERY_SUCCESS || facts->lock == RECOVER_LOCK_SAME;
}

enum recover_outcome recover_judge(const struct recover_facts *facts)
{
	enum recover_outcome outcome = judge_reports(facts);

	if (outcome != RECOVER_OPEN)
		return outcome;
	/* The board may still send reports, so its outcome is undecided. Its reports end when it
	 * sends the message Done or leaves the bus. */
	if (!facts->said_done && !facts->left && !facts->returned && !facts->overdue)
		return RECOVER_OPEN;
	if (facts->reads)
		return judge_read(facts);
	if (facts->erases)
		return judge_erase(facts);
	outcome = judge_image(facts);
	if (facts->locks && (outcome == RECOVER_PROVED || outcome == RECOVER_CURRENT) &&
	    !lock_is_proved(facts))
		return RECOVER_LOCK_UNPROVABLE;
	return outcome;
}

static const struct {
	const char *word; /* word in the JSON event, or NULL */
	enum exit_status status;
} outcomes[] = {
	[RECOVER_OPEN] = {NULL, STATUS_OK},
	[RECOVER_KNOWN] = {NULL, STATUS_OK},
	[RECOVER_PROVED] = {"proved", STATUS_OK},
	[RECOVER_CURRENT] = {"current", STATUS_OK},
	[RECOVER_ERASED] = {"erased", STATUS_OK},
	[RECOVER_UNPROVABLE] = {"unprovable", STATUS_EEPROM_UNPROVED},
	[RECOVER_ERASE_UNPROVABLE] = {"unprovable", STATUS_EEPROM_UNPROVED},
	[RECOVER_LOCK_UNPROVABLE] = {"unprovable", STATUS_EEPROM_UNPROVED},
	[RECOVER_REPORTED_FAIL] = {"failed", STATUS_EEPROM_FAILED},
	[RECOVER_LOCK_FAIL] = {"failed", STATUS_EEPROM_FAILED},
	[RECOVER_OTHER_HASH] = {"failed", STATUS_EEPROM_FAILED},
	[RECOVER_OTHER_SERIAL] = {"failed", STATUS_EEPROM_FAILED},
	[RECOVER_OTHER_KEY] = {"failed", STATUS_EEPROM_FAILED},
	[RECOVER_NO_KEY_REPORT] = {"failed", STATUS_EEPROM_FAILED},
	[RECOVER_NO_SECURE_BOOT] = {"failed", STATUS_EEPROM_FAILED},
	[RECOVER_CONTRADICTION] = {"failed", STATUS_EEPROM_FAILED},
	[RECOVER_UNREAD] = {"failed", STATUS_EEPROM_FAILED},
	[RECOVER_LEFT] = {"failed", STATUS_VANISHED},
	[RECOVER_CUT_SHORT] = {"failed", STATUS_EEPROM_FAILED},
};

const char *recover_proof_word(enum recover_outcome outcome)
{
	return outcomes[outcome].word;
}

enum exit_status recover_status(enum recover_outcome outcome)
{
	return outcomes[outcome].status;
}
