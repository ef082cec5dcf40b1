/* SPDX-License-Identifier: Apache-2.0 */
/* Runs each fault at each moment of each step of `rpiboot recover`, without USB. A case has two
 * boards: one has the fault, and a BCM2711 has none. The reported result has to match the emulated
 * EEPROM and OTP memory. FAULT_SEED repeats a run. RECOVER_EVERY=N runs every Nth case; the default
 * is 16, or 64 with a sanitizer. */
#include "tests/test.h"
#include "tests/unit/board/recover_bench.h"
#include "util/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIMIT_MS   400000 /* all deadlines one after the other */
#define ROM_STEPS  5
#define ROM_STATUS 4

#ifdef SANITIZED
#define EVERY 64
#else
#define EVERY 16
#endif

static const struct mode {
	const char *name;
	enum emu_chip chip;
	const char *args;
	bool then_disk;
	unsigned int boots; /* number of starts of the boot ROM */
} modes[] = {
	{"2711", EMU_BCM2711, "", false, 1},
	{"2712", EMU_BCM2712, "", false, 1},
	{"2711 erase", EMU_BCM2711, "--erase", false, 1},
	{"2711 lock", EMU_BCM2711, "--key KEY --lock HASH8", false, 2},
	{"2712 lock", EMU_BCM2712, "--key KEY --lock HASH8", false, 2},
	{"2711 disk", EMU_BCM2711, "", true, 2},
	{"2712 disk", EMU_BCM2712, "", true, 2},
};

static struct recover_bench bench;
static const struct mode *mode;
static struct {
	uint32_t seed;
	unsigned long every, number; /* number: of the case */
	unsigned int played, failed;
} space;

/* Copies the line with this event of the board. Returns: false if there is none or more than one.
 */
static bool line_of(const char *json, const char *event, const char *port, char *ret, size_t size)
{
	char key[64];
	const char *line;

	snprintf(key, sizeof(key), "\"event\":\"%s\",\"port\":\"%s\"", event, port);
	line = strstr(json, key);
	if (!line || strstr(line + 1, key))
		return false;
	snprintf(ret, size, "%.*s", (int)strcspn(line, "\n"), line);
	return true;
}

static bool is_erased(const struct direct_board *board)
{
	const struct emu_keep *keep = emu_recovery_keep(board->config.recovery);

	for (size_t i = 0; i < keep->eeprom_bytes; i++)
		if (keep->eeprom[i] != 0xff)
			return false;
	return true;
}

/* Returns: true if the EEPROM and the OTP memory match a reported success. */
static bool is_done(const struct direct_board *board)
{
	if (bench.recover->erase)
		return is_erased(board);
	return recover_bench_holds(&bench, board) &&
	       (!bench.recover->lock || recover_bench_is_locked(&bench, board));
}

/* Returns: the error in the reported result of a board, or NULL. */
static const char *judge_board(const struct direct_board *board, const struct bench_run *run,
			       bool must_succeed)
{
	char result[1024], eeprom[1024];
	bool ok, proved;

	if (!line_of(run->json, "result", board->port, result, sizeof(result)))
		return "there is not one result";
	if (!line_of(run->json, "eeprom", board->port, eeprom, sizeof(eeprom)))
		return "there is not one event about its EEPROM";
	ok = strstr(result, "\"ok\":true");
	proved = strstr(eeprom, "\"proof\":\"proved\"") || strstr(eeprom, "\"proof\":\"erased\"") ||
		 strstr(eeprom, "\"proof\":\"current\"");
	if (proved && !is_done(board))
		return "the proof is not true";
	if (ok && !proved)
		return "a success without a proof";
	if (!ok && must_succeed)
		return "it must succeed";
	return NULL;
}

static const char *judge(const struct direct_board *boards, const struct bench_run *run)
{
	const char *wrong = judge_board(&boards[0], run, boards[0].config.fault == EMU_FAULT_LATE);

	if (run->left_open)
		return "a device is left open";
	if (run->ms > LIMIT_MS)
		return "it took too long";
	if (strlen(run->json) >= sizeof(run->json) - 1)
		return "the bench has no room for its events";
	if (run->why[0])
		return run->why;
	if (judge_board(&boards[1], run, true))
		return "the other board has not its own good end";
	return wrong;
}

/* Returns: false if the board does not reach the moment of the fault. */
static bool play(const struct emu_config *fault, enum direct_order order)
{
	struct config config = {
		.count = 2,
		.expect = mode->then_disk ? EXPECT_DISK : EXPECT_AUTO,
		.timeout_ms = 60000,
	};
	struct direct_board boards[2];
	static struct bench_run run;
	const char *wrong;

	for (size_t i = 0; i < 2; i++)
		boards[i] = recover_bench_board(&bench, i ? "1-7" : "1-1.2",
						i ? EMU_BCM2711 : mode->chip, NULL);
	boards[0].order = order;
	boards[0].config.fault = fault->fault;
	boards[0].config.fault_in_rom = fault->fault_in_rom;
	boards[0].config.fault_step = fault->fault_step;
	boards[0].config.fault_moment = fault->fault_moment;
	boards[0].config.fault_bytes = fault->fault_bytes;
	boards[0].config.fault_boot = fault->fault_boot;
	boards[0].config.fault_seed = space.seed + (uint32_t)space.number;
	boards[0].config.fault_status = (int32_t)(boards[0].config.fault_seed | 1);
	direct_setup(boards, 2, bench_sys);
	bench_run(&config, NULL, &run);
	wrong = judge(boards, &run);
	for (size_t i = 0; i < 2; i++)
		recover_bench_unplug(&boards[i]);
	if (run.wrong == 0 && strstr(run.why, "the fault was not reached"))
		return false;
	space.played++;
	if (!wrong)
		return true;
	space.failed++;
	fprintf(stderr,
		"\nFAIL %s, fault %d in boot %u, %s step %zu, moment %d, %llu bytes, order %d: "
		"%s\n%s\n",
		mode->name, (int)fault->fault, fault->fault_boot,
		fault->fault_in_rom ? "ROM" : "files", fault->fault_step, (int)fault->fault_moment,
		(unsigned long long)fault->fault_bytes, (int)order, wrong, run.json);
	return true;
}

/* Returns: true if another moment tests this fault: the status of the boot ROM, or after Done. */
static bool is_elsewhere(enum emu_fault fault, const struct emu_config *at)
{
	switch (fault) {
	case EMU_FAULT_NONE:
		return true;
	case EMU_FAULT_NO_DISK:
		return true;
	case EMU_FAULT_STATUS:
	case EMU_FAULT_REFUSED:
	case EMU_FAULT_NO_RETURN:
	case EMU_FAULT_ROM_AGAIN:
	case EMU_FAULT_OTHER_DEVICE:
		return !at->fault_in_rom || at->fault_step != ROM_STATUS;
	case EMU_FAULT_SHORT:
	case EMU_FAULT_EXTRA:
	case EMU_FAULT_GARBAGE:
	case EMU_FAULT_COMMAND:
		return at->fault_in_rom ? at->fault_step != ROM_STATUS
					: at->fault_moment != EMU_MOMENT_ASK;
	case EMU_FAULT_VANISH:
	case EMU_FAULT_STALL:
	case EMU_FAULT_SILENT:
	case EMU_FAULT_LATE:
	case EMU_FAULT_RESET:
	case EMU_FAULT_REBOOT:
	case EMU_FAULT_SWAP:
		break;
	}
	return false;
}

/* Runs all faults at one moment. Returns: false if there is no such moment. */
static bool play_moment(struct emu_config at)
{
	at.fault = EMU_FAULT_VANISH;
	if (!play(&at, DIRECT_IN_ORDER))
		return false;
	for (int fault = EMU_FAULT_NONE; fault <= EMU_FAULT_COMMAND; fault++) {
		at.fault = (enum emu_fault)fault;
		if (is_elsewhere(at.fault, &at))
			continue;
		for (int order = DIRECT_IN_ORDER; order <= DIRECT_TWICE; order++)
			if (space.number++ % space.every == space.seed % space.every &&
			    !play(&at, (enum direct_order)order))
				fail_msg("a moment that is there only for some faults");
	}
	return true;
}

static void play_boot(unsigned int boot)
{
	struct emu_config at = {.fault_boot = boot, .fault_in_rom = true};

	for (at.fault_step = 0; at.fault_step < ROM_STEPS; at.fault_step++) {
		at.fault_bytes = at.fault_step == 3 ? 3000 : 0;
		assert_true(play_moment(at));
	}
	at = (struct emu_config){.fault_boot = boot, .fault_moment = EMU_MOMENT_ASK};
	for (; play_moment(at); at.fault_step++) {
		struct emu_config later = at;

		later.fault_moment = EMU_MOMENT_ANSWER;
		play_moment(later);
		later.fault_moment = EMU_MOMENT_DATA;
		later.fault_bytes = 1 + space.seed % 30;
		play_moment(later);
	}
	assert_true(at.fault_step > 2);
}

FIXTURE_ONCE(bench_setup, bench_teardown)

/* Runs the modes that wait for a disk, or the others. */
static void play_modes(bool then_disk)
{
	const char *wanted = getenv("FAULT_SEED"), *part = getenv("RECOVER_EVERY");
	struct timespec begin, end;

	space.seed = wanted ? (uint32_t)strtoul(wanted, NULL, 10) : (uint32_t)time(NULL);
	space.every = part ? strtoul(part, NULL, 10) : EVERY;
	space.every = space.every ? space.every : 1;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (mode = modes; mode < modes + array_size(modes); mode++) {
		if (mode->then_disk != then_disk)
			continue;
		recover_bench_new(&bench, mode->args, mode->then_disk);
		for (unsigned int boot = 0; boot < mode->boots; boot++)
			play_boot(boot);
		recover_bench_done(&bench);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	print_message(
		"%u cases of %lu in %.1f s, %u failed; FAULT_SEED=%u\n", space.played, space.number,
		(double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
		space.failed, space.seed);
	assert_int_equal(space.failed, 0);
}

TEST(no_fault_makes_a_report_wrong)
{
	play_modes(false);
}

TEST(no_fault_before_a_disk_makes_a_report_wrong)
{
	bench_needs_disks();
	play_modes(true);
}
