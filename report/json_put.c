/* SPDX-License-Identifier: Apache-2.0 */
/* Adds values to JSON objects. */
#include "report/json_put.h"

#include "util/text.h"
#include "util/util.h"

#include <inttypes.h>
#include <json.h>
#include <stdio.h>
#include <string.h>

struct json_object *json_put_new(void)
{
	return json_object_new_object();
}

void json_put_free(struct json_object *object)
{
	json_object_put(object);
}

/* Adds a value to an object or, without a key, to an array. If memory is exhausted, the function
 * marks the parent as incomplete, so that json_line() fails. The mark is the user data pointer of
 * the parent in json-c, which is then not NULL. */
static struct json_object *value_add(struct json_object *parent, const char *key,
				     struct json_object *value)
{
	int r = -1;

	if (parent && value)
		r = key ? json_object_object_add(parent, key, value)
			: json_object_array_add(parent, value);
	if (r == 0)
		return value;
	json_object_put(value);
	if (parent)
		json_object_set_userdata(parent, parent, NULL);
	return NULL;
}

void json_put_text(struct json_object *object, const char *key, const char *bytes, size_t size)
{
	size_t room = size * TEXT_GROWTH + 1, used = 0;
	cleanup_free char *copy = malloc(size + 1), *text = malloc(room);

	if (copy) {
		memcpy(copy, bytes, size);
		copy[size] = '\0';
	}
	/* The value may contain NUL bytes, and text_utf8() stops at each of them. Call it for each
	 * part, and keep the NUL byte between two parts. */
	for (size_t at = 0; copy && text && at <= size; at += strlen(copy + at) + 1) {
		used += at > 0;
		text_utf8(copy + at, text + used, room - used);
		used += strlen(text + used);
	}
	value_add(object, key, copy && text ? json_object_new_string_len(text, (int)used) : NULL);
}

void json_put_string(struct json_object *object, const char *key, const char *value)
{
	json_put_text(object, key, value ? value : "", value ? strlen(value) : 0);
}

void json_put_known(struct json_object *object, const char *key, const char *value)
{
	if (value && value[0])
		json_put_string(object, key, value);
}

void json_put_bool(struct json_object *object, const char *key, bool value)
{
	value_add(object, key, json_object_new_boolean(value));
}

void json_put_int(struct json_object *object, const char *key, int64_t value)
{
	value_add(object, key, json_object_new_int64(value));
}

void json_put_uint(struct json_object *object, const char *key, uint64_t value)
{
	value_add(object, key, json_object_new_uint64(value));
}

/* Formats whole seconds and milliseconds as two integers, because printf() writes a decimal comma
 * in some locales. */
void json_put_seconds(struct json_object *object, const char *key, double seconds)
{
	uint64_t ms = seconds > 0 ? (uint64_t)(seconds * 1000 + 0.5) : 0;
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%03u", ms / 1000, (unsigned int)(ms % 1000));
	value_add(object, key, json_object_new_double_s(seconds, text));
}

void json_put_hex(struct json_object *object, const char *key, const uint8_t *bytes, size_t size)
{
	cleanup_free char *text = malloc(2 * size + 1);

	if (text)
		text_put_hex(bytes, size, text);
	value_add(object, key, text ? json_object_new_string(text) : NULL);
}

struct json_object *json_put_object(struct json_object *parent, const char *key)
{
	return value_add(parent, key, json_object_new_object());
}

struct json_object *json_put_array(struct json_object *parent, const char *key)
{
	return value_add(parent, key, json_object_new_array());
}

struct json_object *json_put_element(struct json_object *array)
{
	return value_add(array, NULL, json_object_new_object());
}

/* Returns: true if a JSON value and all values in it are complete. A value is incomplete if memory
 * was exhausted when a part was added to it. */
static bool is_complete(struct json_object *value)
{
	if (json_object_is_type(value, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			if (!is_complete(json_object_array_get_idx(value, i)))
				return false;
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			if (!is_complete(member))
				return false;
		}
	} else {
		return true;
	}
	return !json_object_get_userdata(value);
}

char *json_line(struct json_object *object)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text = object && is_complete(object)
				   ? json_object_to_json_string_ext(object, flags)
				   : NULL;

	return text ? text_json(text) : NULL;
}
