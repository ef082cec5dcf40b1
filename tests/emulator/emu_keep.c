/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/emulator/emu_keep.h"

#include "tests/emulator/emu_crypto.h"

#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 4096

int emu_keep_init(struct emu_keep *ret, enum emu_chip chip)
{
	*ret = (struct emu_keep){.rpiboot_gpio = -1};
	if (chip == EMU_BCM2711)
		ret->eeprom_bytes = 512 << 10;
	else if (chip == EMU_BCM2712)
		ret->eeprom_bytes = 2048 << 10;
	else
		return -1;
	ret->eeprom = malloc(ret->eeprom_bytes);
	if (!ret->eeprom)
		return -1;
	memset(ret->eeprom, 0xff, ret->eeprom_bytes);
	return 0;
}

void emu_keep_clear(struct emu_keep *keep)
{
	free(keep->eeprom);
	keep->eeprom = NULL;
}

bool emu_keep_is_locked(const struct emu_keep *keep)
{
	static const uint8_t zeros[EMU_HASH_BYTES];

	return memcmp(keep->key_hash, zeros, sizeof(zeros)) != 0;
}

static FILE *keep_open(const char *dir, const char *name, const char *mode)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return fopen(path, mode);
}

static int keep_load_eeprom(struct emu_keep *keep, FILE *file)
{
	size_t n = fread(keep->eeprom, 1, keep->eeprom_bytes, file);
	bool more = fgetc(file) != EOF;

	fclose(file);
	return n == keep->eeprom_bytes && !more ? 0 : -1;
}

static int keep_load_otp(struct emu_keep *keep, FILE *file)
{
	char hash[EMU_HASH_TEXT];
	int revoked, jtag, gpio, protected;
	int n = fscanf(file,
		       "key_hash=%64[0-9a-f]\ndevkey_revoked=%d\njtag_locked=%d\n"
		       "rpiboot_gpio=%d\nprotected=%d\n",
		       hash, &revoked, &jtag, &gpio, &protected);

	fclose(file);
	if (n != 5 || emu_hash_parse(hash, keep->key_hash) < 0)
		return -1;
	keep->devkey_revoked = revoked;
	keep->jtag_locked = jtag;
	keep->rpiboot_gpio = gpio;
	keep->protected = protected;
	return 0;
}

int emu_keep_load(struct emu_keep *keep, const char *dir)
{
	FILE *file = keep_open(dir, "eeprom.bin", "rb");

	if (file && keep_load_eeprom(keep, file) < 0)
		return -1;
	file = keep_open(dir, "otp.txt", "r");
	return file ? keep_load_otp(keep, file) : 0;
}

int emu_keep_save(const struct emu_keep *keep, const char *dir)
{
	char hash[EMU_HASH_TEXT];
	FILE *file = keep_open(dir, "eeprom.bin", "wb");
	bool good;

	if (!file)
		return -1;
	good = fwrite(keep->eeprom, 1, keep->eeprom_bytes, file) == keep->eeprom_bytes;
	good = fclose(file) == 0 && good;
	file = keep_open(dir, "otp.txt", "w");
	if (!good || !file)
		return -1;
	emu_hash_text(keep->key_hash, hash);
	fprintf(file,
		"key_hash=%s\ndevkey_revoked=%d\njtag_locked=%d\nrpiboot_gpio=%d\nprotected=%d\n",
		hash, keep->devkey_revoked, keep->jtag_locked, keep->rpiboot_gpio, keep->protected);
	return fclose(file);
}
