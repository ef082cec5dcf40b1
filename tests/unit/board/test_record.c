/* SPDX-License-Identifier: Apache-2.0 */
#include "util/error.h"
#include "util/text.h"
#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/board/record_bench.h"

#include <errno.h>
#include <json.h>
#include <stdio.h>
#include <string.h>

/* Formats the file of a board and reads it. */
static struct record_facts reread(const struct record *record, const char *const pairs[])
{
	struct metadata *metadata = metadata_of(pairs);
	cleanup_free char *text = record_json(record, metadata);

	metadata_free(metadata);
	return facts_of(text);
}

static const char *const board[] = {
	"USER_SERIAL_NUM", "9e10ab4c", "USER_BOARDREV", "c04180", "CUSTOMER_KEY_HASH", KEY, NULL,
};
static const char *const none[] = {NULL};

TEST(a_record_is_read_as_it_was_written)
{
	struct record_facts facts = reread(&whole, board);

	assert_true(facts.has_record && facts.ended && facts.ok && facts.locked_now);
	assert_string_equal(facts.board_code, "c04180");
	assert_string_equal(facts.chip, "BCM2712");
	assert_int_equal(facts.code, 0);
	assert_string_equal(facts.text, "done: \x1b[2J\xef\xbf\xbd");
	assert_string_equal(facts.proof, "proved");
	assert_string_equal(facts.version, "deadbeef");
	assert_int_equal(facts.build_time_s, 1778630400);
	assert_string_equal(facts.proved_sha256, SHA_A);
	assert_int_equal(facts.proved_build_time_s, 1778630400);
	assert_int_equal(facts.lock, RECORD_LOCKED);
	assert_string_equal(facts.key_hash, KEY);
	assert_true(facts.disk_written && facts.disk_verified);
	assert_true(facts.seconds == 72.25);
	assert_string_equal(facts.start, "2026-11-27T07:30:00Z");
	assert_string_equal(facts.end, "2026-11-27T07:31:12Z");
}

/* The names in the file are an interface. */
TEST(the_document_has_the_members_that_the_manual_lists)
{
	static const char expected[] =
		"{\"v\":1,\"port\":\"1-1.2\",\"chip\":\"BCM2712\","
		"\"board\":{\"code\":\"c04180\",\"model\":\"CM5\",\"memory_mib\":4096,"
		"\"processor\":\"BCM2712\",\"maker\":\"Sony UK\",\"revision\":0},"
		"\"result\":{\"ok\":false,\"code\":7,\"text\":\"refused\"},"
		"\"eeprom\":{\"proof\":\"failed\",\"path\":\"fw/pieeprom.bin\",\"sha256\":\"" SHA_A
		"\",\"version\":\"deadbeef\",\"build_time\":1778630400,"
		"\"reported_sha256\":\"" SHA_B "\"},"
		"\"before\":{\"sha256\":\"" SHA_B "\",\"build_time\":1700000000},"
		"\"lock\":{\"locked\":true,\"key_hash\":\"" KEY "\",\"locked_now\":true},"
		"\"disk\":{\"path\":\"/dev/sda\",\"image\":\"a.img.xz\",\"bytes\":209715200,"
		"\"sha256\":\"" SHA_B "\",\"verified\":true},"
		"\"seconds\":72.250,\"start\":\"2026-11-27T07:30:00Z\","
		"\"end\":\"2026-11-27T07:31:12Z\"}";
	const struct record_facts earlier = {.proved_sha256 = SHA_B,
					     .proved_build_time_s = 1700000000};
	struct metadata *metadata = metadata_of(board);
	struct json_object *document, *record;
	struct record failed = whole;
	cleanup_free char *text = NULL, *properties = metadata_document(metadata, NULL);

	failed.ok = false;
	failed.code = 7;
	failed.text = "refused";
	failed.proof = "failed";
	failed.eeprom.reported_sha256 = SHA_B;
	failed.earlier = &earlier;
	text = record_json(&failed, metadata);
	document = json_tokener_parse(text);
	assert_true(json_object_object_get_ex(document, "rpiboot", &record));
	assert_string_equal(
		json_object_to_json_string_ext(record, JSON_C_TO_STRING_PLAIN |
							       JSON_C_TO_STRING_NOSLASHESCAPE),
		expected);
	/* If the record is removed, the file is that of an ordinary boot. */
	json_object_object_del(document, "rpiboot");
	assert_string_equal(json_object_to_json_string_ext(
				    document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						      JSON_C_TO_STRING_NOSLASHESCAPE),
			    properties);
	json_object_put(document);
	metadata_free(metadata);
}

TEST(a_record_without_properties_keeps_the_facts_of_the_earlier_one)
{
	struct record_facts facts = reread(&whole, board);
	struct record refused = {.end_s = 1, .code = 7, .text = "refused", .earlier = &facts};
	cleanup_free char *text = record_json(&refused, NULL);
	struct record_facts now;

	assert_int_equal(record_parse(&now, text, strlen(text), NULL), 0);
	assert_true(now.ended && !now.ok && now.code == 7);
	assert_string_equal(now.board_code, "c04180");
	assert_int_equal(now.lock, RECORD_LOCKED);
	assert_string_equal(now.key_hash, KEY);
	assert_false(now.locked_now);
	assert_string_equal(now.proved_sha256, SHA_A);
	assert_int_equal(now.proved_build_time_s, 1778630400);
	assert_string_equal(now.proof, "");
	assert_false(now.disk_written);
}

static struct json_object *earlier_in(struct json_object *document)
{
	return json_object_object_get(json_object_object_get(document, "rpiboot"), "earlier");
}

/* Returns: the value and the time of a property that the record keeps from an earlier run. */
static const char *earlier_of(struct json_object *document, const char *key)
{
	struct json_object *entry = json_object_object_get(earlier_in(document), key);

	return entry ? json_object_to_json_string_ext(entry, JSON_C_TO_STRING_PLAIN) : "";
}

TEST(a_property_that_is_not_reported_again_is_kept_with_its_time)
{
	static const char *const first[] = {"USER_BOARDREV", "c04180", "MAC_ADDR",
					    "2c:cf:67:00:11:22", NULL},
				 *const third[] = {"USER_BOARDREV", "c04181", NULL};
	struct metadata *sent = metadata_of(first), *again = metadata_of(third);
	struct record run = {.start_s = 1000000000, .end_s = 1000000060};
	cleanup_free char *one = record_json(&run, sent), *two = NULL, *three = NULL;
	struct json_object *document;

	run = (struct record){.start_s = 1100000000, .end_s = 1100000060, .earlier_text = one};
	two = record_json(&run, NULL);
	document = json_tokener_parse(two);
	assert_null(json_object_object_get(document, "MAC_ADDR"));
	assert_string_equal(earlier_of(document, "USER_BOARDREV"),
			    "{\"value\":\"c04180\",\"time\":\"2001-09-09T01:47:40Z\"}");
	assert_string_equal(earlier_of(document, "MAC_ADDR"),
			    "{\"value\":\"2c:cf:67:00:11:22\",\"time\":\"2001-09-09T01:47:40Z\"}");
	json_object_put(document);
	/* The time of a property stays, and a property that is reported again is current. */
	run = (struct record){.start_s = 1200000000, .end_s = 1200000060, .earlier_text = two};
	three = record_json(&run, again);
	document = json_tokener_parse(three);
	assert_string_equal(earlier_of(document, "USER_BOARDREV"), "");
	assert_string_equal(earlier_of(document, "MAC_ADDR"),
			    "{\"value\":\"2c:cf:67:00:11:22\",\"time\":\"2001-09-09T01:47:40Z\"}");
	json_object_put(document);
	metadata_free(sent);
	metadata_free(again);
}

TEST(properties_of_an_ordinary_boot_are_kept_without_a_time)
{
	const struct record run = {.end_s = 1, .earlier_text = "{\"A\":\"1\",\"B\":2}"};
	cleanup_free char *text = record_json(&run, NULL);
	struct json_object *document = json_tokener_parse(text);

	assert_string_equal(earlier_of(document, "A"), "{\"value\":\"1\"}");
	assert_string_equal(earlier_of(document, "B"), "");
	json_object_put(document);
}

/* A board that sends other names in each run must not make its file unreadable. */
TEST(the_kept_properties_have_a_limit)
{
	cleanup_free char *text = NULL;

	for (int round = 0; round < 40; round++) {
		struct record run = {.end_s = 1 + round, .earlier_text = text};
		struct metadata *metadata = NULL;
		struct record_facts facts;
		char key[32], *next;

		assert_int_equal(metadata_new(&metadata, NULL), 0);
		for (int i = 0; i < 10; i++) {
			snprintf(key, sizeof(key), "KEY_%d_%d", round, i);
			assert_int_equal(metadata_add(metadata, key, "x", &(bool){false}, NULL), 0);
		}
		next = record_json(&run, metadata);
		free(text);
		text = next;
		assert_int_equal(record_parse(&facts, text, strlen(text), NULL), 0);
		metadata_free(metadata);
	}
	struct json_object *document = json_tokener_parse(text);

	assert_int_equal(json_object_object_length(earlier_in(document)), 256);
	assert_string_not_equal(earlier_of(document, "KEY_38_9"), "");
	assert_string_equal(earlier_of(document, "KEY_0_0"), "");
	json_object_put(document);
}

TEST(the_firmware_is_known_only_while_it_is_proved)
{
	static const struct {
		const char *proof, *sent, *known;
	} rows[] = {
		{"proved", SHA_A, SHA_A},
		{"current", SHA_A, SHA_A},
		{"proved", NULL, ""}, /* erased */
		{NULL, NULL, SHA_B},  /* the run did not change the EEPROM */
		{"failed", SHA_A, ""},
		{"failed", NULL, ""},
		{"unprovable", SHA_A, ""},
		{NULL, SHA_A, ""}, /* killed while it was written */
		{"proved by magic", SHA_A, ""},
	};
	const struct record_facts earlier = {.proved_sha256 = SHA_B, .proved_build_time_s = 17};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct record record = {
			.proof = rows[i].proof,
			.eeprom = {.path = "x", .sha256 = rows[i].sent, .build_time_s = 18},
			.earlier = &earlier,
		};
		struct record_facts facts = reread(&record, none);
		int64_t time_s = !rows[i].known[0] ? 0 : rows[i].proof ? 18 : 17;

		if (strcmp(facts.proved_sha256, rows[i].known) != 0)
			fail_msg("row %zu: '%s'", i, facts.proved_sha256);
		assert_int_equal(facts.proved_build_time_s, time_s);
		assert_false(facts.ended);
	}
}

TEST(an_ordered_lock_without_a_result_is_unknown)
{
	static const char *const zeros[] = {"CUSTOMER_KEY_HASH", ZEROS, NULL},
				 *const own[] = {"CUSTOMER_KEY_HASH", KEY, NULL};
	struct record record = {.lock_is_open = true};
	struct record_facts facts = reread(&record, zeros);

	assert_int_equal(facts.lock, RECORD_LOCK_UNKNOWN);
	facts = reread(&record, own);
	assert_int_equal(facts.lock, RECORD_LOCKED);
	record.lock_is_open = false;
	facts = reread(&record, zeros);
	assert_int_equal(facts.lock, RECORD_UNLOCKED);
}

TEST(the_lock_comes_from_the_best_source)
{
	static const struct {
		const char *reported, *key_hash;
		struct record_facts earlier;
		enum record_lock lock;
		const char *hash;
	} rows[] = {
		{NULL, NULL, {0}, RECORD_LOCK_UNKNOWN, ""},
		{"nonsense", NULL, {0}, RECORD_LOCK_UNKNOWN, ""},
		{"nonsense", "nonsense", {.lock = RECORD_UNLOCKED}, RECORD_UNLOCKED, ""},
		{ZEROS, NULL, {0}, RECORD_UNLOCKED, ""},
		{ZEROS, NULL, {.lock = RECORD_LOCKED, .key_hash = KEY}, RECORD_UNLOCKED, ""},
		{ZEROS, KEY, {0}, RECORD_LOCKED, KEY},
		{SHA_A, KEY, {0}, RECORD_LOCKED, SHA_A},
		{NULL, KEY, {.lock = RECORD_LOCKED, .key_hash = SHA_A}, RECORD_LOCKED, KEY},
		{NULL, NULL, {.lock = RECORD_LOCKED, .key_hash = SHA_A}, RECORD_LOCKED, SHA_A},
		{NULL, ZEROS, {.lock = RECORD_LOCKED, .key_hash = SHA_A}, RECORD_LOCKED, SHA_A},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		const char *pairs[] = {rows[i].reported ? "CUSTOMER_KEY_HASH" : NULL,
				       rows[i].reported, NULL};
		struct record record = {.key_hash = rows[i].key_hash, .earlier = &rows[i].earlier};
		struct record_facts facts = reread(&record, pairs);

		if (facts.lock != rows[i].lock || strcmp(facts.key_hash, rows[i].hash) != 0)
			fail_msg("row %zu: %d '%s'", i, facts.lock, facts.key_hash);
	}
}

TEST(a_board_cannot_choose_the_record)
{
	const char *pairs[] = {"rpiboot", "{\"v\":1}", "USER_BOARDREV", "c03141", NULL};
	struct metadata *metadata = metadata_of(pairs);
	cleanup_free char *text = metadata_document(metadata, NULL);
	struct record_facts facts = reread(&whole, pairs);

	assert_true(facts.has_record);
	assert_int_equal(record_parse(&facts, text, strlen(text), NULL), 0);
	assert_false(facts.has_record);
	metadata_free(metadata);
}

TEST(files_of_other_versions_are_read)
{
	static const struct {
		const char *text, *board_code;
		enum record_lock lock;
	} rows[] = {
		{"{}", "", RECORD_LOCK_UNKNOWN},
		{" {\n\t\"USER_BOARDREV\" : \"d04170\",\n\t\"CUSTOMER_KEY_HASH\" : \"" KEY
		 "\"\n}\n\n",
		 "d04170", RECORD_LOCKED},
		{"{\"CUSTOMER_KEY_HASH\": \"" ZEROS "\", \"rpiboot\": null}", "", RECORD_UNLOCKED},
		{"{\"rpiboot\": {}}", "", RECORD_LOCK_UNKNOWN},
		{"{\"rpiboot\": {\"later\": [{}], \"lock\": null, \"v\": 1}}", "",
		 RECORD_LOCK_UNKNOWN},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct record_facts facts;
		struct error err = {0};

		if (record_parse(&facts, rows[i].text, strlen(rows[i].text), &err) < 0)
			fail_msg("'%s': %s", rows[i].text, err.text);
		assert_string_equal(facts.board_code, rows[i].board_code);
		assert_int_equal(facts.lock, rows[i].lock);
		assert_int_equal(facts.has_record, strstr(rows[i].text, "{\"v\"") ||
							   strstr(rows[i].text, "{}}") ||
							   strstr(rows[i].text, "later"));
		assert_false(facts.ended || facts.ok || facts.disk_written);
	}
}

static void expect_refused(const char *text, size_t size, int code, const char *why)
{
	struct record_facts facts = {.chip = "unchanged"};
	struct error err = {0};

	if (record_parse(&facts, text, size, &err) != code || err.code != code ||
	    !strstr(err.text, why))
		fail_msg("'%.*s': %d '%s'", (int)size, text, err.code, err.text);
	assert_string_equal(facts.chip, "unchanged");
}

#define RECORD(member) "{\"rpiboot\":{" member "}}"

TEST(a_damaged_file_is_refused_with_its_mistake)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"", "empty or incomplete"},
		{"{\"A\": \"b\"", "empty or incomplete"},
		{"nonsense", "not JSON"},
		{"[]", "not a single JSON object"},
		{"null ", "not a single JSON object"},
		{"{} {}", "not a single JSON object"},
		{"{\"CUSTOMER_KEY_HASH\": 0}", "CUSTOMER_KEY_HASH is not a string"},
		{"{\"CUSTOMER_KEY_HASH\": \"a\\u0000b\"}", "CUSTOMER_KEY_HASH"},
		{"{\"USER_BOARDREV\": []}", "USER_BOARDREV is not a string"},
		{"{\"rpiboot\":{\"v\":2}}", "newer version"},
		{RECORD("\"v\":\"1\""), "rpiboot.v is not"},
		{RECORD("\"v\":-1"), "rpiboot.v is not"},
		{RECORD("\"chip\":{}"), "rpiboot.chip is not"},
		{RECORD("\"result\":[]"), "rpiboot.result is not"},
		{RECORD("\"result\":{\"ok\":1}"), "rpiboot.result.ok is not"},
		{RECORD("\"result\":{\"code\":256}"), "rpiboot.result.code is not"},
		{RECORD("\"result\":{\"code\":-1}"), "rpiboot.result.code is not"},
		{RECORD("\"result\":{\"code\":0.5}"), "rpiboot.result.code is not"},
		{RECORD("\"eeprom\":\"\""), "rpiboot.eeprom is not"},
		{RECORD("\"eeprom\":{\"sha256\":\"abc\"}"), "rpiboot.eeprom.sha256 is not"},
		{RECORD("\"eeprom\":{\"sha256\":\"" SHA_A "0\"}"), "rpiboot.eeprom.sha256 is not"},
		{RECORD("\"eeprom\":{\"build_time\":253402300800}"),
		 "rpiboot.eeprom.build_time is not"},
		{RECORD("\"eeprom\":{\"proof\":true}"), "rpiboot.eeprom.proof is not"},
		{RECORD("\"before\":{\"sha256\":\"\"}"), "rpiboot.before.sha256 is not"},
		{RECORD("\"before\":{\"build_time\":-1}"), "rpiboot.before.build_time is not"},
		{RECORD("\"lock\":{\"locked\":true}"), "rpiboot.lock.key_hash is not"},
		{RECORD("\"lock\":{\"locked\":true,\"key_hash\":\"" ZEROS "\"}"),
		 "rpiboot.lock.key_hash is not"},
		{RECORD("\"lock\":{\"locked\":false,\"key_hash\":\"" KEY "\"}"),
		 "rpiboot.lock.key_hash is not"},
		{RECORD("\"lock\":{\"locked\":0}"), "rpiboot.lock.locked is not"},
		{RECORD("\"disk\":true"), "rpiboot.disk is not"},
		{RECORD("\"disk\":{\"verified\":\"yes\"}"), "rpiboot.disk.verified is not"},
		{RECORD("\"seconds\":-1"), "rpiboot.seconds is not"},
		{RECORD("\"seconds\":1e300"), "rpiboot.seconds is not"},
		{RECORD("\"seconds\":NaN"), "rpiboot.seconds is not"},
		{RECORD("\"seconds\":\"1\""), "rpiboot.seconds is not"},
		{RECORD("\"end\":\"yesterday\""), "rpiboot.end is not"},
		{RECORD("\"start\":\"2026-11-27T07:30:00Z \""), "rpiboot.start is not"},
		{RECORD("\"a\":[[[[[[[[]]]]]]]]"), "not JSON"},
	};

	for (size_t i = 0; i < array_size(rows); i++)
		expect_refused(rows[i].text, strlen(rows[i].text), -EBADMSG, rows[i].why);
	expect_refused("{}\0", 3, -EBADMSG, "not a single JSON object");
}

TEST(a_file_that_was_cut_is_refused)
{
	struct metadata *metadata = metadata_of(board);
	cleanup_free char *text = record_json(&whole, metadata);

	for (size_t size = 0; size < strlen(text); size++)
		expect_refused(text, size, -EBADMSG, "incomplete");
	metadata_free(metadata);
}

TEST(the_size_of_a_file_is_limited)
{
	const size_t size = RECORD_BYTES_MAX;
	cleanup_free char *text = malloc(size + 1);
	struct record_facts facts;

	memset(text, ' ', size + 1);
	memcpy(text, "{}", 2);
	assert_int_equal(record_parse(&facts, text, size, NULL), 0);
	expect_refused(text, size + 1, -EFBIG, "2097152");
}

/* The largest record that boards can cause is read again: all their properties are long, and they
 * sent others in an earlier run. */
TEST(the_largest_record_fits)
{
	char *texts[2] = {NULL};
	struct record run = whole;
	char key[256], value[256];
	struct record_facts facts;
	bool news;

	memset(key, 1, sizeof(key) - 1);
	memset(value, 1, sizeof(value) - 1);
	key[255] = value[255] = '\0';
	for (int i = 0; i < 2; i++) {
		struct metadata *metadata;

		assert_int_equal(metadata_new(&metadata, NULL), 0);
		for (int j = 0; j < 256; j++) {
			snprintf(key, 5, "%d%03d", i, j);
			key[4] = 1;
			assert_int_equal(metadata_add(metadata, key, value, &news, NULL), 0);
		}
		run.earlier_text = i ? texts[0] : NULL;
		texts[i] = record_json(&run, metadata);
		assert_int_equal(record_parse(&facts, texts[i], strlen(texts[i]), NULL), 0);
		assert_true(facts.has_record);
		metadata_free(metadata);
	}
	assert_true(strlen(texts[1]) > 15 * strlen(texts[0]) / 10);
	free(texts[0]);
	free(texts[1]);
}
