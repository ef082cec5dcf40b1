/* SPDX-License-Identifier: Apache-2.0 */
/* The request orders of docs/protocol.md (section 4), for tests that run all of them. */
#ifndef TESTS_PAYLOAD_ROWS_H
#define TESTS_PAYLOAD_ROWS_H

#include "tests/emulator/emu.h"

#define PAYLOAD_TEXT_SIZE 2048

struct payload {
	const char *name;
	enum emu_chip chip;
	const char *order; /* as in the table: NAME- is a missing file, "*" is metadata */
	enum emu_after after;
	bool empty_name; /* an empty name means Done, and the board waits for the acknowledgement */
};

extern const struct payload payload_rows[]; /* ends with a row without name */

/* Formats a payload for emu_payload_parse(). size: PAYLOAD_TEXT_SIZE. */
void payload_text(const struct payload *payload, char *ret, size_t size);

#endif
