/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict about a board as a table: options and facts -> verdict. */
#include "board/judge.h"
#include "util/util.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AUTO_DIR   .own_files = true
#define MAYBE_DISK .own_files = true, .usual_disk = true
#define DISK	   .expect = EXPECT_DISK, .own_files = true
#define DONE	   .expect = EXPECT_DONE, .own_files = true
#define ANY	   .expect = EXPECT_ANY, .own_files = true
#define WRITES	   .writes = true, .own_files = true, .usual_disk = true
#define SENT_DONE  .said_done = true, .served = true, .left = true
#define LEFT	   .served = true, .left = true

static const struct {
	struct outcome_facts facts;
	enum outcome expected;
} rows[] = {
	/* No facts are known yet. */
	{{AUTO_DIR}, OUTCOME_OPEN},
	{{AUTO_DIR, .said_done = true, .served = true}, OUTCOME_OPEN},
	/* Without -d, a disk is the success. */
	{{SENT_DONE}, OUTCOME_OPEN},
	{{SENT_DONE, .overdue = true}, OUTCOME_NO_DISK},
	{{SENT_DONE, .after = OUTCOME_AFTER_OTHER}, OUTCOME_OPEN},
	{{SENT_DONE, .after = OUTCOME_AFTER_FASTBOOT}, OUTCOME_FASTBOOT_NO_DISK},
	{{SENT_DONE, .after = OUTCOME_AFTER_ROM}, OUTCOME_ROM_NO_DISK},
	{{SENT_DONE, .usual_disk = true, .overdue = true}, OUTCOME_NO_DISK},
	{{LEFT, .after = OUTCOME_AFTER_DISK, .overdue = true}, OUTCOME_VANISHED},
	/* The same holds with --write and --expect disk for any files. */
	{{WRITES, SENT_DONE, .overdue = true}, OUTCOME_NO_DISK},
	{{WRITES, SENT_DONE, .after = OUTCOME_AFTER_FASTBOOT}, OUTCOME_FASTBOOT_NO_DISK},
	{{DISK, SENT_DONE, .overdue = true}, OUTCOME_NO_DISK},
	{{DISK, SENT_DONE, .usual_disk = true, .after = OUTCOME_AFTER_ROM}, OUTCOME_ROM_NO_DISK},
	{{DISK, LEFT, .overdue = true}, OUTCOME_VANISHED},
	/* With -d, Done is the success; the board waits for the usual disk, which can be missing.
	 */
	{{AUTO_DIR, SENT_DONE}, OUTCOME_DONE},
	{{MAYBE_DISK, SENT_DONE}, OUTCOME_OPEN},
	{{MAYBE_DISK, SENT_DONE, .overdue = true}, OUTCOME_DONE_NO_DISK},
	{{MAYBE_DISK, SENT_DONE, .after = OUTCOME_AFTER_DISK}, OUTCOME_OPEN},
	{{MAYBE_DISK, SENT_DONE, .after = OUTCOME_AFTER_DISK, .overdue = true},
	 OUTCOME_DONE_NO_DISK},
	{{MAYBE_DISK, SENT_DONE, .after = OUTCOME_AFTER_OTHER}, OUTCOME_OPEN},
	{{MAYBE_DISK, SENT_DONE, .after = OUTCOME_AFTER_FASTBOOT}, OUTCOME_FASTBOOT},
	{{MAYBE_DISK, SENT_DONE, .after = OUTCOME_AFTER_ROM}, OUTCOME_DONE_NO_DISK},
	{{DONE, SENT_DONE, .usual_disk = true}, OUTCOME_DONE},
	{{ANY, SENT_DONE, .usual_disk = true}, OUTCOME_DONE},
	/* If a board leaves without Done, its next stage decides. */
	{{AUTO_DIR, LEFT}, OUTCOME_OPEN},
	{{AUTO_DIR, LEFT, .overdue = true}, OUTCOME_VANISHED},
	{{AUTO_DIR, LEFT, .after = OUTCOME_AFTER_OTHER}, OUTCOME_SERVED},
	{{AUTO_DIR, .left = true, .after = OUTCOME_AFTER_OTHER}, OUTCOME_OPEN},
	{{AUTO_DIR, LEFT, .after = OUTCOME_AFTER_DISK}, OUTCOME_OPEN}, /* disk not found yet */
	{{AUTO_DIR, LEFT, .after = OUTCOME_AFTER_DISK, .overdue = true}, OUTCOME_SERVED},
	{{AUTO_DIR, LEFT, .after = OUTCOME_AFTER_FASTBOOT}, OUTCOME_FASTBOOT},
	{{AUTO_DIR, LEFT, .after = OUTCOME_AFTER_ROM}, OUTCOME_ROM_AGAIN},
	{{MAYBE_DISK, LEFT, .after = OUTCOME_AFTER_OTHER}, OUTCOME_OPEN},
	{{MAYBE_DISK, LEFT, .after = OUTCOME_AFTER_OTHER, .overdue = true}, OUTCOME_SERVED},
	{{DONE, LEFT, .after = OUTCOME_AFTER_OTHER, .overdue = true}, OUTCOME_VANISHED},
	{{DONE, LEFT, .after = OUTCOME_AFTER_DISK}, OUTCOME_SERVED},
	{{DONE, LEFT, .after = OUTCOME_AFTER_ROM}, OUTCOME_ROM_AGAIN},
	{{ANY, LEFT}, OUTCOME_OPEN}, /* its second stage can return */
	{{ANY, LEFT, .overdue = true}, OUTCOME_SERVED},
	{{ANY, LEFT, .after = OUTCOME_AFTER_ROM}, OUTCOME_SERVED},
	{{ANY, .left = true, .overdue = true}, OUTCOME_VANISHED},
	/* A reported failure outweighs everything else. */
	{{AUTO_DIR, SENT_DONE, .recovery.update = RECOVERY_FAIL}, OUTCOME_EEPROM_FAILED},
	{{ANY, LEFT, .overdue = true, .recovery.erase = RECOVERY_FAIL}, OUTCOME_EEPROM_FAILED},
	{{DISK, SENT_DONE, .recovery = {.update = RECOVERY_SUCCESS, .provision = RECOVERY_FAIL}},
	 OUTCOME_EEPROM_FAILED},
	{{DONE, SENT_DONE, .recovery = {.update = RECOVERY_SUCCESS, .hash = RECOVERY_HASH_OTHER}},
	 OUTCOME_EEPROM_DIFFERS},
	{{SENT_DONE, .after = OUTCOME_AFTER_ROM, .recovery.hash = RECOVERY_HASH_OTHER},
	 OUTCOME_EEPROM_DIFFERS},
	/* The message of a success about the EEPROM. */
	{{AUTO_DIR, SENT_DONE, .recovery = {.held = "x", .sent = true, .update = RECOVERY_SUCCESS}},
	 OUTCOME_EEPROM_WRITTEN},
	{{DONE, SENT_DONE, .recovery = {.held = "x", .sent = true, .hash = RECOVERY_HASH_EQUAL}},
	 OUTCOME_EEPROM_SENT},
	{{AUTO_DIR, SENT_DONE, .recovery = {.held = "x", .update = RECOVERY_SUCCESS}},
	 OUTCOME_EEPROM_UNREAD},
	{{AUTO_DIR, LEFT, .recovery = {.held = "x", .update = RECOVERY_SUCCESS}}, OUTCOME_OPEN},
	{{AUTO_DIR, SENT_DONE, .reported = true,
	  .recovery = {.asked = true, .update = RECOVERY_SUCCESS}},
	 OUTCOME_METADATA},
	{{AUTO_DIR, SENT_DONE, .recovery = {.held = "x", .asked = true, .sent = true}},
	 OUTCOME_EEPROM_SENT},
	{{AUTO_DIR, SENT_DONE, .recovery = {.held = "x", .asked = true}}, OUTCOME_EEPROM_UNREAD},
	{{AUTO_DIR, SENT_DONE, .recovery = {.held = "x", .erase = RECOVERY_SUCCESS}}, OUTCOME_DONE},
	{{AUTO_DIR, SENT_DONE, .reported = true, .recovery.asked = true}, OUTCOME_METADATA},
	{{AUTO_DIR, SENT_DONE, .reported = true}, OUTCOME_DONE},
	/* recovery_reboot=1 */
	{{AUTO_DIR, LEFT, .after = OUTCOME_AFTER_ROM, .recovery = {.held = "x", .sent = true}},
	 OUTCOME_EEPROM_SENT},
	{{AUTO_DIR, LEFT, .recovery = {.held = "x", .sent = true}}, OUTCOME_OPEN},
	{{AUTO_DIR, LEFT, .overdue = true, .recovery = {.held = "x", .sent = true}},
	 OUTCOME_VANISHED},
	{{AUTO_DIR, LEFT, .recovery = {.sent = true, .update = RECOVERY_SUCCESS}},
	 OUTCOME_EEPROM_WRITTEN},
	{{AUTO_DIR, LEFT, .after = OUTCOME_AFTER_ROM, .recovery.held = "x"}, OUTCOME_ROM_AGAIN},
	{{AUTO_DIR, LEFT, .reported = true, .after = OUTCOME_AFTER_ROM, .recovery.asked = true},
	 OUTCOME_METADATA},
	{{DONE, LEFT, .after = OUTCOME_AFTER_ROM, .recovery = {.update = RECOVERY_SUCCESS}},
	 OUTCOME_ROM_AGAIN},
	{{DONE, LEFT, .recovery = {.update = RECOVERY_SUCCESS}}, OUTCOME_OPEN},
	{{LEFT, .after = OUTCOME_AFTER_ROM, .recovery = {.update = RECOVERY_SUCCESS}},
	 OUTCOME_ROM_AGAIN},
};

TEST(facts_give_one_verdict)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		enum outcome outcome = outcome_judge(&rows[i].facts);

		if (outcome != rows[i].expected)
			fail_msg("row %zu: %d, not %d", i, (int)outcome, (int)rows[i].expected);
	}
}

TEST(an_expectation_decides_the_verdict)
{
	static const struct {
		struct outcome_facts facts;
		enum expect expected;
		bool wants_disk;
	} defaults[] = {
		{{.expect = EXPECT_AUTO}, EXPECT_DISK, true},
		{{AUTO_DIR}, EXPECT_DONE, false},
		{{MAYBE_DISK}, EXPECT_DONE, true},
		{{AUTO_DIR, .after = OUTCOME_AFTER_DISK}, EXPECT_DONE, true},
		{{DONE, .usual_disk = true}, EXPECT_DONE, false},
		{{ANY, .usual_disk = true}, EXPECT_ANY, false},
		{{DISK}, EXPECT_DISK, true},
		{{WRITES}, EXPECT_DISK, true},
	};

	for (size_t i = 0; i < array_size(defaults); i++) {
		assert_int_equal(outcome_expectation(&defaults[i].facts), defaults[i].expected);
		assert_int_equal(outcome_wants_disk(&defaults[i].facts), defaults[i].wants_disk);
	}
}

/* A guess is never the reason of a failure: without it, the same facts do not fail less often. */
TEST(a_guess_fails_no_board)
{
	for (size_t i = 0; i < array_size(rows); i++)
		for (int after = 0; after <= OUTCOME_AFTER_OTHER; after++) {
			struct outcome_facts facts = rows[i].facts;
			enum exit_status with, without;

			facts.overdue = true;
			facts.after = (enum outcome_after)after;
			facts.usual_disk = true;
			with = outcome_status(outcome_judge(&facts));
			facts.usual_disk = false;
			without = outcome_status(outcome_judge(&facts));
			if (with != without)
				fail_msg("row %zu, after %d: %d with the guess, %d without", i,
					 after, (int)with, (int)without);
		}
}
