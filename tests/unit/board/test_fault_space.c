/* SPDX-License-Identifier: Apache-2.0 */
/* The whole fault matrix, in process. Each case has a board with one fault and a board without, on
 * a bus that reports events in order or not. $FAULT_SEED repeats a run. $FAULT_EVERY=N runs each
 * Nth case (default: 2; 1: all). */
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

#define LIMIT_MS 150000 /* all deadlines one after the other; no run takes longer */

static uint64_t file_bytes(const char *name)
{
	struct stat st;

	assert_int_equal(stat(tree_path(bench_files, name), &st), 0);
	return (uint64_t)st.st_size;
}

/* Returns: the result event of the board at a port, or NULL. */
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

/* Returns: the mistake, or NULL. */
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
		if (it->texts[i] && !line_has(bad, it->texts[i]))
			return it->texts[i];
	return NULL;
}

/* A board whose last reply is lost leaves and goes on. If its departure is reported only when it
 * has returned, its result is final already. */
static bool is_undecided(const struct fault_case *it, enum direct_order order)
{
	return order == DIRECT_EARLY && it->fault == EMU_FAULT_EXTRA && it->status != 1;
}

/* Returns: true if the run ends as expected. */
static bool play(const struct emu_config *emu, const struct fault_case *it, enum direct_order order)
{
	struct config config = {
		.count = 2,
		.expect = it->payload->after == EMU_AFTER_NOTHING ? EXPECT_DONE : EXPECT_DISK,
	};
	struct direct_board boards[2] = {
		{.port = "1-1.2", .config = *emu, .order = order},
		{.port = "1-7", .config = *emu},
	};
	static struct bench_run run;
	const char *wrong;
	char name[256];

	fault_space_set(it, &boards[0].config);
	if (order == DIRECT_EARLY) /* later than any deadline */
		boards[0].config.gap_ms = 4000;
	direct_setup(boards, 2, bench_sys);
	bench_run(&config, NULL, &run);
	wrong = judge(it, &run);
	if (!wrong && run.why[0])
		wrong = run.why;
	if (!wrong)
		return true;
	fault_space_name(it, name, sizeof(name));
	fprintf(stderr, "\nFAIL %s, order %d: %s\n%s\n", name, (int)order, wrong, run.json);
	return false;
}

FIXTURE_ONCE(bench_setup, bench_teardown)

/* Runs the payloads that show a disk, or the others. */
static void play_payloads(bool disks)
{
	const char *wanted = getenv("FAULT_SEED");
	uint32_t seed = wanted ? (uint32_t)strtoul(wanted, NULL, 10) : (uint32_t)time(NULL);
	struct timespec begin, end;
	const char *part = getenv("FAULT_EVERY");
	unsigned int played = 0, failed = 0;
	size_t every = part ? strtoul(part, NULL, 10) : 2;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (const struct payload *payload = payload_rows; payload->name; payload++) {
		struct direct_board board = {0};
		struct emu_payload script = {0};
		struct fault_space space = {0};

		if ((payload->after != EMU_AFTER_NOTHING) != disks)
			continue;
		bench_set_payload(&board.config, payload, &script);
		bench_fill(&board, 1);
		fault_space_add(&space, payload, &script, file_bytes, seed);
		for (size_t i = every ? seed % every : 0; i < space.count; i += every ? every : 1)
			for (enum direct_order order = DIRECT_IN_ORDER; order <= DIRECT_TWICE;
			     order++) {
				if (is_undecided(&space.cases[i], order))
					continue;
				failed += !play(&board.config, &space.cases[i], order);
				played++;
			}
		free(space.cases);
		emu_payload_clear(&script);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	print_message("%u cases in %.1f s, %u failed; FAULT_SEED=%u\n", played,
		      (double)(end.tv_sec - begin.tv_sec) +
			      (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
		      failed, seed);
	assert_int_equal(failed, 0);
}

TEST(each_fault_has_its_result)
{
	play_payloads(false);
}

TEST(each_fault_of_a_payload_with_a_disk_has_its_result)
{
	bench_needs_disks();
	play_payloads(true);
}
