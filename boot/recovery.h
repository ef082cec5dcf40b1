/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of one board's bootloader EEPROM: the image that it was sent, with its digest, and
 * what the board reported of it. Knows no files and no states. */
#ifndef RECOVERY_H
#define RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECOVERY_SHA256_SIZE 65 /* hex digits and NUL */
#define RECOVERY_TOLD_SIZE   80 /* room for a value that is no SHA-256 */

struct recovery;
struct error;

enum recovery_result { RECOVERY_UNREPORTED, RECOVERY_SUCCESS, RECOVERY_FAIL };
enum recovery_hash { RECOVERY_HASH_UNKNOWN, RECOVERY_HASH_EQUAL, RECOVERY_HASH_OTHER };

struct recovery_facts {
	const char *held; /* the image that the boot directory holds for the board; NULL: none */
	bool asked;	  /* the board asked for an image */
	bool sent;	  /* an image was sent to its end */
	/* EEPROM_UPDATE, EEPROM_ERASE, SECURE_BOOT_PROVISION. Recovery reports "success" or "fail",
	 * or does not report what it was not asked to do. A failure stays, whatever is reported
	 * afterwards. */
	enum recovery_result update, erase, provision;
	/* EEPROM_HASH against the image that was sent; UNKNOWN: one of them is missing. */
	enum recovery_hash hash;
	char sent_sha256[RECOVERY_SHA256_SIZE]; /* empty: none was sent to its end */
	char told_sha256[RECOVERY_TOLD_SIZE];	/* EEPROM_HASH, printable; empty: not reported */
};

/* Returns: 0 or -ENOMEM. Ends with recovery_free() (NULL-safe, returns NULL). */
int recovery_new(struct recovery **ret, struct error *err);
struct recovery *recovery_free(struct recovery *recovery);

/* Names of an image, in the order in which boards ask for them; NULL ends the list. */
extern const char *const recovery_images[];

/* The boot directory holds this one of recovery_images for the board. */
void recovery_hold(struct recovery *recovery, const char *image);

/* The board asks for a file; its content follows from the first byte on, if it is sent at all. */
void recovery_ask(struct recovery *recovery, const char *name, uint64_t bytes);

/* The next bytes of that file are on their way. */
void recovery_send(struct recovery *recovery, const void *data, size_t size);

/* The board has taken all of that file. */
void recovery_sent(struct recovery *recovery);

/* The board reports a property of itself: bytes from a board. */
void recovery_tell(struct recovery *recovery, const char *key, const char *value);

void recovery_facts(const struct recovery *recovery, struct recovery_facts *ret);

#endif
