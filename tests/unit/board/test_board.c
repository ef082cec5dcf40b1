/* SPDX-License-Identifier: Apache-2.0 */
/* One board on the in-process emulator: every payload of docs/protocol.md, and every end of a boot.
 * test_fault_space.c tests the faults in between. */
#include "util/bytes.h"
#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/board/board_bench.h"
#include "tests/unit/tree.h"

#include <stdio.h>
#include <string.h>

/* Runs one board with the payload, and with the fault of emu. */
static void play(const struct payload *payload, const struct emu_config *emu, enum expect expect,
		 struct bench_run *ret)
{
	struct config config = {.count = 1, .expect = expect};
	struct direct_board board = {.port = "1-1.2", .config = *emu};
	struct emu_payload script = {0};

	bench_set_payload(&board.config, payload, &script);
	bench_play(&config, &board, 1, ret);
	emu_payload_clear(&script);
}

FIXTURE_ONCE(bench_setup, bench_teardown)

TEST(each_payload_boots)
{
	bool finds = bench_finds_disks();
	struct bench_run run;

	for (const struct payload *payload = payload_rows; payload->name; payload++) {
		struct emu_config emu = {0};
		bool disk = payload->after != EMU_AFTER_NOTHING;

		play(payload, &emu, disk ? EXPECT_DISK : EXPECT_AUTO, &run);
		bench_check(payload->name, &run, disk && !finds ? STATUS_NO_DISK : STATUS_OK);
		assert_int_equal(bench_count(run.json, "\"event\":\"disk\""), disk && finds);
		assert_int_equal(bench_count(run.json, "\"done\":true"), 1);
	}
}

TEST(each_failure_of_the_boot_rom_has_its_exit_status)
{
	static const struct {
		enum emu_fault fault;
		enum exit_status expected;
	} rows[] = {
		{EMU_FAULT_STATUS, STATUS_REFUSED},	   {EMU_FAULT_REFUSED, STATUS_REFUSED},
		{EMU_FAULT_NO_RETURN, STATUS_VANISHED},	   {EMU_FAULT_ROM_AGAIN, STATUS_VANISHED},
		{EMU_FAULT_OTHER_DEVICE, STATUS_VANISHED}, {EMU_FAULT_NO_DISK, STATUS_NO_DISK},
	};
	struct bench_run run;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct emu_config emu = {.fault = rows[i].fault, .fault_status = -3};

		play(&payload_rows[3], &emu, EXPECT_DISK, &run);
		bench_check("ends", &run, rows[i].expected);
	}
}

/* Writes a bootcode of SIZE bytes. It ends with a signature block that has this key number. */
static void put_bootcode(const char *name, uint32_t size, uint32_t key_number)
{
	unsigned char data[120000] = {0};

	bytes_put_le32(data + size - 532, size - 532);
	bytes_put_le32(data + size - 528, key_number);
	tree_write(bench_files, name, data, size);
}

TEST(a_refusal_names_its_probable_reason)
{
	static const struct {
		enum emu_chip chip;
		uint32_t bytes, key_number; /* of the signature block */
		const char *message;
	} rows[] = {
		{EMU_BCM2711, 50000, 16, "probably the bootcode is for another chip or has"},
		{EMU_BCM2712, 50000, 1, "probably the board is locked to a customer key"},
		{EMU_BCM2712, 112640, 16, "probably the bootcode is countersigned, but the board"},
		{EMU_BCM2712, 112641, 16, "probably the board is locked to a customer key"},
		{EMU_BCM2712, 532, 16, "probably the bootcode is countersigned, but the board"},
	};
	static const struct {
		enum emu_fault fault;
		const char *message;
	} faults[] = {
		{EMU_FAULT_STATUS, "refused bootcode"},
		{EMU_FAULT_REFUSED, "did not start it"},
		{EMU_FAULT_SILENT, "was silent"},
	};
	struct bench_run run;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t j = 0; j < sizeof(faults) / sizeof(faults[0]); j++) {
			struct config config = {.count = 1};
			struct direct_board board = bench_board("1-1", bench_done, 1);
			const char *name = emu_bootcode(rows[i].chip);

			board.config.chip = rows[i].chip;
			board.config.bootcode_content = name;
			board.config.fault = faults[j].fault;
			board.config.fault_status = -1;
			board.config.fault_in_rom = true;
			board.config.fault_step = 4;
			bench_put(&board, 1);
			put_bootcode(name, rows[i].bytes, rows[i].key_number);
			bench_run(&config, NULL, &run);
			bench_check(rows[i].message, &run, STATUS_REFUSED);
			if (!strstr(run.json, rows[i].message) ||
			    !strstr(run.json, faults[j].message) ||
			    !strstr(run.json, "; power the board off and on"))
				fail_msg("no '%s' in %s", rows[i].message, run.json);
		}
}

/* A departure can first be reported as a stall. The result is then a departure. */
TEST(a_stall_before_a_departure_is_reported_as_departure)
{
	static const struct {
		bool in_rom, leaves;
		size_t step;
		enum exit_status expected;
		const char *message;
	} rows[] = {
		{true, true, 3, STATUS_VANISHED,
		 "left the bus while bootcode4.bin was sent to the boot ROM"},
		{false, true, 3, STATUS_VANISHED, "left the bus while"},
		{false, true, 0, STATUS_VANISHED, "without the message Done"},
		{true, false, 3, STATUS_FAILED,
		 "refused the transfer (USB stall) while bootcode4.bin"},
		{false, false, 3, STATUS_FAILED, "refused the transfer (USB stall) while"},
	};
	struct bench_run run;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct emu_config emu = {.fault = EMU_FAULT_STALL,
					 .fault_in_rom = rows[i].in_rom,
					 .fault_step = rows[i].step,
					 .fault_moment = !rows[i].in_rom && rows[i].step
								 ? EMU_MOMENT_DATA
								 : EMU_MOMENT_ANY,
					 .fault_leaves = rows[i].leaves};

		play(&payload_rows[3], &emu, EXPECT_DISK, &run);
		bench_check(rows[i].message, &run, rows[i].expected);
		if (!strstr(run.json, rows[i].message))
			fail_msg("no '%s' in %s", rows[i].message, run.json);
	}
}

/* Runs a board with its own steps, which a row of the payload table cannot express. */
static void play_steps(const struct emu_step *steps, size_t count, enum emu_after after,
		       unsigned int flap_ms, enum expect expect, bool second_stage,
		       struct bench_run *ret)
{
	struct config config = {.count = 1, .expect = expect};
	struct direct_board board = bench_board("1-1", steps, count);

	board.config.after = after;
	board.config.starts_in_second_stage = second_stage;
	board.config.flap_ms = flap_ms;
	bench_play(&config, &board, 1, ret);
}

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

struct leaving {
	const struct emu_step *steps;
	size_t count;
	enum emu_after after;
	enum expect expect;
	enum exit_status expected;
};

/* Runs each row twice: from the boot ROM, and from the second stage. */
static void play_rows(const struct leaving *rows, size_t count)
{
	struct bench_run run;
	char what[32];

	for (size_t i = 0; i < count; i++) {
		snprintf(what, sizeof(what), "row %zu", i);
		play_steps(rows[i].steps, rows[i].count, rows[i].after, 0, rows[i].expect, false,
			   &run);
		bench_check(what, &run, rows[i].expected);
		play_steps(rows[i].steps, rows[i].count, rows[i].after, 0, rows[i].expect, true,
			   &run);
		bench_check(what, &run, rows[i].expected);
	}
}

TEST(a_board_can_leave_without_done)
{
	static const struct emu_step asks[] = {
		{.verb = EMU_READ, .name = "config.txt", .content = "config.txt"},
		{.verb = EMU_LEAVE},
	};
	static const struct leaving rows[] = {
		/* Another device on the port proves only that the board has left for good. The
		 * served files give no other proof. */
		{leaves, 2, EMU_AFTER_MOUSE, EXPECT_DONE, STATUS_VANISHED},
		{leaves, 2, EMU_AFTER_MSD, EXPECT_DONE, STATUS_OK},
		{asks, 2, EMU_AFTER_MOUSE, EXPECT_AUTO, STATUS_OK},
		{asks, 2, EMU_AFTER_NOTHING, EXPECT_AUTO, STATUS_VANISHED},
		{asks + 1, 1, EMU_AFTER_MOUSE, EXPECT_AUTO, STATUS_VANISHED},
		{asks, 2, EMU_AFTER_MOUSE, EXPECT_ANY, STATUS_OK},
		{asks + 1, 1, EMU_AFTER_MOUSE, EXPECT_ANY, STATUS_VANISHED},
		{asks + 1, 1, EMU_AFTER_NOTHING, EXPECT_ANY, STATUS_VANISHED},
		{again, 4, EMU_AFTER_NOTHING, EXPECT_ANY, STATUS_OK},
		{leaves, 2, EMU_AFTER_ROM, EXPECT_ANY, STATUS_OK},
		{leaves, 2, EMU_AFTER_NOTHING, EXPECT_DISK, STATUS_VANISHED},
		{leaves, 2, EMU_AFTER_NOTHING, EXPECT_DONE, STATUS_VANISHED},
		{leaves, 2, EMU_AFTER_NOTHING, EXPECT_ANY, STATUS_OK},
		{leaves, 2, EMU_AFTER_ROM, EXPECT_DISK, STATUS_VANISHED},
		{again, 4, EMU_AFTER_NOTHING, EXPECT_DONE, STATUS_OK},
		{again + 2, 2, EMU_AFTER_ROM, EXPECT_DONE, STATUS_OK},
		{again + 2, 2, EMU_AFTER_ROM, EXPECT_DISK, STATUS_NO_DISK},
	};

	play_rows(rows, array_size(rows));
}

TEST(a_disk_can_follow_a_board_without_done)
{
	static const struct leaving rows[] = {
		{leaves, 2, EMU_AFTER_MSD, EXPECT_DISK, STATUS_OK},
		{again, 4, EMU_AFTER_GADGET, EXPECT_DISK, STATUS_OK},
	};

	bench_needs_disks();
	play_rows(rows, array_size(rows));
}

/* A payload with boot.img does not always make a disk. */
TEST(a_boot_image_can_start_fastboot)
{
	static const struct emu_step steps[] = {
		{.verb = EMU_READ, .name = "boot.img", .content = "boot.img"},
		{.verb = EMU_DONE, .name = "x"},
	};
	static const struct {
		enum expect expect;
		enum exit_status expected;
		const char *message;
	} rows[] = {
		{EXPECT_AUTO, STATUS_OK, "is a fastboot device now (USB id 18d1:4e40)"},
		{EXPECT_DONE, STATUS_OK, "done: all requested files were sent"},
		{EXPECT_DISK, STATUS_NO_DISK, "is a fastboot device now (USB id 18d1:4e40)"},
	};
	struct bench_run run;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		play_steps(steps, 2, EMU_AFTER_FASTBOOT, 0, rows[i].expect, false, &run);
		bench_check("fastboot", &run, rows[i].expected);
		if (!strstr(run.json, rows[i].message) || run.ms > 10000)
			fail_msg("no '%s' in %s", rows[i].message, run.json);
	}
}

/* Neither repeated requests nor a device that comes and goes can delay the end forever. */
TEST(a_board_without_headway_times_out)
{
	static const struct emu_step missing[] = {
		{.verb = EMU_READ, .name = "boot.img", .content = "boot.img"},
		{.verb = EMU_SIZE, .name = "boot.sig", .for_ever = true, .busy_ms = 700},
	};
	static const struct emu_step done[] = {
		{.verb = EMU_READ, .name = "start4.elf", .content = "start4.elf"},
		{.verb = EMU_DONE, .name = "x"},
	};
	static const struct {
		const struct emu_step *steps;
		enum emu_after after;
		enum expect expect;
		enum exit_status expected;
		uint64_t least_ms, most_ms;
	} rows[] = {
		{missing, EMU_AFTER_NOTHING, EXPECT_AUTO, STATUS_NO_FILES, 30000, 40000},
		{done, EMU_AFTER_MSD, EXPECT_DISK, STATUS_NO_DISK, 30000, 40000},
		{done, EMU_AFTER_MSD, EXPECT_AUTO, STATUS_OK, 30000, 40000},
		{done, EMU_AFTER_MOUSE, EXPECT_DISK, STATUS_NO_DISK, 30000, 36000},
	};
	struct bench_run run;
	char what[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(what, sizeof(what), "row %zu", i);
		play_steps(rows[i].steps, 2, rows[i].after, 20, rows[i].expect, false, &run);
		bench_check(what, &run, rows[i].expected);
		if (run.ms < rows[i].least_ms || run.ms > rows[i].most_ms)
			fail_msg("row %zu took %llu ms", i, (unsigned long long)run.ms);
	}
}
