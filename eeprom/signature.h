/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes .sig files, which contain the digest and the signature of another file
 * (docs/protocol.md, section 9). */
#ifndef EEPROM_SIGNATURE_H
#define EEPROM_SIGNATURE_H

#include "eeprom/key.h"

#define SIGNATURE_HASH_SIZE 32
/* The size of a buffer that can hold the longest text of a .sig file and a NUL. */
#define SIGNATURE_TEXT_SIZE 800
/* The maximum size of a .sig file in bytes. Larger files are rejected. Real .sig files are much
 * smaller. */
#define SIGNATURE_FILE_MAX 65536

struct signature {
	unsigned char hash[SIGNATURE_HASH_SIZE]; /* SHA-256 of the file */
	bool has_time;
	uint64_t time_seconds; /* the ts line: seconds since 1970 */
	/* The number of the chip for which the file is signed, such as 2712 for BCM2712. It is 0 if
	 * the .sig file names no chip. */
	unsigned int target_soc;
	bool is_signed;
	unsigned char rsa2048[KEY_SIGNATURE_SIZE]; /* the signature over the file */
};

/* Reads the text of a .sig file, and ignores unknown lines.
 * Returns: 0, or -EBADMSG if the first line has no digest, or if a line is invalid or repeated. The
 * message in *err does not name the file. */
int signature_parse(struct signature *ret, const char *text, size_t size, struct error *err);

/* Writes the text of a .sig file, with a NUL at its end.
 * Returns: the number of bytes without the NUL. */
size_t signature_format(const struct signature *signature, char ret[SIGNATURE_TEXT_SIZE]);

/* Computes the digest of a file and signs the file with a key. If key is NULL, the result has only
 * the digest. The caller sets the other members of the result: the time of the signature, and the
 * chip for which the file is signed.
 * Returns: 0, or -Exxx from key_sign(). */
int signature_make(struct signature *ret, const void *data, size_t size, const struct key *key,
		   struct error *err);

/* Returns: true if the digest in the .sig file matches the data. */
bool signature_is_of(const struct signature *signature, const void *data, size_t size);

/* Returns: true if the .sig file contains a valid signature of `data` by `key`. */
bool signature_verify(const struct signature *signature, const void *data, size_t size,
		      const struct key *key);

#endif
