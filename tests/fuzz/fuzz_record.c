/* SPDX-License-Identifier: Apache-2.0 */
/* The record file of a board with any content: the parsed facts are valid, and a record made from
 * them can be read again. */
#include "tests/fuzz/fuzz.h"

#include "board/record.h"
#include "boot/metadata.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>

static void check_sha256(const char *text)
{
	uint8_t bytes[32];

	fuzz_check(!text[0] || text_hex(text, bytes, sizeof(bytes)));
}

static void check_facts(const struct record_facts *facts)
{
	fuzz_check(facts->has_record || (!facts->ended && !facts->disk_written && !facts->end[0]));
	fuzz_check(facts->ended || (!facts->ok && facts->code == 0 && !facts->text[0]));
	fuzz_check(facts->disk_written || !facts->disk_verified);
	fuzz_check(facts->code >= 0 && facts->code <= 255);
	fuzz_check(facts->seconds >= 0 && facts->seconds <= 1e9);
	fuzz_check(facts->build_time_s >= 0 && facts->proved_build_time_s >= 0);
	check_sha256(facts->proved_sha256);
	fuzz_check(facts->proved_sha256[0] || facts->proved_build_time_s == 0);
	fuzz_check((facts->lock == RECORD_LOCKED) == (facts->key_hash[0] != '\0'));
	if (facts->lock == RECORD_LOCKED)
		fuzz_check(record_lock_of(facts->key_hash) == RECORD_LOCKED);
	fuzz_check(strlen(facts->start) == 20 || !facts->start[0]);
	fuzz_check(strlen(facts->end) == 20 || !facts->end[0]);
}

/* A run without new facts keeps the facts of the file. */
static void check_next(const struct record_facts *facts)
{
	const struct record next = {.chip = facts->chip, .earlier = facts};
	cleanup_free char *text = record_json(&next, NULL);
	struct revision revision;
	struct record_facts again;
	struct error err = {0};

	fuzz_check(text && record_parse(&again, text, strlen(text), &err) == 0);
	check_facts(&again);
	fuzz_check(again.has_record && !again.ended && strcmp(again.chip, facts->chip) == 0);
	fuzz_check(again.lock == facts->lock && strcmp(again.key_hash, facts->key_hash) == 0);
	fuzz_check(strcmp(again.proved_sha256, facts->proved_sha256) == 0);
	fuzz_check(again.proved_build_time_s == facts->proved_build_time_s);
	if (revision_decode(facts->board_code, &revision) == 0)
		fuzz_check(strcmp(again.board_code, facts->board_code) == 0);
}

/* A boot without recover and without new facts keeps the record. */
static void check_boot(const struct record_facts *facts, const uint8_t *data, size_t size)
{
	cleanup_free char *earlier = strndup((const char *)data, size), *text = NULL;
	struct metadata *metadata = NULL;
	struct record_facts again;
	struct error err = {0};

	fuzz_check(earlier && metadata_new(&metadata, &err) == 0);
	text = record_json_after_boot(earlier, metadata, 1, false);
	metadata_free(metadata);
	fuzz_check(text && record_parse(&again, text, strlen(text), &err) == 0);
	check_facts(&again);
	fuzz_check(again.has_record == facts->has_record && again.ended == facts->ended);
	fuzz_check(again.ok == facts->ok && again.code == facts->code);
	fuzz_check(again.locked_now == facts->locked_now);
	fuzz_check(strcmp(again.proved_sha256, facts->proved_sha256) == 0 || !facts->has_record);
	fuzz_check(again.disk_verified == facts->disk_verified);
	fuzz_check(strcmp(again.end, facts->end) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_facts facts = {.chip = "unchanged"};
	struct error err = {0};
	int r = record_parse(&facts, (const char *)data, size, &err);

	if (r < 0) {
		fuzz_check_error(r, &err, -EBADMSG, -EFBIG);
		fuzz_check(strcmp(facts.chip, "unchanged") == 0);
		return 0;
	}
	check_facts(&facts);
	check_next(&facts);
	check_boot(&facts, data, size);
	return 0;
}
