/* SPDX-License-Identifier: Apache-2.0 */
/* Runs boards.c and all layers below it with the in-process emulator: a bus with boards, a
 * directory with the files that they request, one run, and its result. */
#ifndef BOARD_BENCH_H
#define BOARD_BENCH_H

#include "board/boards.h"
#include "tests/emulator/emu_direct.h"
#include "tests/emulator/emu_payload.h"
#include "tests/scenarios/payload_rows.h"

#define BENCH_PATH_SIZE 64

extern char bench_root[BENCH_PATH_SIZE];  /* the directory of the tests */
extern char bench_files[BENCH_PATH_SIZE]; /* the boot directory below it */
extern char bench_sys[BENCH_PATH_SIZE];	  /* the sysroot below it */

/* The files with which bench_run() recovers boards. If it is NULL, bench_run() boots the boards. */
extern const struct recover *bench_recover;

/* The script of a board that asks for nothing: one step. */
extern const struct emu_step bench_done[1];

/* The result of one run of the whole machine. */
struct bench_run {
	enum exit_status status;
	unsigned int results; /* result lines in the JSON */
	uint64_t ms;
	size_t left_open;
	size_t wrong;  /* the first board with a bad verdict of the emulator */
	char why[256]; /* its verdict; "": all are good */
	char json[16384];
};

/* For the fixture of a test: make and remove the root directory. */
int bench_setup(void **state);
int bench_teardown(void **state);

/* Makes and removes the disk of a board below the root. Returns: true if the program finds it. */
bool bench_finds_disks(void);

/* Skips the test if the program cannot find disks on this system. */
void bench_needs_disks(void);

/* Returns: a BCM2711 at this port with this script. */
struct direct_board bench_board(const char *port, const struct emu_step *steps, size_t count);

/* Gives the board the payload; its faults stay.
 * ret_script: the steps. Ownership: the caller frees it with emu_payload_clear() after the board.
 */
void bench_set_payload(struct emu_config *emu, const struct payload *payload,
		       struct emu_payload *ret_script);

/* Makes a boot directory with exactly the files of these boards' scripts. */
void bench_fill(const struct direct_board *boards, size_t count);

unsigned int bench_count(const char *text, const char *what);

/* Fills the boot directory for the boards and puts them on the bus. */
void bench_put(const struct direct_board *boards, size_t count);

/* Runs the boards on the bus and removes them. It sets the rest of config.
 * store: the open metadata directory of config; NULL: none. */
void bench_run(struct config *config, struct metadata_store *store, struct bench_run *ret);

/* Calls bench_put() and bench_run(). */
void bench_play(struct config *config, const struct direct_board *boards, size_t count,
		struct bench_run *ret);

/* Fails the test unless the only board ends with this status and leaves no open resource. */
void bench_check(const char *what, const struct bench_run *run, enum exit_status expected);

#endif
