/* SPDX-License-Identifier: Apache-2.0 */
/* Formats the record file of a board as JSON. The file has the properties of the board, and the
 * facts of the last run of `rpiboot recover`. The functions in record_parse.c read such a file. */
#include "board/record.h"

#include "boot/metadata.h"
#include "report/json_put.h"

#include <json.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define RECORD_VERSION	   1
#define RECORD_EARLIER_MAX 256 /* properties of earlier runs */

/* These functions add a member to a JSON object, but only if its value is known. */
static void put_number(struct json_object *to, const char *key, int64_t number)
{
	if (number > 0)
		json_put_int(to, key, number);
}

static void put_time(struct json_object *to, const char *key, int64_t unix_s)
{
	const time_t time_s = (time_t)unix_s;
	char text[32];
	struct tm tm;

	if (unix_s > 0 && gmtime_r(&time_s, &tm) &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		json_put_string(to, key, text);
}

static void put_board(struct json_object *to, const struct record *record,
		      const struct metadata *metadata)
{
	const char *code = metadata ? metadata_get(metadata, "USER_BOARDREV") : NULL;
	struct revision revision;

	if (!code && record->earlier)
		code = record->earlier->board_code;
	if (revision_decode(code, &revision) < 0)
		return;
	to = json_put_object(to, "board");
	json_put_string(to, "code", code);
	json_put_string(to, "model", revision.model);
	put_number(to, "memory_mib", revision.memory_mib);
	json_put_string(to, "processor", revision.processor);
	json_put_string(to, "maker", revision.maker);
	json_put_int(to, "revision", revision.revision);
}

static void put_eeprom(struct json_object *to, const struct record *record)
{
	const struct record_facts *earlier = record->earlier;
	struct json_object *before;

	if (record->eeprom.path || record->proof) {
		struct json_object *eeprom = json_put_object(to, "eeprom");

		json_put_known(eeprom, "proof", record->proof);
		json_put_known(eeprom, "path", record->eeprom.path);
		json_put_known(eeprom, "sha256", record->eeprom.sha256);
		json_put_known(eeprom, "version", record->eeprom.version);
		put_number(eeprom, "build_time", record->eeprom.build_time_s);
		json_put_known(eeprom, "reported_sha256", record->eeprom.reported_sha256);
	}
	if (!earlier || !earlier->proved_sha256[0])
		return;
	before = json_put_object(to, "before");
	json_put_string(before, "sha256", earlier->proved_sha256);
	put_number(before, "build_time", earlier->proved_build_time_s);
}

static void put_lock(struct json_object *to, const struct record *record,
		     const struct metadata *metadata)
{
	const char *reported = metadata ? metadata_get(metadata, "CUSTOMER_KEY_HASH") : NULL;
	const char *hash = record->key_hash;
	enum record_lock lock = record_lock_of(reported);

	if (lock == RECORD_LOCKED)
		hash = reported;
	else if (record_lock_of(hash) == RECORD_LOCKED)
		lock = RECORD_LOCKED;
	else if (lock == RECORD_LOCK_UNKNOWN && record->earlier) {
		lock = record->earlier->lock;
		hash = record->earlier->key_hash;
	}
	if (lock == RECORD_LOCK_UNKNOWN)
		return;
	to = json_put_object(to, "lock");
	if (lock == RECORD_UNLOCKED && record->lock_is_open) {
		json_object_object_add(to, "locked", NULL);
		return;
	}
	json_put_bool(to, "locked", lock == RECORD_LOCKED);
	if (lock != RECORD_LOCKED)
		return;
	json_put_string(to, "key_hash", hash);
	json_put_bool(to, "locked_now", record->locked_now);
}

static void put_disk(struct json_object *to, const struct record *record)
{
	if (!record->disk.path)
		return;
	to = json_put_object(to, "disk");
	json_put_string(to, "path", record->disk.path);
	json_put_known(to, "image", record->disk.image);
	json_put_int(to, "bytes", (int64_t)record->disk.bytes);
	json_put_known(to, "sha256", record->disk.sha256);
	json_put_bool(to, "verified", record->disk.verified);
}

/* Copies a property of the board from the earlier record file to the new one, unless the board has
 * reported the property in this run.
 * time: when the earlier run ended, or NULL (unknown). */
static void put_earlier(struct json_object *to, const struct metadata *metadata, const char *key,
			struct json_object *value, struct json_object *time)
{
	struct json_object *entry;

	if (!json_object_is_type(value, json_type_string) ||
	    json_object_object_length(to) >= RECORD_EARLIER_MAX ||
	    (metadata && metadata_get(metadata, key)))
		return;
	entry = json_put_object(to, key);
	json_object_object_add(entry, "value", json_object_get(value));
	if (json_object_is_type(time, json_type_string))
		json_object_object_add(entry, "time", json_object_get(time));
}

/* Copies the properties that the board has not reported in this run from the earlier record file to
 * the new one, each with the time of the run that recorded it. The newest properties come first. If
 * there are more than RECORD_EARLIER_MAX properties, the oldest ones are lost. */
static void put_properties(struct json_object *to, const char *earlier,
			   const struct metadata *metadata)
{
	struct json_object *document = earlier ? json_tokener_parse(earlier) : NULL;
	struct json_object *record = json_object_object_get(document, METADATA_RECORD);
	struct json_object *older = json_object_object_get(record, "earlier");
	struct json_object *kept = json_object_new_object();
	struct json_object *time = json_object_object_get(record, "boot");

	if (!time)
		time = json_object_object_get(record, "end");
	if (!time)
		time = json_object_object_get(record, "start");
	if (json_object_is_type(document, json_type_object)) {
		json_object_object_foreach(document, key, value)
			put_earlier(kept, metadata, key, value, time);
	}
	if (json_object_is_type(older, json_type_object)) {
		json_object_object_foreach(older, old_key, entry)
		{
			if (!json_object_object_get_ex(kept, old_key, NULL))
				put_earlier(kept, metadata, old_key,
					    json_object_object_get(entry, "value"),
					    json_object_object_get(entry, "time"));
		}
	}
	if (json_object_object_length(kept) > 0)
		json_object_object_add(to, "earlier", kept);
	else
		json_object_put(kept);
	json_object_put(document);
}

static void put_result(struct json_object *to, const struct record *record)
{
	if (record->end_s <= 0)
		return;
	to = json_put_object(to, "result");
	json_put_bool(to, "ok", record->ok);
	json_put_int(to, "code", record->code);
	json_put_string(to, "text", record->text);
}

char *record_json(const struct record *record, const struct metadata *metadata)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	json_put_int(object, "v", RECORD_VERSION);
	json_put_known(object, "port", record->port);
	json_put_known(object, "chip", record->chip);
	put_board(object, record, metadata);
	put_result(object, record);
	put_eeprom(object, record);
	put_lock(object, record, metadata);
	put_disk(object, record);
	json_put_seconds(object, "seconds", record->seconds);
	put_time(object, "start", record->start_s);
	put_time(object, "end", record->end_s);
	put_properties(object, record->earlier_text, metadata);
	return metadata_document(metadata, object);
}

/* Returns: false if the board reports the hash of a key that is not in the earlier record. The
 * board was then locked after the run that wrote this record, so the caller updates the record. */
static bool lock_is_known(struct json_object *record, const char *reported)
{
	struct json_object *lock = json_object_object_get(record, "lock");
	const char *hash = json_object_get_string(json_object_object_get(lock, "key_hash"));

	return record_lock_of(reported) == RECORD_LOCK_UNKNOWN ||
	       (hash && strcasecmp(hash, reported) == 0);
}

char *record_json_after_boot(const char *earlier_text, const struct metadata *metadata,
			     int64_t now_s, bool eeprom_changed)
{
	struct json_object *document = earlier_text ? json_tokener_parse(earlier_text) : NULL;
	struct json_object *record = json_object_object_get(document, METADATA_RECORD);

	if (!json_object_is_type(record, json_type_object)) {
		json_object_put(document);
		return metadata_document(metadata, NULL);
	}
	json_object_get(record);
	json_object_put(document);
	json_object_object_del(record, "earlier");
	put_properties(record, earlier_text, metadata);
	put_time(record, "boot", now_s);
	if (!lock_is_known(record, metadata_get(metadata, "CUSTOMER_KEY_HASH")))
		put_lock(record, &(struct record){0}, metadata);
	if (eeprom_changed) {
		json_object_object_del(record, "eeprom");
		json_object_object_del(record, "before");
	}
	return metadata_document(metadata, record);
}
