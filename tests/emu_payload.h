/* SPDX-License-Identifier: Apache-2.0 */
/* What a board asks for in its second stage, by payload, as PROTOCOL.md section 4 has it; or from a
 * text of one's own. The result is the steps of struct emu_config. */
#ifndef EMU_PAYLOAD_H
#define EMU_PAYLOAD_H

#include "tests/emu.h"

struct emu_payload {
	struct emu_step *steps;
	size_t count, room;
	char *text; /* the steps point into it */
};

/* The text of a payload of that chip: "msd", "gadget64", "linux", "recovery"; NULL: has none. */
const char *emu_payload_preset(enum emu_chip chip, const char *name);

/* One request a line, or between semicolons:
 *   ask NAME       GetFileSize, then ReadFile where the truth directory has the file
 *   size NAME, read NAME       which it must have
 *   missing NAME   GetFileSize of what it must not have
 *   meta PROPERTY VALUE, done, end (an empty name), busy MS (silence before the next), reenter
 * 0, or -1 with the request that is wrong in ret_why. Ends with emu_payload_clear(). */
int emu_payload_parse(struct emu_payload *ret, const char *text, const char *truth, char *ret_why,
		      size_t size);
void emu_payload_clear(struct emu_payload *payload);

/* The file that the chip's boot ROM wants. */
const char *emu_payload_bootcode(enum emu_chip chip);

#endif
