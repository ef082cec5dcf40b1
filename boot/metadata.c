/* SPDX-License-Identifier: Apache-2.0 */
/* Stores the properties that a board reported, and converts them to a JSON document. */
#include "boot/metadata.h"

#include "boot/duid.h"
#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#define METADATA_MAX 256
#define SERIAL_MAX   64

struct pair {
	char *key, *value;
};

struct metadata {
	size_t count;
	struct pair pair[METADATA_MAX];
};

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory while recording the metadata of the board");
}

int metadata_new(struct metadata **ret, struct error *err)
{
	struct metadata *metadata = calloc(1, sizeof(*metadata));

	if (!metadata)
		return no_memory(err);
	*ret = metadata;
	return 0;
}

struct metadata *metadata_free(struct metadata *metadata)
{
	if (!metadata)
		return NULL;
	for (size_t i = 0; i < metadata->count; i++) {
		free(metadata->pair[i].key);
		free(metadata->pair[i].value);
	}
	free(metadata);
	return NULL;
}

/* Returns: the index of the property with this key, or the number of properties if the board did
 * not report this property. */
static size_t pair_index(const struct metadata *metadata, const char *key)
{
	size_t i;

	for (i = 0; i < metadata->count; i++)
		if (strcmp(metadata->pair[i].key, key) == 0)
			break;
	return i;
}

int metadata_add(struct metadata *metadata, const char *key, const char *value, bool *ret_new,
		 struct error *err)
{
	size_t i = pair_index(metadata, key);
	cleanup_free char *own_key = NULL, *own_value = NULL;
	char id[DUID_SIZE];

	if (strcmp(key, "FACTORY_UUID") == 0 && duid_decode(value, id, sizeof(id)) == 0)
		value = id;
	if (i < metadata->count && strcmp(metadata->pair[i].value, value) == 0) {
		*ret_new = false;
		return 0;
	}
	if (i == METADATA_MAX)
		return error_set(err, -E2BIG, "the board reported more than %d properties",
				 METADATA_MAX);
	own_value = strdup(value);
	own_key = i < metadata->count ? NULL : strdup(key);
	if (!own_value || (i == metadata->count && !own_key))
		return no_memory(err);
	if (i == metadata->count) {
		metadata->pair[i].key = take_ptr(own_key);
		metadata->count++;
	}
	free(metadata->pair[i].value);
	metadata->pair[i].value = take_ptr(own_value);
	*ret_new = true;
	return 0;
}

size_t metadata_count(const struct metadata *metadata)
{
	return metadata->count;
}

const char *metadata_get(const struct metadata *metadata, const char *key)
{
	size_t i = pair_index(metadata, key);

	return i < metadata->count ? metadata->pair[i].value : NULL;
}

/* Returns: a new string in which U+FFFD replaces invalid UTF-8 bytes, or NULL (out of memory). */
static char *utf8_new(const char *bytes)
{
	size_t size = strlen(bytes) * TEXT_GROWTH + 1;
	char *text = malloc(size);

	if (text)
		text_utf8(bytes, text, size);
	return text;
}

static int document_add(struct json_object *document, const struct pair *pair)
{
	cleanup_free char *key = utf8_new(pair->key), *value = utf8_new(pair->value);
	struct json_object *string = key && value ? json_object_new_string(value) : NULL;

	if (string && json_object_object_add(document, key, string) == 0)
		return 0;
	json_object_put(string);
	return -ENOMEM;
}

/* Converts a JSON document to text, and frees the document. */
static char *document_text(struct json_object *document)
{
	const char *text = json_object_to_json_string_ext(
		document,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
	char *ret = text ? text_json(text) : NULL;

	json_object_put(document);
	return ret;
}

/* Returns: a new JSON document with all properties of the board, or NULL (out of memory). */
static struct json_object *document_new(const struct metadata *metadata)
{
	struct json_object *document = json_object_new_object();

	for (size_t i = 0; document && metadata && i < metadata->count; i++)
		if (document_add(document, &metadata->pair[i]) < 0) {
			json_object_put(document);
			return NULL;
		}
	return document;
}

char *metadata_document(const struct metadata *metadata, struct json_object *record)
{
	struct json_object *document = document_new(metadata);

	if (!document ||
	    (record && json_object_object_add(document, METADATA_RECORD, record) < 0)) {
		json_object_put(record);
		json_object_put(document);
		return NULL;
	}
	return document_text(document);
}

bool metadata_serial_ok(const char *serial)
{
	size_t length = serial ? strspn(serial, "0123456789"
						"abcdefghijklmnopqrstuvwxyz"
						"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
			       : 0;

	return length > 0 && length <= SERIAL_MAX && serial[length] == '\0';
}

const char *metadata_name(const struct metadata *metadata, const char *usb_serial, const char *port)
{
	const char *serial = metadata_get(metadata, "USER_SERIAL_NUM");

	if (metadata_serial_ok(usb_serial))
		return usb_serial;
	return metadata_serial_ok(serial) ? serial : port;
}
