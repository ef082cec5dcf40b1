/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario, ready to be played: its files, the boards with their scripts, the arguments. Knows no
 * host of the emulator. */
#ifndef TESTS_SCENARIO_STAGE_H
#define TESTS_SCENARIO_STAGE_H

#include "tests/emulator/emu_payload.h"
#include "tests/emulator/emu_recovery.h"
#include "tests/scenarios/scenarios.h"

#define STAGE_ARGS 24

struct scenario_stage {
	const struct scenario *scenario;
	char *work;  /* all of it is below this directory, which is new */
	char *dir;   /* WORK/boot: what rpiboot serves */
	char *truth; /* what the boards compare with */
	char *words; /* the arguments point into it */
	char *argv[STAGE_ARGS + 1];
	int argc;
	uint8_t signature[20];
	size_t board_count;
	struct emu_payload payloads[SCENARIO_BOARDS];
	struct emu_config configs[SCENARIO_BOARDS];
	char *recoveries[SCENARIO_BOARDS]; /* the texts of their options; NULL: none */
	const char *ports[SCENARIO_BOARDS];
};

/* Makes it all. The files are words:
 *   NAME:BYTES    in the served directory; the content is told by name and size
 *   NAME/:0       a directory
 *   NAME>TARGET   a symbolic link
 *   NAME=CONTENT  recovery2711, recovery2712: a new recovery; with "-old" it reports no result,
 *                 with "-dev" it has the development key;
 *                 image2711, image2712: an EEPROM image; sig: the .sig file of pieeprom.bin beside
 *                 it. With "+key" all of these have the key in WORK/key.pem. Else it is a text, in
 *                 which ';' is the end of a line.
 *   @NAME:BYTES   a member of its bootfiles.bin; the truth has it as tar/NAME
 * program: argv[0]. A mistake in the table aborts. Ends with stage_clear(). */
void stage_init(struct scenario_stage *ret, const struct scenario *scenario, const char *program);
void stage_clear(struct scenario_stage *stage);

/* scenario_made.c */
void stage_made_file(const struct scenario_stage *stage, const char *name, const char *content);

/* Does the EEPROM of the board hold what its row says, if it says something? */
bool stage_holds(const struct scenario_stage *stage, size_t index);

/* scenario_recovered.c: what is wrong with a board that was recovered, and with the words about it,
 * or NULL. out: stdout. */
const char *stage_recovered_wrong(const struct scenario_stage *stage, size_t index,
				  const char *out);

const struct scenario_board *stage_board(const struct scenario_stage *stage, size_t index);

/* Is each of the texts, separated by '|', in the text? NULL, or the one that is not. */
const char *stage_missing(const struct scenario_stage *stage, const char *texts, const char *text,
			  char *ret, size_t size);

/* Are the two texts that a '|' separates in the text, the first one before the second? */
bool stage_in_order(const char *texts, const char *text);

#endif
