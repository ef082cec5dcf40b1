/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/diagnose/check_row.h"

#include "diagnose/check.h"
#include "util/error.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

void said_note(void *ctx, const struct check_finding *finding)
{
	struct said *said = ctx;
	size_t used = strlen(said->text);

	if (finding->kind == CHECK_CHIP)
		said->chips += finding->bootcode != NULL;
	else
		snprintf(said->text + used, sizeof(said->text) - used, "%s\n", finding->text);
}

static void entry_make(const char *dir, const struct entry *entry)
{
	const char *plus = strchr(entry->text, '+');
	size_t length = plus ? (size_t)(plus - entry->text) : strlen(entry->text);
	size_t bytes = plus ? strtoul(plus, NULL, 10) : length;
	char *content = calloc(1, bytes + 1);

	tree_must(content && bytes >= length);
	memcpy(content, entry->text, length);
	if (strncmp(entry->text, "-> ", 3) == 0)
		tree_link(dir, entry->name, entry->text + 3);
	else
		tree_write(dir, entry->name, content, bytes);
	free(content);
}

static void check_row(const struct row *row)
{
	struct said said = {0};
	struct check_config config = {.signed_boot = row->signed_boot,
				      .serving = row->serving,
				      .overlay = row->overlay,
				      .found = said_note,
				      .ctx = &said};
	struct check_result result;
	struct error err = {0};
	char *dir = tree_new();
	int r;

	for (const struct entry *entry = row->entries; entry->name; entry++)
		entry_make(dir, entry);
	r = check_dir(dir, &config, &result, &err);
	if (r != row->code || result.chips != row->chips || result.errors != row->errors ||
	    result.warnings != row->warnings || said.chips != result.chips)
		fail_msg("%s: code %d, %u chips, %u errors, %u warnings; %s%s", row->what, r,
			 result.chips, result.errors, result.warnings, said.text, err.text);
	if (row->message ? !strstr(said.text, row->message) && !strstr(err.text, row->message)
			 : said.text[0] || err.text[0])
		fail_msg("%s: it says '%s' '%s'", row->what, said.text, err.text);
	tree_free(dir);
}

void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i]);
}
