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
	VERIFY_UNCOVERED, /* no signature, and none is required */
	/* The file has a fault that is unrelated to its signature. */
	VERIFY_WARNING,
};

struct verify {
	const struct key *key;
	/* Receives the verdict about one checked file, or about one or more sections of an EEPROM
	 * image. `part` is the name of the file or sections, and `text` is the reason for the
	 * verdict. Both strings are valid only during the call. */
	void (*on_verdict)(void *ctx, const char *part, enum verify_verdict verdict,
			   const char *text);
	void *ctx;
	unsigned int signed_count, failed_count;
};

/* Passes a verdict to on_verdict() and counts it. A verdict is the result for one file, or for one
 * or more sections of an EEPROM image. */
void verify_report(struct verify *verify, const char *part, enum verify_verdict verdict,
		   const char *text);

/* Returns: true if on_verdict() received VERIFY_SIGNED at least once, and never VERIFY_FAILED or
 * VERIFY_DAMAGED. */
bool verify_passed(const struct verify *verify);

/* Verifies a file with the signature in the text of its .sig file. text is NULL if the .sig file
 * does not exist. */
void verify_signature(struct verify *verify, const char *part, const void *data, size_t size,
		      const char *text, size_t text_size);

/* Verifies the customer's signature block at the end of a second-stage bootloader. The caller must
 * not pass a bootloader for BCM2711, because it has no such block. */
void verify_stage(struct verify *verify, const char *part, const void *data, size_t size);

/* Verifies the files in an EEPROM image, and the digests of its sections. The name of each part in
 * on_verdict() is `prefix`, a colon and the name of the section. */
void verify_image(struct verify *verify, const char *prefix, const struct eeprom_image *image);

#endif
