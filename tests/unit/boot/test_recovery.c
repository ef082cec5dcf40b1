/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/recovery.h"
#include "util/util.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FIPS 180-2, appendix B.1: the digest of "abc". */
#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void send_abc(struct recovery *recovery, const char *name)
{
	recovery_ask(recovery, name, 3);
	recovery_send(recovery, "a", 1);
	recovery_send(recovery, "bc", 2);
}

TEST(an_image_counts_when_it_is_sent_whole)
{
	static const struct {
		const char *name;
		size_t bytes;
		bool taken, asked, sent;
	} rows[] = {
		{"pieeprom.bin", 3, true, true, true},
		{"pieeprom.upd", 3, true, true, true},
		{"//pieeprom.bin", 3, true, true, true},
		{"pieeprom.bin", 3, false, true, false}, /* sent, but not acknowledged */
		{"pieeprom.bin", 4, true, true, false},	 /* a byte is missing */
		{"pieeprom.bin", 0, true, true, false},	 /* an empty file */
		{"pieeprom.sig", 3, true, false, false},
		{"x/pieeprom.bin", 3, true, false, false},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct recovery *recovery = NULL;
		struct recovery_facts facts;

		assert_int_equal(recovery_new(&recovery, NULL), 0);
		recovery_ask(recovery, rows[i].name, 3); /* as for GetFileSize and a partial read */
		recovery_send(recovery, "x", 1);
		recovery_ask(recovery, rows[i].name, rows[i].bytes);
		recovery_send(recovery, "a", 1);
		recovery_send(recovery, "bc", 2);
		if (rows[i].taken)
			recovery_sent(recovery);
		facts = *recovery_facts(recovery);
		assert_int_equal(facts.asked, rows[i].asked);
		assert_int_equal(facts.sent, rows[i].sent);
		assert_string_equal(facts.sent_sha256, rows[i].sent ? ABC_SHA256 : "");
		recovery_free(recovery);
	}
}

TEST(each_report_has_its_result)
{
	static const struct {
		const char *key, *value, *then;
		enum recovery_result update, erase, provision;
		enum recovery_hash hash;
	} rows[] = {
		{"EEPROM_UPDATE", "success", NULL, RECOVERY_SUCCESS, 0, 0, 0},
		{"EEPROM_UPDATE", "fail", "success", RECOVERY_FAIL, 0, 0, 0},
		{"EEPROM_UPDATE", "success", "fail", RECOVERY_FAIL, 0, 0, 0},
		{"EEPROM_UPDATE", "", "unknown", RECOVERY_UNCLEAR, 0, 0, 0},
		{"EEPROM_UPDATE", "success", "failed", RECOVERY_UNCLEAR, 0, 0, 0},
		{"EEPROM_UPDATE", "error", "success", RECOVERY_UNCLEAR, 0, 0, 0},
		{"EEPROM_UPDATE", "error", "fail", RECOVERY_FAIL, 0, 0, 0},
		{"EEPROM_ERASE", "success", "", 0, RECOVERY_UNCLEAR, 0, 0},
		{"SECURE_BOOT_PROVISION", "success", "0", 0, 0, RECOVERY_UNCLEAR, 0},
		{"EEPROM_ERASE", "fail", NULL, 0, RECOVERY_FAIL, 0, 0},
		{"SECURE_BOOT_PROVISION", "success", NULL, 0, 0, RECOVERY_SUCCESS, 0},
		{"EEPROM_HASH", ABC_SHA256, NULL, 0, 0, 0, RECOVERY_HASH_EQUAL},
		{"EEPROM_HASH", ABC_SHA256 "0", NULL, 0, 0, 0, RECOVERY_HASH_OTHER},
		{"EEPROM_HASH", "nonsense", NULL, 0, 0, 0, RECOVERY_HASH_OTHER},
		{"EEPROM_HASH", "", NULL, 0, 0, 0, RECOVERY_HASH_UNKNOWN},
		{"EEPROM", "fail", NULL, 0, 0, 0, 0},
	};

	for (size_t i = 0; i < array_size(rows); i++)
		for (int early = 0; early < 2; early++) {
			struct recovery *recovery = NULL;
			struct recovery_facts facts;

			assert_int_equal(recovery_new(&recovery, NULL), 0);
			send_abc(recovery, "config.txt");
			recovery_sent(recovery);
			send_abc(recovery, "pieeprom.bin");
			if (!early)
				recovery_sent(recovery);
			recovery_report(recovery, rows[i].key, rows[i].value);
			if (rows[i].then)
				recovery_report(recovery, rows[i].key, rows[i].then);
			facts = *recovery_facts(recovery);
			if (early)
				assert_int_equal(facts.hash, RECOVERY_HASH_UNKNOWN);
			recovery_sent(recovery);
			facts = *recovery_facts(recovery);
			assert_int_equal(facts.update, early && rows[i].update == RECOVERY_SUCCESS
							       ? RECOVERY_UNREPORTED
							       : rows[i].update);
			assert_int_equal(facts.erase, rows[i].erase);
			assert_int_equal(facts.provision, rows[i].provision);
			assert_int_equal(facts.hash, rows[i].hash);
			recovery_free(recovery);
		}
}

/* The hash of an image that was not sent neither proves nor disproves the update. */
TEST(a_hash_of_an_unsent_image_proves_nothing)
{
	struct recovery *recovery = NULL;
	struct recovery_facts facts;

	assert_int_equal(recovery_new(&recovery, NULL), 0);
	recovery_hold(recovery, recovery_images[1]);
	recovery_report(recovery, "EEPROM_HASH", "\x1b[2J");
	facts = *recovery_facts(recovery);
	assert_int_equal(facts.hash, RECOVERY_HASH_UNKNOWN);
	assert_string_equal(facts.held, "pieeprom.upd");
	assert_null(strchr(facts.reported_sha256, '\x1b'));
	recovery_free(recovery);
	recovery_free(NULL);
}

/* config.txt orders the board to erase its EEPROM and to lock itself. */
TEST(a_success_without_an_order_does_not_count)
{
	static const struct {
		const char *name;
		bool taken, counts;
	} rows[] = {
		{"config.txt", true, true},
		{"/config.txt", true, true},
		{"config.txt", false, false},
		{"autoboot.txt", true, false},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		enum recovery_result result =
			rows[i].counts ? RECOVERY_SUCCESS : RECOVERY_UNREPORTED;
		struct recovery *recovery = NULL;
		struct recovery_facts facts;

		assert_int_equal(recovery_new(&recovery, NULL), 0);
		for (int again = 0; again < 2; again++) {
			recovery_report(recovery, "EEPROM_ERASE", "success");
			recovery_report(recovery, "SECURE_BOOT_PROVISION", "success");
			facts = *recovery_facts(recovery);
			assert_int_equal(facts.erase, again ? result : RECOVERY_UNREPORTED);
			assert_int_equal(facts.provision, again ? result : RECOVERY_UNREPORTED);
			send_abc(recovery, rows[i].name);
			if (rows[i].taken)
				recovery_sent(recovery);
		}
		recovery_report(recovery, "EEPROM_ERASE", "fail");
		facts = *recovery_facts(recovery);
		assert_int_equal(facts.erase, RECOVERY_FAIL);
		recovery_free(recovery);
	}
}
