/* SPDX-License-Identifier: Apache-2.0 */
/* Records facts about the update of a board's bootloader EEPROM: the image that the board received,
 * the digest of this image, and the results that the board reported. */
#ifndef BOOT_RECOVERY_H
#define BOOT_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECOVERY_SHA256_SIZE 65 /* 64 hex digits and a NUL */
/* The size of a buffer for a digest that a board reports. A SHA-256 with its NUL needs 65 bytes. A
 * board may report a longer text, which is cut. */
#define RECOVERY_TEXT_SIZE 80

struct recovery;
struct error;

/* The result of an action, as the board reported it. RECOVERY_UNCLEAR stands for a value that is
 * neither "success" nor "fail". */
enum recovery_result { RECOVERY_UNREPORTED, RECOVERY_SUCCESS, RECOVERY_UNCLEAR, RECOVERY_FAIL };
enum recovery_hash { RECOVERY_HASH_UNKNOWN, RECOVERY_HASH_EQUAL, RECOVERY_HASH_OTHER };

struct recovery_facts {
	/* The name of the EEPROM image that the boot directory has for the board, or NULL if it has
	 * no such image. */
	const char *held;
	bool asked;	 /* the board requested an image */
	bool configured; /* the board received config.txt */
	bool sent;	 /* the board received a whole image */
	/* The results that the board reported as EEPROM_UPDATE, EEPROM_ERASE and
	 * SECURE_BOOT_PROVISION. The recovery firmware reports "success" or "fail" for each
	 * requested action. After "fail", later reports do not change the result, and after an
	 * unclear report, only "fail" does. A success of the update does not count if the board
	 * reported it before it received the image. A success of the other actions does not count
	 * before the board received config.txt, which orders them. */
	enum recovery_result update, erase, provision;
	/* The result of a comparison of two digests: the digest that the board reported as
	 * EEPROM_HASH, and the digest of the expected image. RECOVERY_HASH_UNKNOWN means that a
	 * digest is missing. RECOVERY_HASH_OTHER means that the digests differ, or that the board
	 * reported two different values of EEPROM_HASH. */
	enum recovery_hash hash;
	/* The SHA-256 of the EEPROM image that is expected after the update, in hexadecimal. If it
	 * is empty, the image that rpiboot sent is expected. */
	char expected_sha256[RECOVERY_SHA256_SIZE];
	/* The SHA-256 of the EEPROM image, in hexadecimal. It is empty until the board has received
	 * the whole image. */
	char sent_sha256[RECOVERY_SHA256_SIZE];
	/* The digest that the board reported as EEPROM_HASH. It is printable, and empty if the
	 * board reported none. */
	char reported_sha256[RECOVERY_TEXT_SIZE];
	/* The values that the board reported as CUSTOMER_KEY_HASH and USER_SERIAL_NUM. They are
	 * printable, and empty if the board did not report them. */
	char key_hash[RECOVERY_TEXT_SIZE], serial[RECOVERY_TEXT_SIZE];
	/* hash_contradicts is true if the board reported several different values of EEPROM_HASH.
	 * `contradicts` is true if it did so for CUSTOMER_KEY_HASH or USER_SERIAL_NUM. */
	bool hash_contradicts, contradicts;
};

/* Creates an empty list of facts about the EEPROM update of one board.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with recovery_free(), which accepts NULL and returns NULL. */
int recovery_new(struct recovery **ret, struct error *err);
struct recovery *recovery_free(struct recovery *recovery);

/* Forgets all facts about the EEPROM update before the board starts from its boot ROM again.
 * expected_sha256: the SHA-256 of the image that the EEPROM should have afterwards, in hexadecimal,
 * or NULL if this is the image that the board reads. */
void recovery_restart(struct recovery *recovery, const char *expected_sha256);

/* The file names of EEPROM images, in the order in which boards request them. The list ends with
 * NULL. */
extern const char *const recovery_images[];

/* Returns: true if a board requests an EEPROM image with this file name. */
bool recovery_is_image(const char *name);

/* Records that the boot directory has an EEPROM image for the board. image: its file name, which
 * must be an element of the array recovery_images */
void recovery_hold(struct recovery *recovery, const char *image);

/* Records that the board requested a file of `bytes` bytes. If the host sends the file, the caller
 * then passes the file's content to recovery_send(). */
void recovery_ask(struct recovery *recovery, const char *name, uint64_t bytes);

/* Adds the next bytes of the requested file to the digest of this file. The caller calls this
 * function before it sends the bytes to the board. */
void recovery_send(struct recovery *recovery, const void *data, size_t size);

/* Records that the board has received all bytes of the file that it requested. */
void recovery_sent(struct recovery *recovery);

/* Records a property that the board reported, such as EEPROM_HASH. key and value are untrusted
 * bytes from the board. */
void recovery_report(struct recovery *recovery, const char *key, const char *value);

/* Returns: the facts about the update of the EEPROM that were recorded so far. Each recorded event
 * can change them. */
const struct recovery_facts *recovery_facts(const struct recovery *recovery);

#endif
