/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/board/board_bench.h"

#include "util/error.h"
#include "files/firmware.h"
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

char bench_root[BENCH_ROOT_SIZE];

const char *bench_bootcode(enum emu_chip chip)
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
void bench_fill(const char *dir, enum emu_chip chip, const struct emu_step *steps, size_t count)
{
	mkdir(dir, 0755);
	put(dir, bench_bootcode(chip), 50000);
	for (size_t i = 0; i < count; i++)
		if (steps[i].content)
			put(dir, steps[i].content, 20000 + 1234 * i);
}

int bench_setup(void **state)
{
	(void)state;
	snprintf(bench_root, sizeof(bench_root), "%s/test_board.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"); /* in memory is faster */
	assert_non_null(mkdtemp(bench_root));
	return 0;
}

int bench_teardown(void **state)
{
	(void)state;
	tree_remove(bench_root);
	return 0;
}

unsigned int bench_count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* Runs the boards on the bus with stdout caught; config is completed here. */
void bench_run_saving(struct config *config, struct metadata_store *store, struct bench_run *ret)
{
	struct firmware firmware = {0};
	struct context context = {
		.config = config,
		.firmware = &firmware,
		.metadata_store = store,
	};
	struct report_config report_config = {.format = REPORT_JSON};
	struct report *report = NULL;
	struct boards *boards = NULL;
	struct usb *usb = NULL;
	struct error err = {0};
	char path[128], dir[128], sys[128];
	uint64_t events_until_ms;
	int out = dup(1), catcher;
	ssize_t n;

	memset(ret, 0, sizeof(*ret));
	snprintf(path, sizeof(path), "%s/out", bench_root);
	snprintf(dir, sizeof(dir), "%s/files", bench_root);
	snprintf(sys, sizeof(sys), "%s/sys", bench_root);
	if (!config->dir)
		config->dir = dir;
	firmware.dir = config->dir;
	config->sysroot = sys;
	tree_parents(sys, "bus/usb/devices/"); /* which bus it is, for the right to a port */
	config->stage_timeout_ms = config->stage_timeout_ms ? config->stage_timeout_ms : 30000;
	fflush(stdout);
	catcher = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
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
	tree_remove(sys);
}

void bench_run(struct config *config, struct bench_run *ret)
{
	bench_run_saving(config, NULL, ret);
}

void bench_check(const char *what, const struct bench_run *run, enum exit_status expected,
		 const char *why)
{
	if (run->status != expected || run->results != 1 || why[0] || run->left_open)
		fail_msg("%s: status %d (%d expected), %u results, %zu open, verdict '%s'\n%s",
			 what, (int)run->status, (int)expected, run->results, run->left_open, why,
			 run->json);
}
