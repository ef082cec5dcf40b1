/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the record file of a board, a JSON document of untrusted bytes. If a member is missing,
 * its value is unknown. If a member has a wrong type or form, the whole file counts as damaged. */
#include "board/record.h"

#include "boot/metadata.h"
#include "util/error.h"
#include "util/text.h"

#include <ctype.h>
#include <errno.h>
#include <json.h>
#include <stdio.h>
#include <string.h>

#define RECORD_VERSION_MAX 1
#define RECORD_DEPTH_MAX   8
#define RECORD_SECONDS_MAX 1e9
/* The latest time that a record file may have, in seconds since 1970. It is the last second of the
 * year 9999. */
#define RECORD_TIME_MAX_S 253402300799

/* A JSON object of a board's record file while it is read, and the first error that was found. */
struct reader {
	struct json_object *object; /* NULL if it is missing */
	const char *path;	    /* path for messages, as "rpiboot.disk." */
	struct error *err;	    /* first mistake; code 0: none */
};

enum record_lock record_lock_of(const char *key_hash)
{
	uint8_t hash[32], any = 0;

	if (!key_hash || !text_hex(key_hash, hash, sizeof(hash)))
		return RECORD_LOCK_UNKNOWN;
	for (size_t i = 0; i < sizeof(hash); i++)
		any |= hash[i];
	return any ? RECORD_LOCKED : RECORD_UNLOCKED;
}

static void read_failed(const struct reader *from, const char *key, const char *what)
{
	if (from->err->code == 0)
		error_set(from->err, -EBADMSG, "the member %s%s is not %s", from->path, key, what);
}

/* Returns: the member of the JSON object with this key, or NULL if the member is missing or
 * invalid. If the member has another type, the function stores an error that names the member. */
static struct json_object *member(const struct reader *from, const char *key, enum json_type type,
				  const char *what)
{
	struct json_object *value = NULL;

	if (!from->object || !json_object_object_get_ex(from->object, key, &value) || !value)
		return NULL;
	if (json_object_is_type(value, type))
		return value;
	read_failed(from, key, what);
	return NULL;
}

static struct reader read_object(const struct reader *from, const char *key, const char *path)
{
	return (struct reader){member(from, key, json_type_object, "an object"), path, from->err};
}

/* Returns: the text of a member of the JSON object, or NULL if the member is missing or invalid. If
 * the member is not a text or contains a NUL byte, the function stores an error that names the
 * member. */
static const char *read_string(const struct reader *from, const char *key)
{
	struct json_object *value = member(from, key, json_type_string, "a string");
	const char *text = value ? json_object_get_string(value) : NULL;

	if (!text || strlen(text) == (size_t)json_object_get_string_len(value))
		return text;
	read_failed(from, key, "a string without a NUL byte");
	return NULL;
}

/* Copies the text of a JSON member to the buffer ret of `size` bytes. A longer text is cut, because
 * the program only prints it. */
static void read_text(const struct reader *from, const char *key, char *ret, size_t size)
{
	const char *text = read_string(from, key);

	if (text)
		text_utf8(text, ret, size);
}

static void read_sha256(const struct reader *from, const char *key,
			char ret[static RECOVERY_SHA256_SIZE])
{
	const char *text = read_string(from, key);
	uint8_t bytes[32];

	if (text && text_hex(text, bytes, sizeof(bytes)))
		text_put_hex(bytes, sizeof(bytes), ret);
	else if (text)
		read_failed(from, key, "a SHA-256 of 64 hexadecimal digits");
}

static void read_time(const struct reader *from, const char *key, char *ret)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	const char *text = read_string(from, key);

	if (!text)
		return;
	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i]) {
			read_failed(from, key, "a time such as 2026-11-27T07:30:00Z");
			return;
		}
	memcpy(ret, text, sizeof(form));
}

static bool read_bool(const struct reader *from, const char *key)
{
	struct json_object *value = member(from, key, json_type_boolean, "true or false");

	return value && json_object_get_boolean(value);
}

/* Returns: the integer of a member of the JSON object, or 0 if the member is missing or invalid. If
 * the member is not an integer from 0 to max, the function stores an error that names the
 * member. */
static int64_t read_int(const struct reader *from, const char *key, int64_t max)
{
	struct json_object *value = member(from, key, json_type_int, "an integer");
	int64_t number = value ? json_object_get_int64(value) : 0;
	char range[64];

	if (number >= 0 && number <= max)
		return number;
	snprintf(range, sizeof(range), "an integer from 0 to %" PRId64, max);
	read_failed(from, key, range);
	return 0;
}

static double read_seconds(const struct reader *from, const char *key)
{
	struct json_object *value = NULL;
	double seconds;

	if (!from->object || !json_object_object_get_ex(from->object, key, &value) || !value)
		return 0;
	seconds = json_object_get_double(value);
	if ((json_object_is_type(value, json_type_double) ||
	     json_object_is_type(value, json_type_int)) &&
	    seconds >= 0 && seconds <= RECORD_SECONDS_MAX)
		return seconds;
	read_failed(from, key, "a number of seconds");
	return 0;
}

static void read_eeprom(struct record_facts *ret, const struct reader *record)
{
	struct reader eeprom = read_object(record, "eeprom", "rpiboot.eeprom.");
	struct reader before = read_object(record, "before", "rpiboot.before.");
	char sha256[RECOVERY_SHA256_SIZE] = "", before_sha256[RECOVERY_SHA256_SIZE] = "";
	int64_t before_time_s = read_int(&before, "build_time", RECORD_TIME_MAX_S);

	read_text(&eeprom, "proof", ret->proof, sizeof(ret->proof));
	read_text(&eeprom, "version", ret->version, sizeof(ret->version));
	ret->build_time_s = read_int(&eeprom, "build_time", RECORD_TIME_MAX_S);
	read_sha256(&eeprom, "sha256", sha256);
	read_sha256(&before, "sha256", before_sha256);
	if (strcmp(ret->proof, "proved") == 0 || strcmp(ret->proof, "current") == 0) {
		memcpy(ret->proved_sha256, sha256, sizeof(sha256));
		ret->proved_build_time_s = sha256[0] ? ret->build_time_s : 0;
	} else if (!ret->proof[0] && !sha256[0]) {
		memcpy(ret->proved_sha256, before_sha256, sizeof(before_sha256));
		ret->proved_build_time_s = before_sha256[0] ? before_time_s : 0;
	}
}

/* Reads from a record file whether the board is locked to a customer's key. Without the member
 * "lock", the property CUSTOMER_KEY_HASH states this. */
static void read_lock(struct record_facts *ret, const struct reader *document,
		      const struct reader *record)
{
	struct reader lock = read_object(record, "lock", "rpiboot.lock.");
	const char *hash = read_string(lock.object ? &lock : document,
				       lock.object ? "key_hash" : "CUSTOMER_KEY_HASH");
	uint8_t bytes[32];

	ret->lock = record_lock_of(hash);
	if (ret->lock == RECORD_LOCKED && text_hex(hash, bytes, sizeof(bytes)))
		text_put_hex(bytes, sizeof(bytes), ret->key_hash);
	if (!lock.object)
		return;
	/* In the record file, "locked" is null (unknown) if an earlier run tried to lock the board,
	 * but the board did not report that the lock succeeded. */
	if (!hash && !json_object_object_get(lock.object, "locked"))
		return;
	if (read_bool(&lock, "locked") != (ret->lock == RECORD_LOCKED))
		read_failed(&lock, "key_hash", "consistent with 'locked'");
	if (ret->lock != RECORD_LOCKED)
		ret->lock = RECORD_UNLOCKED;
	ret->locked_now = read_bool(&lock, "locked_now");
}

static void read_record(struct record_facts *ret, const struct reader *document,
			const struct reader *record)
{
	struct reader board = read_object(record, "board", "rpiboot.board.");
	struct reader result = read_object(record, "result", "rpiboot.result.");
	struct reader disk = read_object(record, "disk", "rpiboot.disk.");

	if (read_int(record, "v", INT64_MAX) > RECORD_VERSION_MAX)
		error_set(record->err, -EBADMSG,
			  "a newer version of rpiboot wrote this record of a board");
	ret->has_record = record->object;
	read_text(document, "USER_BOARDREV", ret->board_code, sizeof(ret->board_code));
	if (!ret->board_code[0])
		read_text(&board, "code", ret->board_code, sizeof(ret->board_code));
	read_text(record, "chip", ret->chip, sizeof(ret->chip));
	ret->ended = result.object;
	ret->ok = read_bool(&result, "ok");
	ret->code = (int)read_int(&result, "code", 255);
	read_text(&result, "text", ret->text, sizeof(ret->text));
	read_eeprom(ret, record);
	if (ret->ok && (ret->code || strcmp(ret->proof, "failed") == 0 ||
			strcmp(ret->proof, "unprovable") == 0))
		read_failed(&result, "ok", "consistent with 'code' and 'proof'");
	read_lock(ret, document, record);
	ret->disk_written = disk.object;
	ret->disk_verified = read_bool(&disk, "verified");
	ret->seconds = read_seconds(record, "seconds");
	read_time(record, "start", ret->start);
	read_time(record, "end", ret->end);
}

/* Parses the text of a record file.
 * Returns: NULL if the text is not exactly one JSON object. */
static struct json_object *document_parse(const char *text, size_t size, struct error *err)
{
	struct json_tokener *tokener = json_tokener_new_ex(RECORD_DEPTH_MAX);
	struct json_object *document;
	enum json_tokener_error error;
	size_t end;

	if (!tokener) {
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	document = json_tokener_parse_ex(tokener, text, (int)size);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	while (end < size && isspace((unsigned char)text[end]))
		end++;
	if (error == json_tokener_success && end == size &&
	    json_object_is_type(document, json_type_object))
		return document;
	json_object_put(document);
	if (error == json_tokener_continue)
		error_set(err, -EBADMSG, "the file is empty or incomplete");
	else if (error != json_tokener_success)
		error_set(err, -EBADMSG, "the file is not JSON: %s",
			  json_tokener_error_desc(error));
	else
		error_set(err, -EBADMSG, "the file is not a single JSON object");
	return NULL;
}

int record_parse(struct record_facts *ret, const char *text, size_t size, struct error *err)
{
	struct error mistake = {0};
	struct record_facts facts = {0};
	struct reader document = {.path = "", .err = &mistake}, record = {0};
	struct json_object *object = NULL;

	if (size > RECORD_BYTES_MAX)
		return error_set(err, -EFBIG, "the file has more than %d bytes", RECORD_BYTES_MAX);
	document.object = document_parse(text, size, &mistake);
	if (!document.object)
		return error_copy(err, &mistake);
	/* The record must be an object. A hostile board can report a property with the name
	 * METADATA_RECORD, but the value of a property is always a string. */
	json_object_object_get_ex(document.object, METADATA_RECORD, &object);
	record = (struct reader){
		json_object_is_type(object, json_type_object) ? object : NULL,
		METADATA_RECORD ".",
		&mistake,
	};
	read_record(&facts, &document, &record);
	json_object_put(document.object);
	if (mistake.code < 0)
		return error_copy(err, &mistake);
	*ret = facts;
	return 0;
}
