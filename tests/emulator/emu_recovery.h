/* SPDX-License-Identifier: Apache-2.0 */
/* A board with a recovery: it writes its EEPROM and its OTP, and reports the result, as in
 * docs/protocol.md, section 9. It does no I/O. emu.c and emu_script.c ask it for the next request
 * and deliver the answers. Tests read the memory that it keeps. */
#ifndef EMU_RECOVERY_H
#define EMU_RECOVERY_H

#include "tests/emulator/emu_keep.h"

struct emu_recovery;

/* Returns: a new recovery, or NULL (no memory). Ownership: the caller frees it with
 * emu_recovery_free(), which accepts NULL, saves the state if an option requests it, and returns
 * NULL. */
struct emu_recovery *emu_recovery_new(void);
struct emu_recovery *emu_recovery_free(struct emu_recovery *recovery);

/* Sets an option; docs/testing.md lists them. The value must outlive the recovery.
 * Returns: 0, -ENOENT (no such option), -EINVAL (the value is none of its values). */
int emu_recovery_set(struct emu_recovery *recovery, const char *name, const char *value);
/* Sets options from "NAME=VALUE,NAME=VALUE", which it changes. Returns: as emu_recovery_set(). */
int emu_recovery_set_all(struct emu_recovery *recovery, char *text);
/* Starts the recovery; call it after the options. Returns: 0, or -1 (the option "recovery" is
 * missing, the chip has no recovery, or the state cannot be read). */
int emu_recovery_start(struct emu_recovery *recovery, const struct emu_config *config);

/* Returns: the memory that the board keeps without power. */
struct emu_keep *emu_recovery_keep(struct emu_recovery *recovery);

/* The board gets power: its volatile memory is lost. */
void emu_recovery_power_on(struct emu_recovery *recovery);

/* The boot ROM gets a second stage. */
void emu_recovery_code(struct emu_recovery *recovery, const uint8_t *data, size_t size);

/* The decision of the boot ROM about a second stage. */
enum emu_code {
	EMU_CODE_PAYLOAD,  /* the expected payload: the script follows */
	EMU_CODE_RECOVERY, /* it runs a recovery */
	EMU_CODE_REFUSED,  /* the board does nothing until its power is cut */
	EMU_CODE_WRONG,	   /* an error of the test or of the program */
};

enum emu_code emu_recovery_judge(struct emu_recovery *recovery, const struct emu_config *config);
/* Returns: true if the boot ROM that refuses sends status 0; otherwise it sends no status. */
bool emu_recovery_refusal_is_quiet(const struct emu_recovery *recovery);

/* The second stage begins. */
void emu_recovery_begin(struct emu_recovery *recovery);
/* Returns: the current request of the board. */
const struct emu_step *emu_recovery_step(const struct emu_recovery *recovery);
/* The host answers with a length. Returns: 0 (no data follows), 1 (as many bytes follow), or -1
 * (the host sends a file that it cannot have). */
int emu_recovery_answer(struct emu_recovery *recovery, uint32_t bytes);
/* Returns: 0, or -1 (the board crashes). */
int emu_recovery_data(struct emu_recovery *recovery, const uint8_t *data, size_t size);
/* Goes on to the next request. */
void emu_recovery_next(struct emu_recovery *recovery);

/* The state of the board after the recovery. */
enum emu_recovery_end {
	EMU_RECOVERY_REBOOTS,	  /* returns as boot ROM */
	EMU_RECOVERY_IS_OTHER,	  /* returns with another chip */
	EMU_RECOVERY_IS_ANOTHER,  /* returns with another serial number */
	EMU_RECOVERY_IS_NAMELESS, /* returns without a serial number */
	EMU_RECOVERY_IS_OFF,	  /* it leaves the bus, until its power is cut */
	EMU_RECOVERY_IS_SILENT,	  /* it stays on the bus, until its power is cut */
};

enum emu_recovery_end emu_recovery_end(const struct emu_recovery *recovery);
/* Returns: the time after which the user cuts the power, in milliseconds, or 0 (never). The result
 * is not 0 only once. */
unsigned int emu_recovery_power_ms(struct emu_recovery *recovery);
/* Returns: the time after which the boot ROM loses its power again, in milliseconds, or 0 (never).
 */
unsigned int emu_recovery_flap_ms(const struct emu_recovery *recovery);

/* Error code of the recovery's LED; 0: none. */
int emu_recovery_error(const struct emu_recovery *recovery);

#endif
