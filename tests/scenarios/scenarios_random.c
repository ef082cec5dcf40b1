/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/scenarios/scenarios_random.h"

#include "tests/unit/board/fault_space.h"
#include "tests/unit/tree.h"

#include <inttypes.h>

#define BOOTCODE_BYTES 50000
#define FILE_BYTES     30000

static uint64_t file_bytes(const char *name)
{
	return strncmp(name, "bootcode", strlen("bootcode")) == 0 ? BOOTCODE_BYTES : FILE_BYTES;
}

/* Formats the list of files of a payload, each file once. */
static char *files_of(const struct payload *payload, const struct emu_payload *script)
{
	char *text, *more, word[300];

	tree_must(asprintf(&text, "%s:%d", emu_bootcode(payload->chip), BOOTCODE_BYTES) > 0);
	for (size_t i = 0; i < script->count; i++) {
		const char *content = script->steps[i].content;

		if (!content)
			continue;
		snprintf(word, sizeof(word), " %s:", content);
		if (strstr(text, word))
			continue;
		tree_must(asprintf(&more, "%s%s%d", text, word, FILE_BYTES) > 0);
		free(text);
		text = more;
	}
	return text;
}

static void scenario_from(struct scenario *ret, const struct fault_case *it,
			  const struct emu_payload *script)
{
	bool disk = it->payload->after != EMU_AFTER_NOTHING;
	static char text[PAYLOAD_TEXT_SIZE];
	char name[256], *err = NULL;

	fault_space_name(it, name, sizeof(name));
	payload_text(it->payload, text, sizeof(text));
	if (it->texts[0] || it->texts[1])
		tree_must(asprintf(&err, "%s%s%s", it->texts[0] ? it->texts[0] : "",
				   it->texts[0] && it->texts[1] ? "|" : "",
				   it->texts[1] ? it->texts[1] : "") > 0);
	*ret = (struct scenario){
		.name = strdup(name),
		.board.emu = {.chip = it->payload->chip, .after = it->payload->after},
		.files = files_of(it->payload, script),
		.script = strdup(text),
		.args = disk ? "-d DIR --expect disk --stage-timeout 3"
			     : "-d DIR -j WORK/metadata --expect done --stage-timeout 3",
		.status = it->status,
		.out = disk && !it->status ? "/dev/sda\n" : NULL,
		.err = err,
	};
	fault_space_set(it, &ret->board.emu);
}

/* Returns: true if the case waits for a deadline or takes more time than one board. */
static bool is_slow(const struct fault_case *it)
{
	return it->fault == EMU_FAULT_SILENT && it->in_rom && it->step == 4;
}

/* The random numbers are the same on every system. The multiplier and the increment are those of
 * Knuth's MMIX. */
static size_t random_next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(*state >> 33);
}

const struct scenario **scenarios_random(size_t count, uint32_t seed)
{
	const struct scenario **ret;
	struct fault_space space = {0};
	struct emu_payload scripts[16] = {0};
	uint64_t state = seed;
	size_t taken = 0;
	char text[PAYLOAD_TEXT_SIZE], why[256];

	for (size_t i = 0; payload_rows[i].name; i++) {
		tree_must(i < sizeof(scripts) / sizeof(scripts[0]));
		payload_text(&payload_rows[i], text, sizeof(text));
		tree_must(emu_payload_parse(&scripts[i], text, "", why, sizeof(why)) == 0);
		fault_space_add(&space, &payload_rows[i], &scripts[i], file_bytes, seed);
	}
	ret = calloc(count + 1, sizeof(ret[0]));
	tree_must(ret);
	for (size_t left = space.count; left > 0 && taken < count; left--) {
		size_t pick = random_next(&state) % left;
		struct fault_case it = space.cases[pick];

		space.cases[pick] = space.cases[left - 1];
		if (!is_slow(&it)) {
			struct scenario *row = calloc(1, sizeof(*row));

			tree_must(row);
			scenario_from(row, &it, &scripts[it.payload - payload_rows]);
			ret[taken++] = row;
		}
	}
	free(space.cases);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		emu_payload_clear(&scripts[i]);
	return ret;
}

void scenarios_random_free(const struct scenario **rows)
{
	for (size_t i = 0; rows && rows[i]; i++) {
		free((char *)rows[i]->name);
		free((char *)rows[i]->files);
		free((char *)rows[i]->script);
		free((char *)rows[i]->err);
		free((struct scenario *)rows[i]);
	}
	free(rows);
}
