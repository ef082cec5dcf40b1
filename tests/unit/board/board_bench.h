/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the whole machine (boards.c and all below it) on the emulator in process, for tests: a boot
 * directory, a bus, one run to its end, what came of it. */
#ifndef BOARD_BENCH_H
#define BOARD_BENCH_H

#include "board/boards.h"
#include "tests/emulator/emu_direct.h"

#define BENCH_ROOT_SIZE 64

extern char bench_root[BENCH_ROOT_SIZE]; /* "files" below it is the boot directory and the truth,
					    "sys" the sysroot */

/* What came of one run of the whole machine. */
struct bench_run {
	enum exit_status status;
	unsigned int results; /* result lines in the JSON */
	uint64_t ms;
	size_t left_open;
	char json[16384];
};

/* For cmocka: make and remove the root. */
int bench_setup(void **state);
int bench_teardown(void **state);

const char *bench_bootcode(enum emu_chip chip);

/* A directory with the bootcode and what the script wants to be there, no more. */
void bench_fill(const char *dir, enum emu_chip chip, const struct emu_step *steps, size_t count);

unsigned int bench_count(const char *text, const char *what);

/* Runs the boards that direct_setup() put on the bus; what config leaves out is completed. */
void bench_run(struct config *config, struct bench_run *ret);

/* The same with the metadata directory of config open. */
void bench_run_saving(struct config *config, struct metadata_store *store, struct bench_run *ret);

/* Fails the test unless the only board came to the expected end, and left nothing behind. */
void bench_check(const char *what, const struct bench_run *run, enum exit_status expected,
		 const char *why);

#endif
