/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about an EEPROM image, or about a second stage such as recovery.bin, which need no key of
 * the user: the build, the signatures, the update time and the digests of the sections
 * (docs/protocol.md, section 9). */
#ifndef EEPROM_INFO_H
#define EEPROM_INFO_H

#include "eeprom/countersign.h"
#include "eeprom/signature.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chip;
struct eeprom_image;
struct eeprom_section;

#define INFO_STAGES_MAX 2

/* The time and the versions of a build of board firmware, as strings in the firmware state them. */
struct info_build {
	int64_t time_seconds; /* seconds since 1970, or -1 if unknown */
	char version[9];      /* 8 hexadecimal digits, or empty */
	int mfg_version;      /* the number MFG_VER, or -1 without one */
};

struct info_stage {
	const char *name;
	struct countersign blocks;
	/* The SHA-256 of the customer's public key, which boards of the customer hold in OTP
	 * memory. All bytes are 0 if the second stage has no customer's signature block. */
	unsigned char customer_hash[KEY_HASH_SIZE];
};

enum info_pubkey {
	INFO_PUBKEY_ABSENT, /* the image has no slot for a key */
	INFO_PUBKEY_UNSET,
	INFO_PUBKEY_SET,
	INFO_PUBKEY_BAD, /* not an RSA key with 2048 bits */
};

enum info_signature {
	INFO_SIGNATURE_ABSENT, /* the image has no slot for a signature */
	INFO_SIGNATURE_UNSET,
	INFO_SIGNATURE_VALID,
	INFO_SIGNATURE_DAMAGED, /* the slot contains no signature text */
	/* the digest is that of another bootconf.txt */
	INFO_SIGNATURE_OTHER_CONFIG,
	/* The slot for the signature contains a digest without a signature. */
	INFO_SIGNATURE_UNSIGNED,
	/* The image has no public key, so the signature cannot be checked. */
	INFO_SIGNATURE_NO_KEY,
	INFO_SIGNATURE_OTHER_KEY,
};

struct info {
	struct info_build build;
	struct info_stage stages[INFO_STAGES_MAX];
	size_t stage_count;
	bool has_update_time;
	uint32_t update_time_seconds;
	enum info_pubkey pubkey;
	unsigned char otp_hash[KEY_HASH_SIZE]; /* valid with INFO_PUBKEY_SET */
	uint64_t exponent;
	enum info_signature signature;
	/* The parsed text of the signature of bootconf.txt. It is valid unless `signature` says
	 * that the text is absent, unset or damaged. */
	struct signature signature_text;
};

/* Reads the signature blocks of a second-stage bootloader, and computes the hash of the customer's
 * key.
 * Ownership: name must outlive *ret. */
void info_stage_read(struct info_stage *ret, const char *name, const void *data, size_t size);

/* Collects the facts about an EEPROM image in *ret, such as its build and its signatures. */
void info_read(struct info *ret, const struct eeprom_image *image);

/* Finds the time and the versions of a build, which board firmware contains as strings, in the
 * bytes of a second stage or an EEPROM image. */
void info_build_find(struct info_build *ret, const void *data, size_t size);

enum info_digest {
	INFO_DIGEST_NONE, /* the section has no digest */
	/* The second stage in the image contains the digest of this section. */
	INFO_DIGEST_GOOD,
	/* The second stage in the image does not contain the digest of this section. */
	INFO_DIGEST_UNKNOWN,
	INFO_DIGEST_DAMAGED, /* the expanded content has another digest */
};

/* Checks the digest at the end of a compressed section of an EEPROM image. The second stage in the
 * image must contain it. If the content is an LZ4 frame, it must also have this digest. */
enum info_digest info_digest_check(const struct eeprom_image *image,
				   const struct eeprom_section *section);

/* Judges the digest of a section like info_digest_check(), but knows the age of the firmware. Older
 * builds have no digests of some sections. A digest that is missing in such a build is no sign of
 * damage, and the result is INFO_DIGEST_NONE. */
enum info_digest info_digest_judge(const struct eeprom_image *image, const struct info_build *build,
				   const struct eeprom_section *section);

/* Returns: true if the second stage of firmware of this age contains the digest of the section.
 * Older firmware has no digests, or only some of them. */
bool info_digest_is_expected(const struct info_build *build, const struct eeprom_section *section);

/* Finds the chip for which a second-stage bootloader was made, by the form of its signature blocks.
 * Returns: the chip, or NULL (the file has no signature block of Raspberry Pi). */
const struct chip *info_stage_chip(const struct countersign *blocks);

/* Returns: true if the second-stage bootloader writes the EEPROM of the board, as recovery.bin
 * does. */
bool info_is_recovery(const void *data, size_t size);

#endif
