/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of the bootloader: the first line of the input is a change, the rest is the text.
 */
#include "tests/fuzz/fuzz.h"

#include "boot/chip.h"
#include "eeprom/config.h"
#include "eeprom/config_lint.h"

#include <errno.h>

#define TEXT_MAX 4096

struct seen {
	unsigned int line, errors;
};

static void finding_check(void *ctx, enum lint_level level, unsigned int line, const char *text)
{
	struct seen *seen = ctx;

	fuzz_check(level == LINT_NOTE || level == LINT_WARNING || level == LINT_ERROR);
	fuzz_check(text[0] && line >= seen->line);
	seen->line = line;
	seen->errors += level == LINT_ERROR;
}

static void check_lines(const char *text, size_t size)
{
	struct config_scan scan = {.text = text, .size = size};
	struct config_line line;
	size_t at = 0;
	unsigned int number = 0;

	while (config_scan_next(&scan, &line)) {
		fuzz_check(line.begin == at && line.end > at && line.number == ++number);
		fuzz_check(line.text.at == text + at && line.text.size <= line.end - at);
		fuzz_check(line.filter_count <= 7);
		if (line.kind == CONFIG_SETTING)
			fuzz_check(line.key.size &&
				   line.key.size + line.value.size + 1 == line.text.size);
		at = line.end;
	}
	fuzz_check(at == size);
}

/* Returns: the value that applies with exactly the filter of the change. */
static struct config_span value_of(const struct config_edit *edit, const char *text, size_t size)
{
	struct config_span value = {0};
	struct config_scan scan = {.text = text, .size = size};
	struct config_line line;

	while (config_scan_next(&scan, &line)) {
		bool here = line.filter_count == (edit->filter.size ? 1 : 0) &&
			    line.filter.size == edit->filter.size &&
			    (!line.filter.size ||
			     memcmp(line.filter.at, edit->filter.at, line.filter.size) == 0);

		if (here && line.kind == CONFIG_SETTING && line.key.size == edit->key.size &&
		    memcmp(line.key.at, edit->key.at, line.key.size) == 0)
			value = line.value;
	}
	return value;
}

static void check_edit(const char *arg, bool unset, const char *text, size_t size)
{
	struct config_effect effect;
	struct config_edit edit;
	struct config_span value;
	struct error err = {0};
	size_t changed_size = 0;
	char *changed = NULL;
	int r = config_edit_parse(&edit, arg, unset, &err);

	if (r < 0) {
		fuzz_check_error(r, &err, -EINVAL);
		return;
	}
	fuzz_check(config_edit_apply(&edit, text, size, &changed, &changed_size, &effect, &err) ==
		   0);
	value = value_of(&edit, changed, changed_size);
	if (unset)
		fuzz_check(!value.at && changed_size <= size);
	else
		fuzz_check(value.at && value.size == strlen(edit.value) &&
			   memcmp(value.at, edit.value, value.size) == 0);
	free(changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
	size_t arg_size = newline ? (size_t)(newline - data) : 0;
	size_t text_size = size - arg_size - (newline ? 1 : 0);
	char *arg = fuzz_string(data, arg_size);
	char *text = malloc(text_size ? text_size : 1); /* without a NUL at the end */

	fuzz_check(text);
	text_size = text_size < TEXT_MAX ? text_size : TEXT_MAX;
	if (text_size)
		memcpy(text, data + size - text_size, text_size);
	check_lines(text, text_size);
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip)) {
		struct seen seen = {0};

		if (chip->eeprom_bytes)
			fuzz_check(config_lint(text, text_size, chip, finding_check, &seen) ==
				   seen.errors);
	}
	check_edit(arg, false, text, text_size);
	check_edit(arg, true, text, text_size);
	free(text);
	free(arg);
	return 0;
}
