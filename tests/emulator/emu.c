/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of a board: its presence on the bus, and the conversations of the boot ROM and
 * of the second stage. It is strict: the first host error that a real board could not handle
 * becomes the verdict. */
#include "tests/emulator/emu_private.h"
#include "tests/emulator/emu_recovery.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void emu_log(struct emu *emu, uint64_t now_ms, const char *fmt, ...)
{
	va_list ap;

	if (!emu->config.log)
		return;
	fprintf(emu->config.log, "%" PRIu64 " ", now_ms - emu->start_ms);
	va_start(ap, fmt);
	vfprintf(emu->config.log, fmt, ap);
	va_end(ap);
	fputc('\n', emu->config.log);
	fflush(emu->config.log);
}

/* Records the first error of the host. A real board stalls or hangs; this one stalls. */
int emu_wrong(struct emu *emu, const char *fmt, ...)
{
	va_list ap;

	if (!emu->why[0]) {
		va_start(ap, fmt);
		vsnprintf(emu->why, sizeof(emu->why), fmt, ap);
		va_end(ap);
	}
	return -EPIPE;
}

const struct emu_step *emu_step(const struct emu *emu)
{
	if (emu->recovers)
		return emu_recovery_step(emu->config.recovery);
	return emu->step < emu->config.step_count ? &emu->config.steps[emu->step] : NULL;
}

static void emu_begin(struct emu *emu, enum emu_face face, uint64_t now_ms)
{
	const struct emu_step *step;

	if (emu->chip_changes)
		emu->view.chip = emu->next_chip;
	emu->view.face = face;
	if (emu->config.recovery)
		emu_recovers_begin(emu, now_ms);
	step = emu_step(emu);
	emu->present = true;
	emu->config_reads = 0;
	emu->rom = ROM_ANNOUNCE_HEAD;
	emu->talk = TALK_ASK;
	emu->silent = emu->halted = emu->orphaned = false;
	emu->ready_ms = now_ms + (face == EMU_FACE_FILES && step ? step->busy_ms : 0);
	if (face == EMU_FACE_AFTER && emu->config.flap_ms) {
		emu->leave_ms = now_ms + emu->config.flap_ms;
		emu->has_next = true;
		emu->next = face;
	}
	emu_log(emu, now_ms, "present %s",
		face == EMU_FACE_ROM	 ? "rom"
		: face == EMU_FACE_FILES ? "files"
		: face == EMU_FACE_AFTER ? "after"
					 : "other");
}

struct emu *emu_new(const struct emu_config *config, uint64_t now_ms)
{
	struct emu *emu = calloc(1, sizeof(*emu));

	if (!emu)
		return NULL;
	emu->config = *config;
	emu->start_ms = now_ms;
	emu->leave_ms = emu->appear_ms = emu->cut_ms = EMU_NEVER;
	emu->view.chip = config->chip;
	emu->view.after = config->after;
	emu->view.disks = config->disks;
	emu->view.full_speed = config->full_speed;
	emu->view.serial = config->serial ? config->serial : "12345678";
	emu->view.other_serial = config->other_serial;
	emu->script_over = config->starts_as_after;
	emu_begin(emu,
		  config->starts_as_after	   ? EMU_FACE_AFTER
		  : config->starts_in_second_stage ? EMU_FACE_FILES
						   : EMU_FACE_ROM,
		  now_ms);
	return emu;
}

void emu_free(struct emu *emu)
{
	if (!emu)
		return;
	emu_truth_free(emu);
	free(emu);
}

/* Leaves the bus after drop_ms, or at once. If has_next is set, next appears after the gap. */
void emu_leave(struct emu *emu, bool has_next, enum emu_face next, bool at_once, uint64_t now_ms)
{
	unsigned int drop_ms = emu->config.drop_ms ? emu->config.drop_ms : EMU_DROP_MS;

	emu->leave_ms = now_ms + (at_once ? 0 : drop_ms);
	emu->has_next = has_next;
	emu->next = next;
}

void emu_leave_for_payload(struct emu *emu, uint64_t now_ms)
{
	enum emu_after after = emu->config.after;

	emu->script_over = true;
	emu->talk = TALK_OVER;
	if (emu->config.fault == EMU_FAULT_NO_DISK) {
		emu->fault_hit = true;
		after = EMU_AFTER_NOTHING;
	}
	emu_leave(emu, after != EMU_AFTER_NOTHING,
		  after == EMU_AFTER_ROM ? EMU_FACE_ROM : EMU_FACE_AFTER, false, now_ms);
}

static int emu_rom_announce(struct emu *emu, uint32_t bytes)
{
	uint32_t head = (uint32_t)emu->head[0] | (uint32_t)emu->head[1] << 8 |
			(uint32_t)emu->head[2] << 16 | (uint32_t)emu->head[3] << 24;

	if (emu->rom == ROM_ANNOUNCE_HEAD && bytes != EMU_BOOT_HEAD)
		return emu_wrong(emu, "boot ROM: a boot message of %u bytes", bytes);
	if (emu->rom == ROM_ANNOUNCE_CODE &&
	    (bytes != head || (!emu->config.recovery && bytes != emu->truth.bytes)))
		return emu_wrong(emu,
				 "boot ROM: %u bytes announced, %u in the message, %" PRIu64 " due",
				 bytes, head, emu->truth.bytes);
	if (emu->rom != ROM_ANNOUNCE_HEAD && emu->rom != ROM_ANNOUNCE_CODE)
		return emu_wrong(emu, "boot ROM: control OUT in step %d", (int)emu->rom);
	emu->announced = bytes;
	emu->got = 0;
	emu->rom++;
	return 0;
}

static int emu_announce(struct emu *emu, uint32_t bytes, uint64_t now_ms)
{
	bool rom = emu->view.face == EMU_FACE_ROM;
	int r = emu_fault(emu, rom, rom ? (size_t)emu->rom : emu->step, 0, now_ms);

	if (r < 0)
		return r;
	return rom ? emu_rom_announce(emu, bytes) : emu_files_announce(emu, bytes, now_ms);
}

static int emu_status(struct emu *emu, uint8_t *data, size_t size, uint64_t now_ms)
{
	enum emu_fault fault = emu_fault_of_status(emu);
	int32_t status = fault == EMU_FAULT_STATUS ? emu->config.fault_status : 0;
	int r = emu_fault(emu, true, (size_t)emu->rom, 0, now_ms);

	if (r < 0)
		return r;
	if (emu->rom != ROM_STATUS || size != 4)
		return emu_wrong(emu, "boot ROM: control IN of %zu bytes in step %d", size,
				 (int)emu->rom);
	if (now_ms < emu->ready_ms)
		return -EAGAIN;
	if (emu->refused && emu_recovers_refuse(emu, now_ms) < 0)
		return -EAGAIN;
	for (int i = 0; i < 4; i++)
		data[i] = (uint8_t)((uint32_t)status >> (8 * i));
	emu->rom = ROM_OVER;
	emu_log(emu, now_ms, "status %d", (int)status);
	emu->fault_hit = emu->fault_hit || fault == EMU_FAULT_STATUS ||
			 fault == EMU_FAULT_REFUSED || fault == EMU_FAULT_NO_RETURN ||
			 fault == EMU_FAULT_ROM_AGAIN || fault == EMU_FAULT_OTHER_DEVICE;
	if (emu->refused || fault == EMU_FAULT_STATUS || fault == EMU_FAULT_REFUSED ||
	    (emu->reply_spoilt && (fault == EMU_FAULT_GARBAGE || fault == EMU_FAULT_COMMAND))) {
		emu->silent = true; /* with another number than 0 the ROM starts nothing */
		return emu_reply(emu, data, 4);
	}
	emu_leave(emu, fault != EMU_FAULT_NO_RETURN,
		  fault == EMU_FAULT_ROM_AGAIN	    ? EMU_FACE_ROM
		  : fault == EMU_FAULT_OTHER_DEVICE ? EMU_FACE_OTHER
						    : EMU_FACE_FILES,
		  false, now_ms);
	return emu_reply(emu, data, 4);
}

/* Goes on without a host, as if a host had served the board. */
static void emu_walk(struct emu *emu, uint64_t now_ms)
{
	if (emu->config.walks && emu->view.face == EMU_FACE_ROM)
		emu_leave(emu, true, EMU_FACE_FILES, false, now_ms);
	else if (emu->config.walks && emu->view.face == EMU_FACE_FILES)
		emu_leave_for_payload(emu, now_ms);
}

static int emu_standard(struct emu *emu, const uint8_t setup[8], uint8_t *data, size_t size,
			uint64_t now_ms)
{
	uint8_t kind = setup[3];
	size_t n;

	switch (setup[1]) {
	case 0: /* GET_STATUS */
		memset(data, 0, size < 2 ? size : 2);
		return size < 2 ? (int)size : 2;
	case 8: /* GET_CONFIGURATION */
		memset(data, 1, size < 1 ? size : 1);
		return size < 1 ? (int)size : 1;
	case 1: /* CLEAR_FEATURE */
		emu->halted = false;
		return 0;
	case 9: /* SET_CONFIGURATION */
		emu_walk(emu, now_ms);
		return 0;
	case 11: /* SET_INTERFACE */
		return 0;
	case 6:
		break;
	default:
		return -EPIPE;
	}
	if (kind == 1) {
		uint8_t desc[18];

		emu_view_device(&emu->view, desc);
		memcpy(data, desc, size < 18 ? size : 18);
		return size < 18 ? (int)size : 18;
	}
	if (kind == 2) {
		n = emu_view_config(&emu->view, data, size);
		if (emu_view_has_quirk(&emu->view) && emu->config_reads++ == 0 && n >= 5) {
			data[2] = 55;
			data[4] = 2;
		}
		return (int)n;
	}
	if (kind == 3 && setup[2] && setup[2] == emu_view_serial_index(&emu->view) &&
	    emu->serial_faults < emu->config.serial_faults) {
		emu->serial_held = emu->config.serial_fault == -EAGAIN;
		emu->serial_faults += !emu->serial_held;
		return emu->config.serial_fault;
	}
	n = kind == 3 ? emu_view_string(&emu->view, setup[2], data, size) : 0;
	return n ? (int)n : -EPIPE;
}

int emu_control(struct emu *emu, const uint8_t setup[8], uint8_t *data, size_t size,
		uint64_t now_ms)
{
	uint32_t length =
		(uint32_t)(setup[2] | setup[3] << 8) | (uint32_t)(setup[4] | setup[5] << 8) << 16;
	bool boots = emu->view.face == EMU_FACE_ROM || emu->view.face == EMU_FACE_FILES;

	if (!emu->present)
		return -ENODEV;
	if ((setup[0] & 0x60) == 0)
		return emu_standard(emu, setup, data, size, now_ms);
	emu->touched = true;
	if (!boots || (setup[0] != 0x40 && setup[0] != 0xc0) || setup[1] != 0)
		return emu_wrong(emu, "request %02x %02x is not of the protocol", setup[0],
				 setup[1]);
	if (setup[0] == 0x40)
		return size ? emu_wrong(emu, "control OUT with a data stage")
			    : emu_announce(emu, length, now_ms);
	if (length != size)
		return emu_wrong(emu, "control IN of %zu bytes that announces %u", size, length);
	if (emu->orphaned) { /* it gets the reply to the cancelled transfer */
		emu->orphaned = false;
		memset(data, 0xee, size < 4 ? size : 4);
		return size < 4 ? (int)size : 4;
	}
	return emu->view.face == EMU_FACE_ROM ? emu_status(emu, data, size, now_ms)
					      : emu_files_message(emu, data, size, now_ms);
}

void emu_control_cancelled(struct emu *emu)
{
	emu->orphaned = true;
	emu->serial_faults += emu->serial_held;
	emu->serial_held = false;
}

void emu_opened(struct emu *emu)
{
	emu->orphaned = false;
}

static int emu_rom_bulk(struct emu *emu, const uint8_t *data, size_t size, uint64_t now_ms)
{
	static const uint8_t zeros[20];
	const uint8_t *signature = emu->config.signature ? emu->config.signature : zeros;
	int r = emu_fault(emu, true, (size_t)emu->rom, emu->got + size - 1, now_ms);

	if (r < 0)
		return r;
	if (emu->rom != ROM_HEAD && emu->rom != ROM_CODE)
		return emu_wrong(emu, "boot ROM: bulk data in step %d", (int)emu->rom);
	if (emu->got + size > emu->announced)
		return emu_wrong(emu, "boot ROM: more bytes than announced");
	if (emu->rom == ROM_HEAD)
		memcpy(emu->head + emu->got, data, size);
	else if (emu->config.recovery)
		emu_recovery_code(emu->config.recovery, data, size);
	else
		emu_truth_take(emu, data, size);
	emu->got += size;
	if (emu->got < emu->announced)
		return (int)size;
	if (emu->rom == ROM_HEAD) {
		if (memcmp(emu->head + 4, signature, 20) != 0)
			emu_wrong(emu, "boot ROM: wrong signature");
		emu_truth_open(emu, emu->config.recovery ? NULL : emu->config.bootcode_content);
	} else {
		if (emu->config.recovery)
			emu_recovers_judge(emu, now_ms);
		emu_log(emu, now_ms, "bootcode %" PRIu64, emu->got);
		emu->ready_ms = now_ms + emu->config.status_ms;
	}
	emu->rom++;
	return (int)size;
}

int emu_bulk_out(struct emu *emu, uint8_t endpoint, const uint8_t *data, size_t size,
		 uint64_t now_ms)
{
	int r;

	if (!emu->present)
		return -ENODEV;
	emu->touched = true;
	if (endpoint != emu_view_endpoint(&emu->view))
		return emu_wrong(emu, "bulk OUT on endpoint %u", endpoint);
	if (emu->halted) /* transfers that were queued behind the stall */
		return -EPIPE;
	r = emu->view.face == EMU_FACE_ROM ? emu_rom_bulk(emu, data, size, now_ms)
					   : emu_files_bulk(emu, data, size, now_ms);
	emu->halted = r == -EPIPE;
	return r;
}

int emu_bulk_in(struct emu *emu, uint8_t endpoint, uint8_t *data, size_t size, uint64_t now_ms)
{
	(void)data;
	(void)size;
	(void)now_ms;
	return emu_wrong(emu, "bulk IN on endpoint %#x: boards have none", endpoint);
}

bool emu_tick(struct emu *emu, uint64_t now_ms, uint64_t *ret_next_ms)
{
	unsigned int gap_ms = emu->config.gap_ms ? emu->config.gap_ms : emu_view_gap_ms(&emu->view);
	bool changed = false;

	if (now_ms >= emu->cut_ms)
		emu_power_cut(emu, now_ms);
	if (now_ms >= emu->leave_ms) {
		emu->leave_ms = EMU_NEVER;
		emu->present = false;
		emu->appear_ms = emu->has_next ? now_ms + gap_ms : EMU_NEVER;
		emu_log(emu, now_ms, "left");
		changed = true;
	} else if (now_ms >= emu->appear_ms) {
		emu->appear_ms = EMU_NEVER;
		emu->boots += emu->next == EMU_FACE_ROM;
		emu_begin(emu, emu->next, now_ms);
		changed = true;
	}
	*ret_next_ms = emu->leave_ms < emu->appear_ms ? emu->leave_ms : emu->appear_ms;
	if (emu->cut_ms < *ret_next_ms)
		*ret_next_ms = emu->cut_ms;
	if (emu->present && emu->ready_ms > now_ms && emu->ready_ms < *ret_next_ms)
		*ret_next_ms = emu->ready_ms;
	if (emu->present && emu->late_ms > now_ms && emu->late_ms < *ret_next_ms)
		*ret_next_ms = emu->late_ms;
	return changed;
}

bool emu_present(const struct emu *emu)
{
	return emu->present;
}

bool emu_is_disk(const struct emu *emu)
{
	return emu->present && emu_view_is_disk(&emu->view);
}

bool emu_has_ended(const struct emu *emu)
{
	return emu_is_disk(emu) ||
	       (!emu->present && emu->appear_ms == EMU_NEVER && emu->cut_ms == EMU_NEVER);
}

enum emu_speed emu_speed(const struct emu *emu)
{
	return emu_view_speed(&emu->view);
}

size_t emu_device_descriptor(const struct emu *emu, uint8_t ret[18])
{
	return emu_view_device(&emu->view, ret);
}

size_t emu_config_descriptor(const struct emu *emu, uint8_t *ret, size_t size)
{
	return emu_view_config(&emu->view, ret, size);
}

bool emu_touched(const struct emu *emu)
{
	return emu->touched;
}

int emu_host_error(struct emu *emu, char *ret_why, size_t size)
{
	emu_truth_settle(emu);
	if (!emu->why[0])
		return 0;
	snprintf(ret_why, size, "%s", emu->why);
	return -1;
}

int emu_verdict(struct emu *emu, char *ret_why, size_t size)
{
	if (emu_host_error(emu, ret_why, size) < 0)
		return -1;
	if (emu->config.fault != EMU_FAULT_NONE && !emu->fault_hit)
		snprintf(ret_why, size, "the fault was not reached (step %zu)", emu->step);
	else if (emu->config.fault == EMU_FAULT_NONE && !emu->script_over)
		snprintf(ret_why, size, "the script was left at step %zu of %zu", emu->step,
			 emu->config.step_count);
	else
		return 0;
	return -1;
}
