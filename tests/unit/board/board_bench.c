/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/board/board_bench.h"

#include "util/error.h"
#include "files/firmware.h"
#include "flash/disk.h"
#include "report/report.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <errno.h>
#include <fcntl.h>

char bench_root[BENCH_PATH_SIZE], bench_files[BENCH_PATH_SIZE], bench_sys[BENCH_PATH_SIZE];

const struct recover *bench_recover;
const struct emu_step bench_done[1] = {{.verb = EMU_DONE, .name = "x"}};

int bench_setup(void **state)
{
	(void)state;
	snprintf(bench_root, sizeof(bench_root), "%s/test_board.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"); /* in memory is faster */
	assert_non_null(mkdtemp(bench_root));
	strcpy(bench_files, tree_path(bench_root, "files"));
	strcpy(bench_sys, tree_path(bench_root, "sys"));
	return 0;
}

int bench_teardown(void **state)
{
	(void)state;
	tree_remove(bench_root);
	return 0;
}

bool bench_finds_disks(void)
{
	const struct usb_id id = {.port = "1-1", .vendor = 0x0a5c, .product = 1};
	struct disks disks;

	direct_make_disk(bench_sys, &id, 0);
	disk_find(bench_sys, id.port, &disks);
	tree_remove(bench_sys);
	return disks.count == 1;
}

void bench_needs_disks(void)
{
	if (bench_finds_disks())
		return;
	print_message("SKIP: on this system, the program cannot find the disk of a board\n");
	skip();
}

static void set_script(struct emu_config *emu, enum emu_chip chip, const struct emu_step *steps,
		       size_t count)
{
	emu->chip = chip;
	emu->truth = bench_files;
	emu->bootcode_content = emu_bootcode(chip);
	emu->steps = steps;
	emu->step_count = count;
}

struct direct_board bench_board(const char *port, const struct emu_step *steps, size_t count)
{
	struct direct_board board = {.port = port};

	set_script(&board.config, EMU_BCM2711, steps, count);
	return board;
}

void bench_set_payload(struct emu_config *emu, const struct payload *payload,
		       struct emu_payload *ret_script)
{
	char text[PAYLOAD_TEXT_SIZE], why[256];

	payload_text(payload, text, sizeof(text));
	assert_int_equal(emu_payload_parse(ret_script, text, bench_files, why, sizeof(why)), 0);
	set_script(emu, payload->chip, ret_script->steps, ret_script->count);
	emu->after = payload->after;
}

static void put(const char *name, size_t size)
{
	FILE *file = fopen(tree_parents(bench_files, name), "w");

	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		fputc((int)(i * 7 + strlen(name) + (size_t)name[0]), file);
	fclose(file);
}

void bench_fill(const struct direct_board *boards, size_t count)
{
	tree_remove(bench_files);
	mkdir(bench_files, 0755);
	for (const struct direct_board *board = boards; board < boards + count; board++) {
		put(board->config.bootcode_content, 50000);
		for (size_t i = 0; i < board->config.step_count; i++)
			if (board->config.steps[i].content)
				put(board->config.steps[i].content, 20000 + 1234 * i);
	}
}

unsigned int bench_count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

void bench_put(const struct direct_board *boards, size_t count)
{
	bench_fill(boards, count);
	direct_setup(boards, count, bench_sys);
}

/* Collects the verdicts and removes the boards from the bus. */
static void bench_judge(struct bench_run *ret)
{
	struct emu *emu;

	for (ret->wrong = 0; (emu = direct_emu(ret->wrong)); ret->wrong++)
		if (emu_verdict(emu, ret->why, sizeof(ret->why)) != 0)
			break;
	if (!emu)
		ret->why[0] = '\0';
	direct_teardown();
}

void bench_run(struct config *config, struct metadata_store *store, struct bench_run *ret)
{
	struct firmware firmware = {0};
	struct context context = {
		.config = config,
		.firmware = &firmware,
		.metadata_store = store,
		.recover = bench_recover,
	};
	struct report_config report_config = {.format = REPORT_JSON};
	struct report *report = NULL;
	struct boards *boards = NULL;
	struct usb *usb = NULL;
	struct error err = {0};
	uint64_t events_until_ms;
	int out = dup(1), catcher;
	ssize_t n;

	memset(ret, 0, sizeof(*ret));
	firmware.dir = config->dir = bench_files;
	config->sysroot = bench_sys;
	tree_parents(bench_root, "sys/bus/usb/devices/"); /* for the port lock */
	config->port_number = config->port_number ? config->port_number : -1;
	config->stage_timeout_ms = config->stage_timeout_ms ? config->stage_timeout_ms : 30000;
	fflush(stdout);
	catcher = open(tree_path(bench_root, "out"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(catcher, 1);
	assert_int_equal(report_new(&report, &report_config, direct_now_ms(), &err), 0);
	context.report = report;
	assert_int_equal(boards_new(&boards, &context, direct_now_ms(), &ret->status, &err), 0);
	assert_int_equal(usb_new(&usb, &boards_usb_handler, boards, &err), 0);
	events_until_ms = direct_now_ms();
	while (direct_now_ms() < 600000) {
		int timeout_ms = boards_tick(boards, events_until_ms);

		if (boards_finished(boards))
			break;
		usb_wait(usb, timeout_ms, &events_until_ms, &err);
	}
	ret->ms = direct_now_ms() - 1000;
	ret->left_open = direct_open_count();
	ret->status = boards_end(boards, boards_finished(boards) ? STATUS_OK : STATUS_INTERRUPTED,
				 direct_now_ms());
	boards_free(boards);
	usb_free(usb);
	report_free(report);
	fflush(stdout);
	dup2(out, 1);
	close(out);
	n = pread(catcher, ret->json, sizeof(ret->json) - 1, 0);
	ret->json[n > 0 ? n : 0] = '\0';
	close(catcher);
	ret->results = bench_count(ret->json, "\"event\":\"result\"");
	tree_remove(bench_sys);
	bench_judge(ret);
}

void bench_play(struct config *config, const struct direct_board *boards, size_t count,
		struct bench_run *ret)
{
	bench_put(boards, count);
	bench_run(config, NULL, ret);
}

void bench_check(const char *what, const struct bench_run *run, enum exit_status expected)
{
	if (run->status != expected || run->results != 1 || run->why[0] || run->left_open)
		fail_msg("%s: status %d (%d expected), %u results, %zu open, verdict '%s'\n%s",
			 what, (int)run->status, (int)expected, run->results, run->left_open,
			 run->why, run->json);
}
