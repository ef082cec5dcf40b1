/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/board/fault_space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROM_STEPS 5 /* announce, message, announce, bootcode, status */

enum { STATUS_FAILED = 1, STATUS_VANISHED = 6, STATUS_REFUSED = 7, STATUS_NO_DISK = 8 };

/* The condition of a fault: a reply fault, for example, needs a step in which the board replies. */
enum need { NEED_NOTHING, NEED_REPLY, NEED_ROM_STATUS, NEED_DONE };

static const struct fault_kind {
	enum emu_fault fault;
	const char *name;
	enum need need;
} kinds[] = {
	{EMU_FAULT_VANISH, "vanish", NEED_NOTHING},
	{EMU_FAULT_STALL, "stall", NEED_NOTHING},
	{EMU_FAULT_SILENT, "silent", NEED_NOTHING},
	{EMU_FAULT_LATE, "late", NEED_NOTHING},
	{EMU_FAULT_RESET, "reset", NEED_NOTHING},
	{EMU_FAULT_REBOOT, "reboot", NEED_NOTHING},
	{EMU_FAULT_SWAP, "swap", NEED_NOTHING},
	{EMU_FAULT_SHORT, "short", NEED_REPLY},
	{EMU_FAULT_EXTRA, "extra", NEED_REPLY},
	{EMU_FAULT_GARBAGE, "garbage", NEED_REPLY},
	{EMU_FAULT_COMMAND, "command", NEED_REPLY},
	{EMU_FAULT_STATUS, "status", NEED_ROM_STATUS},
	{EMU_FAULT_REFUSED, "refused", NEED_ROM_STATUS},
	{EMU_FAULT_NO_RETURN, "no-return", NEED_ROM_STATUS},
	{EMU_FAULT_ROM_AGAIN, "rom-again", NEED_ROM_STATUS},
	{EMU_FAULT_OTHER_DEVICE, "other", NEED_ROM_STATUS},
	{EMU_FAULT_NO_DISK, "no-disk", NEED_DONE},
};

static const char *const moments[] = {"", " asking", " answered", " data"};

static const struct fault_kind *kind_of(enum emu_fault fault)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].fault == fault)
			return &kinds[i];
	abort();
}

/* Sets the end of a board that leaves. A board that leaves while it waits may come back in its
 * second stage; otherwise it has vanished. */
static void end_of_leaving(struct fault_case *it, bool idle)
{
	it->status = STATUS_VANISHED;
	if (idle)
		it->texts[0] = NULL;
	else
		it->texts[0] = it->in_rom && it->step == 4 ? "bootcode" : "left the bus";
	if (it->fault == EMU_FAULT_RESET && idle)
		it->status = 0;
}

/* Sets the expected exit status and the expected texts. */
static void end_of(struct fault_case *it, const char *file, bool last)
{
	bool status = it->in_rom && it->step == 4;
	bool idle = !it->in_rom && it->moment == EMU_MOMENT_ASK;

	it->status = STATUS_FAILED;
	it->texts[0] = it->in_rom ? "boot ROM" : "second stage";
	it->texts[1] = it->in_rom && it->step >= 2 ? "bootcode" : idle ? NULL : file;
	switch (it->fault) {
	case EMU_FAULT_VANISH:
	case EMU_FAULT_RESET:
	case EMU_FAULT_REBOOT:
	case EMU_FAULT_SWAP:
		end_of_leaving(it, idle);
		break;
	case EMU_FAULT_LATE:
		it->status = 0;
		it->texts[0] = it->texts[1] = NULL;
		break;
	case EMU_FAULT_SILENT:
		if (status)
			it->status = STATUS_REFUSED;
		break;
	case EMU_FAULT_GARBAGE:
	case EMU_FAULT_COMMAND:
		it->texts[0] = status ? "refused" : "invalid message from the board";
		it->status = status ? STATUS_REFUSED : STATUS_FAILED;
		break;
	case EMU_FAULT_STATUS:
	case EMU_FAULT_REFUSED:
		it->status = STATUS_REFUSED;
		break;
	case EMU_FAULT_NO_RETURN:
	case EMU_FAULT_ROM_AGAIN:
	case EMU_FAULT_OTHER_DEVICE:
		it->status = STATUS_VANISHED;
		it->texts[0] = "bootcode";
		break;
	case EMU_FAULT_NO_DISK:
		it->status = STATUS_NO_DISK;
		it->texts[0] = "no disk";
		it->texts[1] = NULL;
		break;
	case EMU_FAULT_SHORT:
		it->texts[0] = "invalid";
		it->texts[1] = "bytes instead of";
		break;
	case EMU_FAULT_EXTRA: /* the reply is lost, but the board goes on */
		if (status || (last && !it->payload->empty_name))
			it->status = status || it->payload->after ? 0 : STATUS_VANISHED;
		break;
	case EMU_FAULT_STALL:
	case EMU_FAULT_NONE:
		break;
	}
}

/* Sets the end after Done: the acknowledgement does not matter, only the next event. */
static void end_of_acknowledged(struct fault_case *it)
{
	bool recovers = it->fault == EMU_FAULT_LATE || it->fault == EMU_FAULT_RESET;

	it->status = recovers ? 0 : STATUS_NO_DISK;
	it->texts[0] = "sent the message Done";
	it->texts[1] = NULL;
}

static void space_add(struct fault_space *space, struct fault_case it, const char *file, bool last)
{
	if (space->count == space->room) {
		space->room = space->room * 2 + 256;
		space->cases = realloc(space->cases, space->room * sizeof(it));
		if (!space->cases)
			abort();
	}
	end_of(&it, file, last);
	if (last && it.moment == EMU_MOMENT_ANSWER)
		end_of_acknowledged(&it);
	if (it.payload->empty_name && last && it.fault == EMU_FAULT_COMMAND)
		it.status = 0; /* an empty name means Done, with any command */
	if (!it.status)
		it.texts[0] = it.texts[1] = NULL;
	space->cases[space->count++] = it;
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Adds all faults at one moment of a step. last: the step is Done. */
static void add_moment(struct fault_space *space, struct fault_case at, const char *file, bool last,
		       bool replies, uint64_t data_bytes, uint32_t *state)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct fault_case it = at;

		it.fault = kinds[i].fault;
		it.seed = next_random(state);
		if (data_bytes) /* in the middle of the data */
			it.bytes = 1 + it.seed % (data_bytes - 1);
		if (kinds[i].need == NEED_NOTHING || (kinds[i].need == NEED_REPLY && replies))
			space_add(space, it, file, last);
	}
}

static void add_rom(struct fault_space *space, const struct payload *payload, uint64_t code_bytes,
		    uint32_t *state)
{
	struct fault_case it = {.payload = payload, .in_rom = true};

	for (it.step = 0; it.step < ROM_STEPS; it.step++)
		add_moment(space, it, NULL, false, it.step == 4, it.step == 3 ? code_bytes : 0,
			   state);
	it.step = 4;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		it.fault = kinds[i].fault;
		it.seed = next_random(state);
		if (kinds[i].need == NEED_ROM_STATUS)
			space_add(space, it, NULL, false);
	}
}

void fault_space_add(struct fault_space *space, const struct payload *payload,
		     const struct emu_payload *script, uint64_t (*file_bytes)(const char *name),
		     uint32_t seed)
{
	uint32_t state = seed * 2 + 1;

	add_rom(space, payload, file_bytes(emu_bootcode(payload->chip)), &state);
	for (size_t i = 0; i < script->count; i++) {
		const struct emu_step *step = &script->steps[i];
		struct fault_case it = {.payload = payload, .step = i, .moment = EMU_MOMENT_ASK};

		add_moment(space, it, NULL, step->verb == EMU_DONE || step->verb == EMU_END, true,
			   0, &state);
		if (step->verb == EMU_DONE)
			continue; /* the board sends no other message */
		it.moment = EMU_MOMENT_ANSWER;
		add_moment(space, it, step->name, step->verb == EMU_END, false, 0, &state);
		if (step->verb != EMU_READ)
			continue;
		it.moment = EMU_MOMENT_DATA;
		add_moment(space, it, step->name, false, false, file_bytes(step->content), &state);
	}
	if (payload->after != EMU_AFTER_NOTHING)
		space_add(space,
			  (struct fault_case){.payload = payload, .fault = EMU_FAULT_NO_DISK}, NULL,
			  false);
}

void fault_space_set(const struct fault_case *it, struct emu_config *emu)
{
	emu->fault = it->fault;
	emu->fault_in_rom = it->in_rom;
	emu->fault_step = it->step;
	emu->fault_moment = it->moment;
	emu->fault_bytes = it->bytes;
	emu->fault_seed = it->seed;
	emu->fault_status = (int32_t)(it->seed | 1);
}

void fault_space_name(const struct fault_case *it, char *ret, size_t size)
{
	snprintf(ret, size, "%s, %s in %s step %zu%s, %llu bytes, seed %u", it->payload->name,
		 kind_of(it->fault)->name, it->in_rom ? "ROM" : "files", it->step,
		 moments[it->moment], (unsigned long long)it->bytes, it->seed);
}
