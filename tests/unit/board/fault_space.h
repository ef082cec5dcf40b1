/* SPDX-License-Identifier: Apache-2.0 */
/* The fault matrix: every fault at every moment of every step of every payload, with the expected
 * end. The rules are from docs/protocol.md and docs/usage.md, not from the tested code. */
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
	int status;	      /* expected exit status; 0: the board recovers */
	const char *texts[2]; /* expected texts of its message; NULL: none */
};

struct fault_space {
	struct fault_case *cases;
	size_t count, room;
};

/* Adds all cases of a payload to *space. script: its steps. file_bytes(): the size of a file. seed:
 * for random faults. Ownership: the caller frees space->cases. */
void fault_space_add(struct fault_space *space, const struct payload *payload,
		     const struct emu_payload *script, uint64_t (*file_bytes)(const char *name),
		     uint32_t seed);

/* Sets the fault in the configuration of a board that has the payload. */
void fault_space_set(const struct fault_case *it, struct emu_config *emu);

/* Formats a case, such as "2711 msd, vanish in step 3 (data, 1234 bytes)". */
void fault_space_name(const struct fault_case *it, char *ret, size_t size);

#endif
