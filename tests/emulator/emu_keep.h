/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that an emulated board keeps without power: its EEPROM and its OTP. Tests compare it
 * with the report of a program. */
#ifndef EMU_KEEP_H
#define EMU_KEEP_H

#include "tests/emulator/emu.h"

#define EMU_HASH_BYTES 32
#define EMU_HASH_TEXT  (2 * EMU_HASH_BYTES + 1)

struct emu_keep {
	uint8_t *eeprom;
	size_t eeprom_bytes;
	uint8_t key_hash[EMU_HASH_BYTES]; /* zeros: the board is not locked */
	bool devkey_revoked;
	bool jtag_locked;
	int rpiboot_gpio; /* -1: none */
	bool protected;	  /* the protect bits of the EEPROM's status register */
	unsigned int writes, erasures;
};

/* Makes a board as it leaves the factory, but with an erased EEPROM.
 * Returns: 0, or -1 (no memory, or a chip without such an EEPROM). */
int emu_keep_init(struct emu_keep *ret, enum emu_chip chip);
void emu_keep_clear(struct emu_keep *keep);

bool emu_keep_is_locked(const struct emu_keep *keep);

/* Reads DIR/eeprom.bin and DIR/otp.txt, if they exist. otp.txt has a line for each value: key_hash,
 * devkey_revoked, jtag_locked, rpiboot_gpio, protected.
 * Returns: 0, or -1 (a file has another size or form). */
int emu_keep_load(struct emu_keep *keep, const char *dir);

/* Writes both files. Returns: 0, or -1 (errno). */
int emu_keep_save(const struct emu_keep *keep, const char *dir);

#endif
