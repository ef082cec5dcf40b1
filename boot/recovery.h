/* SPDX-License-Identifier: Apache-2.0 */
/* The facts about the bootloader EEPROM of one board. They are the image that was sent to the
 * board, its digest, and the results that the board reported. This file knows no files and no
 * states of a board. */
#ifndef BOOT_RECOVERY_H
#define BOOT_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECOVERY_SHA256_SIZE 65 /* 64 hex digits and a NUL */
/* The buffer size for a reported digest. It has room for a value that is not a SHA-256. */
#define RECOVERY_TOLD_SIZE 80

struct recovery;
struct error;

enum recovery_result { RECOVERY_UNREPORTED, RECOVERY_SUCCESS, RECOVERY_FAIL };
enum recovery_hash { RECOVERY_HASH_UNKNOWN, RECOVERY_HASH_EQUAL, RECOVERY_HASH_OTHER };

struct recovery_facts {
	/* The name of the image that the boot directory has for the board, or NULL if there is
	 * none. */
	const char *held;
	bool asked; /* the board requested an image */
	bool sent;  /* an image was sent completely */
	/* The results that the board reported as EEPROM_UPDATE, EEPROM_ERASE and
	 * SECURE_BOOT_PROVISION. Recovery firmware reports "success" or "fail", and no result for
	 * an action that was not requested. After "fail", later reports do not change the result.
	 */
	enum recovery_result update, erase, provision;
	/* The comparison of EEPROM_HASH with the digest of the image that was sent. The value is
	 * RECOVERY_HASH_UNKNOWN if one of the two is missing. */
	enum recovery_hash hash;
	/* The digest of the image, or an empty string if no image was sent completely. */
	char sent_sha256[RECOVERY_SHA256_SIZE];
	/* The reported EEPROM_HASH as printable text, or an empty string if the board did not
	 * report it. */
	char reported_sha256[RECOVERY_TOLD_SIZE];
};

/* Creates the facts of one board.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller ends *ret with recovery_free(), which accepts NULL and returns NULL. */
int recovery_new(struct recovery **ret, struct error *err);
struct recovery *recovery_free(struct recovery *recovery);

/* The names of EEPROM images, in the order in which boards request them. The list ends with NULL.
 */
extern const char *const recovery_images[];

/* Records that the boot directory has an image for the board. The image is a string from
 * recovery_images. */
void recovery_hold(struct recovery *recovery, const char *image);

/* Records that the board requested the content of a file of this size. If the file is sent, its
 * bytes follow in recovery_send(), from the first byte on. */
void recovery_ask(struct recovery *recovery, const char *name, uint64_t bytes);

/* Adds the next bytes of the requested file to the digest, before they are sent. */
void recovery_send(struct recovery *recovery, const void *data, size_t size);

/* Records that the board received the whole file. */
void recovery_sent(struct recovery *recovery);

/* Records a property that the board reported. The strings are bytes that come from a board. */
void recovery_report(struct recovery *recovery, const char *key, const char *value);

void recovery_facts(const struct recovery *recovery, struct recovery_facts *ret);

#endif
