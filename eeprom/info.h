/* SPDX-License-Identifier: Apache-2.0 */
/* Reads facts from an EEPROM image or a second-stage bootloader, such as the build time, the
 * signatures and the digests (docs/protocol.md, section 9). These functions need no key of the
 * user. */
#ifndef EEPROM_INFO_H
#define EEPROM_INFO_H

#include "eeprom/countersign.h"
#include "eeprom/signature.h"

struct chip;
struct eeprom_image;
struct eeprom_section;

#define INFO_STAGES_MAX 2

/* The time and the version numbers of a build of board firmware, which the firmware contains as
 * strings. */
struct info_build {
	int64_t time_seconds; /* seconds since 1970, or -1 if unknown */
	char version[9];      /* 8 hexadecimal digits, or empty */
	int mfg_version;      /* the number MFG_VER, or -1 if absent */
};

struct info_stage {
	const char *name;
	struct countersign blocks;
	/* The SHA-256 of the customer's public key, which the customer's boards hold in one-time
	 * programmable (OTP) memory. All bytes are 0 if no customer signed the second-stage
	 * bootloader. */
	unsigned char customer_hash[KEY_HASH_SIZE];
};

enum info_pubkey {
	INFO_PUBKEY_ABSENT, /* no section for a public key */
	INFO_PUBKEY_UNSET,
	INFO_PUBKEY_SET,
	INFO_PUBKEY_BAD, /* not an RSA key with 2048 bits */
};

enum info_signature {
	INFO_SIGNATURE_ABSENT, /* no place for a signature */
	INFO_SIGNATURE_UNSET,
	INFO_SIGNATURE_VALID,
	INFO_SIGNATURE_DAMAGED, /* bootconf.sig contains no signature text */
	/* The digest in the file bootconf.sig does not match the file bootconf.txt. */
	INFO_SIGNATURE_OTHER_CONFIG,
	/* The EEPROM image has only a digest of its file bootconf.txt, and no signature. */
	INFO_SIGNATURE_UNSIGNED,
	/* The EEPROM image has no public key, so the signature of its file bootconf.txt cannot be
	 * verified. */
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
	/* The digest and the signature of bootconf.txt, from the file bootconf.sig in the EEPROM
	 * image. They are zeros if one of these files is missing, or if bootconf.sig is empty or
	 * damaged. */
	struct signature signature_text;
};

/* Stores facts about a second-stage bootloader in *ret: its name, its signature blocks, and the
 * hash of the customer's public key.
 * Ownership: the string `name` must outlive *ret, which points to it. */
void info_stage_read(struct info_stage *ret, const char *name, const void *data, size_t size);

/* Collects the facts about an EEPROM image, such as its build time and its signatures. */
void info_read(struct info *ret, const struct eeprom_image *image);

/* Finds the build time and the version numbers in the bytes of board firmware, which contains them
 * as strings. */
void info_build_find(struct info_build *ret, const void *data, size_t size);

enum info_digest {
	INFO_DIGEST_NONE, /* this section has no digest */
	/* The second-stage bootloader contains a list of genuine digests, and the digest of this
	 * section is in it. */
	INFO_DIGEST_GOOD,
	/* The second-stage bootloader does not contain the digest of this section, so the section
	 * is of another release or was changed. */
	INFO_DIGEST_UNKNOWN,
	/* The decompressed section of the EEPROM image does not match its digest. */
	INFO_DIGEST_DAMAGED,
};

/* Checks a compressed section of an EEPROM image by the digest at its end. The section is genuine
 * if the second-stage bootloader in the image contains this digest. If the section is an LZ4 frame,
 * its content must match the digest, too. Older builds of the firmware have no digests of some
 * sections. A digest that is missing in such a build is no sign of damage, and the result is
 * INFO_DIGEST_NONE. */
enum info_digest info_digest_judge(const struct eeprom_image *image, const struct info_build *build,
				   const struct eeprom_section *section);

/* Finds the chip for which a second-stage bootloader was made, by the form of its signature blocks.
 * Returns: the chip, or NULL (the file has no signature block of Raspberry Pi). */
const struct chip *info_stage_chip(const struct countersign *blocks);

/* Returns: true if the second-stage bootloader is recovery firmware, such as recovery.bin, which
 * writes the EEPROM of the board. */
bool info_is_recovery(const void *data, size_t size);

#endif
