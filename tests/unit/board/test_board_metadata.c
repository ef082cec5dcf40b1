/* SPDX-License-Identifier: Apache-2.0 */
/* -j DIR, on the emulator in process, with a disk that takes for ever: the board waits for its
 * file, no other board does, and what cannot be saved is printed. */
#include "tests/test.h"
#include "tests/unit/board/recover_bench.h"
#include "board/metadata_store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAGE_TIMEOUT_MS 30000
#define EVER_MS		 100000000
#define HANG_S		 60 /* of real time: a loop that waits for the disk never ends */

/* ---- a disk that is held */

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t renamed_one = PTHREAD_COND_INITIALIZER;
static unsigned int renamed; /* protected by held */

/* A file is flushed before it is renamed, and its directory after that. */
int fsync(int fd)
{
	struct stat st;

	pthread_mutex_lock(&held);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		renamed++;
		pthread_cond_signal(&renamed_one);
	}
	pthread_mutex_unlock(&held);
	return 0;
}

/* The thread that writes a file outlives the run. Without this wait, it would rename the file while
 * the teardown removes the directory. */
static void disk_let_go(unsigned int files)
{
	while (renamed < files)
		pthread_cond_wait(&renamed_one, &held);
	assert_int_equal(renamed, files);
	renamed = 0;
	pthread_mutex_unlock(&held);
}

/* ---- boards that tell something of themselves, and one that does not */

static const struct emu_step tells[] = {
	{.verb = EMU_METADATA, .name = "MAC_ADDR", .value = "d8:3a:dd:00:00:01"},
	{.verb = EMU_DONE, .name = "x"},
};
static struct direct_board board(const char *port, const struct emu_step *steps, size_t count,
				 uint64_t plug_ms)
{
	struct direct_board ret = bench_board(port, steps, count);

	ret.plug_ms = plug_ms;
	return ret;
}

static void play(const struct direct_board *boards, size_t count, uint64_t stage_timeout_ms,
		 struct bench_run *ret)
{
	char dir[128];
	struct config config = {
		.count = (unsigned int)count,
		.expect = EXPECT_DONE,
		.metadata = true,
		.metadata_dir = dir,
		.stage_timeout_ms = stage_timeout_ms,
	};
	struct metadata_store *store;

	snprintf(dir, sizeof(dir), "%s/meta", bench_root);
	store = metadata_store_new(dir);
	alarm(HANG_S);
	pthread_mutex_lock(&held);
	if (bench_recover)
		direct_setup(boards, count, bench_sys);
	else
		bench_put(boards, count);
	bench_run(&config, store, ret);
	disk_let_go(1);
	alarm(0);
	metadata_store_free(store);
}

/* The time of the first line with this in it. */
static double time_of(const char *json, const char *what)
{
	const char *at = strstr(json, what);

	if (!at)
		fail_msg("no '%s' in %s", what, json);
	while (at > json && at[-1] != '\n')
		at--;
	at = strstr(at, "\"time\":");
	assert_non_null(at);
	return strtod(at + strlen("\"time\":"), NULL);
}

#define RESULT(port) "\"event\":\"result\",\"port\":\"" port "\",\"ok\":true,\"code\":0"

FIXTURE_ONCE(bench_setup, bench_teardown)

TEST(other_boards_do_not_wait_for_metadata)
{
	const struct direct_board boards[] = {
		board("1-1", tells, 2, 0),
		board("1-2", bench_done, 1, 5000),
	};
	struct bench_run run;

	play(boards, 2, STAGE_TIMEOUT_MS, &run);
	assert_int_equal(run.status, STATUS_OK);
	assert_true(time_of(run.json, RESULT("1-2")) < 10);
	assert_true(time_of(run.json, RESULT("1-1")) > 29);
	assert_non_null(strstr(run.json, "\"event\":\"document\",\"port\":\"1-1\",\"path\":\"\""));
	assert_non_null(strstr(run.json, "takes too long"));
}

/* The next board on the port is served when the events of this one are over. */
TEST(the_next_board_waits_for_events_of_the_last)
{
	const struct direct_board boards[] = {
		board("1-1", tells, 2, 0),
		board("1-1", bench_done, 1, 9000),
		board("1-2", bench_done, 1, 9000),
	};
	struct bench_run run;
	const char *result;

	play(boards, 3, STAGE_TIMEOUT_MS, &run);
	assert_int_equal(run.status, STATUS_OK);
	assert_int_equal(run.results, 3);
	assert_true(time_of(run.json, RESULT("1-2")) < 15);
	result = strstr(run.json, RESULT("1-1"));
	assert_non_null(result);
	assert_non_null(strstr(result, "\"event\":\"found\",\"port\":\"1-1\""));
	assert_non_null(strstr(result + 1, RESULT("1-1")));
}

/* Interrupted while the file is on its way: the document is not lost, nor is the result. */
TEST(an_interrupt_keeps_the_document)
{
	const struct direct_board boards[] = {board("1-1", tells, 2, 0)};
	struct bench_run run;

	play(boards, 1, EVER_MS, &run);
	assert_int_equal(run.status, STATUS_INTERRUPTED);
	assert_int_equal(run.results, 1);
	assert_non_null(strstr(run.json, RESULT("1-1")));
	assert_non_null(strstr(run.json, "takes too long"));
}

/* The record must not claim the image of an earlier run when the board gets another one. A slow
 * disk delays the recovery only for some time. */
TEST(a_recovery_waits_for_its_record)
{
	struct recover_bench bench;
	struct direct_board boards[1];
	struct bench_run run;

	recover_bench_new(&bench, "", false);
	boards[0] = recover_bench_board(&bench, "1-1", EMU_BCM2711, NULL);
	play(boards, 1, STAGE_TIMEOUT_MS, &run);
	assert_true(recover_bench_holds(&bench, &boards[0]));
	recover_bench_unplug(&boards[0]);
	recover_bench_done(&bench);
	assert_int_equal(run.status, STATUS_OK);
	assert_true(time_of(run.json, "\"name\":\"bootcode4.bin\"") -
			    time_of(run.json, "\"event\":\"found\"") >=
		    2);
	assert_non_null(strstr(run.json, "takes too long"));
}
