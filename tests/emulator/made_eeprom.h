/* SPDX-License-Identifier: Apache-2.0 */
/* Small recoveries, EEPROM images and signatures that tests make themselves, in the forms of
 * docs/protocol.md, section 9. Their firmware is noise. Shares no code with eeprom/. */
#ifndef MADE_EEPROM_H
#define MADE_EEPROM_H

#include "tests/emulator/emu.h"

#include <openssl/evp.h>

struct made {
	uint8_t *bytes;
	size_t size;
};

/* Makes a second stage with Raspberry Pi's block. is_recovery: with the strings of one; else it is
 * that of a payload. Ownership of all of these: the caller frees the bytes. */
struct made made_code(enum emu_chip chip, bool is_recovery, uint64_t built_s);

/* Adds a customer's block. */
void made_countersign(struct made *code, EVP_PKEY *key);

/* Makes an image with the configuration. key: its public key is in pubkey.bin, the configuration
 * has a signature, and the second stage of BCM2712 a customer's block. NULL: the slots are empty.
 */
struct made made_image(enum emu_chip chip, uint64_t built_s, const char *config, EVP_PKEY *key);

/* Makes a .sig file. key: with a line rsa2048; NULL: without. */
struct made made_sig(const struct made *file, EVP_PKEY *key);

#endif
