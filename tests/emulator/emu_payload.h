/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of a board in its second stage: a preset for each payload (docs/protocol.md, section
 * 4), or a text. The result is the steps of struct emu_config. */
#ifndef EMU_PAYLOAD_H
#define EMU_PAYLOAD_H

#include "tests/emulator/emu.h"

struct emu_payload {
	struct emu_step *steps;
	size_t count, room;
	char *text; /* the steps point into this text */
};

/* Returns: the text of the chip's payload "msd", "gadget64", "linux" or "recovery", or NULL. */
const char *emu_payload_preset(enum emu_chip chip, const char *name);

/* The text has one request on each line, or requests separated by semicolons:
 *   ask NAME       GetFileSize, and then ReadFile if the truth directory has the file
 *   size NAME, read NAME       the file must exist
 *   missing NAME   GetFileSize of a file that must not exist; unread NAME   ReadFile of it
 *   meta PROPERTY VALUE (as command 0), meta1 PROPERTY VALUE (as command 1)
 *   done [STALE-NAME], end [COMMAND] (an empty name), reenter, leave
 *   gone           an empty name, and leaves without waiting for the acknowledgement
 *   busy MS        silence before the next request
 *   short, unknown, unterminated   invalid messages: 100 bytes, command 9, a name without
 *                  a terminator
 * NAME can have escapes (\xNN). "NAME CONTENT" expects another file of the truth directory.
 * Returns: 0, or -1 with the invalid request in ret_why. Ownership: the caller frees the result
 * with emu_payload_clear(). */
int emu_payload_parse(struct emu_payload *ret, const char *text, const char *truth, char *ret_why,
		      size_t size);
void emu_payload_clear(struct emu_payload *payload);

#endif
