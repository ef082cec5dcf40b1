/* SPDX-License-Identifier: Apache-2.0 */
/* Prepares the files with which `rpiboot recover` updates the bootloader EEPROM of boards. Each
 * chip needs its own set of files (a kit): recovery firmware, config.txt, and an EEPROM image with
 * its signature. docs/protocol.md, section 9, describes the settings in config.txt. */
#include "cli/recover_kit.h"

#include "boot/chip.h"
#include "cli/options.h"
#include "cli/recover_dir.h"
#include "cli/recover_firmware.h"
#include "cli/recover_line.h"
#include "cli/sign_file.h"
#include "eeprom/info.h"
#include "files/firmware.h"
#include "report/output.h"
#include "report/report.h"
#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DATE_SIZE sizeof("2026-01-31")

/* The arguments that the functions for the recovery files of one chip share. */
struct kit_work {
	struct recover_line *line;
	const struct recover *recover;
	struct recover_kit *kit;
};

static void file_done(struct recover_file *file)
{
	free(file->data);
	*file = (struct recover_file){0};
}

static void kit_done(struct recover_kit *kit)
{
	file_done(&kit->stage);
	file_done(&kit->stage_signed);
	file_done(&kit->config_read);
	file_done(&kit->config_flash);
	file_done(&kit->config_lock);
	file_done(&kit->image.file);
	file_done(&kit->image.sig);
	file_done(&kit->image_locked.file);
	file_done(&kit->image_locked.sig);
	free(kit->source);
	free(kit->image_source);
}

struct recover *recover_free(struct recover *recover)
{
	if (!recover)
		return NULL;
	for (size_t i = 0; i < recover->kit_count; i++)
		kit_done(&recover->kits[i]);
	free(recover);
	return NULL;
}

static const char *date_write(char ret[DATE_SIZE], int64_t seconds)
{
	time_t at = (time_t)seconds;
	struct tm tm;

	if (seconds < 0 || !gmtime_r(&at, &tm) || !strftime(ret, DATE_SIZE, "%Y-%m-%d", &tm))
		return "of unknown date";
	return ret;
}

static int file_fill(struct recover_file *ret, const char *name, const void *data, size_t size,
		     struct error *err)
{
	ret->name = name;
	ret->size = size;
	ret->data = malloc(size ? size : 1);
	if (!ret->data)
		return error_set(err, -ENOMEM, "out of memory");
	memcpy(ret->data, data, size);
	return 0;
}

/* Refuses an EEPROM image that is damaged (the digest of one of its sections does not match). Also
 * refuses an image that is signed for locked boards, unless the option --lock or --locked is
 * given. */
static int image_check(const struct kit_work *work, const struct eeprom_image *image,
		       const char *path, struct error *err)
{
	bool is_for_locked = work->recover->lock || work->recover->locked;
	struct info info;

	info_read(&info, image);
	for (size_t i = 0; i < info.stage_count && !is_for_locked; i++)
		if (info.stages[i].blocks.customer.form != COUNTERSIGN_ABSENT)
			return error_set(
				err, -EINVAL,
				"'%s' is countersigned, so only a board that is locked to the "
				"customer key starts with it; use another image, or --locked",
				path);
	for (size_t i = 0; i < image->section_count; i++) {
		const struct eeprom_section *section = &image->sections[i];
		enum info_digest digest = info_digest_judge(image, &info.build, section);

		if (digest == INFO_DIGEST_DAMAGED || digest == INFO_DIGEST_UNKNOWN)
			return error_set(err, -EBADMSG,
					 "'%s' is damaged: the digest of its file '%s' is wrong; "
					 "fetch the image again",
					 path, section->name);
	}
	return 0;
}

/* Returns: true if a second-stage bootloader is signed with Raspberry Pi's development key. Locked
 * boards do not start such a bootloader. */
static bool has_development_key(const struct countersign *blocks)
{
	return blocks->vendor.form == COUNTERSIGN_SHORT && blocks->vendor.key_number == 0;
}

/* Returns: the path of a file (recovery firmware, EEPROM image) that is signed with Raspberry Pi's
 * development key, or NULL. */
static const char *development_source(const struct recover_kit *kit,
				      const struct recover_firmware *found)
{
	struct eeprom_image *image = NULL;
	struct countersign blocks;
	struct info info;

	countersign_parse(&blocks, found->stage.data, found->stage.size);
	if (has_development_key(&blocks))
		return kit->source;
	if (!found->image.data ||
	    eeprom_image_new(&image, found->image.data, found->image.size, NULL) < 0)
		return NULL;
	info_read(&info, image);
	eeprom_image_free(image);
	return has_development_key(&info.stages[0].blocks) ? kit->image_source : NULL;
}

/* Returns: true if the recovery firmware was built before 2025-11-27, so that it cannot report
 * results (docs/protocol.md, section 9). False if the build date is unknown, because the firmware
 * may report results. */
static bool is_old_stage(const struct recover_kit *kit, const struct recover_found *stage)
{
	return stage->build.time_seconds >= 0 &&
	       stage->build.time_seconds < kit->chip->recovery_reports_since;
}

/* Refuses to lock boards to the user's key (secure boot) if a locked board would not start from the
 * new EEPROM image. */
static int lock_check(const struct kit_work *work, const struct info *info,
		      const struct recover_found *stage, const char *image_path, struct error *err)
{
	const char *development = work->kit->development_source;

	if (!development && has_development_key(&info->stages[0].blocks))
		development = image_path;
	if (!work->recover->lock && !work->recover->locked)
		return 0;
	if (development)
		return error_set(err, -EINVAL,
				 "%s'%s' is signed with Raspberry Pi's development key, so a "
				 "locked board does not start with it; use a newer release of it",
				 work->recover->lock ? "not locked: " : "", development);
	if (!work->recover->lock)
		return 0;
	if (info->pubkey != INFO_PUBKEY_SET || info->signature != INFO_SIGNATURE_VALID)
		return error_set(err, -EINVAL,
				 "not locked: the configuration in '%s' is not signed with the key",
				 image_path);
	if (info->build.time_seconds < EEPROM_SECURE_BOOT_SINCE)
		return error_set(
			err, -EINVAL,
			"not locked: '%s' is too old for secure boot; use a newer release of it",
			image_path);
	if (!work->kit->reports || stage->build.time_seconds < 0)
		return error_set(err, -EINVAL,
				 "not locked: the recovery firmware '%s' %s; use one that was "
				 "built on 2025-11-27 or later",
				 stage->path,
				 work->kit->reports
					 ? "has no build date"
					 : "is too old to report the result of an update");
	return 0;
}

static int signature_fill(struct recover_file *ret, const struct eeprom_image *image,
			  const struct key *key, char ret_sha256[65], struct error *err)
{
	struct signature signature = {.has_time = true};
	char text[SIGNATURE_TEXT_SIZE];
	int r = sign_file_time(&signature.time_seconds, err);

	if (r == 0)
		r = signature_make(&signature, image->bytes, image->size, key, err);
	if (r < 0)
		return r;
	text_put_hex(signature.hash, sizeof(signature.hash), ret_sha256);
	return file_fill(ret, "pieeprom.sig", text, signature_format(&signature, text), err);
}

/* Makes the EEPROM image with the user's changes. If countersigned is true, only boards that are
 * locked to the user's key accept the image. */
static int image_fill(const struct kit_work *work, const struct recover_firmware *found,
		      bool countersigned, struct recover_image *ret, struct error *err)
{
	struct eeprom_line line = work->line->eeprom;
	struct eeprom_image *image = NULL;
	struct info info;
	int r = eeprom_image_new(&image, found->image.data, found->image.size, err);

	if (r < 0)
		return r;
	line.image = found->image.path;
	line.countersign = countersigned;
	r = image_check(work, image, found->image.path, err);
	if (r == 0)
		r = eeprom_apply(&line, image, err);
	if (r == 0) {
		info_read(&info, image);
		r = lock_check(work, &info, &found->stage, found->image.path, err);
	}
	if (r == 0)
		r = file_fill(&ret->file, "pieeprom.bin", image->bytes, image->size, err);
	if (r == 0)
		r = signature_fill(&ret->sig, image, line.key, ret->sha256, err);
	if (r == 0 && info.pubkey == INFO_PUBKEY_SET)
		text_put_hex(info.otp_hash, sizeof(info.otp_hash), ret->key_hash);
	eeprom_image_free(image);
	return r;
}

static int images_fill(const struct kit_work *work, const struct recover_firmware *found,
		       struct error *err)
{
	struct recover_kit *kit = work->kit;
	bool all = kit->chip->customer_block && (work->recover->lock || work->recover->locked);
	int r = image_fill(work, found, all, &kit->image, err);

	/* Boards that are locked to the user's key need a second EEPROM image, whose bootloader is
	 * signed with this key. Only the record of a board (option -j) shows such a lock, so make
	 * the second image only if there may be records. */
	if (r < 0 || all || !kit->chip->customer_block || !work->line->eeprom.key ||
	    !work->line->has_records)
		return r;
	output_note(work->line->eeprom.quiet,
		    "%s: rpiboot also signs a second EEPROM image, for boards whose record (-j "
		    "DIR) shows a lock to the key",
		    kit->chip->name);
	return image_fill(work, found, true, &kit->image_locked, err);
}

static int config_fill(const struct kit_work *work, struct recover_file *ret, bool flashes,
		       bool locks, struct error *err)
{
	const struct recover_line *line = work->line;
	bool goes_on = !flashes || work->recover->then_disk;
	char text[512], *at = text;

	at = stpcpy(at, "uart_2ndstage=1\nrecovery_metadata=1\n");
	at = stpcpy(at, goes_on ? "recovery_reboot=1\n" : "");
	if (flashes && line->write_protect)
		at += sprintf(at, "eeprom_write_protect=%d\n",
			      strcmp(line->write_protect, "on") == 0);
	at = stpcpy(at, flashes && line->erase ? "erase_eeprom=1\n" : "");
	at = stpcpy(at, locks ? "program_pubkey=1\n" : "");
	at = stpcpy(at, flashes && line->lock_jtag ? "program_jtag_lock=1\n" : "");
	if (flashes && line->gpio && work->kit->chip->has_rpiboot_gpio)
		at += sprintf(at, "program_rpiboot_gpio=%u\n", line->gpio);
	return file_fill(ret, "config.txt", text, (size_t)(at - text), err);
}

static int stage_fill(const struct kit_work *work, const struct recover_found *stage,
		      struct error *err)
{
	struct recover_kit *kit = work->kit;
	const struct key *key = work->line->eeprom.key;
	int r = file_fill(&kit->stage, kit->chip->bootcode, stage->data, stage->size, err);

	if (r < 0 || !key || !kit->chip->customer_block)
		return r;
	kit->stage_signed.name = kit->chip->bootcode;
	return countersign_append(&kit->stage_signed.data, &kit->stage_signed.size, stage->data,
				  stage->size, stage->path, key, 0, err);
}

static void kit_print(const struct kit_work *work, const struct recover_firmware *found)
{
	const struct recover_kit *kit = work->kit;
	bool quiet = work->line->eeprom.quiet;
	char date[DATE_SIZE];

	output_note(quiet, "%s: recovery firmware '%s' (%s)", kit->chip->name, found->stage.path,
		    date_write(date, found->stage.build.time_seconds));
	if (found->image.data)
		output_note(quiet, "%s: EEPROM image '%s' (%s%s%s)", kit->chip->name,
			    found->image.path, found->image.build.version,
			    found->image.build.version[0] ? " " : "",
			    date_write(date, found->image.build.time_seconds));
	if (!kit->reports)
		output_note(quiet,
			    "warning: the recovery firmware '%s' was built before 2025-11-27 "
			    "and reports no result; use newer firmware to prove the update",
			    found->stage.path);
	if (found->image.data && found->image.build.mfg_version < 0)
		output_note(
			quiet,
			"warning: the EEPROM image '%s' has no value MFG_VER, so boards that were "
			"made in 2026 or later may not start with this image; use a newer image",
			found->image.path);
}

static int kit_make(struct kit_work *work, const struct recover_firmware *found, struct error *err)
{
	struct recover_kit *kit = work->kit;
	int r;

	kit->source = strdup(found->stage.path);
	kit->image_source = strdup(found->image.data ? found->image.path : "");
	if (!kit->source || !kit->image_source)
		return error_set(err, -ENOMEM, "out of memory");
	kit->development_source = development_source(kit, found);
	kit->reports = !is_old_stage(kit, &found->stage);
	kit->image_build_seconds = found->image.data ? found->image.build.time_seconds : -1;
	snprintf(kit->image_version, sizeof(kit->image_version), "%s", found->image.build.version);
	kit_print(work, found);
	r = stage_fill(work, &found->stage, err);
	if (r == 0 && found->image.data)
		r = images_fill(work, found, err);
	if (r == 0)
		r = config_fill(work, &kit->config_read, false, false, err);
	if (r == 0)
		r = config_fill(work, &kit->config_flash, true, false, err);
	return r == 0 ? config_fill(work, &kit->config_lock, true, true, err) : r;
}

/* Prepares the recovery files for one chip, if its firmware is on this host. */
static int chip_add(struct recover *recover, struct recover_line *line,
		    const struct firmware *firmware, const struct chip *chip, struct error *err)
{
	struct recover_kit *kit = &recover->kits[recover->kit_count];
	struct kit_work work = {
		.line = line,
		.recover = recover,
		.kit = kit,
	};
	struct recover_firmware found;
	int r = recover_firmware_find(&found, line, firmware, chip, err);

	if (r < 0)
		return r;
	if (found.image.data && !found.stage.data && line->file_count)
		r = error_set(err, -ENOENT,
			      "the recovery firmware for %s is missing; name a recovery.bin, or "
			      "its directory with --firmware DIR",
			      chip->name);
	if (r == 0 && found.stage.data && (found.image.data || line->erase)) {
		recover->kit_count++;
		kit->chip = chip;
		r = kit_make(&work, &found, err);
	}
	recover_firmware_done(&found);
	return r;
}

/* Refuses the option --rpiboot-gpio if none of the chips for which recovery firmware was found
 * supports this option. */
static int gpio_check(const struct recover_line *line, const struct recover *recover,
		      struct error *err)
{
	for (size_t i = 0; i < recover->kit_count; i++)
		if (!line->gpio || recover->kits[i].chip->has_rpiboot_gpio)
			return 0;
	return error_set(err, -EINVAL,
			 "--rpiboot-gpio has no effect on boards with %s; leave out this option",
			 recover->kits[0].chip->name);
}

static int kits_make(struct recover *recover, struct recover_line *line,
		     const struct firmware *firmware, struct error *err)
{
	int r = 0;

	for (const struct chip *chip = chip_next(NULL); r == 0 && chip; chip = chip_next(chip))
		if (chip->eeprom_bytes)
			r = chip_add(recover, line, firmware, chip, err);
	if (r == 0 && recover->kit_count)
		return gpio_check(line, recover, err);
	if (r < 0)
		return r;
	return error_set(err, -ENOENT,
			 "no recovery firmware with an EEPROM image was found in %s; name a "
			 "directory of github.com/raspberrypi/rpi-eeprom, such as "
			 "firmware-2712/latest, with --firmware DIR",
			 line->firmware ? line->firmware : "the usual directories");
}

/* Checks that the hash of the user's key begins with the digits that the user gave with the option
 * --lock. A lock to a wrong key cannot be undone, because the board stores the hash forever. */
static int lock_compare(const struct recover_line *line, const struct recover *recover,
			struct error *err)
{
	if (!line->lock || strncasecmp(line->lock, recover->key_hash, strlen(line->lock)) == 0)
		return 0;
	return error_set(err, -EINVAL,
			 "not locked: the OTP hash of the key begins with %.8s, but --lock has %s",
			 recover->key_hash, line->lock);
}

/* Opens the user's key (option --key), and computes its hash. The option --lock contains the first
 * digits of a hash, which confirm that the user means this key. Refuses other digits. */
static int key_prepare(struct recover *recover, struct recover_line *line,
		       enum exit_status *ret_status, struct error *err)
{
	unsigned char hash[KEY_HASH_SIZE];
	int r = key_line_open(&line->eeprom.key_line, &line->eeprom.key, err);

	if (r == 0 && line->eeprom.key)
		r = key_otp_hash(line->eeprom.key, hash, err);
	if (r < 0 || !line->eeprom.key)
		return r;
	text_put_hex(hash, sizeof(hash), recover->key_hash);
	r = lock_compare(line, recover, err);
	if (r < 0)
		*ret_status = STATUS_USAGE;
	return r;
}

int recover_new(struct recover **ret, struct recover_line *line, const struct firmware *firmware,
		bool then_disk, enum exit_status *ret_status, struct error *err)
{
	struct recover *recover = calloc(1, sizeof(*recover));
	int r;

	*ret_status = STATUS_FAILED;
	if (!recover)
		return error_set(err, -ENOMEM, "out of memory");
	recover->erase = line->erase;
	recover->lock = line->lock;
	recover->locked = line->locked;
	recover->gpio = line->gpio;
	recover->lock_jtag = line->lock_jtag;
	recover->then_disk = then_disk;
	*ret_status = STATUS_NO_FILES;
	r = key_prepare(recover, line, ret_status, err);
	if (r == 0)
		r = kits_make(recover, line, firmware, err);
	line->eeprom.key = key_free(line->eeprom.key);
	if (r < 0)
		recover = recover_free(recover);
	*ret = recover;
	return r;
}

bool recover_prepare(struct recover **ret, struct recover_line *line, const struct options *options,
		     const struct firmware *firmware, enum exit_status *ret_status)
{
	struct error err = {0};
	int r = recover_new(ret, line, firmware, options->image.path, ret_status, &err);

	if (r == 0 && !line->dry_run)
		return true;
	if (r == 0) {
		r = recover_dir_write(*ret, line->dry_run, line->eeprom.quiet, &err);
		*ret = recover_free(*ret);
		*ret_status = r < 0 ? STATUS_NO_FILES : STATUS_OK;
	}
	if (r < 0)
		report_error(NULL, &err);
	return false;
}
