/* SPDX-License-Identifier: Apache-2.0 */
/* Runs `rpiboot recover` on the test bench: the options from a command line, and boards of both
 * chips that run the recovery firmware. Tests compare the report with the emulated EEPROM and OTP.
 */
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
	/* The options point into these texts. */
	char *words, key[BENCH_PATH_SIZE + 16], hash8[9];
};

/* Makes firmware, images and a key, and parses `rpiboot recover` with these arguments. In args, KEY
 * is the file of the key, and HASH8 is the first 8 digits of its hash. Afterwards, bench_run()
 * recovers boards.
 * then_disk: the boot directory has a payload that turns the board into a disk. */
void recover_bench_new(struct recover_bench *ret, const char *args, bool then_disk);
void recover_bench_done(struct recover_bench *bench);

/* Makes a board that runs the recovery firmware.
 * options: numbers and quirks of docs/testing.md, or NULL.
 * Ownership: the caller ends it with recover_bench_unplug() after the run. */
struct direct_board recover_bench_board(const struct recover_bench *bench, const char *port,
					enum emu_chip chip, const char *options);
void recover_bench_unplug(struct direct_board *board);

/* Returns: true if the EEPROM of the board has the image that the program sends. */
bool recover_bench_holds(const struct recover_bench *bench, const struct direct_board *board);
/* Returns: true if the OTP memory of the board has the key. */
bool recover_bench_is_locked(const struct recover_bench *bench, const struct direct_board *board);

#endif
