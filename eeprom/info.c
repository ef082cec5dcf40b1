/* SPDX-License-Identifier: Apache-2.0 */
/* Collects facts about EEPROM images and second-stage bootloaders, such as their build times and
 * signatures. */
#include "eeprom/info.h"

#include "boot/chip.h"
#include "util/bytes.h"
#include "eeprom/image.h"
#include "eeprom/lz4.h"
#include "util/util.h"

#include <ctype.h>
#include <openssl/sha.h>
#include <string.h>

#define NUMBER_DIGITS_MAX 10
/* The time 2021-05-19 in seconds since 1970. A second-stage bootloader that was built on this day
 * or later contains a digest of each compressed section of its EEPROM image. */
#define DIGESTS_SINCE 1621382400
/* Firmware that was built between GAP_BEGIN and GAP_END (2024-04-17 and the end of 2024, in seconds
 * since 1970) has no digest of the section qrcode.bin. */
#define GAP_SECTION "qrcode.bin"
#define GAP_BEGIN   1713312000
#define GAP_END	    1735689600

/* A second-stage bootloader that contains the string "RECOVERY." writes the EEPROM of the board. */
#define RECOVERY_MARK "RECOVERY."

/* Finds a string in board firmware. *ret_left becomes the number of firmware bytes after the
 * string.
 * Returns: a pointer to the first byte after the string, or NULL (the firmware does not contain the
 * string). */
static const char *string_find(const void *data, size_t size, const char *name, size_t *ret_left)
{
	const char *at = size ? memmem(data, size, name, strlen(name)) : NULL;

	if (!at)
		return NULL;
	at += strlen(name);
	*ret_left = size - (size_t)(at - (const char *)data);
	return at;
}

static int64_t number_find(const void *data, size_t size, const char *name)
{
	size_t left = 0, digits = 0;
	const char *at = string_find(data, size, name, &left);
	int64_t number = 0;

	for (; at && digits < left && digits < NUMBER_DIGITS_MAX && isdigit((unsigned char)*at);
	     digits++, at++)
		number = number * 10 + (*at - '0');
	return digits ? number : -1;
}

void info_build_find(struct info_build *ret, const void *data, size_t size)
{
	int64_t mfg_version = number_find(data, size, "MFG_VER: ");
	size_t left = 0, length = sizeof(ret->version) - 1;
	const char *version = string_find(data, size, "VERSION:", &left);

	*ret = (struct info_build){.mfg_version = -1};
	ret->time_seconds = number_find(data, size, "BUILD_TIMESTAMP=");
	if (mfg_version >= 0 && mfg_version <= INT32_MAX)
		ret->mfg_version = (int)mfg_version;
	for (size_t i = 0; version && i < length && i < left; i++) {
		if (!isxdigit((unsigned char)version[i])) {
			ret->version[0] = '\0';
			return;
		}
		ret->version[i] = version[i];
	}
}

void info_stage_read(struct info_stage *ret, const char *name, const void *data, size_t size)
{
	struct key *key = NULL;

	*ret = (struct info_stage){.name = name};
	countersign_parse(&ret->blocks, data, size);
	if (ret->blocks.customer.form != COUNTERSIGN_ABSENT &&
	    key_from_public_bytes(&key, ret->blocks.customer.public_bytes, name, NULL) == 0)
		key_otp_hash(key, ret->customer_hash, NULL);
	key_free(key);
}

static void stage_read(struct info *ret, const struct eeprom_image *image, const char *name)
{
	const struct eeprom_section *section = eeprom_image_find(image, name, NULL);

	if (!section)
		return;
	info_stage_read(&ret->stages[ret->stage_count++], name, eeprom_content(image, section),
			section->content_bytes);
	if (ret->build.time_seconds < 0)
		info_build_find(&ret->build, eeprom_content(image, section),
				section->content_bytes);
}

static void update_time_read(struct info *ret, const struct eeprom_image *image)
{
	const struct eeprom_section *section = eeprom_image_find(image, EEPROM_UPDATE_TIME, NULL);
	const unsigned char *at = image->bytes + image->size - 8;

	if (section && image->ab && section->content_bytes == 8)
		at = eeprom_content(image, section);
	ret->update_time_seconds = bytes_le32(at + 4);
	ret->has_update_time = bytes_le32(at) == ~ret->update_time_seconds &&
			       ret->update_time_seconds != UINT32_MAX;
}

/* Reads the public key in an EEPROM image, and stores the state of the key in ret->pubkey.
 * Returns: the key, or NULL (the image has no valid key). */
static struct key *pubkey_read(struct info *ret, const struct eeprom_image *image)
{
	const struct eeprom_section *section = eeprom_image_find(image, EEPROM_PUBKEY, NULL);
	struct key *key = NULL;

	if (!section)
		return NULL;
	ret->pubkey = INFO_PUBKEY_UNSET;
	if (eeprom_is_unset(image, section))
		return NULL;
	ret->pubkey = INFO_PUBKEY_BAD;
	if (section->content_bytes == KEY_PUBLIC_SIZE &&
	    key_from_public_bytes(&key, eeprom_content(image, section), section->name, NULL) == 0 &&
	    key_otp_hash(key, ret->otp_hash, NULL) == 0) {
		ret->pubkey = INFO_PUBKEY_SET;
		ret->exponent = key_exponent(key);
	}
	return key;
}

static enum info_signature signature_read(struct info *ret, const struct eeprom_image *image,
					  const struct key *key)
{
	const struct eeprom_section *section = eeprom_image_find(image, EEPROM_SIGNATURE, NULL);
	const struct eeprom_section *config = eeprom_image_find(image, EEPROM_CONFIG, NULL);
	struct signature *signature = &ret->signature_text;

	if (!section || !config)
		return INFO_SIGNATURE_ABSENT;
	if (eeprom_is_unset(image, section))
		return INFO_SIGNATURE_UNSET;
	if (signature_parse(signature, (const char *)eeprom_content(image, section),
			    section->content_bytes, NULL) < 0)
		return INFO_SIGNATURE_DAMAGED;
	if (!signature_is_of(signature, eeprom_content(image, config), config->content_bytes))
		return INFO_SIGNATURE_OTHER_CONFIG;
	if (!signature->is_signed)
		return INFO_SIGNATURE_UNSIGNED;
	if (!key)
		return INFO_SIGNATURE_NO_KEY;
	return signature_verify(signature, eeprom_content(image, config), config->content_bytes,
				key)
		       ? INFO_SIGNATURE_VALID
		       : INFO_SIGNATURE_OTHER_KEY;
}

void info_read(struct info *ret, const struct eeprom_image *image)
{
	struct key *key;

	*ret = (struct info){.build = {.time_seconds = -1, .mfg_version = -1}};
	stage_read(ret, image, EEPROM_BOOTCODE);
	if (image->ab)
		stage_read(ret, image, EEPROM_BOOTSYS);
	update_time_read(ret, image);
	key = pubkey_read(ret, image);
	ret->signature = signature_read(ret, image, key);
	key_free(key);
}

/* Decompresses a section of an EEPROM image, and compares the result with a SHA-256.
 * Returns: true if the result has this SHA-256. */
static bool content_has(const unsigned char *content, size_t size, const unsigned char *digest)
{
	cleanup_free unsigned char *expanded = NULL;
	unsigned char sum[KEY_HASH_SIZE];
	size_t expanded_size;

	return lz4_expand(content, size, &expanded, &expanded_size, NULL) == 0 &&
	       SHA256(expanded, expanded_size, sum) && memcmp(sum, digest, sizeof(sum)) == 0;
}

/* A second-stage bootloader contains digests of the compressed sections of its EEPROM image. Some
 * older builds contain no digests, or lack the digest of one section.
 * Returns: true if a bootloader with this build time contains the digest of this section. */
static bool digest_is_expected(const struct info_build *build, const struct eeprom_section *section)
{
	if (build->time_seconds < DIGESTS_SINCE)
		return false;
	return strcmp(section->name, GAP_SECTION) != 0 || build->time_seconds < GAP_BEGIN ||
	       build->time_seconds >= GAP_END;
}

enum info_digest info_digest_judge(const struct eeprom_image *image, const struct info_build *build,
				   const struct eeprom_section *section)
{
	const struct eeprom_section *stage =
		eeprom_image_find(image, image->ab ? EEPROM_BOOTSYS : EEPROM_BOOTCODE, NULL);
	const unsigned char *content = eeprom_content(image, section);
	size_t size = section->content_bytes - KEY_HASH_SIZE;

	if ((section->kind != EEPROM_KIND_FIXED_OWN && section->kind != EEPROM_KIND_FIXED_LZ4) ||
	    section->content_bytes < KEY_HASH_SIZE)
		return INFO_DIGEST_NONE;
	if (section->kind == EEPROM_KIND_FIXED_LZ4 && !content_has(content, size, content + size))
		return INFO_DIGEST_DAMAGED;
	if (stage && stage->content_bytes &&
	    memmem(eeprom_content(image, stage), stage->content_bytes, content + size,
		   KEY_HASH_SIZE))
		return INFO_DIGEST_GOOD;
	return digest_is_expected(build, section) ? INFO_DIGEST_UNKNOWN : INFO_DIGEST_NONE;
}

const struct chip *info_stage_chip(const struct countersign *blocks)
{
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip))
		if (chip->eeprom_bytes &&
		    blocks->vendor.form ==
			    (chip->customer_block ? COUNTERSIGN_LONG : COUNTERSIGN_SHORT))
			return chip;
	return NULL;
}

bool info_is_recovery(const void *data, size_t size)
{
	return size && memmem(data, size, RECOVERY_MARK, strlen(RECOVERY_MARK));
}
