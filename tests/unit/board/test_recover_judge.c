/* SPDX-License-Identifier: Apache-2.0 */
/* The facts that a board reports about the update of its EEPROM -> the outcome, as a table. */
#include "board/recover_judge.h"

#include "tests/test.h"
#include "util/util.h"

#include <stdio.h>
#include <string.h>

#define READ  .sent = true
#define EQUAL .hash = RECOVERY_HASH_EQUAL
#define OTHER .hash = RECOVERY_HASH_OTHER
#define WROTE .update = RECOVERY_SUCCESS

static const struct {
	const char *what;
	struct recover_facts facts;
	enum recover_outcome outcome;
} rows[] = {
	{"a board that still reads is undecided", {.recovery = {READ, WROTE, EQUAL}}, RECOVER_OPEN},
	{"success with the digest of the image that was read is a proof",
	 {.said_done = true, .recovery = {READ, WROTE, EQUAL}},
	 RECOVER_PROVED},
	{"the proof also counts without Done",
	 {.left = true, .recovery = {READ, WROTE, EQUAL}},
	 RECOVER_PROVED},
	{"the proof also counts if the boot ROM is back",
	 {.returned = true, .recovery = {READ, WROTE, EQUAL}},
	 RECOVER_PROVED},
	{"the digest without the report of a write proves nothing",
	 {.said_done = true, .recovery = {READ, EQUAL}},
	 RECOVER_UNPROVABLE},
	{"the digest of an image that was not read is a failure",
	 {.said_done = true, .recovery = {WROTE, EQUAL}},
	 RECOVER_UNREAD},
	{"a proof of the same image as in an earlier run means that the EEPROM was current",
	 {.was_proved = true, .said_done = true, .recovery = {READ, WROTE, EQUAL}},
	 RECOVER_CURRENT},
	{"firmware that is too old to report proves nothing",
	 {.old_firmware = true, .said_done = true, .recovery = {READ, WROTE, EQUAL}},
	 RECOVER_UNPROVABLE},
	{"firmware that is too old to report does not prove an erased EEPROM",
	 {.old_firmware = true,
	  .erases = true,
	  .said_done = true,
	  .recovery = {.erase = RECOVERY_SUCCESS}},
	 RECOVER_ERASE_UNPROVABLE},
	{"an image of an earlier run need not be read again",
	 {.was_proved = true, .said_done = true, .recovery = {WROTE, EQUAL}},
	 RECOVER_CURRENT},
	{"an earlier run proves nothing without a report",
	 {.was_proved = true, .said_done = true, .recovery = {READ, EQUAL}},
	 RECOVER_UNPROVABLE},
	{"a board that reports an unknown result and leaves has reported",
	 {.left = true, .recovery = {READ, .update = RECOVERY_UNCLEAR}},
	 RECOVER_UNPROVABLE},
	{"success without a digest proves nothing",
	 {.said_done = true, .recovery = {READ, WROTE}},
	 RECOVER_UNPROVABLE},
	{"success without a digest and without the image is a failure",
	 {.said_done = true, .recovery = {WROTE}},
	 RECOVER_UNREAD},
	{"Done alone proves nothing", {.said_done = true, .recovery = {READ}}, RECOVER_UNPROVABLE},
	{"a restart alone proves nothing",
	 {.returned = true, .recovery = {READ}},
	 RECOVER_UNPROVABLE},
	{"Done without the image is a failure",
	 {.said_done = true, .recovery = {.asked = true}},
	 RECOVER_UNREAD},
	{"a restart without the image is a failure", {.returned = true}, RECOVER_UNREAD},
	{"a departure after the image without a report is the end of a board that vanished",
	 {.left = true, .recovery = {READ}},
	 RECOVER_LEFT},
	{"a departure before the image is a failure", {.left = true}, RECOVER_LEFT},
	{"a departure after success without a digest proves nothing",
	 {.left = true, .recovery = {READ, WROTE}},
	 RECOVER_UNPROVABLE},
	{"another digest is a failure",
	 {.said_done = true, .recovery = {READ, WROTE, OTHER}},
	 RECOVER_OTHER_HASH},
	{"fail is a failure with the right digest, too",
	 {.said_done = true, .recovery = {READ, .update = RECOVERY_FAIL, EQUAL}},
	 RECOVER_REPORTED_FAIL},
	{"a contradiction is a failure",
	 {.said_done = true, .recovery = {READ, WROTE, EQUAL, .contradicts = true}},
	 RECOVER_CONTRADICTION},
	{"an erased EEPROM",
	 {.erases = true, .said_done = true, .recovery = {.erase = RECOVERY_SUCCESS}},
	 RECOVER_ERASED},
	{"Done does not prove that the EEPROM is erased",
	 {.erases = true, .said_done = true},
	 RECOVER_ERASE_UNPROVABLE},
	{"an erase that failed",
	 {.erases = true, .recovery = {.erase = RECOVERY_FAIL}},
	 RECOVER_REPORTED_FAIL},
	{"an erase with a departure and no report", {.erases = true, .left = true}, RECOVER_LEFT},
	{"the image without the lock is no proof of the lock",
	 {.locks = true,
	  .said_done = true,
	  .lock = RECOVER_LOCK_NONE,
	  .recovery = {READ, WROTE, EQUAL}},
	 RECOVER_LOCK_UNPROVABLE},
	{"a reported lock is a proof",
	 {.locks = true,
	  .said_done = true,
	  .lock = RECOVER_LOCK_NONE,
	  .recovery = {READ, WROTE, EQUAL, .provision = RECOVERY_SUCCESS}},
	 RECOVER_PROVED},
	{"a board that was locked to the key before",
	 {.locks = true,
	  .said_done = true,
	  .lock = RECOVER_LOCK_SAME,
	  .recovery = {READ, WROTE, EQUAL}},
	 RECOVER_PROVED},
	{"a lock without the image is not a success",
	 {.locks = true,
	  .said_done = true,
	  .lock = RECOVER_LOCK_SAME,
	  .recovery = {.provision = RECOVERY_SUCCESS}},
	 RECOVER_UNREAD},
	{"a lock that failed",
	 {.locks = true, .recovery = {READ, EQUAL, .provision = RECOVERY_FAIL}},
	 RECOVER_LOCK_FAIL},
	{"a board with another key is not locked",
	 {.locks = true, .reads = true, .said_done = true, .lock = RECOVER_LOCK_OTHER},
	 RECOVER_OTHER_KEY},
	{"a board without a key may be locked",
	 {.locks = true, .reads = true, .said_done = true, .lock = RECOVER_LOCK_NONE},
	 RECOVER_KNOWN},
	{"a board that reports no key is not locked",
	 {.locks = true, .reads = true, .said_done = true},
	 RECOVER_NO_KEY_REPORT},
	{"a model without secure boot is not locked",
	 {.locks = true,
	  .reads = true,
	  .said_done = true,
	  .no_lock = true,
	  .lock = RECOVER_LOCK_NONE},
	 RECOVER_NO_SECURE_BOOT},
	{"a board that leaves before it reports its key",
	 {.locks = true, .reads = true, .left = true},
	 RECOVER_LEFT},
};

TEST(each_outcome_follows_from_the_facts)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		struct recover_facts facts = rows[i].facts;
		enum recover_outcome outcome;

		facts.same_board = true;
		outcome = recover_judge(&facts);
		if (outcome != rows[i].outcome)
			fail_msg("%s: %d, not %d", rows[i].what, (int)outcome,
				 (int)rows[i].outcome);
	}
}

TEST(another_serial_number_is_always_a_failure)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		struct recover_facts facts = rows[i].facts;

		assert_int_equal(recover_judge(&facts), RECOVER_OTHER_SERIAL);
	}
}

/* Without the digest of the image, no combination of facts is a success. */
TEST(no_success_without_the_digest_of_the_image)
{
	for (unsigned int bits = 0; bits < 1 << 11; bits++) {
		struct recover_facts facts = {
			.same_board = true,
			.said_done = bits & 1,
			.left = bits & 2,
			.returned = bits & 4,
			.overdue = bits & 8,
			.locks = bits & 16,
			.lock = bits >> 5 & 3,
			.recovery = {.sent = bits & 128,
				     .asked = bits & 256,
				     .update = bits & 512 ? RECOVERY_SUCCESS : RECOVERY_UNREPORTED,
				     .provision =
					     bits & 1024 ? RECOVERY_SUCCESS : RECOVERY_UNREPORTED,
				     .erase = RECOVERY_SUCCESS},
		};
		enum recover_outcome outcome = recover_judge(&facts);

		assert_true(outcome == RECOVER_OPEN || recover_status(outcome) != STATUS_OK);
	}
}
