/* SPDX-License-Identifier: Apache-2.0 */
/* Makes small recoveries, EEPROM images and signatures in the formats of docs/protocol.md, section
 * 9. Their firmware is random bytes. It shares no code with eeprom/. */
#ifndef MADE_EEPROM_H
#define MADE_EEPROM_H

#include "tests/emulator/emu.h"

#include <openssl/evp.h>

struct made {
	uint8_t *bytes;
	size_t size;
};

/* Makes a second stage with Raspberry Pi's block. is_recovery: with the strings of a recovery;
 * otherwise of a payload. Ownership of all results: the caller frees the bytes. */
struct made made_code(enum emu_chip chip, bool is_recovery, uint64_t built_s);

/* Adds a customer's block. */
void made_countersign(struct made *code, EVP_PKEY *key);

/* Makes an image with the configuration. With a key, the image has its public key in pubkey.bin, a
 * signature of the configuration, and, for BCM2712, a customer's block. NULL: the slots are empty.
 */
struct made made_image(enum emu_chip chip, uint64_t built_s, const char *config, EVP_PKEY *key);

/* Makes a .sig file. key: adds a line rsa2048; NULL: no such line. */
struct made made_sig(const struct made *file, EVP_PKEY *key);

#endif
