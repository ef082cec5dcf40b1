/* SPDX-License-Identifier: Apache-2.0 */
/* The private interface of the board: emu.c (presence, boot ROM), emu_script.c (second stage),
 * emu_fault.c and emu_truth.c. */
#ifndef EMU_PRIVATE_H
#define EMU_PRIVATE_H

#include "tests/emulator/emu.h"
#include "tests/emulator/emu_chip.h"

#define EMU_NEVER     UINT64_MAX
#define EMU_DROP_MS   20
#define EMU_LATE_MS   1500 /* within every deadline of docs/protocol.md section 2 */
#define EMU_MESSAGE   260
#define EMU_BOOT_HEAD 24

enum rom_step { ROM_ANNOUNCE_HEAD, ROM_HEAD, ROM_ANNOUNCE_CODE, ROM_CODE, ROM_STATUS, ROM_OVER };

enum talk { TALK_ASK, TALK_ANSWER, TALK_DATA, TALK_OVER };

/* An expected file, and the state of its comparison. */
struct emu_truth {
	FILE *file;
	uint64_t bytes;
	char what[256];
	uint8_t *taken;
	size_t taken_bytes, room;
};

struct emu {
	struct emu_config config;
	struct emu_view view;
	bool present;
	uint64_t start_ms, leave_ms, appear_ms; /* EMU_NEVER: not due */
	uint64_t cut_ms;			/* when the user cuts its power */
	unsigned int boots;			/* returns to the boot ROM */
	bool recovers;				/* its second stage is a recovery */
	bool refused;				/* the boot ROM waits until the power is cut */
	enum emu_face next;			/* the next appearance */
	bool has_next;
	unsigned int config_reads, serial_faults;
	bool serial_held;

	uint32_t announced; /* bytes of the current write */
	uint64_t got;	    /* bytes of the current write that arrived */
	uint8_t head[EMU_BOOT_HEAD];
	enum rom_step rom;

	size_t step; /* of the script */
	enum talk talk;
	uint64_t ready_ms; /* when the next request is ready */
	struct emu_truth truth;

	bool touched, silent, orphaned, fault_hit, script_over;
	bool halted; /* the bulk endpoint */
	bool reply_spoilt, chip_changes;
	enum emu_chip next_chip; /* with chip_changes */
	uint64_t late_ms;	 /* silent until then */
	char why[256];
};

void emu_log(struct emu *emu, uint64_t now_ms, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Records the first error of the host as the verdict. Returns: -EPIPE: a real board stalls or
 * hangs. */
int emu_wrong(struct emu *emu, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const struct emu_step *emu_step(const struct emu *emu);
/* emu_truth.c. Begins a file and checks the data of the previous file: wrong data is an error of
 * the host. content: below the truth directory; NULL: no data must come. */
void emu_truth_open(struct emu *emu, const char *content);
void emu_truth_take(struct emu *emu, const uint8_t *data, size_t size);
void emu_truth_settle(struct emu *emu);
void emu_truth_free(struct emu *emu);
/* Returns: the fault of the status that the boot ROM sends now (emu_fault.c). */
enum emu_fault emu_fault_of_status(const struct emu *emu);
/* Returns: 0, or the result of the transfer with the fault. */
int emu_fault(struct emu *emu, bool rom, size_t step, uint64_t bytes, uint64_t now_ms);
/* Applies the fault to a reply of that size. Returns: the new size, or -EOVERFLOW. */
int emu_reply(struct emu *emu, uint8_t *data, int size);
/* Leaves the bus after drop_ms, or at once. If has_next is set, next appears after the gap. */
void emu_leave(struct emu *emu, bool has_next, enum emu_face next, bool at_once, uint64_t now_ms);
void emu_leave_for_payload(struct emu *emu, uint64_t now_ms);

/* emu_recovers.c: the boards with a recovery. Judges the second stage that the boot ROM got. */
void emu_recovers_judge(struct emu *emu, uint64_t now_ms);
/* The boot ROM refuses. Returns: 0 (the status that it sends), or -EAGAIN (no answer any more). */
int emu_recovers_refuse(struct emu *emu, uint64_t now_ms);
/* A stage begins. */
void emu_recovers_begin(struct emu *emu, uint64_t now_ms);
/* The recovery ends, successfully or not. */
void emu_recovers_end(struct emu *emu, uint64_t now_ms);

/* emu_script.c: the transfers of the second stage, as in emu.h. */
int emu_files_announce(struct emu *emu, uint32_t bytes, uint64_t now_ms);
int emu_files_message(struct emu *emu, uint8_t *data, size_t size, uint64_t now_ms);
int emu_files_bulk(struct emu *emu, const uint8_t *data, size_t size, uint64_t now_ms);

#endif
