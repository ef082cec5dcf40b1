/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the board share: emu.c (presence, boot ROM), emu_script.c (the second
 * stage), emu_fault.c and emu_truth.c. For them only. */
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

/* A file that the host is to send, and what has come of it. */
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
	uint64_t cut_ms;			/* when a person cuts its power */
	unsigned int boots;			/* returns to the boot ROM */
	bool recovers;				/* its second stage is a recovery */
	bool refused;	    /* its boot ROM does nothing until its power is cut */
	enum emu_face next; /* what appears */
	bool has_next;
	unsigned int config_reads, serial_faults;
	bool serial_held;

	uint32_t announced; /* bytes of the write under way */
	uint64_t got;	    /* of them */
	uint8_t head[EMU_BOOT_HEAD];
	enum rom_step rom;

	size_t step; /* of the script */
	enum talk talk;
	uint64_t ready_ms; /* when the next request is ready */
	struct emu_truth truth;

	bool touched, silent, orphaned, fault_hit, script_over;
	bool halted; /* the bulk endpoint */
	bool reply_spoilt, chip_changes;
	enum emu_chip next_chip; /* where chip_changes */
	uint64_t late_ms;	 /* silent until then */
	char why[256];
};

void emu_log(struct emu *emu, uint64_t now_ms, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The first thing that the host did wrong is the verdict. Returns -EPIPE: a real board stalls or
 * hangs. */
int emu_wrong(struct emu *emu, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const struct emu_step *emu_step(const struct emu *emu);
/* emu_truth.c. What was opened before is settled then: it is a wrong of the host's where what it
 * sent differs. content: below the truth directory; NULL: nothing must come. */
void emu_truth_open(struct emu *emu, const char *content);
void emu_truth_take(struct emu *emu, const uint8_t *data, size_t size);
void emu_truth_settle(struct emu *emu);
void emu_truth_free(struct emu *emu);
/* Returns: the fault of the status that the boot ROM sends now (emu_fault.c). */
enum emu_fault emu_fault_of_status(const struct emu *emu);
/* Returns: 0, or the result of the transfer with the fault. */
int emu_fault(struct emu *emu, bool rom, size_t step, uint64_t bytes, uint64_t now_ms);
/* What it makes of a reply of that size: the new size, or -EOVERFLOW. */
int emu_reply(struct emu *emu, uint8_t *data, int size);
/* Leaves in drop_ms (or now), and what comes next then appears after the gap. */
void emu_leave(struct emu *emu, bool has_next, enum emu_face next, bool at_once, uint64_t now_ms);
void emu_leave_for_payload(struct emu *emu, uint64_t now_ms);

/* emu_recovers.c: where a board with a recovery differs. What the boot ROM has got is judged. */
void emu_recovers_judge(struct emu *emu, uint64_t now_ms);
/* The boot ROM refuses: 0 (it returns this status), or -EAGAIN (nothing comes any more). */
int emu_recovers_refuse(struct emu *emu, uint64_t now_ms);
/* A stage begins. */
void emu_recovers_begin(struct emu *emu, uint64_t now_ms);
/* The recovery is over, in whatever way. */
void emu_recovers_end(struct emu *emu, uint64_t now_ms);

/* emu_script.c: transfers in the second stage, as emu.h has them. */
int emu_files_announce(struct emu *emu, uint32_t bytes, uint64_t now_ms);
int emu_files_message(struct emu *emu, uint8_t *data, size_t size, uint64_t now_ms);
int emu_files_bulk(struct emu *emu, const uint8_t *data, size_t size, uint64_t now_ms);

#endif
