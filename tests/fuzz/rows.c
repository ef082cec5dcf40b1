/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of corpus files. */
#include "tests/fuzz/rows.h"

#include "util/util.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ROWS_REPEAT_MAX 65536

static bool bytes_add(struct rows_row *row, const uint8_t *bytes, size_t size)
{
	uint8_t *grown = realloc(row->bytes, row->size + size + 1);

	if (!grown)
		return false;
	memcpy(grown + row->size, bytes, size);
	row->bytes = grown;
	row->size += size;
	return true;
}

/* Adds hexadecimal digits in pairs. Returns: the rest, or NULL (this is no such token). */
static const char *hex_add(struct rows_row *row, const char *text)
{
	unsigned int byte;

	for (; isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]); text += 2) {
		sscanf(text, "%2x", &byte);
		if (!bytes_add(row, &(uint8_t){(uint8_t)byte}, 1))
			return NULL;
	}
	return text;
}

/* Adds one token with its repetition. Returns: the rest, or NULL (a mistake). */
static const char *token_add(struct rows_row *row, const char *text)
{
	size_t start = row->size, size;
	const char *end;
	char *after;

	if (*text == '"') {
		end = strchr(++text, '"');
		if (!end || !bytes_add(row, (const uint8_t *)text, (size_t)(end - text)))
			return NULL;
		end++;
	} else {
		end = hex_add(row, text);
		if (!end || end == text)
			return NULL;
	}
	if (*end == '*') {
		unsigned long times = strtoul(end + 1, &after, 10);
		cleanup_free uint8_t *once = NULL;

		size = row->size - start;
		once = malloc(size + 1);
		if (!once || after == end + 1 || times < 1 || times > ROWS_REPEAT_MAX)
			return NULL;
		memcpy(once, row->bytes + start, size);
		while (--times)
			if (!bytes_add(row, once, size))
				return NULL;
		end = after;
	}
	return *end == ' ' || *end == '\0' ? end : NULL;
}

static bool label_ok(const struct rows *rows, const char *label, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)label[i]) && label[i] != '-')
			return false;
	for (size_t i = 0; i < rows->count; i++)
		if (strlen(rows->row[i].label) == length &&
		    strncmp(rows->row[i].label, label, length) == 0)
			return false;
	return length > 0;
}

static bool row_add(struct rows *rows, const char *line)
{
	const char *colon = strchr(line, ':');
	struct rows_row *row;

	if (!colon || !label_ok(rows, line, (size_t)(colon - line)))
		return false;
	row = realloc(rows->row, (rows->count + 1) * sizeof(*row));
	if (!row)
		return false;
	rows->row = row;
	row += rows->count++;
	*row = (struct rows_row){.label = strndup(line, (size_t)(colon - line))};
	if (!row->label || !bytes_add(row, (const uint8_t *)"", 0))
		return false;
	for (const char *text = colon + 1; *text;) {
		text += strspn(text, " ");
		text = *text ? token_add(row, text) : text;
		if (!text)
			return false;
	}
	return true;
}

bool rows_read(struct rows *ret, const char *path)
{
	FILE *file = fopen(path, "re");
	cleanup_free char *line = NULL;
	size_t room = 0;
	bool ok = true;

	if (!file) {
		perror(path);
		return false;
	}
	for (unsigned int number = 1; ok && getline(&line, &room, file) >= 0; number++) {
		line[strcspn(line, "\n")] = '\0';
		ok = !line[0] || line[0] == '#' || row_add(ret, line);
		if (!ok)
			fprintf(stderr, "%s:%u: is no row, or its label is there already\n", path,
				number);
	}
	fclose(file);
	return ok;
}

void rows_done(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		free(rows->row[i].label);
		free(rows->row[i].bytes);
	}
	free(rows->row);
	*rows = (struct rows){0};
}
