/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that may go wrong: every fault, at every moment of every step of every payload, and
 * how it has to end. The rules are written down here from docs/protocol.md and docs/usage.md, not
 * taken from the code under test. */
#ifndef TESTS_FAULT_SPACE_H
#define TESTS_FAULT_SPACE_H

#include "tests/emulator/emu_payload.h"
#include "tests/scenarios/payload_rows.h"

struct fault_case {
	const struct payload *payload;
	enum emu_fault fault;
	bool in_rom;
	size_t step;
	enum emu_moment moment;
	uint64_t bytes;
	uint32_t seed;
	int status;	     /* exit status that it ends with; 0: it recovers */
	const char *says[2]; /* texts of its sentence; NULL: none */
};

struct fault_space {
	struct fault_case *cases;
	size_t count, room;
};

/* All of them for a payload; script: its steps; file_bytes(): how long a file is. seed: of what is
 * random. Added to *space, which ends with free(space->cases). */
void fault_space_add(struct fault_space *space, const struct payload *payload,
		     const struct emu_payload *script, uint64_t (*file_bytes)(const char *name),
		     uint32_t seed);

/* Into the configuration of a board that has the payload. */
void fault_space_set(const struct fault_case *it, struct emu_config *emu);

/* "2711 msd, vanish in step 3 (data, 1234 bytes)" */
void fault_space_name(const struct fault_case *it, char *ret, size_t size);

#endif
