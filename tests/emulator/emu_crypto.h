/* SPDX-License-Identifier: Apache-2.0 */
/* Digests, keys and signatures as a board checks them (docs/protocol.md, section 9), and files
 * within an EEPROM image (section 1.1). Shares no code with eeprom/. */
#ifndef EMU_CRYPTO_H
#define EMU_CRYPTO_H

#include "tests/emulator/emu_keep.h"

#include <openssl/ossl_typ.h>

#define EMU_PUBKEY_BYTES    264 /* modulus and exponent, both little-endian */
#define EMU_RSA_BYTES	    256
#define EMU_CUSTOMER_BYTES  532
#define EMU_CUSTOMER_NUMBER 16

void emu_hash(const uint8_t *data, size_t size, uint8_t ret[EMU_HASH_BYTES]);
void emu_hash_text(const uint8_t hash[EMU_HASH_BYTES], char ret[EMU_HASH_TEXT]);
/* Returns: 0, or -1 (the text is not 64 hexadecimal digits). */
int emu_hash_parse(const char *text, uint8_t ret[EMU_HASH_BYTES]);

/* Makes an RSA key. Ownership: the caller frees it with EVP_PKEY_free(). */
EVP_PKEY *emu_key_new(void);

/* The public part of an RSA-2048 key in the form of pubkey.bin. Returns: 0 or -1. */
int emu_pubkey_of(const EVP_PKEY *key, uint8_t ret[EMU_PUBKEY_BYTES]);
/* Reads the public key of a PEM file with a private or a public RSA-2048 key, in the form of
 * pubkey.bin. Returns: 0 or -1. */
int emu_pubkey_read(const char *path, uint8_t ret[EMU_PUBKEY_BYTES]);

/* Returns: true if this is the key's signature of the data (PKCS#1 v1.5, SHA-256, big-endian). */
bool emu_signature_is_good(const uint8_t pubkey[EMU_PUBKEY_BYTES], const uint8_t *data, size_t size,
			   const uint8_t signature[EMU_RSA_BYTES]);

enum emu_customer { EMU_CUSTOMER_NONE, EMU_CUSTOMER_BAD, EMU_CUSTOMER_GOOD };

/* Looks for a customer's block at the end of a second stage of BCM2712.
 * ret_key_hash: the hash of its key, set with EMU_CUSTOMER_GOOD. */
enum emu_customer emu_customer_check(const uint8_t *code, size_t size,
				     uint8_t ret_key_hash[EMU_HASH_BYTES]);

/* Has the second stage Raspberry Pi's own signature in the form of the chip? Only the form is
 * checked. A customer's block can follow it. */
bool emu_code_is_for(enum emu_chip chip, const uint8_t *code, size_t size);

/* Finds the content of a named section. Returns: NULL (there is none, or the chain is damaged). */
const uint8_t *emu_image_find(const uint8_t *image, size_t size, const char *name,
			      size_t *ret_size);

/* Finds the key of pubkey.bin in an image. Returns: NULL (there is none, or its slot is empty). */
const uint8_t *emu_image_pubkey(const uint8_t *image, size_t size);

#endif
