/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the facts about an EEPROM image as one JSON object for programs. */
#include "cli/eeprom_internal.h"

#include "boot/chip.h"
#include "eeprom/change.h"
#include "report/json_put.h"
#include "report/output.h"
#include "util/error.h"

#define EEPROM_JSON_VERSION 1

static void put_build(struct json_object *to, const struct info_build *build)
{
	if (build->time_seconds >= 0)
		json_put_int(to, "build_time", build->time_seconds);
	json_put_known(to, "version", build->version);
	if (build->mfg_version >= 0)
		json_put_int(to, "mfg_version", build->mfg_version);
}

static void put_stage(struct json_object *to, const struct info_stage *stage)
{
	const struct countersign *blocks = &stage->blocks;

	json_put_string(to, "name", stage->name);
	if (blocks->vendor.form != COUNTERSIGN_ABSENT)
		json_put_int(to, "key_number", blocks->vendor.key_number);
	if (blocks->vendor.form == COUNTERSIGN_LONG) {
		json_put_int(to, "rollback_version", blocks->vendor.version);
		json_put_bool(to, "valid", blocks->vendor.valid);
	}
	json_put_bool(to, "countersigned", blocks->customer.form != COUNTERSIGN_ABSENT);
	if (blocks->customer.form == COUNTERSIGN_ABSENT)
		return;
	to = json_put_object(to, "customer");
	json_put_int(to, "rollback_version", blocks->customer.version);
	json_put_bool(to, "valid", blocks->customer.valid && !blocks->customer_twice);
	json_put_hex(to, "otp_hash", stage->customer_hash, sizeof(stage->customer_hash));
}

static void put_secure_boot(struct json_object *to, const struct info *info)
{
	struct json_object *key = json_put_object(to, "public_key");
	struct json_object *signature = json_put_object(to, "config_signature");

	json_put_string(key, "state", eeprom_pubkey_word(info->pubkey));
	if (info->pubkey == INFO_PUBKEY_SET) {
		json_put_hex(key, "otp_hash", info->otp_hash, sizeof(info->otp_hash));
		json_put_uint(key, "exponent", info->exponent);
	}
	json_put_string(signature, "state", eeprom_signature_words(info->signature).word);
	if (info->signature_text.has_time)
		json_put_int(signature, "time", (int64_t)info->signature_text.time_seconds);
	if (info->has_update_time)
		json_put_int(to, "update_time", info->update_time_seconds);
}

static const char *kind_word(enum eeprom_kind kind)
{
	static const char *const words[] = {
		[EEPROM_KIND_BOOTCODE] = "bootcode", [EEPROM_KIND_FILE] = "file",
		[EEPROM_KIND_FIXED] = "fixed",	     [EEPROM_KIND_FIXED_OWN] = "compressed",
		[EEPROM_KIND_FIXED_LZ4] = "lz4",     [EEPROM_KIND_PADDING] = "padding",
		[EEPROM_KIND_UNKNOWN] = "unknown",
	};

	return words[kind];
}

static void put_sections(struct json_object *to, const struct eeprom_shown *shown)
{
	struct json_object *array = json_put_array(to, "sections");

	for (size_t i = 0; i < shown->image->section_count; i++) {
		const struct eeprom_section *section = &shown->image->sections[i];
		struct json_object *object;

		if (section->kind == EEPROM_KIND_PADDING)
			continue;
		object = json_put_element(array);
		json_put_string(object, "name", section->name);
		json_put_string(object, "kind", kind_word(section->kind));
		json_put_int(object, "offset", (int64_t)section->at);
		json_put_int(object, "bytes", (int64_t)section->content_bytes);
		json_put_int(object, "slot_bytes", (int64_t)(section->slot_end - section->at));
		json_put_int(object, "room_bytes",
			     eeprom_is_replaceable(section) ? (int64_t)eeprom_room(section) : 0);
		json_put_bool(object, "unset",
			      eeprom_is_replaceable(section) &&
				      eeprom_is_unset(shown->image, section));
		json_put_string(object, "digest", eeprom_digest_word(shown->digests[i]));
	}
}

static void put_finding(void *ctx, enum lint_level level, unsigned int line, const char *text)
{
	struct json_object *object = json_put_element(ctx);

	json_put_string(object, "level", eeprom_level_word(level));
	json_put_int(object, "line", line);
	json_put_string(object, "text", text);
}

static void put_config(struct json_object *to, const struct eeprom_image *image)
{
	const struct eeprom_section *section = eeprom_image_find(image, EEPROM_CONFIG, NULL);
	const char *text;

	if (!section)
		return;
	text = (const char *)eeprom_content(image, section);
	json_put_text(to, "config", text, section->content_bytes);
	config_lint(text, section->content_bytes, image->chip, put_finding,
		    json_put_array(to, "findings"));
}

static void put_image(struct json_object *to, const struct eeprom_shown *shown)
{
	struct json_object *digests;

	json_put_bool(to, "ab", shown->image->ab);
	put_secure_boot(to, &shown->info);
	digests = json_put_object(to, "digests");
	json_put_int(digests, "good", shown->digests_good);
	json_put_int(digests, "bad", shown->digests_bad);
	put_sections(to, shown);
	put_config(to, shown->image);
}

int eeprom_show_json(const struct eeprom_shown *shown, struct error *err)
{
	struct json_object *to = json_put_new();
	struct json_object *stages;

	json_put_int(to, "v", EEPROM_JSON_VERSION);
	json_put_string(to, "file", shown->path);
	json_put_string(to, "kind",
			shown->image	  ? "image"
			: shown->recovery ? "recovery"
					  : "second-stage");
	json_put_string(to, "chip", shown->chip->name);
	json_put_int(to, "bytes", (int64_t)shown->size);
	put_build(to, &shown->info.build);
	stages = json_put_array(to, "stages");
	for (size_t i = 0; i < shown->info.stage_count; i++)
		put_stage(json_put_element(stages), &shown->info.stages[i]);
	if (shown->image)
		put_image(to, shown);
	return output_json(to, err);
}
