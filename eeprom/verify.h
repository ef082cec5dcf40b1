/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts on the signatures of secure boot. A verdict has a part, such as a file, and a reason. */
#ifndef EEPROM_VERIFY_H
#define EEPROM_VERIFY_H

#include <stdbool.h>
#include <stddef.h>

struct eeprom_image;
struct key;

enum verify_verdict {
	VERIFY_SIGNED,
	VERIFY_FAILED,	  /* the part must be signed by the key, and it is not */
	VERIFY_UNCOVERED, /* the part is not protected by the key */
};

struct verify {
	const struct key *key;
	/* Receives each verdict. part and text are only valid during the call. */
	void (*on_verdict)(void *ctx, const char *part, enum verify_verdict verdict,
			   const char *text);
	void *ctx;
	unsigned int signed_count, failed_count;
};

/* Reports one verdict and counts it. */
void verify_report(struct verify *verify, const char *part, enum verify_verdict verdict,
		   const char *text);

/* True if all parts that must be signed are signed by the key, and at least one is. */
bool verify_passed(const struct verify *verify);

/* Verifies a file by the text of its .sig. text: NULL if there is no .sig. */
void verify_signature(struct verify *verify, const char *part, const void *data, size_t size,
		      const char *text, size_t text_size);

/* Verifies the customer's block at the end of a second stage of a chip that demands one. */
void verify_stage(struct verify *verify, const char *part, const void *data, size_t size);

/* Verifies the parts of an EEPROM image. prefix: the image, for the names of its parts. */
void verify_image(struct verify *verify, const char *prefix, const struct eeprom_image *image);

#endif
