/* SPDX-License-Identifier: Apache-2.0 */
/* The life of one board on the emulator in process: every payload of PROTOCOL.md's table, every
 * fault at every step, and what the bus may do in any order. The expected end is told by a rule
 * here, not by the code under test. */
#include "board_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>

#define STEPS_MAX 64

struct payload {
	const char *name;
	enum emu_chip chip;
	const char *order; /* as the table writes it: a '-' behind what is missing */
	enum emu_after after;
};

static const struct payload payloads[] = {
	{"2837 msd", EMU_BCM2837, "autoboot.txt- config.txt- recovery.elf- start.elf fixup.dat-",
	 EMU_AFTER_MSD},
	{"2837 two interfaces", EMU_BCM2837_STORAGE, "config.txt- start.elf", EMU_AFTER_MSD},
	{"2835 gadget", EMU_BCM2835,
	 "autoboot.txt- config.txt recovery.elf- start_cd.elf fixup_cd.dat recovery.elf- "
	 "config.txt config.txt dt-blob.bin- config.txt cmdline.txt- kernel.img "
	 "bcm2708-rpi-cm.dtb config.txt overlays/dwc2.dtbo",
	 EMU_AFTER_GADGET},
	{"2711 msd", EMU_BCM2711, "config.txt- pieeprom.sig- start4.elf fixup4.dat-",
	 EMU_AFTER_MSD},
	{"2711 gadget64", EMU_BCM2711,
	 "mcb.bin memsys00.bin memsys01.bin memsys08.bin bootmain config.txt boot.img",
	 EMU_AFTER_GADGET64},
	{"2712 gadget64", EMU_BCM2712,
	 "mcb.bin memsys00 memsys01 rp1c0fw1.bin memsys02 rp1c0fw2.bin memsys03 bootmain "
	 "config.txt boot.img",
	 EMU_AFTER_GADGET64},
	{"2712 recovery5", EMU_BCM2712, "config.txt pieeprom.bin pieeprom.sig *",
	 EMU_AFTER_NOTHING},
};

struct script {
	char text[1024];
	struct emu_step steps[STEPS_MAX];
	size_t count;
};

static void script_build(struct script *script, const struct payload *payload)
{
	char *save = NULL;

	memset(script, 0, sizeof(*script));
	snprintf(script->text, sizeof(script->text), "%s", payload->order);
	for (char *name = strtok_r(script->text, " ", &save); name;
	     name = strtok_r(NULL, " ", &save)) {
		bool missing = name[strlen(name) - 1] == '-';
		struct emu_step step = {.verb = EMU_SIZE, .name = name, .content = name};

		if (strcmp(name, "*") == 0) {
			script->steps[script->count++] = (struct emu_step){
				.verb = EMU_METADATA, .name = "MAC_ADDR", .value = "dc:a6"};
			continue;
		}
		if (missing) {
			name[strlen(name) - 1] = '\0';
			step.content = NULL;
		}
		script->steps[script->count++] = step;
		step.verb = EMU_READ;
		if (!missing)
			script->steps[script->count++] = step;
	}
	script->steps[script->count++] = (struct emu_step){.verb = EMU_DONE, .name = "stale"};
}

/* One board, one payload, one fault. */
static void play(const struct payload *payload, struct emu_config *emu, enum board_expect expect,
		 struct bench_run *ret, struct script *script, char *why, size_t why_size)
{
	struct board_config config = {.port_number = -1, .count = 1, .expect = expect};
	struct direct_board board = {.port = "1-1.2"};
	char truth[128], sys[128];

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	snprintf(sys, sizeof(sys), "%s/sys", bench_root);
	script_build(script, payload);
	bench_remove(truth);
	bench_fill(truth, payload->chip, script->steps, script->count);
	emu->chip = payload->chip;
	emu->truth = truth;
	emu->bootcode_content = bench_bootcode(payload->chip);
	emu->steps = script->steps;
	emu->step_count = script->count;
	emu->after = payload->after;
	board.config = *emu;
	direct_setup(&board, 1, sys);
	bench_run(&config, ret);
	if (emu_verdict(direct_emu(0), why, why_size) == 0)
		why[0] = '\0';
	direct_teardown();
}

static void test_payloads(void **state)
{
	struct script script;
	struct bench_run run;
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct emu_config emu = {0};
		bool disk = payloads[i].after != EMU_AFTER_NOTHING;

		play(&payloads[i], &emu, disk ? BOARD_EXPECT_DISK : BOARD_EXPECT_AUTO, &run,
		     &script, why, sizeof(why));
		bench_check(payloads[i].name, &run, BOARD_OK, why);
		assert_int_equal(bench_count(run.json, "\"event\":\"disk\""), disk);
		assert_int_equal(bench_count(run.json, "\"done\":true"), 1);
	}
}

static enum board_status expected_end(enum emu_fault fault, bool in_rom, size_t step)
{
	if (fault == EMU_FAULT_VANISH)
		return BOARD_VANISHED;
	if (fault == EMU_FAULT_SILENT && in_rom && step == 4)
		return BOARD_REFUSED;
	return BOARD_FAILED; /* stalled, or silent */
}

/* Every fault at every step of every payload, before and in the middle of its data. */
static void test_every_fault_at_every_step(void **state)
{
	static const enum emu_fault faults[] = {EMU_FAULT_VANISH, EMU_FAULT_STALL,
						EMU_FAULT_SILENT};
	static struct script script;
	unsigned int cases = 0;
	struct bench_run run;
	char why[256], what[128];

	(void)state;
	for (size_t p = 0; p < sizeof(payloads) / sizeof(payloads[0]); p++) {
		script_build(&script, &payloads[p]);
		for (size_t n = 0; n < 2 * (5 + script.count); n++) {
			bool rom = n / 2 < 5, middle = n % 2;
			size_t step = rom ? n / 2 : n / 2 - 5;

			if (middle && (rom ? step != 3 : script.steps[step].verb != EMU_READ))
				continue;
			for (size_t f = 0; f < 3; f++) {
				struct emu_config emu = {
					.fault = faults[f],
					.fault_in_rom = rom,
					.fault_step = step,
					.fault_bytes = middle ? 10000 : 0,
				};

				snprintf(what, sizeof(what), "%s, fault %d in %s step %zu%s",
					 payloads[p].name, (int)faults[f], rom ? "rom" : "files",
					 step, middle ? ", middle" : "");
				play(&payloads[p], &emu, BOARD_EXPECT_DISK, &run, &script, why,
				     sizeof(why));
				bench_check(what, &run, expected_end(faults[f], rom, step), why);
				cases++;
			}
		}
	}
	print_message("%u cases\n", cases);
}

static void test_ends_of_the_boot_rom(void **state)
{
	static const struct {
		enum emu_fault fault;
		enum board_status expected;
	} rows[] = {
		{EMU_FAULT_STATUS, BOARD_REFUSED},	  {EMU_FAULT_REFUSED, BOARD_REFUSED},
		{EMU_FAULT_NO_RETURN, BOARD_VANISHED},	  {EMU_FAULT_ROM_AGAIN, BOARD_VANISHED},
		{EMU_FAULT_OTHER_DEVICE, BOARD_VANISHED}, {EMU_FAULT_NO_DISK, BOARD_NO_DISK},
	};
	struct script script;
	struct bench_run run;
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct emu_config emu = {.fault = rows[i].fault, .fault_status = -3};

		play(&payloads[3], &emu, BOARD_EXPECT_DISK, &run, &script, why, sizeof(why));
		bench_check("ends", &run, rows[i].expected, why);
	}
}

/* A payload of its own making: what a table row cannot say. */
static void play_steps(enum emu_chip chip, const struct emu_step *steps, size_t count,
		       enum emu_after after, enum board_expect expect, bool second_stage,
		       struct bench_run *ret, char *why, size_t why_size)
{
	struct board_config config = {.port_number = -1, .count = 1, .expect = expect};
	struct direct_board board = {.port = "1-1"};
	char truth[128], sys[128];

	snprintf(truth, sizeof(truth), "%s/files", bench_root);
	snprintf(sys, sizeof(sys), "%s/sys", bench_root);
	bench_remove(truth);
	bench_fill(truth, chip, steps, count);
	board.config = (struct emu_config){
		.chip = chip,
		.truth = truth,
		.bootcode_content = bench_bootcode(chip),
		.steps = steps,
		.step_count = count,
		.after = after,
		.starts_in_second_stage = second_stage,
	};
	direct_setup(&board, 1, sys);
	bench_run(&config, ret);
	if (emu_verdict(direct_emu(0), why, why_size) == 0)
		why[0] = '\0';
	direct_teardown();
}

static void test_leaving_without_done(void **state)
{
	static const struct emu_step leaves[] = {
		{.verb = EMU_READ, .name = "start4.elf", .content = "start4.elf"},
		{.verb = EMU_LEAVE},
	};
	static const struct emu_step again[] = {
		{.verb = EMU_READ, .name = "start4.elf", .content = "start4.elf"},
		{.verb = EMU_REENTER},
		{.verb = EMU_READ, .name = "kernel.img", .content = "kernel.img"},
		{.verb = EMU_END},
	};
	static const struct {
		const struct emu_step *steps;
		size_t count;
		enum emu_after after;
		enum board_expect expect;
		enum board_status expected;
	} rows[] = {
		{leaves, 2, EMU_AFTER_MSD, BOARD_EXPECT_DISK, BOARD_OK},
		{leaves, 2, EMU_AFTER_NOTHING, BOARD_EXPECT_DISK, BOARD_VANISHED},
		{leaves, 2, EMU_AFTER_NOTHING, BOARD_EXPECT_DONE, BOARD_VANISHED},
		{leaves, 2, EMU_AFTER_NOTHING, BOARD_EXPECT_ANY, BOARD_OK},
		{leaves, 2, EMU_AFTER_ROM, BOARD_EXPECT_DISK, BOARD_VANISHED},
		{again, 4, EMU_AFTER_GADGET, BOARD_EXPECT_DISK, BOARD_OK},
		{again, 4, EMU_AFTER_NOTHING, BOARD_EXPECT_DONE, BOARD_OK},
		{again + 2, 2, EMU_AFTER_ROM, BOARD_EXPECT_DONE, BOARD_OK},
		{again + 2, 2, EMU_AFTER_ROM, BOARD_EXPECT_DISK, BOARD_NO_DISK},
	};
	struct bench_run run;
	char why[256], what[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(what, sizeof(what), "row %zu", i);
		play_steps(EMU_BCM2711, rows[i].steps, rows[i].count, rows[i].after, rows[i].expect,
			   false, &run, why, sizeof(why));
		bench_check(what, &run, rows[i].expected, why);
		play_steps(EMU_BCM2711, rows[i].steps, rows[i].count, rows[i].after, rows[i].expect,
			   true, &run, why, sizeof(why));
		bench_check(what, &run, rows[i].expected, why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_payloads),
		cmocka_unit_test(test_every_fault_at_every_step),
		cmocka_unit_test(test_ends_of_the_boot_rom),
		cmocka_unit_test(test_leaving_without_done),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
