/* SPDX-License-Identifier: Apache-2.0 */
/* `rpiboot recover` on the bench: what the program makes of its command line, and boards of both
 * chips that obey the recovery firmware. What their EEPROM and OTP hold is the truth. */
#ifndef RECOVER_BENCH_H
#define RECOVER_BENCH_H

#include "cli/options.h"
#include "cli/recover_line.h"
#include "tests/emulator/emu_recovery.h"
#include "tests/unit/board/board_bench.h"

struct recover_bench {
	struct options options;
	struct recover_line line;
	struct recover *recover;
	/* The command line points into these. */
	char *words, key[BENCH_PATH_SIZE + 16], hash8[9];
};

/* Makes firmware, images and a key, and what the program does with these arguments; in them KEY is
 * the file of the key, and HASH8 begins its hash. bench_run() then recovers boards.
 * then_disk: the boot directory has a payload that makes a board a disk. */
void recover_bench_new(struct recover_bench *ret, const char *args, bool then_disk);
void recover_bench_done(struct recover_bench *bench);

/* A board that obeys the recovery. options: numbers and quirks of docs/testing.md; NULL: none.
 * Ownership: the caller ends it with recover_bench_unplug() after the run. */
struct direct_board recover_bench_board(const struct recover_bench *bench, const char *port,
					enum emu_chip chip, const char *options);
void recover_bench_unplug(struct direct_board *board);

/* Does the EEPROM of the board have the image that the program sends? */
bool recover_bench_holds(const struct recover_bench *bench, const struct direct_board *board);
/* Does its OTP have the key? */
bool recover_bench_is_locked(const struct recover_bench *bench, const struct direct_board *board);

#endif
