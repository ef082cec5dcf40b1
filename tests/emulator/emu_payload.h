/* SPDX-License-Identifier: Apache-2.0 */
/* What a board asks for in its second stage, by payload, as docs/protocol.md section 4 has it; or
 * from a text of one's own. The result is the steps of struct emu_config. */
#ifndef EMU_PAYLOAD_H
#define EMU_PAYLOAD_H

#include "tests/emulator/emu.h"

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
 *   missing NAME   GetFileSize of what it must not have; unread NAME   ReadFile of that
 *   meta PROPERTY VALUE (as command 0), meta1 PROPERTY VALUE (as command 1)
 *   done [STALE-NAME], end [COMMAND] (an empty name), reenter, leave
 *   gone           an empty name, and leaves without waiting for the acknowledgement
 *   busy MS        silence before the next
 *   short, unknown, unterminated   messages that are none: of 100 bytes, of command 9, a name
 *                  without its end
 * NAME may have escapes (\xNN); "NAME CONTENT" where what must arrive is another file of the truth
 * directory.
 * 0, or -1 with the request that is wrong in ret_why. Ends with emu_payload_clear(). */
int emu_payload_parse(struct emu_payload *ret, const char *text, const char *truth, char *ret_why,
		      size_t size);
void emu_payload_clear(struct emu_payload *payload);

#endif
