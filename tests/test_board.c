/* SPDX-License-Identifier: Apache-2.0 */
/* The life of boards on the emulator in process: every payload of PROTOCOL.md's table, every fault
 * at every step, and what the bus may do in any order. The expected end is told by a rule here, not
 * by the code under test. */
#include "../boards.h"
#include "../error.h"
#include "../report.h"
#include "emu_direct.h"

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
#define ROOT_SIZE 64

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

static char root[ROOT_SIZE];

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

static const char *bootcode_of(enum emu_chip chip)
{
	return chip == EMU_BCM2711   ? "bootcode4.bin"
	       : chip == EMU_BCM2712 ? "bootcode5.bin"
				     : "bootcode.bin";
}

static void put(const char *dir, const char *name, size_t size)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (strncmp(name, "overlays/", 9) == 0) {
		char sub[300];

		snprintf(sub, sizeof(sub), "%s/overlays", dir);
		mkdir(sub, 0755);
	}
	file = fopen(path, "w");
	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		fputc((int)(i * 7 + strlen(name) + (size_t)name[0]), file);
	fclose(file);
}

/* A directory with the bootcode and what the script wants to be there, no more. */
static void fill(const char *dir, enum emu_chip chip, const struct emu_step *steps, size_t count)
{
	mkdir(dir, 0755);
	put(dir, bootcode_of(chip), 50000);
	for (size_t i = 0; i < count; i++)
		if (steps[i].content)
			put(dir, steps[i].content, 20000 + 1234 * i);
}

static int setup(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/test_board.XXXXXX");
	assert_non_null(mkdtemp(root));
	return 0;
}

static void teardown_dir(const char *dir)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
}

static int teardown(void **state)
{
	(void)state;
	teardown_dir(root);
	return 0;
}

/* What came of one run of the whole machine. */
struct run {
	enum board_status status;
	unsigned int results; /* result lines in the JSON */
	uint64_t ms;
	size_t left_open;
	char json[16384];
};

static unsigned int count_of(const char *text, const char *what)
{
	unsigned int n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* Runs the boards on the bus with stdout caught; config is completed here. */
static void run_boards(struct board_config *config, struct run *ret)
{
	struct report_config report_config = {.format = REPORT_JSON};
	struct report *report = NULL;
	struct boards *boards = NULL;
	struct usb *usb = NULL;
	struct error err = {0};
	char path[128], dir[128], sys[128];
	int out = dup(1), catcher;
	ssize_t n;

	memset(ret, 0, sizeof(*ret));
	snprintf(path, sizeof(path), "%s/out", root);
	snprintf(dir, sizeof(dir), "%s/files", root);
	snprintf(sys, sizeof(sys), "%s/sys", root);
	if (!config->dir)
		config->dir = dir;
	config->sysroot = sys;
	config->stage_timeout_ms = config->stage_timeout_ms ? config->stage_timeout_ms : 30000;
	fflush(stdout);
	catcher = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(catcher, 1);
	assert_int_equal(report_new(&report, &report_config, direct_now_ms(), &err), 0);
	assert_int_equal(boards_new(&boards, config, report, direct_now_ms(), &ret->status, &err),
			 0);
	assert_int_equal(usb_new(&usb, &boards_usb_handler, boards, &err), 0);
	while (direct_now_ms() < 600000) {
		int timeout_ms = boards_tick(boards, direct_now_ms());

		if (boards_finished(boards))
			break;
		usb_wait(usb, timeout_ms, &err);
	}
	ret->ms = direct_now_ms() - 1000;
	ret->left_open = direct_open_count();
	ret->status = boards_end(boards, boards_finished(boards) ? BOARD_OK : BOARD_INTERRUPTED,
				 direct_now_ms());
	usb_free(usb);
	boards_free(boards);
	report_free(report);
	fflush(stdout);
	dup2(out, 1);
	close(out);
	n = pread(catcher, ret->json, sizeof(ret->json) - 1, 0);
	ret->json[n > 0 ? n : 0] = '\0';
	close(catcher);
	ret->results = count_of(ret->json, "\"event\":\"result\"");
	teardown_dir(sys);
}

/* One board, one payload, one fault. */
static void play(const struct payload *payload, struct emu_config *emu, enum board_expect expect,
		 struct run *ret, struct script *script, char *why, size_t why_size)
{
	struct board_config config = {.port_number = -1, .count = 1, .expect = expect};
	struct direct_board board = {.port = "1-1.2"};
	char truth[128], sys[128];

	snprintf(truth, sizeof(truth), "%s/files", root);
	snprintf(sys, sizeof(sys), "%s/sys", root);
	script_build(script, payload);
	teardown_dir(truth);
	fill(truth, payload->chip, script->steps, script->count);
	emu->chip = payload->chip;
	emu->truth = truth;
	emu->bootcode_content = bootcode_of(payload->chip);
	emu->steps = script->steps;
	emu->step_count = script->count;
	emu->after = payload->after;
	board.config = *emu;
	direct_setup(&board, 1, sys);
	run_boards(&config, ret);
	if (emu_verdict(direct_emu(0), why, why_size) == 0)
		why[0] = '\0';
	direct_teardown();
}

static void check(const char *what, const struct run *run, enum board_status expected,
		  const char *why)
{
	if (run->status != expected || run->results != 1 || why[0] || run->left_open)
		fail_msg("%s: status %d (%d expected), %u results, %zu open, verdict '%s'\n%s",
			 what, (int)run->status, (int)expected, run->results, run->left_open, why,
			 run->json);
}

static void test_payloads(void **state)
{
	struct script script;
	struct run run;
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct emu_config emu = {0};
		bool disk = payloads[i].after != EMU_AFTER_NOTHING;

		play(&payloads[i], &emu, disk ? BOARD_EXPECT_DISK : BOARD_EXPECT_AUTO, &run,
		     &script, why, sizeof(why));
		check(payloads[i].name, &run, BOARD_OK, why);
		assert_int_equal(count_of(run.json, "\"event\":\"disk\""), disk);
		assert_int_equal(count_of(run.json, "\"done\":true"), 1);
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
	struct run run;
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
				check(what, &run, expected_end(faults[f], rom, step), why);
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
	struct run run;
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct emu_config emu = {.fault = rows[i].fault, .fault_status = -3};

		play(&payloads[3], &emu, BOARD_EXPECT_DISK, &run, &script, why, sizeof(why));
		check("ends", &run, rows[i].expected, why);
	}
}

/* A payload of its own making: what a table row cannot say. */
static void play_steps(enum emu_chip chip, const struct emu_step *steps, size_t count,
		       enum emu_after after, enum board_expect expect, bool second_stage,
		       struct run *ret, char *why, size_t why_size)
{
	struct board_config config = {.port_number = -1, .count = 1, .expect = expect};
	struct direct_board board = {.port = "1-1"};
	char truth[128], sys[128];

	snprintf(truth, sizeof(truth), "%s/files", root);
	snprintf(sys, sizeof(sys), "%s/sys", root);
	teardown_dir(truth);
	fill(truth, chip, steps, count);
	board.config = (struct emu_config){
		.chip = chip,
		.truth = truth,
		.bootcode_content = bootcode_of(chip),
		.steps = steps,
		.step_count = count,
		.after = after,
		.starts_in_second_stage = second_stage,
	};
	direct_setup(&board, 1, sys);
	run_boards(&config, ret);
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
	struct run run;
	char why[256], what[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(what, sizeof(what), "row %zu", i);
		play_steps(EMU_BCM2711, rows[i].steps, rows[i].count, rows[i].after, rows[i].expect,
			   false, &run, why, sizeof(why));
		check(what, &run, rows[i].expected, why);
		play_steps(EMU_BCM2711, rows[i].steps, rows[i].count, rows[i].after, rows[i].expect,
			   true, &run, why, sizeof(why));
		check(what, &run, rows[i].expected, why);
	}
}

/* Eight boards with one of each fault among them: each has its own end. */
static void test_one_failure_touches_no_other(void **state)
{
	static const struct emu_step steps[] = {
		{.verb = EMU_READ, .name = "start4.elf", .content = "start4.elf"},
		{.verb = EMU_DONE, .name = "stale"},
	};
	static const char *const ports[] = {"1-1", "1-2", "1-3.1", "1-3.2",
					    "2-1", "2-2", "3-1",   "3-2"};
	struct board_config config = {.port_number = -1, .count = 8, .expect = BOARD_EXPECT_DISK};
	struct direct_board boards[8] = {0};
	char truth[128], sys[128], why[256];
	struct run run;

	(void)state;
	snprintf(truth, sizeof(truth), "%s/files", root);
	snprintf(sys, sizeof(sys), "%s/sys", root);
	teardown_dir(truth);
	fill(truth, EMU_BCM2711, steps, 2);
	for (size_t i = 0; i < 8; i++)
		boards[i] = (struct direct_board){
			.port = ports[i],
			.plug_ms = 1000 + i * 37,
			.config = {.chip = EMU_BCM2711,
				   .truth = truth,
				   .steps = steps,
				   .step_count = 2,
				   .bootcode_content = "bootcode4.bin",
				   .after = EMU_AFTER_MSD},
		};
	boards[2].config.fault = EMU_FAULT_STALL;
	boards[3].config.fault = EMU_FAULT_SILENT;
	boards[5].config.fault = EMU_FAULT_VANISH;
	boards[6].config.fault = EMU_FAULT_REFUSED;
	direct_setup(boards, 8, sys);
	run_boards(&config, &run);
	assert_int_equal(run.status, BOARD_FAILED);
	assert_int_equal(run.results, 8);
	assert_int_equal(count_of(run.json, "\"ok\":true"), 4);
	assert_non_null(strstr(run.json, "\"ok\":4,\"failed\":4"));
	for (size_t i = 0; i < 8; i++)
		if (emu_verdict(direct_emu(i), why, sizeof(why)) != 0)
			fail_msg("board %zu: %s", i, why);
	direct_teardown();
}

/* udev may set the mode late; or never. */
static void test_open_is_tried_again(void **state)
{
	static const struct emu_step steps[] = {{.verb = EMU_DONE, .name = "x"}};
	static const struct {
		int code;
		uint64_t until_ms;
		enum board_status expected;
	} rows[] = {
		{-EACCES, 1300, BOARD_OK},
		{-EACCES, 900000, BOARD_NO_PERMISSION},
		{-EBUSY, 1500, BOARD_OK},
		{-EBUSY, 900000, BOARD_FAILED},
	};
	char truth[128];
	struct run run;

	(void)state;
	snprintf(truth, sizeof(truth), "%s/files", root);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct board_config config = {
			.port_number = -1, .count = 1, .expect = BOARD_EXPECT_DONE};
		struct direct_board board = {
			.port = "1-1",
			.open_code = rows[i].code,
			.open_ms = rows[i].until_ms,
			.config = {.chip = EMU_BCM2711,
				   .truth = truth,
				   .steps = steps,
				   .step_count = 1,
				   .bootcode_content = "bootcode4.bin"},
		};

		direct_setup(&board, 1, NULL);
		run_boards(&config, &run);
		assert_int_equal(run.status, rows[i].expected);
		assert_int_equal(run.results, 1);
		direct_teardown();
	}
}

static void test_only_those_asked_for(void **state)
{
	static const struct emu_step steps[] = {{.verb = EMU_DONE, .name = "x"}};
	static const char *const by_port[] = {"2-1.4"}, *const by_serial[] = {"ABCDEF01"};
	struct board_config configs[] = {
		{.port_number = -1, .ports = by_port, .port_count = 1},
		{.port_number = -1, .serials = by_serial, .serial_count = 1},
		{.port_number = 3},
	};
	struct direct_board boards[3] = {{.port = "1-1"}, {.port = "2-1.4"}, {.port = "1-3"}};
	static const char *const expected[] = {"\"port\":\"2-1.4\"", "\"port\":\"2-1.4\"",
					       "\"port\":\"1-3\""};
	char truth[128];
	struct run run;

	(void)state;
	snprintf(truth, sizeof(truth), "%s/files", root);
	for (size_t i = 0; i < 3; i++)
		boards[i].config = (struct emu_config){
			.chip = EMU_BCM2711,
			.truth = truth,
			.steps = steps,
			.step_count = 1,
			.bootcode_content = "bootcode4.bin",
			.serial = i == 1 ? "abcdef01" : "00000000",
		};
	for (size_t i = 0; i < 3; i++) {
		configs[i].count = 1;
		configs[i].expect = BOARD_EXPECT_DONE;
		direct_setup(boards, 3, NULL);
		run_boards(&configs[i], &run);
		assert_int_equal(run.status, BOARD_OK);
		assert_int_equal(run.results, 1);
		assert_non_null(strstr(strstr(run.json, "\"event\":\"result\"") - 60, expected[i]));
		direct_teardown();
	}
}

static void test_no_board_in_time(void **state)
{
	struct board_config config = {.port_number = -1, .count = 1, .timeout_ms = 5000};
	struct run run;

	(void)state;
	direct_setup(NULL, 0, NULL);
	run_boards(&config, &run);
	assert_int_equal(run.status, BOARD_NONE_IN_TIME);
	assert_int_equal(run.results, 0);
	assert_in_range(run.ms, 5000, 6100);
	direct_teardown();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_payloads),
		cmocka_unit_test(test_every_fault_at_every_step),
		cmocka_unit_test(test_ends_of_the_boot_rom),
		cmocka_unit_test(test_leaving_without_done),
		cmocka_unit_test(test_one_failure_touches_no_other),
		cmocka_unit_test(test_open_is_tried_again),
		cmocka_unit_test(test_only_those_asked_for),
		cmocka_unit_test(test_no_board_in_time),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
