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

void json_put_string(struct json_object *object, const char *key, const char *value)
{
	const char *bytes = value ? value : "";
	size_t size = strlen(bytes) * TEXT_GROWTH + 1;
	cleanup_free char *text = malloc(size);

	if (text)
		text_utf8(bytes, text, size);
	json_object_object_add(object, key, json_object_new_string(text ? text : ""));
}

void json_put_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void json_put_int(struct json_object *object, const char *key, int64_t value)
{
	json_object_object_add(object, key, json_object_new_int64(value));
}

/* Formats the seconds from integers, because printf() writes a decimal comma in some locales. */
void json_put_seconds(struct json_object *object, const char *key, double seconds)
{
	uint64_t ms = seconds > 0 ? (uint64_t)(seconds * 1000 + 0.5) : 0;
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%03u", ms / 1000, (unsigned int)(ms % 1000));
	json_object_object_add(object, key, json_object_new_double_s(seconds, text));
}

void json_put_hex(struct json_object *object, const char *key, const uint8_t *bytes, size_t size)
{
	cleanup_free char *text = malloc(2 * size + 1);

	if (text)
		text_put_hex(bytes, size, text);
	json_put_string(object, key, text);
}

struct json_object *json_put_object(struct json_object *parent, const char *key)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(parent, key, object);
	return object;
}

struct json_object *json_put_array(struct json_object *parent, const char *key)
{
	struct json_object *array = json_object_new_array();

	json_object_object_add(parent, key, array);
	return array;
}

struct json_object *json_put_element(struct json_object *array)
{
	struct json_object *object = json_object_new_object();

	json_object_array_add(array, object);
	return object;
}

char *json_line(struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	return text ? text_json(text) : NULL;
}
