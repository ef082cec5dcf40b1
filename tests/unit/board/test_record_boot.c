/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a board after a boot without `rpiboot recover`, which keeps the record of an earlier
 * recovery. */
#include "util/error.h"
#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/board/record_bench.h"

#include <json.h>
#include <string.h>

/* Returns: the value and the time of a property that the record keeps from an earlier run. */
static const char *earlier_of(struct json_object *document, const char *key)
{
	struct json_object *record = json_object_object_get(document, "rpiboot");
	struct json_object *kept = json_object_object_get(record, "earlier");
	struct json_object *entry = json_object_object_get(kept, key);

	return entry ? json_object_to_json_string_ext(entry, JSON_C_TO_STRING_PLAIN) : "";
}

static const char *const board[] = {"USER_BOARDREV", "c04180", "CUSTOMER_KEY_HASH", KEY, NULL};
static const char *const none[] = {NULL};

/* Formats the file after a boot without recover, and reads it. */
static struct record_facts boot_after(const char *earlier, const char *const pairs[], bool changed,
				      struct json_object **ret_document)
{
	struct metadata *metadata = metadata_of(pairs);
	cleanup_free char *text = record_json_after_boot(earlier, metadata, 1800000000, changed);

	*ret_document = json_tokener_parse(text);
	metadata_free(metadata);
	return facts_of(text);
}

static const char *const mac[] = {"MAC_ADDR", "2c:cf:67:00:11:22", NULL};

TEST(an_ordinary_boot_keeps_the_record)
{
	struct metadata *metadata = metadata_of(board);
	cleanup_free char *text = record_json(&whole, metadata), *again = NULL;
	struct json_object *document;
	struct record_facts facts = boot_after(text, mac, false, &document);

	assert_true(facts.ended && facts.ok && facts.locked_now && facts.disk_verified);
	assert_int_equal(facts.lock, RECORD_LOCKED);
	assert_string_equal(facts.key_hash, KEY);
	assert_string_equal(facts.proof, "proved");
	assert_string_equal(facts.proved_sha256, SHA_A);
	assert_string_equal(facts.end, "2026-11-27T07:31:12Z");
	assert_string_equal(earlier_of(document, "CUSTOMER_KEY_HASH"),
			    "{\"value\":\"" KEY "\",\"time\":\"2026-11-27T07:31:12Z\"}");
	assert_string_equal(earlier_of(document, "MAC_ADDR"), "");
	/* The properties of that boot get its time, and older ones keep theirs. */
	again = strdup(json_object_to_json_string(document));
	json_object_put(document);
	boot_after(again, none, false, &document);
	assert_string_equal(earlier_of(document, "MAC_ADDR"),
			    "{\"value\":\"2c:cf:67:00:11:22\",\"time\":\"2027-01-15T08:00:00Z\"}");
	assert_string_equal(earlier_of(document, "CUSTOMER_KEY_HASH"),
			    "{\"value\":\"" KEY "\",\"time\":\"2026-11-27T07:31:12Z\"}");
	json_object_put(document);
	metadata_free(metadata);
}

TEST(an_ordinary_boot_corrects_the_record)
{
	static const char *const zeros[] = {"CUSTOMER_KEY_HASH", ZEROS, NULL},
				 *const other[] = {"CUSTOMER_KEY_HASH", SHA_B, NULL},
				 *const nonsense[] = {"CUSTOMER_KEY_HASH", "0", NULL};
	cleanup_free char *text = record_json(&whole, NULL);
	struct json_object *document;
	struct record_facts facts = boot_after(text, zeros, false, &document);

	assert_int_equal(facts.lock, RECORD_UNLOCKED);
	assert_string_equal(facts.proved_sha256, SHA_A);
	json_object_put(document);
	facts = boot_after(text, other, false, &document);
	assert_string_equal(facts.key_hash, SHA_B);
	assert_false(facts.locked_now);
	json_object_put(document);
	facts = boot_after(text, nonsense, false, &document);
	assert_string_equal(facts.key_hash, KEY);
	assert_true(facts.locked_now);
	json_object_put(document);
	/* Another image may be in the EEPROM now. */
	facts = boot_after(text, mac, true, &document);
	assert_string_equal(facts.proof, "");
	assert_string_equal(facts.proved_sha256, "");
	assert_int_equal(facts.lock, RECORD_LOCKED);
	json_object_put(document);
}

TEST(an_ordinary_boot_makes_no_record)
{
	static const char *const earlier[] = {
		NULL, "{\"USER_BOARDREV\":\"c04180\"}", "{\"rpiboot\":\"x\"}", "{\"rpiboot\":{", "",
		"[]",
	};
	struct metadata *metadata = metadata_of(mac);
	cleanup_free char *plain = metadata_document(metadata, NULL);

	for (size_t i = 0; i < array_size(earlier); i++) {
		cleanup_free char *text =
			record_json_after_boot(earlier[i], metadata, 1800000000, false);

		assert_string_equal(text, plain);
	}
	metadata_free(metadata);
}
