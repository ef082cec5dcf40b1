/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a bootloader configuration: its lines KEY=VALUE, and its filters such as [cm4], which limit
 * the lines after them to some boards. */
#include "eeprom/config.h"

#include "util/util.h"

#include <string.h>

/* The kinds of filters in a bootloader configuration, such as [cm4] for a model of board. A filter
 * replaces the earlier filter of the same kind. Filters of different kinds apply together. */
enum filter_kind {
	FILTER_MODEL,
	FILTER_BOARD_TYPE,
	FILTER_SERIAL,
	FILTER_GPIO,
	FILTER_TRYBOOT,
	FILTER_PARTITION,
	FILTER_EXPRESSION,
};

bool config_span_is(struct config_span span, const char *text)
{
	return strlen(text) == span.size && memcmp(span.at, text, span.size) == 0;
}

static bool begins_with(struct config_span span, const char *text)
{
	return span.size > strlen(text) && memcmp(span.at, text, strlen(text)) == 0;
}

static enum filter_kind filter_kind(struct config_span filter)
{
	static const char operators[] = {'=', '&', '<', '>', '!'};

	if (begins_with(filter, "board-type="))
		return FILTER_BOARD_TYPE;
	if (begins_with(filter, "0x"))
		return FILTER_SERIAL;
	if (begins_with(filter, "gpio"))
		return FILTER_GPIO;
	if (config_span_is(filter, "tryboot"))
		return FILTER_TRYBOOT;
	if (begins_with(filter, "partition="))
		return FILTER_PARTITION;
	for (size_t i = 0; i < filter.size; i++)
		if (memchr(operators, filter.at[i], sizeof(operators)))
			return FILTER_EXPRESSION;
	return FILTER_MODEL;
}

bool config_filter_is_known(struct config_span filter)
{
	static const char *const models[] = {
		"all", "none",	"pi0",	 "pi0w", "pi02", "pi1", "pi2",	"pi3", "pi3+", "pi4",
		"pi5", "pi400", "pi500", "cm0",	 "cm1",	 "cm3", "cm3+", "cm4", "cm4s", "cm5",
	};

	if (filter_kind(filter) != FILTER_MODEL)
		return true;
	for (size_t i = 0; i < array_size(models); i++)
		if (config_span_is(filter, models[i]))
			return true;
	return false;
}

/* Applies a filter line of a bootloader configuration, such as [cm4], to the lines after it. The
 * filter [all] ends the effect of all earlier filters. */
static void filter_apply(struct config_scan *scan, struct config_span filter)
{
	bool all = config_span_is(filter, "all");

	scan->filters = all ? 0 : scan->filters | 1U << filter_kind(filter);
	scan->last = filter;
	if (all)
		scan->last.size = 0;
}

static bool is_blank(struct config_span span)
{
	for (size_t i = 0; i < span.size; i++)
		if (span.at[i] != ' ' && span.at[i] != '\t')
			return false;
	return true;
}

static void line_classify(struct config_scan *scan, struct config_line *line)
{
	struct config_span text = line->text;
	const char *equals = text.size ? memchr(text.at, '=', text.size) : NULL;

	if (scan->foreign || config_span_is(text, "[config.txt]")) {
		scan->foreign = true;
		line->kind = CONFIG_FOREIGN;
	} else if (is_blank(text) || text.at[0] == '#') {
		line->kind = CONFIG_BLANK;
	} else if (text.at[0] == '[' && text.size > 2 && text.at[text.size - 1] == ']') {
		line->kind = CONFIG_FILTER;
		filter_apply(scan, (struct config_span){text.at + 1, text.size - 2});
	} else if (equals && equals > text.at && text.at[0] != '[') {
		line->kind = CONFIG_SETTING;
		line->key = (struct config_span){text.at, (size_t)(equals - text.at)};
		line->value = (struct config_span){equals + 1, text.size - line->key.size - 1};
	} else {
		line->kind = CONFIG_OTHER;
	}
}

bool config_scan_next(struct config_scan *scan, struct config_line *ret)
{
	const char *begin = scan->text + scan->at, *newline;
	size_t left = scan->size - scan->at;

	if (!left)
		return false;
	newline = memchr(begin, '\n', left);
	*ret = (struct config_line){
		.number = ++scan->number,
		.text = {begin, newline ? (size_t)(newline - begin) : left},
		.begin = scan->at,
	};
	scan->at += ret->text.size + (newline ? 1 : 0);
	ret->end = scan->at;
	if (ret->text.size && begin[ret->text.size - 1] == '\r') {
		ret->carriage_return = true;
		ret->text.size--;
	}
	line_classify(scan, ret);
	ret->filter = scan->last;
	ret->filter_count = (unsigned int)__builtin_popcount(scan->filters);
	return true;
}
