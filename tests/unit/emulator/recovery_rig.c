/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/emulator/emu_crypto.h"
#include "tests/unit/emulator/recovery_rig.h"

#include "tests/test.h"
#include "util/util.h"

#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

EVP_PKEY *key_a, *key_b;
struct made images[2], signed_images[2];

size_t at(enum emu_chip chip)
{
	return chip == EMU_BCM2712;
}

int recovery_setup(void **state)
{
	(void)state;
	key_a = emu_key_new();
	key_b = emu_key_new();
	for (size_t i = 0; i < 2; i++) {
		enum emu_chip chip = i ? EMU_BCM2712 : EMU_BCM2711;

		images[i] = made_image(chip, NEW_S, "[all]\nBOOT_UART=1\n", NULL);
		signed_images[i] = made_image(chip, NEW_S, "[all]\nSIGNED_BOOT=1\n", key_a);
	}
	return key_a && key_b ? 0 : -1;
}

int recovery_teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		free(images[i].bytes);
		free(signed_images[i].bytes);
	}
	EVP_PKEY_free(key_a);
	EVP_PKEY_free(key_b);
	return 0;
}

void rig_start(struct rig *rig, enum emu_chip chip, const char *options)
{
	*rig = (struct rig){.chip = chip, .options = strdup(options)};
	rig->recovery = emu_recovery_new();
	assert_int_equal(emu_recovery_set_all(rig->recovery, rig->options), 0);
	rig->config = (struct emu_config){.chip = chip, .gap_ms = 30, .drop_ms = 5};
	rig->config.recovery = rig->recovery;
	assert_int_equal(emu_recovery_start(rig->recovery, &rig->config), 0);
	rig->keep = emu_recovery_keep(rig->recovery);
	rig->host.emu = emu_new(&rig->config, 0);
	rig->code = made_code(chip, true, NEW_S);
}

void rig_files(struct rig *rig, const char *config, const struct made *image, EVP_PKEY *sig_key)
{
	free(rig->sig.bytes);
	rig->sig = image ? made_sig(image, sig_key) : (struct made){0};
	memset(rig->host.files, 0, sizeof(rig->host.files));
	rig->host.files[0].name = "config.txt";
	rig->host.files[0].content = (struct made){(uint8_t *)config, strlen(config)};
	if (!image)
		return;
	rig->host.files[1].name = "pieeprom.bin";
	rig->host.files[1].content = *image;
	rig->host.files[2].name = "pieeprom.sig";
	rig->host.files[2].content = rig->sig;
}

void rig_end(struct rig *rig)
{
	emu_free(rig->host.emu);
	emu_recovery_free(rig->recovery);
	free(rig->code.bytes);
	free(rig->sig.bytes);
	free(rig->options);
}

bool rig_holds(const struct rig *rig, const struct made *image)
{
	return image->size == rig->keep->eeprom_bytes &&
	       memcmp(rig->keep->eeprom, image->bytes, image->size) == 0;
}

bool rig_is_erased(const struct rig *rig)
{
	for (size_t i = 0; i < rig->keep->eeprom_bytes; i++)
		if (rig->keep->eeprom[i] != 0xff)
			return false;
	return true;
}
