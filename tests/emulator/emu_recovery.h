/* SPDX-License-Identifier: Apache-2.0 */
/* A board that is given a recovery: it writes its EEPROM and its OTP, and reports what it did, as
 * docs/protocol.md, section 9 have it. Pure: the board's other half (emu.c, emu_script.c) asks it
 * for the next request and delivers the answers. Tests read what it keeps. */
#ifndef EMU_RECOVERY_H
#define EMU_RECOVERY_H

#include "tests/emulator/emu_keep.h"

struct emu_recovery;

/* Returns: NULL (no memory). Ownership: the caller ends it with emu_recovery_free(), which is
 * NULL-safe, saves the state where an option asks for it, and returns NULL. */
struct emu_recovery *emu_recovery_new(void);
struct emu_recovery *emu_recovery_free(struct emu_recovery *recovery);

/* Sets an option; docs/testing.md lists them. The value must outlive the recovery.
 * Returns: 0, -ENOENT (no such option), -EINVAL (the value is none of its values). */
int emu_recovery_set(struct emu_recovery *recovery, const char *name, const char *value);
/* Sets options from "NAME=VALUE,NAME=VALUE", which it changes. Returns: as emu_recovery_set(). */
int emu_recovery_set_all(struct emu_recovery *recovery, char *text);
/* Call it after the options. Returns: 0, or -1 (the option "recovery" is missing, a chip without
 * recovery, or a state that cannot be read). */
int emu_recovery_start(struct emu_recovery *recovery, const struct emu_config *config);

/* What the board keeps without power. */
struct emu_keep *emu_recovery_keep(struct emu_recovery *recovery);

/* The board gets power: what it has in its memory is lost. */
void emu_recovery_power_on(struct emu_recovery *recovery);

/* What the boot ROM gets. */
void emu_recovery_code(struct emu_recovery *recovery, const uint8_t *data, size_t size);

/* What the boot ROM makes of it. */
enum emu_code {
	EMU_CODE_PAYLOAD,  /* the file of the truth: the script follows */
	EMU_CODE_RECOVERY, /* it runs a recovery */
	EMU_CODE_REFUSED,  /* the board does nothing until its power is cut */
	EMU_CODE_WRONG,	   /* a host must not send this: the test is wrong, or the program */
};

enum emu_code emu_recovery_judge(struct emu_recovery *recovery, const struct emu_config *config);
/* Does the boot ROM that refuses return the status 0? Else it returns none. */
bool emu_recovery_refusal_is_quiet(const struct emu_recovery *recovery);

/* The second stage begins. */
void emu_recovery_begin(struct emu_recovery *recovery);
/* What the board does now. */
const struct emu_step *emu_recovery_step(const struct emu_recovery *recovery);
/* The host answers with a length. Returns: 0 (nothing else comes), 1 (so many bytes follow), or
 * -1 (the host sends a file that it cannot have). */
int emu_recovery_answer(struct emu_recovery *recovery, uint32_t bytes);
/* Returns: 0, or -1 (the board dies of it). */
int emu_recovery_data(struct emu_recovery *recovery, const uint8_t *data, size_t size);
/* The step is over. */
void emu_recovery_next(struct emu_recovery *recovery);

/* What becomes of the board when the recovery is over. */
enum emu_recovery_end {
	EMU_RECOVERY_REBOOTS,	 /* it comes back as boot ROM */
	EMU_RECOVERY_IS_OTHER,	 /* ... of another chip */
	EMU_RECOVERY_IS_ANOTHER, /* ... with another serial number */
	EMU_RECOVERY_IS_OFF,	 /* it leaves the bus, until its power is cut */
	EMU_RECOVERY_IS_SILENT,	 /* it stays on the bus, until its power is cut */
};

enum emu_recovery_end emu_recovery_end(const struct emu_recovery *recovery);
/* After so many milliseconds in which the board needs it, a person cuts its power. 0: nobody does.
 * True only once. */
unsigned int emu_recovery_power_ms(struct emu_recovery *recovery);
/* So many milliseconds after it appeared, its boot ROM loses its power again. 0: it keeps it. */
unsigned int emu_recovery_flap_ms(const struct emu_recovery *recovery);

/* Error code of the recovery's LED; 0: none. */
int emu_recovery_error(const struct emu_recovery *recovery);

#endif
