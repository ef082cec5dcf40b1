/* SPDX-License-Identifier: Apache-2.0 */
/* Decides from the user's settings and the behaviour of a board whether the board has succeeded or
 * failed. */
#include "board/judge.h"

#include "util/util.h"

#include <assert.h>

/* Returns: true if the user gave boot files with -d, but did not define success with --expect or
 * --write. The program then guesses the expected outcome from the boot files. The guess may be
 * wrong, so the program also accepts other outcomes. */
static bool facts_automatic(const struct outcome_facts *facts)
{
	return !facts->writes && facts->expect == EXPECT_AUTO && facts->own_files;
}

enum expect outcome_expectation(const struct outcome_facts *facts)
{
	if (facts->writes)
		return EXPECT_DISK;
	if (facts->expect != EXPECT_AUTO)
		return facts->expect;
	return facts->own_files ? EXPECT_DONE : EXPECT_DISK;
}

bool outcome_wants_disk(const struct outcome_facts *facts)
{
	if (outcome_expectation(facts) == EXPECT_DISK)
		return true;
	return facts_automatic(facts) && (facts->usual_disk || facts->after == OUTCOME_AFTER_DISK);
}

/* Checks whether a board that reports no failure has already succeeded.
 * Returns: true if the board has sent the message Done, and --expect (or its default) requires no
 * disk. With the value EXPECT_ANY, received files are enough. */
static bool facts_met(const struct outcome_facts *facts)
{
	enum expect expect = outcome_expectation(facts);

	return (facts->said_done && expect != EXPECT_DISK) ||
	       (facts->served && expect == EXPECT_ANY);
}

/* Decides the outcome of an EEPROM recovery in which the board reported no failure.
 * Returns: the outcome, or OUTCOME_OPEN (undecided) if the facts show no EEPROM recovery. */
static enum outcome judge_recovery(const struct outcome_facts *facts)
{
	const struct recovery_facts *recovery = &facts->recovery;

	/* The board must have received the whole image and have reported success. The digest that a
	 * board reports proves nothing, because the board may compute it from the received image
	 * and not from its EEPROM. */
	if (recovery->sent)
		return recovery->update == RECOVERY_SUCCESS ? OUTCOME_EEPROM_WRITTEN
							    : OUTCOME_EEPROM_SENT;
	if (recovery->held && recovery->erase != RECOVERY_SUCCESS)
		return OUTCOME_EEPROM_UNREAD;
	if (recovery->asked && facts->reported)
		return OUTCOME_METADATA;
	return OUTCOME_OPEN;
}

static enum outcome judge_met(const struct outcome_facts *facts)
{
	enum outcome outcome = judge_recovery(facts);

	if (outcome != OUTCOME_OPEN)
		return outcome;
	if (!facts->said_done)
		return OUTCOME_SERVED;
	return outcome_wants_disk(facts) ? OUTCOME_DONE_NO_DISK : OUTCOME_DONE;
}

static const struct {
	enum exit_status status;
	/* True if the EEPROM recovery of a board with this outcome succeeded. Do not replace this
	 * table with a chain of comparisons, because gcc 14.2 with -O2 compiles the chain wrongly.
	 * If the board did not read its EEPROM image, judge_rom() then returns OUTCOME_OPEN
	 * (undecided) instead of a failure. */
	bool recovered;
} outcomes[] = {
	[OUTCOME_OPEN] = {STATUS_OK, false},
	[OUTCOME_DONE] = {STATUS_OK, false},
	[OUTCOME_SERVED] = {STATUS_OK, false},
	[OUTCOME_DONE_NO_DISK] = {STATUS_OK, false},
	[OUTCOME_FASTBOOT] = {STATUS_OK, false},
	[OUTCOME_EEPROM_WRITTEN] = {STATUS_OK, true},
	[OUTCOME_EEPROM_SENT] = {STATUS_OK, true},
	[OUTCOME_EEPROM_UNREAD] = {STATUS_OK, false},
	[OUTCOME_METADATA] = {STATUS_OK, true},
	[OUTCOME_EEPROM_FAILED] = {STATUS_FAILED, false},
	[OUTCOME_EEPROM_DIFFERS] = {STATUS_FAILED, false},
	[OUTCOME_NO_DISK] = {STATUS_NO_DISK, false},
	[OUTCOME_FASTBOOT_NO_DISK] = {STATUS_NO_DISK, false},
	[OUTCOME_ROM_NO_DISK] = {STATUS_NO_DISK, false},
	[OUTCOME_ROM_AGAIN] = {STATUS_VANISHED, false},
	[OUTCOME_VANISHED] = {STATUS_VANISHED, false},
};
static_assert(array_size(outcomes) == OUTCOME_VANISHED + 1,
	      "the table outcomes[] has no row for a value of enum outcome");

/* Decides the outcome of a board that came back as a boot ROM. With recovery_reboot=1 in
 * config.txt, a board restarts after its recovery, perhaps before it sent the message Done. Such a
 * board counts as a success if it has reported a successful recovery. */
static enum outcome judge_rom(const struct outcome_facts *facts)
{
	enum outcome outcome = judge_recovery(facts);

	if (facts_met(facts))
		return judge_met(facts);
	if (facts->said_done)
		return OUTCOME_ROM_NO_DISK;
	return facts_automatic(facts) && outcomes[outcome].recovered ? outcome : OUTCOME_ROM_AGAIN;
}

/* Decides the outcome of a board when the USB port has a device that is not a boot ROM. The device
 * may be the booted board, or a device that a person has plugged in meanwhile. */
static enum outcome judge_other(const struct outcome_facts *facts)
{
	bool automatic = facts_automatic(facts);
	bool known = facts->after != OUTCOME_AFTER_OTHER;

	if (outcome_expectation(facts) == EXPECT_DISK)
		return OUTCOME_OPEN;
	if (facts_met(facts))
		return automatic && outcome_wants_disk(facts) ? OUTCOME_OPEN : judge_met(facts);
	if (!known && !(automatic && facts->served))
		return OUTCOME_OPEN;
	return outcome_wants_disk(facts) ? OUTCOME_OPEN : OUTCOME_SERVED;
}

static enum outcome judge_overdue(const struct outcome_facts *facts)
{
	if (facts_met(facts))
		return judge_met(facts);
	if (facts->said_done)
		return OUTCOME_NO_DISK;
	if (outcome_expectation(facts) == EXPECT_DISK)
		return OUTCOME_VANISHED;
	/* The board appeared as another USB device, so its boot files have started. This is a
	 * success, although no disk appeared. */
	if (facts->after == OUTCOME_AFTER_DISK ||
	    (facts->after == OUTCOME_AFTER_OTHER && facts_automatic(facts) && facts->served))
		return OUTCOME_SERVED;
	return OUTCOME_VANISHED;
}

static enum outcome judge_failures(const struct recovery_facts *recovery)
{
	if (recovery->update == RECOVERY_FAIL || recovery->erase == RECOVERY_FAIL ||
	    recovery->provision == RECOVERY_FAIL)
		return OUTCOME_EEPROM_FAILED;
	if (recovery->hash == RECOVERY_HASH_OTHER)
		return OUTCOME_EEPROM_DIFFERS;
	return OUTCOME_OPEN;
}

enum outcome outcome_judge(const struct outcome_facts *facts)
{
	enum outcome outcome = judge_failures(&facts->recovery);

	if (outcome != OUTCOME_OPEN)
		return outcome;
	if (facts->after == OUTCOME_AFTER_ROM)
		return judge_rom(facts);
	if (facts->after == OUTCOME_AFTER_FASTBOOT && facts_automatic(facts))
		return facts->said_done || facts->served ? OUTCOME_FASTBOOT : OUTCOME_OPEN;
	if (facts->after == OUTCOME_AFTER_FASTBOOT && facts->said_done &&
	    outcome_expectation(facts) == EXPECT_DISK)
		return OUTCOME_FASTBOOT_NO_DISK;
	if (facts->overdue)
		return judge_overdue(facts);
	if (facts->after != OUTCOME_AFTER_NOTHING)
		return judge_other(facts);
	if (!facts->left)
		return OUTCOME_OPEN;
	if (facts->said_done && facts_met(facts) && !outcome_wants_disk(facts))
		return judge_met(facts);
	/* The board has reported that its EEPROM was written. This is a success even if the board
	 * does not appear on USB again. A board appears again only if its boot order includes USB
	 * boot. */
	if (facts_automatic(facts) && judge_recovery(facts) == OUTCOME_EEPROM_WRITTEN)
		return OUTCOME_EEPROM_WRITTEN;
	return OUTCOME_OPEN;
}

enum exit_status outcome_status(enum outcome outcome)
{
	return outcomes[outcome].status;
}
