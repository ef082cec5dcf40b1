/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the signatures of files, second-stage bootloaders and EEPROM images with one public
 * key. */
#include "eeprom/verify.h"

#include "boot/chip.h"
#include "eeprom/countersign.h"
#include "eeprom/image.h"
#include "eeprom/info.h"
#include "eeprom/signature.h"
#include "util/error.h"

#include <stdio.h>
#include <string.h>

#define VERIFY_PART_SIZE 4096

void verify_report(struct verify *verify, const char *part, enum verify_verdict verdict,
		   const char *text)
{
	verify->signed_count += verdict == VERIFY_SIGNED;
	verify->failed_count += verdict == VERIFY_FAILED || verdict == VERIFY_DAMAGED;
	verify->on_verdict(verify->ctx, part, verdict, text);
}

bool verify_passed(const struct verify *verify)
{
	return verify->signed_count > 0 && verify->failed_count == 0;
}

void verify_signature(struct verify *verify, const char *part, const void *data, size_t size,
		      const char *text, size_t text_size)
{
	struct signature signature;
	struct error err = {0};
	const char *why = NULL;

	if (!text)
		why = "it has no .sig";
	else if (signature_parse(&signature, text, text_size, &err) < 0)
		why = "its .sig is damaged";
	else if (!signature_is_of(&signature, data, size))
		why = "its .sig belongs to another file";
	else if (!signature.is_signed)
		why = "its .sig has a digest but no signature";
	else if (!signature_verify(&signature, data, size, verify->key))
		why = "its signature was made with another key";
	verify_report(verify, part, why ? VERIFY_FAILED : VERIFY_SIGNED,
		      why ? why : "its .sig matches");
}

void verify_stage(struct verify *verify, const char *part, const void *data, size_t size)
{
	struct countersign found;
	const char *why = NULL;
	char text[64];

	countersign_parse(&found, data, size);
	if (found.customer.form == COUNTERSIGN_ABSENT)
		why = "it is not countersigned";
	else if (!found.customer.valid)
		why = "its countersignature does not match its content";
	else if (!countersign_is_by(&found, verify->key))
		why = "its countersignature was made with another key";
	else if (found.customer_twice)
		why = "it is countersigned twice";
	else if (!found.vendor.valid)
		why = "the signature by Raspberry Pi is missing or does not match the content";
	else if (size > COUNTERSIGN_FILE_MAX)
		why = "it is too large for the boot ROM";
	snprintf(text, sizeof(text), "countersigned, rollback version %u", found.customer.version);
	verify_report(verify, part, why ? VERIFY_FAILED : VERIFY_SIGNED, why ? why : text);
}

static void verify_pubkey(struct verify *verify, const char *part, const struct eeprom_image *image)
{
	const struct eeprom_section *section = eeprom_image_find(image, EEPROM_PUBKEY, NULL);
	unsigned char public_bytes[KEY_PUBLIC_SIZE];
	const char *why = NULL;

	key_public_bytes(verify->key, public_bytes);
	if (!section)
		why = "the image is too old to have a public key";
	else if (eeprom_is_unset(image, section))
		why = "the image has no public key";
	else if (section->content_bytes != KEY_PUBLIC_SIZE ||
		 memcmp(eeprom_content(image, section), public_bytes, KEY_PUBLIC_SIZE) != 0)
		why = "the public key in the image is not the given key";
	verify_report(verify, part, why ? VERIFY_FAILED : VERIFY_SIGNED,
		      why ? why : "it is the public key");
}

static void verify_config(struct verify *verify, const char *part, const struct eeprom_image *image)
{
	const struct eeprom_section *config = eeprom_image_find(image, EEPROM_CONFIG, NULL);
	const struct eeprom_section *section = eeprom_image_find(image, EEPROM_SIGNATURE, NULL);

	if (!config)
		verify_report(verify, part, VERIFY_FAILED, "the image has no configuration");
	else if (!section || eeprom_is_unset(image, section))
		verify_report(verify, part, VERIFY_FAILED,
			      "the image has no signature of its configuration");
	else
		verify_signature(verify, part, eeprom_content(image, config), config->content_bytes,
				 (const char *)eeprom_content(image, section),
				 section->content_bytes);
}

static void verify_section_stage(struct verify *verify, const char *part, const char *name,
				 const struct eeprom_image *image)
{
	const struct eeprom_section *section = eeprom_image_find(image, name, NULL);
	char text[64];

	if (section) {
		verify_stage(verify, part, eeprom_content(image, section), section->content_bytes);
		return;
	}
	snprintf(text, sizeof(text), "the image has no %s", name);
	verify_report(verify, part, VERIFY_FAILED, text);
}

/* Verifies the digests of all sections of an EEPROM image. The second-stage bootloader in the image
 * is signed and contains these digests, so the signature protects all sections. */
static void verify_sections(struct verify *verify, const char *part, char *name,
			    const struct eeprom_image *image)
{
	unsigned int good = 0, bad = 0;
	struct info info;
	char text[128];

	info_read(&info, image);
	for (size_t i = 0; i < image->section_count; i++) {
		enum info_digest digest =
			info_digest_judge(image, &info.build, &image->sections[i]);

		strcpy(name, image->sections[i].name);
		good += digest == INFO_DIGEST_GOOD;
		if (digest != INFO_DIGEST_UNKNOWN && digest != INFO_DIGEST_DAMAGED)
			continue;
		bad++;
		verify_report(verify, part, VERIFY_DAMAGED,
			      digest == INFO_DIGEST_DAMAGED
				      ? "its content does not match its digest"
				      : "the second-stage bootloader does not list the digest of "
					"this section");
	}
	strcpy(name, "other sections");
	snprintf(text, sizeof(text),
		 good + bad
			 ? "the second-stage bootloader lists the digests of %u of %u sections; "
			   "cacert.der and updatetime have no digest"
			 : "the second-stage bootloader is too old to list the digests of sections",
		 good, good + bad);
	verify_report(verify, part, VERIFY_UNCOVERED, text);
}

void verify_image(struct verify *verify, const char *prefix, const struct eeprom_image *image)
{
	char part[VERIFY_PART_SIZE];
	int used = snprintf(part, sizeof(part) / 2, "%s:", prefix);
	char *name = part + (used < (int)sizeof(part) / 2 ? used : (int)sizeof(part) / 2 - 1);

	strcpy(name, EEPROM_PUBKEY);
	verify_pubkey(verify, part, image);
	strcpy(name, EEPROM_CONFIG);
	verify_config(verify, part, image);
	if (image->chip->customer_block) {
		strcpy(name, EEPROM_BOOTCODE);
		verify_section_stage(verify, part, EEPROM_BOOTCODE, image);
		if (image->ab) {
			strcpy(name, EEPROM_BOOTSYS);
			verify_section_stage(verify, part, EEPROM_BOOTSYS, image);
		}
	}
	verify_sections(verify, part, name, image);
}
