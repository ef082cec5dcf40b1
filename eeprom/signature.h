/* SPDX-License-Identifier: Apache-2.0 */
/* The text of .sig files, which carry the digest and the signature of another file
 * (docs/protocol.md, section 9). */
#ifndef EEPROM_SIGNATURE_H
#define EEPROM_SIGNATURE_H

#include "eeprom/key.h"

#define SIGNATURE_HASH_SIZE 32
/* A buffer of this many bytes holds the longest text of a .sig file with its NUL. */
#define SIGNATURE_TEXT_SIZE 800
/* The program accepts .sig files of at most this many bytes. All real ones are much smaller. */
#define SIGNATURE_FILE_MAX 65536

struct signature {
	unsigned char hash[SIGNATURE_HASH_SIZE]; /* SHA-256 of the file */
	bool has_time;
	uint64_t time_seconds; /* the ts line: seconds since 1970 */
	/* The number of the chip in the line target-soc of the .sig file, such as 2712 for BCM2712.
	 * It is 0 if the file has no such line. */
	unsigned int target_soc;
	bool is_signed;
	unsigned char rsa2048[KEY_SIGNATURE_SIZE]; /* the signature over the file */
};

/* Reads the text of a .sig file. The function skips unknown lines.
 * Returns: 0, or -EBADMSG (no digest in the first line, or a known line that is wrong or there
 * twice). The message in *err contains no file name. */
int signature_parse(struct signature *ret, const char *text, size_t size, struct error *err);

/* Writes the text of a .sig file, with a NUL at its end.
 * Returns: the number of bytes without the NUL. */
size_t signature_format(const struct signature *signature, char ret[SIGNATURE_TEXT_SIZE]);

/* Stores the digest and the signature of a file in *ret. The caller sets the time and the target.
 * If key is NULL, the function makes only the digest.
 * Returns: 0, or -Exxx from key_sign(). */
int signature_make(struct signature *ret, const void *data, size_t size, const struct key *key,
		   struct error *err);

/* Returns: true if the digest in the .sig text is that of the data. */
bool signature_is_of(const struct signature *signature, const void *data, size_t size);

/* Returns: true if the .sig text contains a signature over the data that was made with this key. */
bool signature_verify(const struct signature *signature, const void *data, size_t size,
		      const struct key *key);

#endif
