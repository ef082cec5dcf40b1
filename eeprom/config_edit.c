/* SPDX-License-Identifier: Apache-2.0 */
/* Changes or removes single settings in the text of a bootloader configuration. All other bytes of
 * the text stay the same. */
#include "eeprom/config.h"

#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEY_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

int config_edit_parse(struct config_edit *ret, const char *arg, bool unset, struct error *err)
{
	const char *form = unset ? "KEY or [FILTER]KEY" : "KEY=VALUE or [FILTER]KEY=VALUE";
	const char *key = arg, *close;

	*ret = (struct config_edit){0};
	if (arg[0] == '[') {
		close = strchr(arg, ']');
		if (!close || close == arg + 1)
			return error_set(err, -EINVAL, "'%s' is not %s", arg, form);
		ret->filter = (struct config_span){arg + 1, (size_t)(close - arg - 1)};
		if (config_span_is(ret->filter, "config.txt"))
			return error_set(err, -EINVAL,
					 "[config.txt] is not a filter: settings after it are for "
					 "config.txt, and not for the bootloader");
		if (config_span_is(ret->filter, "all"))
			ret->filter.size = 0;
		key = close + 1;
	}
	ret->key = (struct config_span){key, strspn(key, KEY_LETTERS)};
	if (!ret->key.size || key[ret->key.size] != (unset ? '\0' : '='))
		return error_set(err, -EINVAL, "'%s' is not %s", arg, form);
	if (!unset)
		ret->value = key + ret->key.size + 1;
	if (strpbrk(arg, "\r\n"))
		return error_set(err, -EINVAL,
				 "a setting must be one line, but '%s' has a line end", arg);
	return 0;
}

static bool span_equal(struct config_span a, struct config_span b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

/* Returns: true if this line of the configuration is for the same boards as the edit. If the edit
 * has a filter, it must be the only filter that applies to the line. Otherwise no filter may apply
 * to the line. */
static bool is_in_place(const struct config_edit *edit, const struct config_line *line)
{
	return line->filter_count == (edit->filter.size ? 1 : 0) &&
	       (!edit->filter.size || span_equal(line->filter, edit->filter));
}

/* The places in a bootloader configuration where a setting can be added or replaced. */
struct places {
	/* The line of the bootloader configuration that already has the setting to change. If there
	 * is no such line, its line number (setting.number) is 0. */
	struct config_line setting;
	bool found; /* lines with this filter exist */
	/* A new setting is inserted at this offset in the bootloader configuration. The offset is
	 * the end of the last line that is for the same boards as the setting. */
	size_t insert_at;
	/* The offset in the configuration after the last line that the bootloader uses. Empty lines
	 * and lines for the operating system may follow. */
	size_t own_end;
	bool filtered; /* filters apply at own_end */
};

static void places_find(const struct config_edit *edit, const char *text, size_t size,
			struct places *ret, struct config_effect *effect)
{
	struct config_scan scan = {.text = text, .size = size};
	struct config_line line;

	*ret = (struct places){.found = edit->filter.size == 0};
	while (config_scan_next(&scan, &line) && line.kind != CONFIG_FOREIGN) {
		bool same = line.kind == CONFIG_SETTING && span_equal(line.key, edit->key);

		if (line.kind == CONFIG_BLANK && (!line.text.size || line.text.at[0] != '#'))
			continue;
		ret->own_end = line.end;
		ret->filtered = line.filter_count != 0;
		if (is_in_place(edit, &line)) {
			ret->found = true;
			ret->insert_at = line.end;
			if (same)
				ret->setting = line;
		} else if (same) {
			effect->other = line;
		}
	}
}

/* Stores in *ret a copy of the text in which `piece` replaces the bytes between `begin` and `end`.
 */
static int splice(const char *text, size_t size, size_t begin, size_t end, const char *piece,
		  char **ret, size_t *ret_size, struct error *err)
{
	size_t piece_size = strlen(piece);
	char *new_text = malloc(size + piece_size + 1);

	if (!new_text)
		return error_set(err, -ENOMEM, "out of memory");
	*stpcpy(mempcpy(new_text, text, begin), piece) = '\0';
	memcpy(new_text + begin + piece_size, text + end, size - end);
	*ret_size = size - (end - begin) + piece_size;
	new_text[*ret_size] = '\0';
	*ret = new_text;
	return 0;
}

static int setting_add(const struct config_edit *edit, const struct places *places,
		       const char *text, size_t size, char **ret, size_t *ret_size,
		       struct error *err)
{
	size_t at = places->found ? places->insert_at : places->own_end;
	const char *newline = at && text[at - 1] != '\n' ? "\n" : "";
	const char *reset = !places->found && places->filtered ? "[all]\n" : "";
	cleanup_free char *piece = NULL;

	if (places->found)
		piece = text_new("%s%.*s=%s\n", newline, (int)edit->key.size, edit->key.at,
				 edit->value);
	else
		piece = text_new("%s%s[%.*s]\n%.*s=%s\n", newline, reset, (int)edit->filter.size,
				 edit->filter.at, (int)edit->key.size, edit->key.at, edit->value);
	if (!piece)
		return error_set(err, -ENOMEM, "out of memory");
	return splice(text, size, at, at, piece, ret, ret_size, err);
}

/* Removes each line of the configuration that has the key and the filter (such as [cm4]) of
 * `edit`. */
static int setting_remove(const struct config_edit *edit, const char *text, size_t size, char **ret,
			  size_t *ret_size, struct config_effect *effect, struct error *err)
{
	struct config_scan scan = {.text = text, .size = size};
	struct config_line line;
	char *to = malloc(size + 1);

	if (!to)
		return error_set(err, -ENOMEM, "out of memory");
	*ret = to;
	*ret_size = 0;
	while (config_scan_next(&scan, &line)) {
		if (line.kind == CONFIG_SETTING && span_equal(line.key, edit->key) &&
		    is_in_place(edit, &line)) {
			effect->removed++;
			continue;
		}
		memcpy(to + *ret_size, text + line.begin, line.end - line.begin);
		*ret_size += line.end - line.begin;
	}
	to[*ret_size] = '\0';
	return 0;
}

int config_edit_apply(const struct config_edit *edit, const char *text, size_t size, char **ret,
		      size_t *ret_size, struct config_effect *ret_effect, struct error *err)
{
	struct places places;
	size_t value_at;

	*ret_effect = (struct config_effect){0};
	places_find(edit, text, size, &places, ret_effect);
	if (places.setting.number)
		ret_effect->old = places.setting.value;
	if (!edit->value)
		return setting_remove(edit, text, size, ret, ret_size, ret_effect, err);
	if (!places.setting.number)
		return setting_add(edit, &places, text, size, ret, ret_size, err);
	value_at = (size_t)(places.setting.value.at - text);
	return splice(text, size, value_at, value_at + places.setting.value.size, edit->value, ret,
		      ret_size, err);
}
