/* SPDX-License-Identifier: Apache-2.0 */
/* The signature blocks at the end of a second-stage bootloader. The first block is that of
 * Raspberry Pi. A customer that owns the board can append a second one, if the chip uses the long
 * form of the block (docs/protocol.md, section 9). */
#ifndef EEPROM_COUNTERSIGN_H
#define EEPROM_COUNTERSIGN_H

#include "eeprom/key.h"

#define COUNTERSIGN_BLOCK_SIZE	532
#define COUNTERSIGN_SHORT_SIZE	284
#define COUNTERSIGN_FILE_MAX	112640 /* the largest second-stage bootloader */
#define COUNTERSIGN_CUSTOMER	16     /* the key number of customers */
#define COUNTERSIGN_VERSION_MAX 32

enum countersign_form {
	COUNTERSIGN_ABSENT,
	/* The short form of a signature block (284 bytes), for chips whose boot ROM accepts no
	 * customer's signature. It contains an HMAC that only Raspberry Pi can check. */
	COUNTERSIGN_SHORT,
	/* The long form of a signature block (532 bytes). It contains the public key that verifies
	 * its signature. */
	COUNTERSIGN_LONG,
};

struct countersign_block {
	enum countersign_form form;
	/* The offset of the signature block in the file. All bytes before the block are signed. */
	uint32_t offset;
	uint32_t key_number;
	/* The version number of the firmware, which lets a board reject older firmware. Only a long
	 * signature block (532 bytes) contains a version number. */
	uint32_t version;
	/* True if the signature matches the public key in the signature block. It is always false
	 * for a short block (284 bytes), which contains no public key. */
	bool valid;
	/* The public key that a long signature block (532 bytes) contains, in the form of the file
	 * pubkey.bin. */
	unsigned char public_bytes[KEY_PUBLIC_SIZE];
};

struct countersign {
	struct countersign_block vendor; /* Raspberry Pi */
	/* The signature block that the owner of the board (the customer) has appended to the file,
	 * if there is one. It always has the long form (532 bytes), because only Raspberry Pi uses
	 * the short form (284 bytes). */
	struct countersign_block customer;
	/* True if the file has more than one signature block of a customer. `customer` is then the
	 * last of them. */
	bool customer_twice;
};

/* Reads the signature blocks at the end of a second-stage bootloader, and verifies their
 * signatures. The file may come from an attacker. */
void countersign_parse(struct countersign *ret, const void *data, size_t size);

/* Returns: true if the file ends with the signature block of a customer (an owner of boards). The
 * signature is not verified. */
bool countersign_has_customer(const void *data, size_t size);

/* Returns: true if a customer signed the second-stage bootloader with this key, and the signature
 * is valid. */
bool countersign_is_by(const struct countersign *countersign, const struct key *key);

/* Copies a second-stage bootloader and appends the customer's signature block. name is the name of
 * the file for messages.
 * Returns: 0, -EINVAL (the version is wrong; or the file is too large, has a customer's block
 * already, or has no valid long block of Raspberry Pi), -ENOMEM, or -Exxx from key_sign().
 * Ownership: the caller frees *ret with free(). */
int countersign_append(unsigned char **ret, size_t *ret_size, const void *data, size_t size,
		       const char *name, const struct key *key, uint32_t version,
		       struct error *err);

#endif
