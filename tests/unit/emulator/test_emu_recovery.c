/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated recovery: the files that it requests, the settings that it applies, the data that it
 * writes, and its refusals. All tests of EEPROM updates depend on this. */
#include "tests/test.h"
#include "tests/unit/emulator/recovery_rig.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WIFI "MAC_WIFI_ADDR"

FIXTURE_ONCE(recovery_setup, recovery_teardown)

TEST(each_chip_asks_in_its_order)
{
	static const struct {
		enum emu_chip chip;
		bool has_image;
		const char *asked;
	} rows[] = {
		{EMU_BCM2711, true,
		 "size config.txt;read config.txt;size pieeprom.bin;size pieeprom.bin;"
		 "size pieeprom.sig;read pieeprom.sig;read pieeprom.bin;done;"},
		{EMU_BCM2712, true,
		 "size config.txt;read config.txt;size pieeprom.bin;read pieeprom.bin;"
		 "size pieeprom.sig;read pieeprom.sig;done;"},
		{EMU_BCM2711, false,
		 "size config.txt;read config.txt;size pieeprom.bin;size pieeprom.upd;done;"},
		{EMU_BCM2712, false,
		 "size config.txt;read config.txt;size pieeprom.bin;size pieeprom.upd;done;"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		const struct made *image = rows[i].has_image ? &images[at(rows[i].chip)] : NULL;
		struct rig rig;
		char why[256] = "";

		rig_start(&rig, rows[i].chip, "recovery=served");
		rig_files(&rig, "recovery_metadata=1\n", image, NULL);
		assert_int_equal(host_boot(&rig.host, &rig.code), 0);
		assert_true(host_serve(&rig.host));
		assert_string_equal(rig.host.asked, rows[i].asked);
		assert_int_equal(rig_holds(&rig, &images[at(rows[i].chip)]), image != NULL);
		assert_int_equal(!host_value(&rig.host, "EEPROM_UPDATE"), !image);
		assert_int_equal(!host_value(&rig.host, "EEPROM_HASH"), !image);
		assert_int_equal(emu_verdict(rig.host.emu, why, sizeof(why)), 0);
		rig_end(&rig);
	}
}

TEST(a_board_also_takes_an_image_named_upd)
{
	struct rig rig;

	rig_start(&rig, EMU_BCM2712, "recovery=served");
	rig_files(&rig, "recovery_metadata=1\n", &images[1], NULL);
	rig.host.files[1].name = "pieeprom.upd";
	assert_int_equal(host_boot(&rig.host, &rig.code), 0);
	assert_true(host_serve(&rig.host));
	assert_true(rig_holds(&rig, &images[1]));
	rig_end(&rig);
}

/* The number of reported values, and whether the results are among them. */
TEST(the_age_of_firmware_decides_its_values)
{
	static const struct {
		enum emu_chip chip;
		const char *date, *config;
		unsigned int values;
		bool results;
	} rows[] = {
		{EMU_BCM2711, "2024-05-01", "recovery_metadata=1\n", 0, false},
		{EMU_BCM2711, "2025-05-01", "", 0, false},
		{EMU_BCM2711, "2025-05-01", "recovery_metadata=1\n", 8, false},
		{EMU_BCM2712, "2025-05-01", "recovery_metadata=1\n", 10, false},
		{EMU_BCM2711, "2024-08-20", "recovery_metadata=1\nrecovery_reboot=1\n", 0, false},
		{EMU_BCM2711, "2024-09-20", "recovery_metadata=1\nrecovery_reboot=1\n", 8, false},
		{EMU_BCM2711, "2025-11-27", "recovery_metadata=1\n", 8, false},
		{EMU_BCM2711, "2025-11-28", "recovery_metadata=1\n", 10, true},
		{EMU_BCM2712, "2025-11-28", "recovery_metadata=1\n", 13, true},
		{EMU_BCM2712, "2026-08-01", "", 13, true},
		{EMU_BCM2712, "2026-08-01", "recovery_metadata=0\n", 0, false},
		{EMU_BCM2712, "2026-08-01", "#recovery_metadata=0\n", 13, true},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		const struct made *image = &images[at(rows[i].chip)];
		char options[64];
		struct rig rig;
		unsigned int values = 0;

		snprintf(options, sizeof(options), "recovery=%s", rows[i].date);
		rig_start(&rig, rows[i].chip, options);
		rig_files(&rig, rows[i].config, image, NULL);
		assert_int_equal(host_boot(&rig.host, &rig.code), 0);
		assert_true(host_serve(&rig.host));
		for (const char *p = rig.host.reported; *p; p++)
			values += *p == '\n';
		assert_int_equal(values, rows[i].values);
		assert_int_equal(host_value(&rig.host, "EEPROM_UPDATE") != NULL, rows[i].results);
		assert_int_equal(host_value(&rig.host, WIFI) != NULL,
				 values && rows[i].chip == EMU_BCM2712);
		assert_true(rig_holds(&rig, image));
		rig_end(&rig);
	}
}

/* The damage of the files, and the error that follows. */
enum damage {
	WHOLE,
	NO_SIG,
	SHORT_SIG,
	OTHER_SIG,
	FLIPPED_IMAGE,
	SHORT_IMAGE,
	SHRINKING_IMAGE,
	OTHER_CHIP,
};

TEST(a_bad_image_is_not_written)
{
	static const struct {
		enum damage damage;
		int error;
	} rows[] = {
		{WHOLE, 0},	     {NO_SIG, 24},	    {SHORT_SIG, 24},   {OTHER_SIG, 24},
		{FLIPPED_IMAGE, 24}, {SHRINKING_IMAGE, 31}, {SHORT_IMAGE, 31}, {OTHER_CHIP, 31},
	};

	for (size_t i = 0; i < 2 * array_size(rows); i++) {
		enum emu_chip chip = i % 2 ? EMU_BCM2712 : EMU_BCM2711;
		enum damage damage = rows[i / 2].damage;
		struct made image = images[i % 2], *sig;
		cleanup_free uint8_t *bytes = malloc(image.size);
		struct rig rig;

		memcpy(bytes, image.bytes, image.size);
		image.bytes = bytes;
		rig_start(&rig, chip, "recovery=served");
		rig_files(&rig, "recovery_metadata=1\n", &image, NULL);
		sig = &rig.host.files[2].content;
		bytes[1234] ^= damage == FLIPPED_IMAGE;
		sig->bytes[5] ^= damage == OTHER_SIG;
		sig->size = damage == NO_SIG ? 0 : damage == SHORT_SIG ? 63 : sig->size;
		if (damage == SHRINKING_IMAGE) { /* its .sig matches the data that is sent */
			image.size -= 100;
			rig_files(&rig, "recovery_metadata=1\n", &image, NULL);
			rig.host.files[1].content.size += 100;
			rig.host.cut = 100;
		}
		if (damage == SHORT_IMAGE)
			rig.host.files[1].content.size--;
		if (damage == OTHER_CHIP)
			rig.host.files[1].content = images[1 - i % 2];
		assert_int_equal(host_boot(&rig.host, &rig.code), 0);
		assert_int_equal(host_serve(&rig.host), damage == WHOLE);
		assert_int_equal(emu_recovery_error(rig.recovery), rows[i / 2].error);
		assert_int_equal(rig_is_erased(&rig), damage != WHOLE);
		assert_int_equal(rig.host.reported[0] != '\0', damage == WHOLE);
		assert_false(host_wait(&rig.host));
		rig_end(&rig);
	}
}

/* The settings of config.txt. key: of the image; otp: of the board. */
TEST(config_txt_is_obeyed)
{
	static const struct {
		enum emu_chip chip;
		const char *config, *options;
		bool key;
		int error;
		bool locked, jtag, protected, erased;
		int gpio;
	} rows[] = {
		{EMU_BCM2711, "erase_eeprom=1\n", "", 0, 0, 0, 0, 0, 1, -1},
		{EMU_BCM2711, " erase_eeprom=1\n", "", 0, 0, 0, 0, 0, 0, -1},
		{EMU_BCM2711, "#erase_eeprom=1\n", "", 0, 0, 0, 0, 0, 0, -1},
		{EMU_BCM2711, "erase_eeprom=1\nerase_eeprom=0\n", "", 0, 0, 0, 0, 0, 0, -1},
		{EMU_BCM2712, "eeprom_write_protect=1\n", "", 0, 0, 0, 0, 1, 0, -1},
		{EMU_BCM2712, "eeprom_write_protect=0\n", ",protected=1", 0, 0, 0, 0, 0, 0, -1},
		{EMU_BCM2712, "eeprom_write_protect=-1\n", ",protected=1", 0, 0, 0, 0, 1, 0, -1},
		{EMU_BCM2712, "eeprom_write_protect=0\n", ",protected=1,protect_pin=1", 0, 32, 0, 0,
		 1, 1, -1},
		{EMU_BCM2712, "program_pubkey=1\n", "", 1, 0, 1, 0, 0, 0, -1},
		{EMU_BCM2711, "program_pubkey=1\n", "", 1, 0, 1, 0, 0, 0, -1},
		{EMU_BCM2711, "program_pubkey=1", "", 1, 0, 1, 0, 0, 0, -1},
		{EMU_BCM2711, "program_pubkey=1\n", "", 0, 34, 0, 0, 0, 0, -1},
		{EMU_BCM2711, "program_jtag_lock=1\n", "", 1, 34, 0, 0, 0, 0, -1},
		{EMU_BCM2711, "program_pubkey=1\nprogram_jtag_lock=1\n", "", 1, 0, 1, 1, 0, 0, -1},
		{EMU_BCM2711, "", ",otp_jtag=1", 0, 0, 0, 1, 0, 0, -1},
		{EMU_BCM2711, "program_rpiboot_gpio=4\n", "", 0, 0, 0, 0, 0, 0, 4},
		{EMU_BCM2711, "program_rpiboot_gpio=3\n", "", 0, 34, 0, 0, 0, 0, -1},
		{EMU_BCM2711, "program_rpiboot_gpio=4\n", ",otp_gpio=8", 0, 34, 0, 0, 0, 0, 8},
		{EMU_BCM2712, "program_rpiboot_gpio=4\n", "", 0, 0, 0, 0, 0, 0, -1},
		{EMU_BCM2711, "", ",error=31", 0, 31, 0, 0, 0, 1, -1},
		{EMU_BCM2711, "program_pubkey=1\n", ",error=34", 1, 34, 0, 0, 0, 0, -1},
		{EMU_BCM2711, "program_pubkey=1\n", ",error=32", 1, 32, 0, 0, 0, 1, -1},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct made *image = rows[i].key ? signed_images : images;
		char options[96];
		struct rig rig;

		snprintf(options, sizeof(options), "recovery=served%s", rows[i].options);
		rig_start(&rig, rows[i].chip, options);
		rig_files(&rig, rows[i].config, &image[at(rows[i].chip)], NULL);
		assert_int_equal(host_boot(&rig.host, &rig.code), 0);
		if (host_serve(&rig.host) == !!rows[i].error)
			fail_msg("row %zu: Done with error %d", i, rows[i].error);
		if (emu_recovery_error(rig.recovery) != rows[i].error ||
		    emu_keep_is_locked(rig.keep) != rows[i].locked ||
		    rig.keep->jtag_locked != rows[i].jtag ||
		    rig.keep->protected != rows[i].protected ||
		    rig.keep->rpiboot_gpio != rows[i].gpio || rig_is_erased(&rig) != rows[i].erased)
			fail_msg("row %zu: error %d", i, emu_recovery_error(rig.recovery));
		rig_end(&rig);
	}
}

TEST(a_long_line_of_config_txt_is_cut)
{
	char config[256];
	struct rig rig;

	memset(config, 'x', sizeof(config));
	memcpy(config, "eeprom_write_protect=", 21);
	memset(config + 21, '0', 77);
	strcpy(config + 98, "1\n"); /* after the first 98 characters */
	rig_start(&rig, EMU_BCM2712, "recovery=served");
	rig_files(&rig, config, &images[1], NULL);
	assert_int_equal(host_boot(&rig.host, &rig.code), 0);
	assert_true(host_serve(&rig.host));
	assert_false(rig.keep->protected);
	rig_end(&rig);
}

/* The key of the board and of the second stage: none, a or b; X: a damaged block. */
TEST(the_boot_rom_of_2712_checks_the_customer_block)
{
	static const struct {
		enum emu_chip chip;
		char board, code;
		int status;
	} rows[] = {
		{EMU_BCM2712, '-', '-', 0},	  {EMU_BCM2712, 'a', 'a', 0},
		{EMU_BCM2712, 'a', '-', -EAGAIN}, {EMU_BCM2712, 'a', 'b', -EAGAIN},
		{EMU_BCM2712, '-', 'a', -EAGAIN}, {EMU_BCM2712, 'a', 'X', -EAGAIN},
		{EMU_BCM2711, 'a', '-', 0},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		uint8_t pubkey[EMU_PUBKEY_BYTES];
		struct rig rig;
		char why[256];

		rig_start(&rig, rows[i].chip, "recovery=served");
		rig_files(&rig, "recovery_metadata=1\n", &signed_images[at(rows[i].chip)], key_a);
		emu_pubkey_of(key_a, pubkey);
		if (rows[i].board == 'a')
			emu_hash(pubkey, sizeof(pubkey), rig.keep->key_hash);
		if (rows[i].code != '-')
			made_countersign(&rig.code, rows[i].code == 'b' ? key_b : key_a);
		rig.code.bytes[100] ^= rows[i].code == 'X';
		assert_int_equal(host_boot(&rig.host, &rig.code), rows[i].status);
		if (rows[i].status == 0)
			assert_true(host_serve(&rig.host));
		else
			assert_int_equal(emu_verdict(rig.host.emu, why, sizeof(why)), 0);
		assert_int_equal(rig_is_erased(&rig), rows[i].status != 0);
		rig_end(&rig);
	}
}

TEST(a_second_stage_of_another_chip_is_refused)
{
	struct rig rig;
	struct made code;

	rig_start(&rig, EMU_BCM2712, "recovery=served");
	code = made_code(EMU_BCM2711, true, NEW_S);
	assert_int_equal(host_boot(&rig.host, &code), -EAGAIN);
	free(code.bytes);
	rig_end(&rig);
}

TEST(a_silent_boot_rom_works_again_after_a_power_cut)
{
	struct rig rig;

	rig_start(&rig, EMU_BCM2712, "recovery=served,power=200");
	rig_files(&rig, "recovery_metadata=1\n", &images[1], NULL);
	made_countersign(&rig.code, key_a);
	assert_int_equal(host_boot(&rig.host, &rig.code), -ENODEV);
	rig.code.size -= EMU_CUSTOMER_BYTES;
	assert_int_equal(host_boot(&rig.host, &rig.code), 0);
	assert_true(host_serve(&rig.host));
	assert_true(rig_holds(&rig, &images[1]));
	assert_false(host_wait(&rig.host)); /* the power is cut only once */
	rig_end(&rig);
}

/* A locked board, and the line rsa2048 of pieeprom.sig. */
TEST(a_locked_board_checks_the_signature_of_the_image)
{
	const struct {
		EVP_PKEY *sig_key;
		const char *options;
		int error;
	} rows[] = {
		{key_a, "", 0},
		{key_b, "", 24},
		{NULL, "", 0},
		{NULL, ",quirks=needs-rsa", 24},
		{key_a, ",quirks=needs-rsa", 0},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		uint8_t pubkey[EMU_PUBKEY_BYTES];
		char options[64];
		struct rig rig;

		snprintf(options, sizeof(options), "recovery=served%s", rows[i].options);
		rig_start(&rig, EMU_BCM2711, options);
		rig_files(&rig, "recovery_metadata=1\n", &signed_images[0], rows[i].sig_key);
		emu_pubkey_of(key_a, pubkey);
		emu_hash(pubkey, sizeof(pubkey), rig.keep->key_hash);
		assert_int_equal(host_boot(&rig.host, &rig.code), 0);
		assert_int_equal(host_serve(&rig.host), !rows[i].error);
		assert_int_equal(emu_recovery_error(rig.recovery), rows[i].error);
		rig_end(&rig);
	}
}

TEST(a_locked_board_keeps_its_key)
{
	uint8_t pubkey[EMU_PUBKEY_BYTES], hash[EMU_HASH_BYTES];
	struct rig rig;

	rig_start(&rig, EMU_BCM2711, "recovery=served,quirks=reports-errors");
	rig_files(&rig, "program_pubkey=1\n", &signed_images[0], NULL);
	emu_pubkey_of(key_b, pubkey);
	emu_hash(pubkey, sizeof(pubkey), hash);
	memcpy(rig.keep->key_hash, hash, sizeof(hash));
	assert_int_equal(host_boot(&rig.host, &rig.code), 0);
	assert_true(host_serve(&rig.host));
	assert_string_equal(host_value(&rig.host, "SECURE_BOOT_PROVISION"), "fail");
	assert_string_equal(host_value(&rig.host, "EEPROM_UPDATE"), "success");
	assert_memory_equal(rig.keep->key_hash, hash, sizeof(hash));
	rig_end(&rig);
}
