/* SPDX-License-Identifier: Apache-2.0 */
/* The signature blocks at the end of a second stage. The first block is that of Raspberry Pi. A
 * customer that owns the board can append a second one. Only chips with the long form of the block
 * can have a customer's block (docs/protocol.md, section 9). */
#ifndef EEPROM_COUNTERSIGN_H
#define EEPROM_COUNTERSIGN_H

#include "eeprom/key.h"

#define COUNTERSIGN_BLOCK_SIZE	532
#define COUNTERSIGN_SHORT_SIZE	284
#define COUNTERSIGN_FILE_MAX	112640 /* bytes of the largest second stage */
#define COUNTERSIGN_CUSTOMER	16     /* the key number of customers */
#define COUNTERSIGN_VERSION_MAX 32

enum countersign_form {
	COUNTERSIGN_ABSENT,
	/* The short form of the signature block has 284 bytes, with an HMAC that only Raspberry Pi
	 * can check. No customer's block follows it. */
	COUNTERSIGN_SHORT,
	/* The long form of the signature block has 532 bytes, and includes the public key with
	 * which its signature is verified. */
	COUNTERSIGN_LONG,
};

struct countersign_block {
	enum countersign_form form;
	/* The offset of the signature block in the file, which is the size of the signed data
	 * before the block. */
	uint32_t offset;
	uint32_t key_number;
	/* The version with which boards reject a return to older firmware. Only the long form of
	 * the block has it. */
	uint32_t version;
	/* True if the signature in the block matches the public key in it. It is always false for
	 * the short form of the block, which has no public key. */
	bool valid;
	/* The public key in the block, in the form of a pubkey.bin. Only the long form of the block
	 * has it. */
	unsigned char public_bytes[KEY_PUBLIC_SIZE];
};

struct countersign {
	struct countersign_block vendor; /* Raspberry Pi */
	/* The signature block of the customer that owns the board. Its form is COUNTERSIGN_ABSENT
	 * or COUNTERSIGN_LONG. */
	struct countersign_block customer;
	/* True if the second-stage bootloader has more than one customer's signature block, of
	 * which `customer` is the last. */
	bool customer_twice;
};

/* Reads the signature blocks at the end of a second-stage bootloader, and verifies their
 * signatures. The bytes of the file may come from an attacker. */
void countersign_parse(struct countersign *ret, const void *data, size_t size);

/* Returns: true if the bytes end with the signature block of a customer. This function is fast,
 * because it does not verify the signature. */
bool countersign_has_customer(const void *data, size_t size);

/* Returns: true if the second-stage bootloader has a valid signature block of a customer that was
 * made with this key. */
bool countersign_is_by(const struct countersign *countersign, const struct key *key);

/* Copies a second stage and appends the customer's block. name is the name of the file for
 * messages.
 * Returns: 0, -EINVAL (no valid block of Raspberry Pi in the long form, signed by a customer
 * already, too large, or a wrong version), -ENOMEM, or -Exxx from key_sign().
 * Ownership: the caller frees *ret with free(). */
int countersign_append(unsigned char **ret, size_t *ret_size, const void *data, size_t size,
		       const char *name, const struct key *key, uint32_t version,
		       struct error *err);

#endif
