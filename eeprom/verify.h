/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the signatures of files for secure boot, and reports a verdict with a reason for each of
 * them. */
#ifndef EEPROM_VERIFY_H
#define EEPROM_VERIFY_H

#include <stdbool.h>
#include <stddef.h>

struct eeprom_image;
struct key;

enum verify_verdict {
	VERIFY_SIGNED,
	VERIFY_FAILED,	  /* no valid signature, but one is required */
	VERIFY_DAMAGED,	  /* the data do not match their digest */
	VERIFY_UNCOVERED, /* no signature protects this part */
	/* The checked part, such as a file, has a fault that is unrelated to its signature. */
	VERIFY_WARNING,
};

struct verify {
	const struct key *key;
	/* Receives the verdict about each verified part, such as a file. text is the reason. The
	 * name of the part and the text are valid only during the call. */
	void (*on_verdict)(void *ctx, const char *part, enum verify_verdict verdict,
			   const char *text);
	void *ctx;
	unsigned int signed_count, failed_count;
};

/* Reports the verdict about one verified part, such as a file, to on_verdict() and counts it. */
void verify_report(struct verify *verify, const char *part, enum verify_verdict verdict,
		   const char *text);

/* Returns: true if at least one part was verified, and each part that needs a valid signature of
 * the key has one. */
bool verify_passed(const struct verify *verify);

/* Verifies a file with the signature in the text of its .sig file. text is NULL if the .sig file
 * does not exist. */
void verify_signature(struct verify *verify, const char *part, const void *data, size_t size,
		      const char *text, size_t text_size);

/* Verifies the customer's signature block at the end of a second-stage bootloader. The caller must
 * not pass a bootloader for BCM2711, because it has no such block. */
void verify_stage(struct verify *verify, const char *part, const void *data, size_t size);

/* Verifies the files in an EEPROM image, and the digests of its sections. In the reports, the name
 * of each file begins with prefix. */
void verify_image(struct verify *verify, const char *prefix, const struct eeprom_image *image);

#endif
