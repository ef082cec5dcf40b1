/* SPDX-License-Identifier: Apache-2.0 */
/* Changes an EEPROM image for the command `rpiboot eeprom set`. */
#include "cli/eeprom_internal.h"

#include "boot/chip.h"
#include "cli/command_file.h"
#include "cli/sign_file.h"
#include "eeprom/change.h"
#include "report/output.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* The maximum number of files that one command changes in an EEPROM image. The user names up to
 * EEPROM_CHANGES_MAX of these files. Other options change up to six more files: bootconf.txt, the
 * public key, the signature, two second-stage bootloaders and updatetime. */
#define NAMES_MAX (EEPROM_CHANGES_MAX + 8)

struct set {
	const struct eeprom_line *line;
	struct eeprom_image *image;
	const char *changed[NAMES_MAX + 1];
	size_t changed_count;
};

static bool is_changed(const struct set *set, const char *name)
{
	for (size_t i = 0; i < set->changed_count; i++)
		if (strcmp(set->changed[i], name) == 0)
			return true;
	return false;
}

/* Replaces a file in the EEPROM image, and prints its old and its new size. */
static int file_put(struct set *set, const char *name, const void *content, size_t size,
		    struct error *err)
{
	const struct eeprom_section *section = eeprom_image_find(set->image, name, NULL);
	size_t old_size = section ? section->content_bytes : 0;
	int r;

	if (!section && (strcmp(name, EEPROM_PUBKEY) == 0 || strcmp(name, EEPROM_SIGNATURE) == 0))
		return error_set(err, -ENOENT,
				 "the EEPROM image '%s' is too old to contain a key and a "
				 "signature, because the image has no file '%s'",
				 set->line->image, name);
	r = eeprom_change(set->image, name, content, size, err);
	if (r < 0)
		return r;
	if (!is_changed(set, name))
		set->changed[set->changed_count++] = name;
	if (size > EEPROM_SECTOR_CONTENT && size <= EEPROM_CONTENT_MAX)
		output_note(set->line->quiet,
			    "warning: %s has %zu bytes, so it does not fit into one sector of "
			    "the EEPROM (%d bytes) and also uses the next sector",
			    name, size, EEPROM_SECTOR_CONTENT);
	output_note(set->line->quiet, "%s: %zu bytes (before: %zu)", name, size, old_size);
	return 0;
}

static bool is_zero(const unsigned char *content, size_t size)
{
	return size == 0 || (content[0] == 0 && memcmp(content, content + 1, size - 1) == 0);
}

/* Refuses a second-stage bootloader that a board could not start from the EEPROM image, because it
 * is for another chip, is too large, or has no signature that the chip accepts. */
static int stage_check(const struct set *set, const char *name, const unsigned char *content,
		       size_t size, struct error *err)
{
	const struct chip *chip = set->image->chip, *of;
	struct countersign blocks;

	countersign_parse(&blocks, content, size);
	of = info_stage_chip(&blocks);
	if (!chip->customer_block && blocks.customer.form != COUNTERSIGN_ABSENT)
		return error_set(err, -EINVAL,
				 "the new %s has a countersignature, but %s does not support "
				 "countersigned firmware",
				 name, chip->name);
	if (of && of != chip)
		return error_set(err, -EINVAL, "the new %s is for %s, but the image is for %s",
				 name, of->name, chip->name);
	if (!of)
		return error_set(err, -EINVAL,
				 "the new %s is not a second-stage bootloader, because it does not "
				 "end with the signature of Raspberry Pi",
				 name);
	if (blocks.customer_twice)
		return error_set(
			err, -EINVAL,
			"the new %s has two countersignatures; countersign the original file once",
			name);
	if (chip->customer_block && !blocks.vendor.valid)
		return error_set(err, -EINVAL,
				 "the new %s is damaged: it does not match the signature of "
				 "Raspberry Pi",
				 name);
	if (blocks.customer.form != COUNTERSIGN_ABSENT && !blocks.customer.valid)
		return error_set(err, -EINVAL,
				 "the new %s does not match its countersignature; countersign the "
				 "original file again",
				 name);
	if (chip->customer_block && size > COUNTERSIGN_FILE_MAX)
		return error_set(err, -EFBIG,
				 "the new %s has %zu bytes, but the boot ROM loads at most %d",
				 name, size, COUNTERSIGN_FILE_MAX);
	return 0;
}

static int pubkey_check(const struct set *set, const unsigned char *content, size_t size,
			const char *path, struct error *err)
{
	struct key *key = NULL;
	int r;

	if (is_zero(content, size))
		return 0;
	if (size != KEY_PUBLIC_SIZE)
		return error_set(err, -EINVAL,
				 "'%s' is not a pubkey.bin, because it has %zu bytes instead of "
				 "%d; make one with: rpiboot key show KEY -o pubkey.bin",
				 path, size, KEY_PUBLIC_SIZE);
	r = key_from_public_bytes(&key, content, path, err);
	if (r == 0 && key_exponent(key) != KEY_EXPONENT)
		output_note(set->line->quiet,
			    "warning: the RSA key in '%s' has the public exponent %" PRIu64
			    ", but boards are only known to accept %d",
			    path, key_exponent(key), KEY_EXPONENT);
	key_free(key);
	return r;
}

static int signature_check(const unsigned char *content, size_t size, const char *path,
			   struct error *err)
{
	struct signature signature = {0};

	if (is_zero(content, size))
		return 0;
	if (signature_parse(&signature, (const char *)content, size, err) == 0)
		return 0;
	error_wrap(err, "'%s' is not a signature file", path);
	return -EINVAL;
}

static void finding_print(void *ctx, enum lint_level level, unsigned int line, const char *text)
{
	const struct set *set = ctx;
	/* Print the errors even with -q, because the final error message says that they are listed
	 * above. */
	bool quiet = set->line->quiet && level != LINT_ERROR;

	if (line)
		output_note(quiet, "%s: %s: line %u: %s", eeprom_level_word(level), EEPROM_CONFIG,
			    line, text);
	else
		output_note(quiet, "%s: %s: %s", eeprom_level_word(level), EEPROM_CONFIG, text);
}

static int config_check(const struct set *set, struct error *err)
{
	const struct eeprom_section *section = eeprom_image_find(set->image, EEPROM_CONFIG, NULL);

	if (!section || !is_changed(set, EEPROM_CONFIG) ||
	    config_lint((const char *)eeprom_content(set->image, section), section->content_bytes,
			set->image->chip, finding_print, (void *)set) == 0)
		return 0;
	return error_set(err, -EINVAL,
			 "nothing was written, because the configuration has the errors that are "
			 "listed above");
}

static int file_change(struct set *set, const struct eeprom_file_change *change, struct error *err)
{
	cleanup_free unsigned char *content = NULL;
	size_t size;
	int r = command_file_read(change->path, EEPROM_BYTES_MAX, &content, &size, err);

	if (r < 0)
		return r;
	if (strcmp(change->name, EEPROM_BOOTCODE) == 0 || strcmp(change->name, EEPROM_BOOTSYS) == 0)
		r = stage_check(set, change->name, content, size, err);
	else if (strcmp(change->name, EEPROM_PUBKEY) == 0)
		r = pubkey_check(set, content, size, change->path, err);
	else if (strcmp(change->name, EEPROM_SIGNATURE) == 0)
		r = signature_check(content, size, change->path, err);
	return r < 0 ? r : file_put(set, change->name, content, size, err);
}

static void effect_print(const struct set *set, const struct config_edit *edit,
			 const struct config_effect *effect)
{
	int size = (int)edit->key.size, filter = edit->filter.size ? (int)edit->filter.size : 3;
	const char *key = edit->key.at, *name = edit->filter.size ? edit->filter.at : "all";

	if (edit->value && effect->old.at)
		output_note(set->line->quiet, "[%.*s] %.*s=%s (before: %.*s)", filter, name, size,
			    key, edit->value, (int)effect->old.size, effect->old.at);
	else if (edit->value)
		output_note(set->line->quiet, "[%.*s] %.*s=%s (new)", filter, name, size, key,
			    edit->value);
	else if (effect->removed)
		output_note(set->line->quiet, "[%.*s] %.*s removed (before: %.*s)", filter, name,
			    size, key, (int)effect->old.size, effect->old.at);
	else
		output_note(set->line->quiet,
			    "warning: the configuration has no setting [%.*s] %.*s to remove",
			    filter, name, size, key);
	if (effect->other.number)
		output_note(set->line->quiet,
			    "warning: line %u was not changed, but also sets %.*s for %s%.*s%s",
			    effect->other.number, size, key,
			    effect->other.filter_count ? "[" : "all boards",
			    (int)effect->other.filter.size, effect->other.filter.at,
			    effect->other.filter_count ? "]" : "");
}

/* Applies the options --set and --unset to the bootloader configuration in the EEPROM image, in the
 * order of the command line. */
static int config_edit(struct set *set, struct error *err)
{
	const struct eeprom_section *section = eeprom_image_find(set->image, EEPROM_CONFIG, NULL);
	cleanup_free char *changed = NULL;
	const char *text;
	size_t size;
	int r = 0;

	if (!set->line->edit_count)
		return 0;
	if (!section)
		return error_set(err, -ENOENT,
				 "the EEPROM image '%s' has no configuration (bootconf.txt)",
				 set->line->image);
	text = (const char *)eeprom_content(set->image, section);
	size = section->content_bytes;
	for (size_t i = 0; r == 0 && i < set->line->edit_count; i++) {
		const struct config_edit *edit = &set->line->edits[i];
		struct config_effect effect;
		char *next = NULL;

		r = config_edit_apply(edit, text, size, &next, &size, &effect, err);
		if (r == 0) {
			effect_print(set, edit, &effect);
			free(changed);
			text = changed = next;
		}
	}
	return r < 0 ? r : file_put(set, EEPROM_CONFIG, text, size, err);
}

/* Warns if the bootloader configuration lets a running system replace the EEPROM image. The
 * replacement has no signature by the user's key, so a locked board does not start from it. */
static void self_update_warn(const struct set *set, const char *text, size_t size)
{
	struct config_scan scan = {.text = text, .size = size};
	struct config_line line;
	bool off = false;

	while (config_scan_next(&scan, &line))
		if (line.kind == CONFIG_SETTING && config_span_is(line.key, "ENABLE_SELF_UPDATE"))
			off = config_span_is(line.value, "0") && (off || !line.filter_count);
	if (!off)
		output_note(set->line->quiet,
			    "warning: %s does not have ENABLE_SELF_UPDATE=0, so an update that "
			    "is not signed with the key can replace this image, and a locked "
			    "board then does not start; use --set ENABLE_SELF_UPDATE=0",
			    EEPROM_CONFIG);
}

/* Signs the bootloader configuration in the EEPROM image with the user's key, and puts the
 * signature and the public key into the image. */
static int config_sign(struct set *set, struct error *err)
{
	const struct eeprom_section *section = eeprom_image_find(set->image, EEPROM_CONFIG, NULL);
	unsigned char public_bytes[KEY_PUBLIC_SIZE];
	char text[SIGNATURE_TEXT_SIZE];
	struct signature signature = {.has_time = true};
	int r;

	if (!set->line->key)
		return 0;
	if (!section)
		return error_set(err, -ENOENT,
				 "the EEPROM image '%s' has no configuration (bootconf.txt)",
				 set->line->image);
	self_update_warn(set, (const char *)eeprom_content(set->image, section),
			 section->content_bytes);
	r = sign_file_time(&signature.time_seconds, err);
	if (r == 0)
		r = signature_make(&signature, eeprom_content(set->image, section),
				   section->content_bytes, set->line->key, err);
	if (r < 0)
		return r;
	r = file_put(set, EEPROM_SIGNATURE, text, signature_format(&signature, text), err);
	if (r < 0)
		return r;
	key_public_bytes(set->line->key, public_bytes);
	return file_put(set, EEPROM_PUBKEY, public_bytes, sizeof(public_bytes), err);
}

static int stage_sign(struct set *set, const char *name, struct error *err)
{
	const struct eeprom_section *section = eeprom_image_find(set->image, name, NULL);
	cleanup_free unsigned char *content = NULL;
	struct countersign blocks;
	size_t size;
	int r;

	if (!section)
		return error_set(err, -ENOENT, "the EEPROM image '%s' has no file '%s'",
				 set->line->image, name);
	countersign_parse(&blocks, eeprom_content(set->image, section), section->content_bytes);
	if (countersign_is_by(&blocks, set->line->key) && !blocks.customer_twice) {
		output_note(set->line->quiet, "%s: already countersigned with this key", name);
		return 0;
	}
	r = countersign_append(&content, &size, eeprom_content(set->image, section),
			       section->content_bytes, name, set->line->key, 0, err);
	return r < 0 ? r : file_put(set, name, content, size, err);
}

static int stages_sign(struct set *set, struct error *err)
{
	int r;

	if (!set->line->countersign)
		return 0;
	if (!set->image->chip->customer_block)
		return error_set(err, -EINVAL,
				 "--countersign cannot be used, because firmware for %s cannot be "
				 "countersigned",
				 set->image->chip->name);
	r = stage_sign(set, EEPROM_BOOTCODE, err);
	if (r == 0 && set->image->ab)
		r = stage_sign(set, EEPROM_BOOTSYS, err);
	if (r == 0)
		output_note(set->line->quiet,
			    "warning: a board without this key in its OTP memory does not start "
			    "with a countersigned image");
	return r;
}

static int update_time_set(struct set *set, struct error *err)
{
	if (!set->line->has_update_time)
		return 0;
	set->changed[set->changed_count++] = EEPROM_UPDATE_TIME;
	output_note(set->line->quiet, "update time: %" PRIu32, set->line->update_time_seconds);
	return eeprom_change_update_time(set->image, set->line->update_time_seconds, err);
}

/* Refuses a new signature that was not made with the public key in the image, or that does not
 * match the configuration. Also refuses a new public key that does not match the signature. If only
 * the configuration is new, an old signature that does not match it causes a warning. */
static int keys_check(const struct set *set, struct error *err)
{
	bool key_given = is_changed(set, EEPROM_PUBKEY);
	bool signature_given = is_changed(set, EEPROM_SIGNATURE);
	struct info info;

	if (!key_given && !signature_given && !is_changed(set, EEPROM_CONFIG))
		return 0;
	info_read(&info, set->image);
	if (info.signature == INFO_SIGNATURE_OTHER_KEY && (key_given || signature_given))
		return error_set(err, -EINVAL,
				 "%s was made with another key than the one in %s, so they do not "
				 "belong together",
				 EEPROM_SIGNATURE, EEPROM_PUBKEY);
	if (info.signature == INFO_SIGNATURE_OTHER_CONFIG && signature_given)
		return error_set(err, -EINVAL,
				 "the new %s does not match the configuration in %s; sign the "
				 "configuration with --key",
				 EEPROM_SIGNATURE, EEPROM_CONFIG);
	if (info.signature == INFO_SIGNATURE_OTHER_CONFIG)
		output_note(set->line->quiet,
			    "warning: the signature %s does not match the new configuration; "
			    "sign the configuration with --key",
			    EEPROM_SIGNATURE);
	if (key_given && info.pubkey == INFO_PUBKEY_SET &&
	    info.build.time_seconds < EEPROM_SECURE_BOOT_SINCE)
		output_note(set->line->quiet,
			    "warning: the firmware in '%s' is too old for secure boot; use a "
			    "newer release",
			    set->line->image);
	if (key_given && !set->image->chip->customer_block &&
	    info.stages[0].blocks.vendor.form == COUNTERSIGN_SHORT &&
	    info.stages[0].blocks.vendor.key_number == 0)
		output_note(
			set->line->quiet,
			"warning: the firmware in '%s' is signed with Raspberry Pi's development "
			"key, so a locked board does not start with it; use a newer release of it",
			set->line->image);
	return 0;
}

static int changes_apply(struct set *set, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->line->file_count; i++)
		r = file_change(set, &set->line->files[i], err);
	if (r == 0)
		r = config_edit(set, err);
	if (r == 0)
		r = config_check(set, err);
	if (r == 0)
		r = config_sign(set, err);
	if (r == 0)
		r = stages_sign(set, err);
	if (r == 0)
		r = update_time_set(set, err);
	return r == 0 ? keys_check(set, err) : r;
}

int eeprom_apply(const struct eeprom_line *line, struct eeprom_image *image, struct error *err)
{
	struct set set = {.line = line, .image = image};
	struct eeprom_image *before = NULL;
	int r = eeprom_image_new(&before, image->bytes, image->size, err);

	if (r == 0)
		r = changes_apply(&set, err);
	if (r == 0)
		r = eeprom_image_scan(image, err);
	if (r == 0)
		r = eeprom_change_check(before, image, set.changed, err);
	eeprom_image_free(before);
	return r;
}

int eeprom_set(const struct eeprom_line *line, struct eeprom_image *image, struct error *err)
{
	int r = eeprom_apply(line, image, err);

	return r < 0 ? r : command_file_write(line->output, image->bytes, image->size, err);
}
