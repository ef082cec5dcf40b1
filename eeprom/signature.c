/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the text of .sig files, which hold the digest and the signature of another
 * file. */
#include "eeprom/signature.h"

#include "util/error.h"
#include "util/text.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The size of a buffer for one line of a .sig file. The longest known line contains the
 * signature. */
#define SIGNATURE_LINE_SIZE 640

/* Reads a decimal number, which must be the whole text and must not exceed `max`. */
static bool signature_number(const char *text, uint64_t max, uint64_t *ret)
{
	if (!*text || text[strspn(text, "0123456789")])
		return false;
	/* If a number has more than 64 bits, strtoull() returns ULLONG_MAX, which is more than
	 * `max`. */
	*ret = strtoull(text, NULL, 10);
	return *ret <= max;
}

/* Reads one line of a .sig file after its first line.
 * Returns: NULL (the line is valid, or of an unknown kind), or the name that begins the line, such
 * as "ts" (the value is invalid, or the name occurs twice). */
static const char *signature_line(struct signature *ret, const char *line)
{
	uint64_t number;
	bool ok;

	if (strncmp(line, "ts: ", 4) == 0) {
		ok = !ret->has_time && signature_number(line + 4, INT64_MAX, &ret->time_seconds);
		ret->has_time = true;
		return ok ? NULL : "ts";
	}
	if (strncmp(line, "target-soc: ", 12) == 0) {
		ok = !ret->target_soc && signature_number(line + 12, 99999, &number) && number > 0;
		if (ok)
			ret->target_soc = (unsigned int)number;
		return ok ? NULL : "target-soc";
	}
	if (strncmp(line, "rsa2048: ", 9) == 0) {
		ok = !ret->is_signed && text_hex(line + 9, ret->rsa2048, sizeof(ret->rsa2048));
		ret->is_signed = true;
		return ok ? NULL : "rsa2048";
	}
	return NULL;
}

int signature_parse(struct signature *ret, const char *text, size_t size, struct error *err)
{
	struct signature signature = {0};
	const char *wrong = NULL;
	size_t used = 0;

	if (memchr(text, '\0', size))
		return error_set(err, -EBADMSG, "it is not a text file");
	while (used < size && !wrong) {
		const char *end = memchr(text + used, '\n', size - used);
		size_t length = end ? (size_t)(end - text) - used : size - used;
		char line[SIGNATURE_LINE_SIZE];

		snprintf(line, sizeof(line), "%.*s",
			 (int)(length < sizeof(line) ? length : sizeof(line) - 1), text + used);
		if (used > 0)
			wrong = signature_line(&signature, line);
		else if (!text_hex(line, signature.hash, sizeof(signature.hash)))
			break;
		used += length + (end != NULL);
	}
	if (used == 0)
		return error_set(err, -EBADMSG,
				 "its first line does not have the 64 hex digits of a SHA-256");
	if (wrong)
		return error_set(err, -EBADMSG, "its line '%s' is invalid or occurs twice", wrong);
	*ret = signature;
	return 0;
}

size_t signature_format(const struct signature *signature, char ret[SIGNATURE_TEXT_SIZE])
{
	char hex[2 * KEY_SIGNATURE_SIZE + 1];

	text_put_hex(signature->hash, sizeof(signature->hash), ret);
	text_add(ret, SIGNATURE_TEXT_SIZE, "\n");
	if (signature->has_time)
		text_add(ret, SIGNATURE_TEXT_SIZE, "ts: %" PRIu64 "\n", signature->time_seconds);
	if (signature->target_soc)
		text_add(ret, SIGNATURE_TEXT_SIZE, "target-soc: %u\n", signature->target_soc);
	if (signature->is_signed) {
		text_put_hex(signature->rsa2048, sizeof(signature->rsa2048), hex);
		text_add(ret, SIGNATURE_TEXT_SIZE, "rsa2048: %s\n", hex);
	}
	return strlen(ret);
}

int signature_make(struct signature *ret, const void *data, size_t size, const struct key *key,
		   struct error *err)
{
	if (!SHA256(data, size, ret->hash))
		return error_set(err, -EIO, "libcrypto cannot compute a SHA-256");
	ret->is_signed = key != NULL;
	return key ? key_sign(key, data, size, ret->rsa2048, err) : 0;
}

bool signature_is_of(const struct signature *signature, const void *data, size_t size)
{
	unsigned char hash[SIGNATURE_HASH_SIZE];

	return SHA256(data, size, hash) && memcmp(hash, signature->hash, sizeof(hash)) == 0;
}

bool signature_verify(const struct signature *signature, const void *data, size_t size,
		      const struct key *key)
{
	return signature->is_signed && signature_is_of(signature, data, size) &&
	       key_verify(key, data, size, signature->rsa2048);
}
