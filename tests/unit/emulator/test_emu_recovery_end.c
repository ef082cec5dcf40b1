/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an emulated recovery: its report, the reboot, and the memory that the board keeps. */
#include "tests/test.h"
#include "tests/unit/emulator/recovery_rig.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

FIXTURE_ONCE(recovery_setup, recovery_teardown)

/* Wrong reports of a board. "-": the value is not reported. "!": not the value of the image. */
TEST(a_board_can_report_wrong_results)
{
	static const struct {
		const char *quirks, *update, *hash;
		bool done, holds;
	} rows[] = {
		{"wrong-hash", "success", "!", true, true},
		{"no-hash", "success", "-", true, true},
		{"no-update", "-", "=", true, true},
		{"no-values", "-", "-", true, true},
		{"wrong-serial", "success", "=", true, true},
		{"then-bad", "fail", "!", true, true},
		{"bad-first", "success", "=", true, true},
		{"update-fails", "fail", "=", true, true},
		{"wrong-write", "success", "=", true, false},
		{"no-write+no-hash", "success", "-", true, false},
		{"strange-names", "success", "=", true, true},
		{"dies", "-", "-", false, false},
		{"no-done", "success", "=", false, true},
		{"early-done", "-", "-", true, true},
		{"early-done+no-done", "-", "-", false, true},
		{"stays", "success", "=", true, true},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		uint8_t hash[EMU_HASH_BYTES];
		char text[EMU_HASH_TEXT], options[96], why[256];
		const char *value;
		struct rig rig;

		snprintf(options, sizeof(options), "recovery=served,quirks=%s", rows[i].quirks);
		rig_start(&rig, EMU_BCM2712, options);
		rig_files(&rig, "recovery_metadata=1\n", &images[1], NULL);
		assert_int_equal(host_boot(&rig.host, &rig.code), 0);
		assert_int_equal(host_serve(&rig.host), rows[i].done);
		value = host_value(&rig.host, "EEPROM_UPDATE");
		assert_string_equal(value ? value : "-", rows[i].update);
		emu_hash(images[1].bytes, images[1].size, hash);
		emu_hash_text(hash, text);
		value = host_value(&rig.host, "EEPROM_HASH");
		assert_string_equal(!value ? "-" : strcmp(value, text) ? "!" : "=", rows[i].hash);
		assert_int_equal(rig_holds(&rig, &images[1]), rows[i].holds);
		value = host_value(&rig.host, "USER_SERIAL_NUM");
		if (value && strstr("wrong-serial then-bad", rows[i].quirks))
			assert_string_not_equal(value, "12345678");
		if (emu_verdict(rig.host.emu, why, sizeof(why)) < 0)
			fail_msg("row %zu: %s", i, why);
		assert_int_equal(host_wait(&rig.host), strcmp(rows[i].quirks, "stays") == 0);
		rig_end(&rig);
	}
}

TEST(a_host_that_serves_strange_names_is_detected)
{
	struct rig rig;
	char why[256] = "";

	rig_start(&rig, EMU_BCM2712, "recovery=served,quirks=strange-names");
	rig_files(&rig, "", &images[1], NULL);
	rig.host.files[3].name = "secret.key";
	rig.host.files[3].content = images[1];
	assert_int_equal(host_boot(&rig.host, &rig.code), 0);
	host_serve(&rig.host);
	assert_int_equal(emu_verdict(rig.host.emu, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "secret.key"));
	rig_end(&rig);
}

static enum emu_chip chip_seen(const struct rig *rig)
{
	uint8_t desc[18];

	emu_device_descriptor(rig->host.emu, desc);
	return desc[10] == 0x11 ? EMU_BCM2711 : EMU_BCM2712;
}

TEST(recovery_reboot_brings_the_boot_rom_back)
{
	static const struct {
		const char *options;
		bool done, returns;
		enum emu_chip as;
	} rows[] = {
		{"", true, true, EMU_BCM2711},
		{",quirks=no-done", false, true, EMU_BCM2711},
		{",quirks=no-reboot", true, false, EMU_BCM2711},
		{",quirks=no-reboot,power=100", true, true, EMU_BCM2711},
		{",quirks=other-chip", true, true, EMU_BCM2712},
		{",error=31", false, false, EMU_BCM2711},
		{",error=31,power=100", false, true, EMU_BCM2711},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		char options[96];
		struct rig rig;

		snprintf(options, sizeof(options), "recovery=served%s", rows[i].options);
		rig_start(&rig, EMU_BCM2711, options);
		rig_files(&rig, "recovery_reboot=1\n", &images[0], NULL);
		assert_int_equal(host_boot(&rig.host, &rig.code), 0);
		assert_int_equal(host_serve(&rig.host), rows[i].done);
		assert_int_equal(host_wait(&rig.host), rows[i].returns);
		if (rows[i].returns)
			assert_int_equal(chip_seen(&rig), rows[i].as);
		rig_end(&rig);
	}
}

/* A recovery, and then a payload that makes a disk. The second stage identifies itself. */
TEST(a_payload_follows_the_recovery)
{
	static const struct emu_step steps[] = {
		{.verb = EMU_READ, .name = "boot.img", .content = "boot.img"},
		{.verb = EMU_DONE},
	};
	char *dir = tree_new(), why[256];
	struct made payload = made_code(EMU_BCM2712, false, NEW_S);
	struct rig rig;

	tree_write(dir, "bootcode5.bin", payload.bytes, payload.size);
	tree_text(dir, "boot.img", "an image");
	rig_start(&rig, EMU_BCM2712, "recovery=served");
	rig.config.truth = dir;
	rig.config.bootcode_content = "bootcode5.bin";
	rig.config.steps = steps;
	rig.config.step_count = array_size(steps);
	rig.config.after = EMU_AFTER_GADGET64;
	emu_free(rig.host.emu);
	rig.host.emu = emu_new(&rig.config, 0);
	rig_files(&rig, "recovery_reboot=1\n", &images[1], NULL);
	rig.host.files[3].name = "boot.img";
	rig.host.files[3].content = (struct made){(uint8_t *)"an image", 8};
	assert_int_equal(host_boot(&rig.host, &rig.code), 0);
	assert_true(host_serve(&rig.host));
	assert_true(host_wait(&rig.host));
	assert_int_equal(emu_verdict(rig.host.emu, why, sizeof(why)), -1);
	assert_int_equal(host_boot(&rig.host, &payload), 0);
	assert_true(host_serve(&rig.host));
	assert_true(host_wait(&rig.host));
	assert_true(emu_is_disk(rig.host.emu));
	assert_int_equal(emu_verdict(rig.host.emu, why, sizeof(why)), 0);
	free(payload.bytes);
	rig_end(&rig);
	tree_free(dir);
}

TEST(an_unknown_second_stage_is_detected)
{
	struct rig rig;
	char why[256] = "";

	rig_start(&rig, EMU_BCM2712, "recovery=served");
	free(rig.code.bytes);
	rig.code = made_code(EMU_BCM2712, false, NEW_S);
	host_boot(&rig.host, &rig.code);
	assert_int_equal(emu_verdict(rig.host.emu, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "neither"));
	rig_end(&rig);
}

TEST(the_state_lasts_from_one_run_to_the_next)
{
	char *dir = tree_new(), options[128];
	struct rig rig;

	snprintf(options, sizeof(options), "recovery=served,state=%s", dir);
	rig_start(&rig, EMU_BCM2711, options);
	rig_files(&rig, "program_pubkey=1\nprogram_rpiboot_gpio=7\n", &signed_images[0], NULL);
	assert_int_equal(host_boot(&rig.host, &rig.code), 0);
	assert_true(host_serve(&rig.host));
	rig_end(&rig);
	rig_start(&rig, EMU_BCM2711, options);
	assert_true(rig_holds(&rig, &signed_images[0]));
	assert_true(emu_keep_is_locked(rig.keep));
	assert_int_equal(rig.keep->rpiboot_gpio, 7);
	rig_end(&rig);
	tree_text(dir, "eeprom.bin", "too short");
	rig.recovery = emu_recovery_new();
	assert_int_equal(emu_recovery_set(rig.recovery, "state", dir), 0);
	assert_int_equal(emu_recovery_start(rig.recovery, &rig.config), -1);
	emu_recovery_free(rig.recovery);
	tree_free(dir);
}

TEST(an_unknown_option_is_refused)
{
	static const struct {
		const char *name, *value;
		int r;
	} rows[] = {
		{"recovery", "2026-08-04", 0},	  {"recovery", "today", -EINVAL},
		{"recovery", "", -EINVAL},	  {"quirks", "no-done+dies", 0},
		{"quirks", "no-done,", -EINVAL},  {"otp_key", "/nonexistent", -EINVAL},
		{"otp_key", "12345678", -EINVAL}, {"power", "100", 0},
		{"power", "soon", -EINVAL},	  {"power", "", -EINVAL},
		{"otp_gpio", "-3", -EINVAL},	  {"colour", "green", -ENOENT},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct emu_recovery *recovery = emu_recovery_new();

		assert_int_equal(emu_recovery_set(recovery, rows[i].name, rows[i].value),
				 rows[i].r);
		emu_recovery_free(recovery);
	}
}

/* Reads a real image or recovery, if it exists. */
static bool made_from_file(struct made *ret, const char *dir, const char *name)
{
	char path[512];
	FILE *file;
	long size;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "rb");
	if (!file)
		return false;
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	*ret = (struct made){malloc((size_t)size), (size_t)size};
	assert_int_equal(fread(ret->bytes, 1, (size_t)size, file), size);
	fclose(file);
	return true;
}

TEST(real_images_and_recoveries_are_understood)
{
	static const struct {
		enum emu_chip chip;
		const char *recovery, *image;
	} rows[] = {
		{EMU_BCM2711, "2711/recovery.bin", "2711/pieeprom-2026-08-04.bin"},
		{EMU_BCM2712, "2712/recovery.bin", "2712/pieeprom-2026-08-12.bin"},
	};
	const char *set = getenv("RPIBOOT_EEPROM_DATA"), *dir = set ? set : "../shared/eeprom-data";
	struct made image, code;

	for (size_t i = 0; i < array_size(rows); i++) {
		struct rig rig;

		if (!made_from_file(&image, dir, rows[i].image)) {
			print_message("SKIP real images: RPIBOOT_EEPROM_DATA names their "
				      "directory\n");
			skip();
		}
		assert_true(made_from_file(&code, dir, rows[i].recovery));
		rig_start(&rig, rows[i].chip, "recovery=served");
		rig_files(&rig, "", &image, NULL);
		assert_int_equal(host_boot(&rig.host, &code), 0);
		assert_true(host_serve(&rig.host));
		assert_string_equal(host_value(&rig.host, "EEPROM_UPDATE"), "success");
		assert_true(rig_holds(&rig, &image));
		assert_null(emu_image_pubkey(image.bytes, image.size));
		free(image.bytes);
		free(code.bytes);
		rig_end(&rig);
	}
}
