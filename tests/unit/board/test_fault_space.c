/* SPDX-License-Identifier: Apache-2.0 */
/* The whole fault space, in process: each case is a board at which one thing goes wrong, beside one
 * at which nothing does, on a bus that tells of them in order or not. $FAULT_SEED repeats a run;
 * $FAULT_EVERY=N plays each Nth case (2; 1: all of them). */
#include "tests/test.h"
#include "tests/unit/board/board_bench.h"
#include "tests/unit/board/fault_space.h"
#include "tests/unit/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 150000 /* the longest deadlines one after the other: nothing may take longer */

/* The payload that is played now. */
struct stage {
	const struct payload *payload;
	struct emu_payload script;
	char truth[128], sys[128];
};

static char stage_truth[128];

static uint64_t file_bytes(const char *name)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", stage_truth, name);
	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

static void stage_set(struct stage *stage, const struct payload *payload)
{
	char text[PAYLOAD_TEXT_SIZE], why[256];

	stage->payload = payload;
	snprintf(stage->truth, sizeof(stage->truth), "%s/files", bench_root);
	snprintf(stage->sys, sizeof(stage->sys), "%s/sys", bench_root);
	memcpy(stage_truth, stage->truth, sizeof(stage_truth));
	tree_remove(stage->truth);
	payload_text(payload, text, sizeof(text));
	emu_payload_clear(&stage->script);
	assert_int_equal(emu_payload_parse(&stage->script, text, stage->truth, why, sizeof(why)),
			 0);
	bench_fill(stage->truth, payload->chip, stage->script.steps, stage->script.count);
}

static struct emu_config stage_board(const struct stage *stage)
{
	return (struct emu_config){
		.chip = stage->payload->chip,
		.truth = stage->truth,
		.bootcode_content = bench_bootcode(stage->payload->chip),
		.steps = stage->script.steps,
		.step_count = stage->script.count,
		.after = stage->payload->after,
	};
}

/* The result event of the board at a port; NULL: none. */
static const char *result_of(const char *json, const char *port)
{
	char key[64];
	const char *line;

	snprintf(key, sizeof(key), "\"event\":\"result\",\"port\":\"%s\"", port);
	line = strstr(json, key);
	return line && !strstr(line + 1, key) ? line : NULL;
}

static bool line_has(const char *line, const char *text)
{
	const char *found = strstr(line, text), *end = strchr(line, '\n');

	return found && (!end || found < end);
}

/* NULL, or what is wrong. */
static const char *judge(const struct fault_case *it, const struct bench_run *run)
{
	const char *bad = result_of(run->json, "1-1.2"), *good = result_of(run->json, "1-7");
	char code[32];

	if (run->left_open)
		return "a device is left open";
	if (run->ms > LIMIT_MS)
		return "it took too long";
	if (!good || !line_has(good, "\"ok\":true"))
		return "the other board has not its own good end";
	if (!bad)
		return "it has not one result";
	snprintf(code, sizeof(code), "\"code\":%d,", it->status);
	if (!line_has(bad, code) || (int)run->status != it->status)
		return "another exit status is due";
	for (size_t i = 0; i < 2; i++)
		if (it->says[i] && !line_has(bad, it->says[i]))
			return it->says[i];
	return NULL;
}

/* A board whose last reply is lost leaves and goes on. Where that is told only when it is back, it
 * has long been given up. */
static bool is_undecided(const struct fault_case *it, enum direct_order order)
{
	return order == DIRECT_EARLY && it->fault == EMU_FAULT_EXTRA && it->status != 1;
}

/* Returns true where it went as it must. */
static bool play(const struct stage *stage, const struct fault_case *it, enum direct_order order)
{
	struct config config = {
		.port_number = -1,
		.count = 2,
		.expect = stage->payload->after == EMU_AFTER_NOTHING ? EXPECT_DONE : EXPECT_DISK,
	};
	struct direct_board boards[2] = {
		{.port = "1-1.2", .config = stage_board(stage), .order = order},
		{.port = "1-7", .config = stage_board(stage)},
	};
	static struct bench_run run;
	const char *wrong;
	char name[256], why[256];

	fault_space_set(it, &boards[0].config);
	if (order == DIRECT_EARLY) /* so late that nobody would wait for it any more */
		boards[0].config.gap_ms = 4000;
	direct_setup(boards, 2, stage->sys);
	bench_run(&config, &run);
	wrong = judge(it, &run);
	for (size_t i = 0; i < 2 && !wrong; i++)
		if (emu_verdict(direct_emu(i), why, sizeof(why)) < 0)
			wrong = why;
	direct_teardown();
	if (!wrong)
		return true;
	fault_space_name(it, name, sizeof(name));
	fprintf(stderr, "\nFAIL %s, order %d: %s\n%s\n", name, (int)order, wrong, run.json);
	return false;
}

FIXTURE_ONCE(bench_setup, bench_teardown)

TEST(each_fault_has_its_end)
{
	const char *wanted = getenv("FAULT_SEED");
	uint32_t seed = wanted ? (uint32_t)strtoul(wanted, NULL, 10) : (uint32_t)time(NULL);
	struct timespec begin, end;
	const char *part = getenv("FAULT_EVERY");
	unsigned int played = 0, failed = 0;
	size_t every = part ? strtoul(part, NULL, 10) : 2;
	struct stage stage = {0};

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (const struct payload *payload = payload_rows; payload->name; payload++) {
		struct fault_space space = {0};

		stage_set(&stage, payload);
		fault_space_add(&space, payload, &stage.script, file_bytes, seed);
		for (size_t i = every ? seed % every : 0; i < space.count; i += every ? every : 1)
			for (enum direct_order order = DIRECT_IN_ORDER; order <= DIRECT_TWICE;
			     order++) {
				if (is_undecided(&space.cases[i], order))
					continue;
				failed += !play(&stage, &space.cases[i], order);
				played++;
			}
		free(space.cases);
	}
	emu_payload_clear(&stage.script);
	clock_gettime(CLOCK_MONOTONIC, &end);
	print_message("%u cases in %.1f s, %u failed; FAULT_SEED=%u\n", played,
		      (double)(end.tv_sec - begin.tv_sec) +
			      (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
		      failed, seed);
	assert_int_equal(failed, 0);
}
