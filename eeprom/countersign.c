/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and appends the signatures at the end of second-stage bootloaders. A long signature block
 * has three words (the size of the data before the block, the key number, the version), the
 * signature over the data and these words, and the public key. All numbers except the signature are
 * little-endian. */
#include "eeprom/countersign.h"

#include "util/bytes.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define COUNTERSIGN_WORDS_SIZE 12
#define COUNTERSIGN_VENDOR_MAX 4 /* the highest key number of Raspberry Pi */

/* Reads a signature block of block_size bytes at the end of a second-stage bootloader, if there is
 * one. If there is none, all members of *ret are 0. */
static bool block_find(struct countersign_block *ret, const unsigned char *data, size_t size,
		       size_t block_size)
{
	size_t offset = size - block_size;

	*ret = (struct countersign_block){0};
	if (size < block_size || size > UINT32_MAX || bytes_le32(data + offset) != offset)
		return false;
	ret->offset = (uint32_t)offset;
	ret->key_number = bytes_le32(data + offset + 4);
	return true;
}

static bool block_find_long(struct countersign_block *ret, const unsigned char *data, size_t size)
{
	const unsigned char *words = data + size - COUNTERSIGN_BLOCK_SIZE;
	const unsigned char *signature = words + COUNTERSIGN_WORDS_SIZE;
	struct key *key = NULL;

	if (!block_find(ret, data, size, COUNTERSIGN_BLOCK_SIZE))
		return false;
	if (ret->key_number > COUNTERSIGN_VENDOR_MAX && ret->key_number != COUNTERSIGN_CUSTOMER)
		return false;
	ret->form = COUNTERSIGN_LONG;
	ret->version = bytes_le32(words + 8);
	memcpy(ret->public_bytes, signature + KEY_SIGNATURE_SIZE, KEY_PUBLIC_SIZE);
	if (key_from_public_bytes(&key, ret->public_bytes, "the block", NULL) == 0)
		ret->valid = key_verify(key, data, ret->offset + COUNTERSIGN_WORDS_SIZE, signature);
	key_free(key);
	return true;
}

void countersign_parse(struct countersign *ret, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	struct countersign_block *vendor = &ret->vendor;

	memset(ret, 0, sizeof(*ret));
	if (block_find_long(vendor, bytes, size) && vendor->key_number == COUNTERSIGN_CUSTOMER) {
		ret->customer = *vendor;
		size = vendor->offset;
		while (block_find_long(vendor, bytes, size) &&
		       vendor->key_number == COUNTERSIGN_CUSTOMER) {
			ret->customer_twice = true;
			size = vendor->offset;
		}
	}
	if (vendor->form != COUNTERSIGN_LONG &&
	    block_find(vendor, bytes, size, COUNTERSIGN_SHORT_SIZE))
		vendor->form = COUNTERSIGN_SHORT;
}

bool countersign_has_customer(const void *data, size_t size)
{
	struct countersign_block block;

	return block_find(&block, data, size, COUNTERSIGN_BLOCK_SIZE) &&
	       block.key_number == COUNTERSIGN_CUSTOMER;
}

bool countersign_is_by(const struct countersign *countersign, const struct key *key)
{
	unsigned char public_bytes[KEY_PUBLIC_SIZE];

	key_public_bytes(key, public_bytes);
	return countersign->customer.form == COUNTERSIGN_LONG && countersign->customer.valid &&
	       memcmp(countersign->customer.public_bytes, public_bytes, KEY_PUBLIC_SIZE) == 0;
}

/* Checks that a board will accept this second-stage bootloader when a customer's signature has been
 * added to it.
 * Returns: 0 or -EINVAL. */
static int countersign_check(const void *data, size_t size, const char *name, uint32_t version,
			     struct error *err)
{
	struct countersign old;

	if (version > COUNTERSIGN_VERSION_MAX)
		return error_set(err, -EINVAL,
				 "the rollback version %" PRIu32 " is not between 0 and %d",
				 version, COUNTERSIGN_VERSION_MAX);
	countersign_parse(&old, data, size);
	if (old.customer.form != COUNTERSIGN_ABSENT)
		return error_set(err, -EINVAL, "%s is already countersigned", name);
	if (old.vendor.form == COUNTERSIGN_SHORT)
		return error_set(err, -EINVAL,
				 "%s is for a chip whose firmware cannot be countersigned", name);
	if (old.vendor.form != COUNTERSIGN_LONG)
		return error_set(err, -EINVAL,
				 "%s cannot be countersigned, because it does not end with the "
				 "signature of Raspberry Pi; use the second-stage bootloader "
				 "bootcode5.bin or the recovery firmware recovery.bin",
				 name);
	if (!old.vendor.valid)
		return error_set(err, -EINVAL,
				 "%s is damaged: it does not match the signature of Raspberry Pi",
				 name);
	if (size + COUNTERSIGN_BLOCK_SIZE > COUNTERSIGN_FILE_MAX)
		return error_set(err, -EINVAL,
				 "%s is too large: it would have %zu bytes with the signature, but "
				 "the boot ROM loads at most %d",
				 name, size + COUNTERSIGN_BLOCK_SIZE, COUNTERSIGN_FILE_MAX);
	return 0;
}

int countersign_append(unsigned char **ret, size_t *ret_size, const void *data, size_t size,
		       const char *name, const struct key *key, uint32_t version, struct error *err)
{
	cleanup_free unsigned char *file = NULL;
	unsigned char *words;
	int r = countersign_check(data, size, name, version, err);

	if (r < 0)
		return r;
	file = malloc(size + COUNTERSIGN_BLOCK_SIZE);
	if (!file)
		return error_set(err, -ENOMEM, "out of memory");
	memcpy(file, data, size);
	words = file + size;
	bytes_put_le32(words, (uint32_t)size);
	bytes_put_le32(words + 4, COUNTERSIGN_CUSTOMER);
	bytes_put_le32(words + 8, version);
	r = key_sign(key, file, size + COUNTERSIGN_WORDS_SIZE, words + COUNTERSIGN_WORDS_SIZE, err);
	if (r < 0)
		return r;
	key_public_bytes(key, words + COUNTERSIGN_WORDS_SIZE + KEY_SIGNATURE_SIZE);
	*ret = take_ptr(file);
	*ret_size = size + COUNTERSIGN_BLOCK_SIZE;
	return 0;
}
