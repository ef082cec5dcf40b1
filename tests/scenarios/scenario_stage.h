/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario that is ready to run: its files, the boards with their scripts, and the arguments. It
 * does not depend on the host of the emulator. */
#ifndef TESTS_SCENARIO_STAGE_H
#define TESTS_SCENARIO_STAGE_H

#include "tests/emulator/emu_payload.h"
#include "tests/emulator/emu_recovery.h"
#include "tests/scenarios/scenarios.h"

#define STAGE_ARGS 24

struct scenario_stage {
	const struct scenario *scenario;
	char *work;  /* a new directory for all files */
	char *dir;   /* WORK/boot: the directory that rpiboot serves */
	char *truth; /* the files that the boards expect */
	char *words; /* the arguments point into this text */
	char *argv[STAGE_ARGS + 1];
	int argc;
	uint8_t signature[20];
	size_t board_count;
	struct emu_payload payloads[SCENARIO_BOARDS];
	struct emu_config configs[SCENARIO_BOARDS];
	char *recoveries[SCENARIO_BOARDS]; /* the texts of the recovery options; NULL: none */
	const char *ports[SCENARIO_BOARDS];
};

/* Prepares a scenario. Its files are a list of these words:
 *   NAME:BYTES      a file in the served directory; name and size determine the content
 *   NAME/:0         a directory
 *   NAME>TARGET     a symbolic link
 *   NAME=CONTENT    recovery2711, recovery2712: a new recovery; with "-old" it reports no result,
 *                   with "-dev" it has the development key;
 *                   image2711, image2712: an EEPROM image; sig: the .sig file of pieeprom.bin in
 *                   the same directory. With "+key" all of these have the key in WORK/key.pem.
 *                   Any other CONTENT is a text, in which ';' ends a line.
 *   @NAME:BYTES     a member of its bootfiles.bin; the truth directory has it as tar/NAME
 * program: argv[0]. An invalid row aborts. The caller frees the result with stage_clear(). */
void stage_init(struct scenario_stage *ret, const struct scenario *scenario, const char *program);
void stage_clear(struct scenario_stage *stage);

/* scenario_made.c */
void stage_made_file(const struct scenario_stage *stage, const char *name, const char *content);

/* Returns: true if the EEPROM of the board has the content that its row requires. */
bool stage_holds(const struct scenario_stage *stage, size_t index);

/* scenario_recovered.c. Returns: the error of a recovered board or of its report in stdout (out),
 * or NULL. */
const char *stage_recovered_wrong(const struct scenario_stage *stage, size_t index,
				  const char *out);

const struct scenario_board *stage_board(const struct scenario_stage *stage, size_t index);

/* Returns: the first of the texts, separated by '|', that is not in the text, or NULL. */
const char *stage_missing(const struct scenario_stage *stage, const char *texts, const char *text,
			  char *ret, size_t size);

/* Returns: true if the two texts, separated by '|', are in the text in this order. */
bool stage_in_order(const char *texts, const char *text);

#endif
