/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of config.txt, and the changes of EEPROM and OTP. The board checks all files before
 * it writes, and writes the EEPROM before the OTP. */
#include "tests/emulator/emu_recovery_private.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 98 /* longer lines are cut (docs/protocol.md, section 9) */

static void orders_line(struct orders *orders, const char *line)
{
	const struct {
		const char *key;
		bool *flag;
		int *number;
	} keys[] = {
		{"erase_eeprom=", &orders->erase, NULL},
		{"program_pubkey=", &orders->program_pubkey, NULL},
		{"revoke_devkey=", &orders->revoke_devkey, NULL},
		{"program_jtag_lock=", &orders->lock_jtag, NULL},
		{"recovery_reboot=", &orders->reboot, NULL},
		{"eeprom_write_protect=", NULL, &orders->protect},
		{"program_rpiboot_gpio=", NULL, &orders->gpio},
		{"recovery_metadata=", NULL, &orders->metadata},
	};

	for (size_t i = 0; i < array_size(keys); i++) {
		size_t length = strlen(keys[i].key);

		if (strncmp(line, keys[i].key, length) != 0)
			continue;
		if (keys[i].flag)
			*keys[i].flag = strcmp(line + length, "1") == 0;
		else
			*keys[i].number = atoi(line + length);
	}
}

void recovery_orders_parse(struct orders *ret, const uint8_t *text, size_t size)
{
	char line[LINE_BYTES + 1];
	size_t used = 0;

	for (size_t i = 0; i <= size; i++) {
		if (i < size && text[i] != '\n') {
			if (used < LINE_BYTES && text[i] != '\r')
				line[used++] = (char)text[i];
			continue;
		}
		line[used] = '\0';
		used = 0;
		orders_line(ret, line); /* a comment begins with no key */
	}
}

/* The value of an rsa2048 line. Returns: false (there is no such line). */
static bool sig_rsa(const struct received *sig, uint8_t ret[EMU_RSA_BYTES])
{
	static const char label[] = "\nrsa2048: ";
	const uint8_t *at = memmem(sig->bytes, sig->size, label, strlen(label));
	const char *digits;

	if (!at || (size_t)(sig->bytes + sig->size - at) < strlen(label) + 2 * EMU_RSA_BYTES)
		return false;
	digits = (const char *)at + strlen(label);
	for (size_t i = 0; i < EMU_RSA_BYTES; i++) {
		unsigned int byte = 0;

		if (sscanf(digits + 2 * i, "%2x", &byte) != 1)
			return false;
		ret[i] = (uint8_t)byte;
	}
	return true;
}

/* The first line is the hash of the image. A locked board also checks a signature. */
static bool work_sig_is_good(const struct emu_recovery *recovery)
{
	const struct received *image = &recovery->image, *sig = &recovery->sig;
	const uint8_t *pubkey = emu_image_pubkey(image->bytes, image->size);
	uint8_t hash[EMU_HASH_BYTES], signature[EMU_RSA_BYTES];
	char text[EMU_HASH_TEXT];
	bool has_rsa = sig_rsa(sig, signature);

	emu_hash(image->bytes, image->size, hash);
	emu_hash_text(hash, text);
	if (sig->size <= 64 || memcmp(sig->bytes, text, 64) != 0 || sig->bytes[64] != '\n')
		return false;
	if (!emu_keep_is_locked(&recovery->keep))
		return true;
	if (!has_rsa)
		return !(recovery->quirks & QUIRK_NEEDS_RSA);
	return pubkey && emu_signature_is_good(pubkey, image->bytes, image->size, signature);
}

/* Returns: true while the pin holds the protect bits. */
static bool work_is_protected(const struct emu_recovery *recovery)
{
	return recovery->keep.protected && recovery->protect_pin;
}

static enum recovery_error work_update(struct emu_recovery *recovery)
{
	struct emu_keep *keep = &recovery->keep;

	if (recovery->forced_error == ERROR_SIGNATURE || !work_sig_is_good(recovery))
		return ERROR_SIGNATURE;
	if (recovery->forced_error == ERROR_EEPROM || recovery->image.size != keep->eeprom_bytes)
		return ERROR_EEPROM;
	if (recovery->forced_error == ERROR_PROTECTED || work_is_protected(recovery))
		return ERROR_PROTECTED;
	if (recovery->quirks & QUIRK_NO_WRITE)
		return ERROR_NONE;
	if (memcmp(keep->eeprom, recovery->image.bytes, keep->eeprom_bytes) != 0) {
		memcpy(keep->eeprom, recovery->image.bytes, keep->eeprom_bytes);
		keep->writes++;
	}
	if (recovery->quirks & QUIRK_WRONG_WRITE)
		keep->eeprom[keep->eeprom_bytes / 3] ^= 0x10;
	return ERROR_NONE;
}

static enum recovery_error work_erase(struct emu_recovery *recovery)
{
	struct emu_keep *keep = &recovery->keep;

	if (recovery->forced_error == ERROR_EEPROM)
		return ERROR_EEPROM;
	if (recovery->forced_error == ERROR_PROTECTED || work_is_protected(recovery))
		return ERROR_PROTECTED;
	if (!(recovery->quirks & QUIRK_NO_WRITE))
		memset(keep->eeprom, 0xff, keep->eeprom_bytes);
	keep->erasures++;
	return ERROR_NONE;
}

static enum recovery_error work_protect(struct emu_recovery *recovery)
{
	int protect = recovery->orders.protect;

	if (protect < 0)
		return ERROR_NONE;
	if (!protect && work_is_protected(recovery))
		return ERROR_PROTECTED;
	recovery->keep.protected = protect;
	return ERROR_NONE;
}

/* Writes the hash of the image's key to the OTP. It cannot be changed later. */
static enum recovery_error work_provision(struct emu_recovery *recovery)
{
	struct emu_keep *keep = &recovery->keep;
	const uint8_t *pubkey = emu_image_pubkey(recovery->image.bytes, recovery->image.size);
	uint8_t hash[EMU_HASH_BYTES];

	if (!pubkey || recovery->forced_error == ERROR_SECURE_BOOT)
		return ERROR_SECURE_BOOT;
	emu_hash(pubkey, EMU_PUBKEY_BYTES, hash);
	if (emu_keep_is_locked(keep) && memcmp(keep->key_hash, hash, sizeof(hash)) != 0)
		return ERROR_SECURE_BOOT;
	memcpy(keep->key_hash, hash, sizeof(hash));
	keep->devkey_revoked = true;
	return ERROR_NONE;
}

static enum recovery_error work_otp(struct emu_recovery *recovery)
{
	static const int gpios[] = {2, 4, 5, 6, 7, 8};
	const struct orders *orders = &recovery->orders;
	struct emu_keep *keep = &recovery->keep;
	bool may = false;

	if (recovery->chip == EMU_BCM2711 && orders->revoke_devkey)
		keep->devkey_revoked = true;
	if (orders->lock_jtag && !emu_keep_is_locked(keep))
		return ERROR_SECURE_BOOT;
	keep->jtag_locked = keep->jtag_locked || orders->lock_jtag;
	if (recovery->chip != EMU_BCM2711 || orders->gpio < 0)
		return ERROR_NONE;
	for (size_t i = 0; i < array_size(gpios); i++)
		may = may || gpios[i] == orders->gpio;
	if (!may || (keep->rpiboot_gpio >= 0 && keep->rpiboot_gpio != orders->gpio))
		return ERROR_SECURE_BOOT;
	keep->rpiboot_gpio = orders->gpio;
	return ERROR_NONE;
}

static enum result result_of(enum recovery_error error)
{
	return error ? RESULT_FAIL : RESULT_SUCCESS;
}

void recovery_work(struct emu_recovery *recovery)
{
	const struct orders *orders = &recovery->orders;

	if (orders->erase) {
		recovery->error = work_erase(recovery);
		recovery->erased = result_of(recovery->error);
	} else if (recovery->has_image) {
		recovery->error = work_update(recovery);
		recovery->updated = result_of(recovery->error);
	}
	if (!recovery->error)
		recovery->error = work_protect(recovery);
	if (!recovery->error && orders->program_pubkey) {
		recovery->error = work_provision(recovery);
		recovery->provisioned = result_of(recovery->error);
	}
	if (!recovery->error)
		recovery->error = work_otp(recovery);
}
