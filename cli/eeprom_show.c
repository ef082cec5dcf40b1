/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the facts about an EEPROM image as text for people. */
#include "cli/eeprom_internal.h"

#include "boot/chip.h"
#include "eeprom/change.h"
#include "report/output.h"
#include "util/text.h"
#include "util/util.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define TIME_SIZE 64

const char *eeprom_digest_word(enum info_digest digest)
{
	static const char *const words[] = {
		[INFO_DIGEST_NONE] = "none",
		[INFO_DIGEST_GOOD] = "good",
		[INFO_DIGEST_UNKNOWN] = "unknown",
		[INFO_DIGEST_DAMAGED] = "damaged",
	};

	return words[digest];
}

const char *eeprom_pubkey_word(enum info_pubkey pubkey)
{
	static const char *const words[] = {
		[INFO_PUBKEY_ABSENT] = "absent",
		[INFO_PUBKEY_UNSET] = "unset",
		[INFO_PUBKEY_SET] = "set",
		[INFO_PUBKEY_BAD] = "bad",
	};

	return words[pubkey];
}

struct eeprom_words eeprom_signature_words(enum info_signature signature)
{
	static const struct eeprom_words words[] = {
		[INFO_SIGNATURE_ABSENT] = {"absent", "none (the image is too old to have one)"},
		[INFO_SIGNATURE_UNSET] = {"unset", "not set"},
		[INFO_SIGNATURE_VALID] = {"valid", "valid"},
		[INFO_SIGNATURE_DAMAGED] = {"damaged", "damaged"},
		[INFO_SIGNATURE_OTHER_CONFIG] =
			{"other-config",
			 "INVALID: the signature was made for another configuration"},
		[INFO_SIGNATURE_UNSIGNED] = {"unsigned", "a digest without a signature"},
		[INFO_SIGNATURE_NO_KEY] = {"no-key", "not checked: the image has no public key"},
		[INFO_SIGNATURE_OTHER_KEY] =
			{"other-key", "INVALID: the signature was made with another key than the "
				      "one in pubkey.bin"},
	};

	return words[signature];
}

const char *eeprom_level_word(enum lint_level level)
{
	static const char *const words[] = {
		[LINT_NOTE] = "note",
		[LINT_WARNING] = "warning",
		[LINT_ERROR] = "error",
	};

	return words[level];
}

static void time_format(int64_t seconds, char ret[TIME_SIZE])
{
	time_t time = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&time, &tm) || !strftime(ret, TIME_SIZE, "%Y-%m-%d %H:%M:%S UTC", &tm))
		snprintf(ret, TIME_SIZE, "%" PRId64, seconds);
}

static void show_build(const struct info_build *build)
{
	char text[TIME_SIZE];

	if (build->time_seconds >= 0) {
		time_format(build->time_seconds, text);
		output_line("Built:       %s (%" PRId64 ")", text, build->time_seconds);
	}
	if (build->version[0])
		output_line("Version:     %s", build->version);
	if (build->mfg_version >= 0)
		output_line("MFG_VER:     %d", build->mfg_version);
	else
		output_line("MFG_VER:     none; boards made since 2026 may refuse this image");
}

static void show_stage(const struct info_stage *stage)
{
	const struct countersign *blocks = &stage->blocks;
	char hash[2 * KEY_HASH_SIZE + 1];

	if (blocks->vendor.form == COUNTERSIGN_ABSENT)
		output_line("%s: no signature of Raspberry Pi", stage->name);
	else if (blocks->vendor.form == COUNTERSIGN_SHORT)
		output_line("%s: Raspberry Pi's key %u%s", stage->name, blocks->vendor.key_number,
			    blocks->vendor.key_number == 0
				    ? " (development key; a locked board refuses it)"
				    : "");
	else
		output_line("%s: Raspberry Pi's key %u, rollback version %u, %s", stage->name,
			    blocks->vendor.key_number, blocks->vendor.version,
			    blocks->vendor.valid ? "valid" : "INVALID");
	if (blocks->customer.form == COUNTERSIGN_ABSENT)
		return;
	text_put_hex(stage->customer_hash, sizeof(stage->customer_hash), hash);
	output_line("%s: countersigned, rollback version %u, %s%s, OTP hash %s", stage->name,
		    blocks->customer.version, blocks->customer.valid ? "valid" : "INVALID",
		    blocks->customer_twice ? ", TWICE" : "", hash);
}

static void show_secure_boot(const struct info *info)
{
	const char *sentence = eeprom_signature_words(info->signature).sentence;
	char hash[2 * KEY_HASH_SIZE + 1], text[TIME_SIZE];

	text_put_hex(info->otp_hash, sizeof(info->otp_hash), hash);
	switch (info->pubkey) {
	case INFO_PUBKEY_ABSENT:
		output_line("Public key:  none (the image is too old to have one)");
		break;
	case INFO_PUBKEY_UNSET:
		output_line("Public key:  not set");
		break;
	case INFO_PUBKEY_SET:
		output_line("Public key:  RSA 2048, OTP hash %s", hash);
		if (info->exponent != KEY_EXPONENT)
			output_line("warning: the key has the public exponent %" PRIu64
				    ", but boards are only known to accept %d",
				    info->exponent, KEY_EXPONENT);
		break;
	case INFO_PUBKEY_BAD:
		output_line("Public key:  INVALID: not an RSA key with 2048 bits");
		break;
	}
	if (info->signature_text.has_time && info->signature_text.time_seconds <= INT64_MAX) {
		time_format((int64_t)info->signature_text.time_seconds, text);
		output_line("Signature:   %s; made %s", sentence, text);
	} else {
		output_line("Signature:   %s", sentence);
	}
	if (!info->has_update_time) {
		output_line("Update time: not set");
		return;
	}
	time_format(info->update_time_seconds, text);
	output_line("Update time: %s (%" PRIu32 ")", text, info->update_time_seconds);
}

static void show_digests(const struct eeprom_shown *shown)
{
	if (!shown->digests_good && !shown->digests_bad) {
		output_line("Sections:    not checked, because this firmware has no digests of its "
			    "sections");
		return;
	}
	output_line("Sections:    %u of %u match a digest in the second-stage bootloader%s",
		    shown->digests_good, shown->digests_good + shown->digests_bad,
		    shown->digests_bad ? ": THE IMAGE IS DAMAGED" : "");
}

static void show_sections(const struct eeprom_shown *shown)
{
	const struct eeprom_image *image = shown->image;

	output_line("%10s %8s %8s %8s  %s", "OFFSET", "BYTES", "SLOT", "FREE", "NAME");
	for (size_t i = 0; i < image->section_count; i++) {
		const struct eeprom_section *section = &image->sections[i];
		size_t room = eeprom_is_replaceable(section)
				      ? eeprom_room(section)
				      : section->slot_end - section->content_at;
		bool unset = eeprom_is_replaceable(section) && eeprom_is_unset(image, section);
		enum info_digest digest = shown->digests[i];

		if (section->kind == EEPROM_KIND_PADDING)
			continue;
		output_line("%#10zx %8zu %8zu %8zu  %s%s%s", section->at, section->content_bytes,
			    section->slot_end - section->at,
			    unset ? room : room - section->content_bytes,
			    section->name[0] ? section->name : "(unknown)",
			    unset ? " (not set)" : "",
			    digest == INFO_DIGEST_DAMAGED ? " (DAMAGED)"
			    : digest == INFO_DIGEST_UNKNOWN
				    ? " (the second-stage bootloader has no digest of it)"
				    : "");
	}
}

static void show_finding(void *ctx, enum lint_level level, unsigned int line, const char *text)
{
	(void)ctx;
	if (line)
		output_line("%s: line %u: %s", eeprom_level_word(level), line, text);
	else
		output_line("%s: %s", eeprom_level_word(level), text);
}

static void show_config(const struct eeprom_image *image)
{
	const struct eeprom_section *section = eeprom_image_find(image, EEPROM_CONFIG, NULL);
	struct config_scan scan;
	struct config_line line;
	const char *text;

	if (!section)
		return;
	text = (const char *)eeprom_content(image, section);
	output_line("%s", "");
	output_line("Configuration, %zu bytes:", section->content_bytes);
	scan = (struct config_scan){.text = text, .size = section->content_bytes};
	while (config_scan_next(&scan, &line))
		output_line("    %.*s%s", (int)line.text.size, line.text.at,
			    line.carriage_return ? "\\r" : "");
	config_lint(text, section->content_bytes, image->chip, show_finding, NULL);
}

void eeprom_show_text(const struct eeprom_shown *shown)
{
	const struct eeprom_image *image = shown->image;

	output_line("%s: %s for %s (%s)%s", shown->path,
		    image	      ? "EEPROM image"
		    : shown->recovery ? "recovery program"
				      : "second stage",
		    shown->chip->name, shown->chip->boards,
		    image && image->ab ? ", A/B layout" : "");
	show_build(&shown->info.build);
	for (size_t i = 0; i < shown->info.stage_count; i++)
		show_stage(&shown->info.stages[i]);
	if (!image)
		return;
	show_secure_boot(&shown->info);
	show_digests(shown);
	show_sections(shown);
	show_config(image);
}
