/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata of a board. The pairs "KEY\0VALUE\0" are compared with a list in this file, and a
 * JSON parser reads the document. Every value is also decoded as a FACTORY_UUID. */
#include "tests/fuzz/fuzz.h"

#include "boot/duid.h"
#include "boot/metadata.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <json-c/json.h>

#define PAIRS_MAX 300 /* the limit is 256 */

struct expected {
	size_t count;
	struct {
		const char *key;
		char value[1024];
	} pair[PAIRS_MAX];
};

static uint32_t duid_half(const char *group)
{
	static const char letters[] = "    0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	uint32_t half = 0;

	for (int i = 0; i < 3; i++)
		half = 40 * half + (uint32_t)(strrchr(letters, group[i]) - letters);
	return half + 1;
}

/* Encodes an id: each word has two groups of three characters. */
static void duid_encode(const char *id, char *ret, size_t size)
{
	for (size_t used = 0; *id; used += strlen(ret + used)) {
		uint32_t word = duid_half(id);

		id += 3;
		if (*id) {
			word |= duid_half(id) << 16;
			id += 3;
		}
		snprintf(ret + used, size - used, "%s%x", used ? "_" : "", word);
	}
}

static void check_duid(const char *words)
{
	char id[DUID_SIZE] = "untouched", back[DUID_SIZE], again[2 * DUID_SIZE] = "";
	int r = duid_decode(words, id, sizeof(id));
	size_t length = strlen(id);

	if (r < 0) {
		fuzz_check((r == -EINVAL || r == -ENOSPC) && strcmp(id, "untouched") == 0);
		return;
	}
	fuzz_check(r == 0 && length > 0 && length % 3 == 0);
	fuzz_check(strspn(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == length);
	strcpy(back, "untouched");
	fuzz_check(duid_decode(words, back, length) == -ENOSPC && !strcmp(back, "untouched"));
	fuzz_check(duid_decode(words, back, length + 1) == 0 && !strcmp(back, id));
	duid_encode(id, again, sizeof(again));
	fuzz_check(duid_decode(again, back, sizeof(back)) == 0 && !strcmp(back, id));
}

/* Does the same as metadata_add(). Returns: true if the pair is new. */
static bool expected_add(struct expected *expected, const char *key, const char *value)
{
	size_t i = 0;
	bool news;

	while (i < expected->count && strcmp(expected->pair[i].key, key) != 0)
		i++;
	fuzz_check(i < PAIRS_MAX);
	news = i == expected->count || strcmp(expected->pair[i].value, value) != 0;
	expected->count += i == expected->count;
	expected->pair[i].key = key;
	snprintf(expected->pair[i].value, sizeof(expected->pair[i].value), "%s", value);
	return news;
}

static void check_document(const struct metadata *metadata, const struct expected *expected)
{
	cleanup_free char *text = metadata_document(metadata, NULL);
	struct json_object *document = json_tokener_parse(text), *value;
	char key[4 * 1024], shown[4 * 1024];

	fuzz_check(text && json_object_is_type(document, json_type_object));
	for (const char *p = text; *p; p++)
		fuzz_check((unsigned char)*p >= 0x20 || *p == '\n');
	for (size_t i = 0; i < expected->count; i++) {
		text_utf8(expected->pair[i].key, key, sizeof(key));
		text_utf8(expected->pair[i].value, shown, sizeof(shown));
		fuzz_check(json_object_object_get_ex(document, key, &value));
		/* Two different keys can have the same text. */
		if (json_object_object_length(document) == (int)expected->count)
			fuzz_check(strcmp(json_object_get_string(value), shown) == 0);
	}
	json_object_put(document);
}

/* Returns: the next string, cut to a length that a board can send, or NULL (none is left). */
static const char *string_next(const char **next, const char *end)
{
	const char *text = *next;

	if (text >= end)
		return NULL;
	*next += strlen(text) + 1;
	return strlen(text) < 256 ? text : "";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *bytes = fuzz_string(data, size);
	cleanup_free struct expected *expected = calloc(1, sizeof(*expected));
	const char *next = bytes, *key, *value;
	struct metadata *metadata;
	struct error err = {0};
	char id[DUID_SIZE];
	bool news;
	int r;

	fuzz_check(expected && metadata_new(&metadata, NULL) == 0);
	while ((key = string_next(&next, bytes + size)) != NULL) {
		value = string_next(&next, bytes + size);
		value = value ? value : "";
		check_duid(value);
		r = metadata_add(metadata, key, value, &news, &err);
		if (!strcmp(key, "FACTORY_UUID") && duid_decode(value, id, sizeof(id)) == 0)
			value = id;
		if (r == -E2BIG) {
			fuzz_check_error(r, &err, -E2BIG);
			fuzz_check(expected->count == 256);
			break;
		}
		fuzz_check(r == 0 && news == expected_add(expected, key, value));
		fuzz_check(metadata_count(metadata) == expected->count);
		fuzz_check(strcmp(metadata_get(metadata, key), value) == 0);
	}
	check_document(metadata, expected);
	metadata_free(metadata);
	return 0;
}
