/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/diagnose/check_row.h"

#include "diagnose/check.h"
#include "util/error.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

void findings_note(void *ctx, const struct check_finding *finding)
{
	struct findings *findings = ctx;
	size_t used = strlen(findings->text);

	if (finding->kind == CHECK_CHIP)
		findings->chips += finding->bootcode != NULL;
	else
		snprintf(findings->text + used, sizeof(findings->text) - used, "%s\n",
			 finding->text);
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
	struct findings findings = {0};
	struct check_config config = {.signed_boot = row->signed_boot,
				      .serving = row->serving,
				      .overlay = row->overlay,
				      .found = findings_note,
				      .ctx = &findings};
	struct check_result result;
	struct error err = {0};
	char *dir = tree_new();
	int r;

	for (const struct entry *entry = row->entries; entry->name; entry++)
		entry_make(dir, entry);
	r = check_dir(dir, &config, &result, &err);
	if (r != row->code || result.chips != row->chips || result.errors != row->errors ||
	    result.warnings != row->warnings || findings.chips != result.chips)
		fail_msg("%s: code %d, %u chips, %u errors, %u warnings; %s%s", row->what, r,
			 result.chips, result.errors, result.warnings, findings.text, err.text);
	if (row->message ? !strstr(findings.text, row->message) && !strstr(err.text, row->message)
			 : findings.text[0] || err.text[0])
		fail_msg("%s: found '%s', error '%s'", row->what, findings.text, err.text);
	tree_free(dir);
}

void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i]);
}
