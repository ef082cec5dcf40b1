/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of docs/protocol.md's table of what boards ask for (section 4), for tests that go
 * through all of it. */
#ifndef TESTS_PAYLOAD_ROWS_H
#define TESTS_PAYLOAD_ROWS_H

#include "tests/emulator/emu.h"

#define PAYLOAD_TEXT_SIZE 2048

struct payload {
	const char *name;
	enum emu_chip chip;
	const char *order; /* as the table writes it: a '-' behind what is missing, "*": metadata */
	enum emu_after after;
	bool empty_name; /* is how it says Done, and it waits for the acknowledgement */
};

extern const struct payload payload_rows[]; /* until one without name */

/* The same as a text for emu_payload_parse(); size: PAYLOAD_TEXT_SIZE. */
void payload_text(const struct payload *payload, char *ret, size_t size);

#endif
