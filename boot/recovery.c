/* SPDX-License-Identifier: Apache-2.0 */
/* Records the EEPROM image that a board received, and the results of the EEPROM update that the
 * board reported. */
#include "boot/recovery.h"

#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *const recovery_images[] = {"pieeprom.bin", "pieeprom.upd", NULL};

struct recovery {
	struct recovery_facts facts;
	EVP_MD_CTX *digest;  /* digest of the image being sent */
	bool sending;	     /* true while the host sends the image */
	bool configuring;    /* true while the host sends config.txt */
	uint64_t left_bytes; /* bytes of the image not yet hashed */
	/* The SHA-256 of the EEPROM image that the host sends, in hexadecimal. It is empty until
	 * the whole image is hashed. */
	char sha256[RECOVERY_SHA256_SIZE];
};

int recovery_new(struct recovery **ret, struct error *err)
{
	struct recovery *recovery = calloc(1, sizeof(*recovery));

	if (recovery)
		recovery->digest = EVP_MD_CTX_new();
	if (!recovery || !recovery->digest) {
		free(recovery);
		return error_set(err, -ENOMEM, "out of memory");
	}
	*ret = recovery;
	return 0;
}

struct recovery *recovery_free(struct recovery *recovery)
{
	if (!recovery)
		return NULL;
	EVP_MD_CTX_free(recovery->digest);
	free(recovery);
	return NULL;
}

void recovery_restart(struct recovery *recovery, const char *expected_sha256)
{
	recovery->facts = (struct recovery_facts){0};
	recovery->sending = false;
	recovery->configuring = false;
	recovery->sha256[0] = '\0';
	if (expected_sha256)
		snprintf(recovery->facts.expected_sha256, sizeof(recovery->facts.expected_sha256),
			 "%s", expected_sha256);
}

void recovery_hold(struct recovery *recovery, const char *image)
{
	recovery->facts.held = image;
}

/* Returns: the requested file name without leading slashes, because the name is relative to the
 * boot directory. */
static const char *plain_name(const char *name)
{
	return name + strspn(name, "/");
}

bool recovery_is_image(const char *name)
{
	name = plain_name(name);
	for (const char *const *image = recovery_images; *image; image++)
		if (strcmp(name, *image) == 0)
			return true;
	return false;
}

void recovery_ask(struct recovery *recovery, const char *name, uint64_t bytes)
{
	recovery->sending = false;
	recovery->sha256[0] = '\0';
	recovery->configuring = bytes > 0 && strcmp(plain_name(name), "config.txt") == 0;
	if (!recovery_is_image(name))
		return;
	recovery->facts.asked = true;
	recovery->left_bytes = bytes;
	recovery->sending =
		bytes > 0 && EVP_DigestInit_ex(recovery->digest, EVP_sha256(), NULL) == 1;
}

static void recovery_compare(struct recovery_facts *facts)
{
	const char *wanted =
		facts->expected_sha256[0] ? facts->expected_sha256 : facts->sent_sha256;

	if (!wanted[0] || !facts->reported_sha256[0])
		return;
	facts->hash = !facts->hash_contradicts && strcasecmp(wanted, facts->reported_sha256) == 0
			      ? RECOVERY_HASH_EQUAL
			      : RECOVERY_HASH_OTHER;
}

void recovery_send(struct recovery *recovery, const void *data, size_t size)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int bytes = 0;

	if (!recovery->sending)
		return;
	size = size < recovery->left_bytes ? size : (size_t)recovery->left_bytes;
	recovery->left_bytes -= size;
	if (EVP_DigestUpdate(recovery->digest, data, size) != 1)
		recovery->sending = false;
	if (!recovery->sending || recovery->left_bytes > 0)
		return;
	recovery->sending = false;
	if (EVP_DigestFinal_ex(recovery->digest, digest, &bytes) != 1)
		return;
	text_put_hex(digest, bytes, recovery->sha256);
}

void recovery_sent(struct recovery *recovery)
{
	struct recovery_facts *facts = &recovery->facts;

	facts->configured = facts->configured || recovery->configuring;
	if (!recovery->sha256[0])
		return;
	/* Ignore a success that the board reported before it received the whole image. */
	if (facts->update == RECOVERY_SUCCESS)
		facts->update = RECOVERY_UNREPORTED;
	facts->sent = true;
	memcpy(facts->sent_sha256, recovery->sha256, sizeof(facts->sent_sha256));
	recovery->sha256[0] = '\0';
	recovery_compare(facts);
}

static void result_record(enum recovery_result *result, const char *value)
{
	enum recovery_result reported = RECOVERY_UNCLEAR;

	if (strcasecmp(value, "fail") == 0)
		reported = RECOVERY_FAIL;
	else if (strcasecmp(value, "success") == 0)
		reported = RECOVERY_SUCCESS;
	if (reported > *result)
		*result = reported;
}

/* Records the result that the board reports after it tried to erase its EEPROM or to lock itself to
 * a key. The file config.txt orders these actions, so a success that the board reports before it
 * received config.txt does not count. */
static void action_record(const struct recovery_facts *facts, enum recovery_result *result,
			  const char *value)
{
	if (facts->configured || strcasecmp(value, "success") != 0)
		result_record(result, value);
}

/* Stores the value of a property that the board reported.
 * contradicts: set to true if the board reported another value before. */
static void text_record(char ret[RECOVERY_TEXT_SIZE], const char *value, bool *contradicts)
{
	char text[RECOVERY_TEXT_SIZE];

	text_printable(value, text, sizeof(text));
	*contradicts = *contradicts || (ret[0] && strcasecmp(ret, text) != 0);
	memcpy(ret, text, sizeof(text));
}

void recovery_report(struct recovery *recovery, const char *key, const char *value)
{
	struct recovery_facts *facts = &recovery->facts;

	if (strcmp(key, "EEPROM_UPDATE") == 0)
		result_record(&facts->update, value);
	else if (strcmp(key, "EEPROM_ERASE") == 0)
		action_record(facts, &facts->erase, value);
	else if (strcmp(key, "SECURE_BOOT_PROVISION") == 0)
		action_record(facts, &facts->provision, value);
	else if (strcmp(key, "EEPROM_HASH") == 0)
		text_record(facts->reported_sha256, value, &facts->hash_contradicts);
	else if (strcmp(key, "CUSTOMER_KEY_HASH") == 0)
		text_record(facts->key_hash, value, &facts->contradicts);
	else if (strcmp(key, "USER_SERIAL_NUM") == 0)
		text_record(facts->serial, value, &facts->contradicts);
	recovery_compare(facts);
}

const struct recovery_facts *recovery_facts(const struct recovery *recovery)
{
	return &recovery->facts;
}
