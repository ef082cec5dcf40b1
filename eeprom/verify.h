/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the signatures of secure boot. The result for each part, such as a file, is a verdict
 * with a reason. */
#ifndef EEPROM_VERIFY_H
#define EEPROM_VERIFY_H

#include <stdbool.h>
#include <stddef.h>

struct eeprom_image;
struct key;

enum verify_verdict {
	VERIFY_SIGNED,
	VERIFY_FAILED,	  /* the part must be signed by the key, and it is not */
	VERIFY_DAMAGED,	  /* the part does not match its digest */
	VERIFY_UNCOVERED, /* the part is not protected by the key */
	VERIFY_WARNING,	  /* the part has a known fault, which does not concern its signature */
};

struct verify {
	const struct key *key;
	/* Receives the verdict about each part. part is the name of the part, and text is the
	 * reason. Both are valid only during the call. */
	void (*on_verdict)(void *ctx, const char *part, enum verify_verdict verdict,
			   const char *text);
	void *ctx;
	unsigned int signed_count, failed_count;
};

/* Reports the verdict about one part to on_verdict() and counts it. */
void verify_report(struct verify *verify, const char *part, enum verify_verdict verdict,
		   const char *text);

/* Returns: true if the key has signed all parts that must be signed, and at least one part, and no
 * part is damaged. */
bool verify_passed(const struct verify *verify);

/* Verifies a file by the signature in the text of its .sig file. text is NULL if the .sig file does
 * not exist. */
void verify_signature(struct verify *verify, const char *part, const void *data, size_t size,
		      const char *text, size_t text_size);

/* Verifies the customer's signature block at the end of a second-stage bootloader. The chip of the
 * bootloader must be one that requires such a block. */
void verify_stage(struct verify *verify, const char *part, const void *data, size_t size);

/* Verifies the parts of an EEPROM image, and the digests of its sections. The name of each part
 * begins with prefix, which names the image. */
void verify_image(struct verify *verify, const char *prefix, const struct eeprom_image *image);

#endif
