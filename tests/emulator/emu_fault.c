/* SPDX-License-Identifier: Apache-2.0 */
/* Injects the fault of the configuration once, at the configured moment. */
#include "tests/emulator/emu_private.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum emu_fault emu_fault_of_status(const struct emu *emu)
{
	return emu->boots == emu->config.fault_boot ? emu->config.fault : EMU_FAULT_NONE;
}

static bool fault_is_due(const struct emu *emu, bool rom, size_t step, uint64_t bytes)
{
	const struct emu_config *config = &emu->config;

	if (emu->fault_hit || rom != config->fault_in_rom || step != config->fault_step ||
	    emu->boots != config->fault_boot || bytes < config->fault_bytes)
		return false;
	switch (config->fault_moment) {
	case EMU_MOMENT_ANY:
		return true;
	case EMU_MOMENT_ASK:
		return emu->talk == TALK_ASK;
	case EMU_MOMENT_ANSWER:
		return emu->talk == TALK_ANSWER;
	case EMU_MOMENT_DATA:
		return emu->talk == TALK_DATA;
	}
	return false;
}

/* Leaves now and returns after the gap, in its initial state. */
static int fault_come_back(struct emu *emu, enum emu_face face, uint64_t now_ms)
{
	emu->step = 0;
	emu_leave(emu, true, face, true, now_ms);
	return -ENODEV;
}

int emu_fault(struct emu *emu, bool rom, size_t step, uint64_t bytes, uint64_t now_ms)
{
	const struct emu_config *config = &emu->config;

	if (emu->silent || now_ms < emu->late_ms)
		return -EAGAIN;
	if (!fault_is_due(emu, rom, step, bytes))
		return 0;
	emu->fault_hit = true;
	switch (config->fault) {
	case EMU_FAULT_NONE:
	case EMU_FAULT_STATUS:
	case EMU_FAULT_REFUSED:
	case EMU_FAULT_NO_RETURN:
	case EMU_FAULT_ROM_AGAIN:
	case EMU_FAULT_OTHER_DEVICE:
	case EMU_FAULT_NO_DISK:
		emu->fault_hit = false; /* these faults happen at other moments */
		return 0;
	case EMU_FAULT_SHORT:
	case EMU_FAULT_EXTRA:
	case EMU_FAULT_GARBAGE:
	case EMU_FAULT_COMMAND:
		emu->reply_spoilt = true;
		if (config->fault_leaves)
			emu_leave(emu, false, EMU_FACE_ROM, true, now_ms);
		return 0;
	case EMU_FAULT_VANISH:
	case EMU_FAULT_STALL:
	case EMU_FAULT_SILENT:
	case EMU_FAULT_LATE:
	case EMU_FAULT_RESET:
	case EMU_FAULT_REBOOT:
	case EMU_FAULT_SWAP:
		break;
	}
	emu_log(emu, now_ms, "fault %d at step %zu after %" PRIu64 " bytes", (int)config->fault,
		step, bytes);
	if (config->fault == EMU_FAULT_STALL && config->fault_leaves)
		emu_leave(emu, false, EMU_FACE_ROM, true, now_ms);
	if (config->fault == EMU_FAULT_STALL)
		return -EPIPE;
	if (config->fault == EMU_FAULT_VANISH) {
		emu_leave(emu, false, EMU_FACE_ROM, true, now_ms);
		return -ENODEV;
	}
	if (config->fault == EMU_FAULT_RESET)
		return fault_come_back(emu, emu->view.face, now_ms);
	if (config->fault == EMU_FAULT_REBOOT)
		return fault_come_back(emu, EMU_FACE_ROM, now_ms);
	if (config->fault == EMU_FAULT_SWAP) {
		emu->next_chip = config->chip == EMU_BCM2711 ? EMU_BCM2712 : EMU_BCM2711;
		emu->chip_changes = true;
		return fault_come_back(emu, EMU_FACE_ROM, now_ms);
	}
	emu->silent = config->fault == EMU_FAULT_SILENT;
	emu->late_ms = now_ms + EMU_LATE_MS;
	return -EAGAIN;
}

/* A generator of its own: a seed gives the same bytes on every system. */
static uint8_t garbage(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (uint8_t)(*state >> 24);
}

int emu_reply(struct emu *emu, uint8_t *data, int size)
{
	uint32_t state = emu->config.fault_seed * 2 + 1;

	if (!emu->reply_spoilt || size <= 0)
		return size;
	emu->reply_spoilt = false;
	switch (emu->config.fault) {
	case EMU_FAULT_SHORT:
		return (int)(emu->config.fault_seed % (unsigned int)size);
	case EMU_FAULT_EXTRA:
		return -EOVERFLOW;
	case EMU_FAULT_GARBAGE:
		for (int i = 0; i < size; i++)
			data[i] = garbage(&state);
		data[3] |= 0x40; /* never a valid command or status by chance */
		if (size > 4)
			data[4] |= 0x40; /* never without a name, which means Done */
		return size;
	case EMU_FAULT_COMMAND:
		data[0] = (uint8_t)(3 + emu->config.fault_seed % 250);
		return size;
	case EMU_FAULT_NONE:
	case EMU_FAULT_STATUS:
	case EMU_FAULT_REFUSED:
	case EMU_FAULT_NO_RETURN:
	case EMU_FAULT_ROM_AGAIN:
	case EMU_FAULT_OTHER_DEVICE:
	case EMU_FAULT_NO_DISK:
	case EMU_FAULT_VANISH:
	case EMU_FAULT_STALL:
	case EMU_FAULT_SILENT:
	case EMU_FAULT_LATE:
	case EMU_FAULT_RESET:
	case EMU_FAULT_REBOOT:
	case EMU_FAULT_SWAP:
		break;
	}
	return size;
}
