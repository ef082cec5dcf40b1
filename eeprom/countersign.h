/* SPDX-License-Identifier: Apache-2.0 */
/* The signatures at the end of second stages: that of Raspberry Pi, and behind it that of the
 * customer who owns the board (docs/protocol.md, section 9). Only chips with the long form of the
 * block have a customer's signature. */
#ifndef EEPROM_COUNTERSIGN_H
#define EEPROM_COUNTERSIGN_H

#include "eeprom/key.h"

#define COUNTERSIGN_BLOCK_SIZE	532
#define COUNTERSIGN_SHORT_SIZE	284
#define COUNTERSIGN_FILE_MAX	112640 /* a second stage with all its blocks, in bytes */
#define COUNTERSIGN_CUSTOMER	16     /* the key number of customers */
#define COUNTERSIGN_VERSION_MAX 32

enum countersign_form {
	COUNTERSIGN_ABSENT,
	/* 284 bytes, with an HMAC that only Raspberry Pi can check. No customer's block follows. */
	COUNTERSIGN_SHORT,
	/* 532 bytes, with the public key of the signature. */
	COUNTERSIGN_LONG,
};

struct countersign_block {
	enum countersign_form form;
	uint32_t offset; /* the size of the data that is signed, without the words of the block */
	uint32_t key_number;
	uint32_t version; /* the rollback counter; only in the long form */
	/* True if the signature matches the public key of the block. Always false for the short
	 * form. */
	bool valid;
	unsigned char public_bytes[KEY_PUBLIC_SIZE]; /* as pubkey.bin; only in the long form */
};

struct countersign {
	struct countersign_block vendor;   /* Raspberry Pi */
	struct countersign_block customer; /* form is COUNTERSIGN_ABSENT or COUNTERSIGN_LONG */
	bool customer_twice;		   /* another customer's block is before the last one */
};

/* Reads the blocks at the end of a second stage, from any source. Checks their signatures. */
void countersign_parse(struct countersign *ret, const void *data, size_t size);

/* True if the file has a valid block of the customer with this key. */
bool countersign_is_by(const struct countersign *countersign, const struct key *key);

/* Copies a second stage and appends the customer's block. name: the file, for messages.
 * Returns: 0, -EINVAL (no valid block of Raspberry Pi in the long form, signed by a customer
 * already, too large, or a wrong version), -ENOMEM, or -Exxx from key_sign().
 * Ownership: the caller frees *ret with free(). */
int countersign_append(unsigned char **ret, size_t *ret_size, const void *data, size_t size,
		       const char *name, const struct key *key, uint32_t version,
		       struct error *err);

#endif
