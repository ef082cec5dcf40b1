/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the newest recovery firmware and EEPROM image on this host for a chip. */
#include "cli/recover_firmware.h"

#include "boot/chip.h"
#include "cli/command_file.h"
#include "cli/recover_line.h"
#include "eeprom/image.h"
#include "files/firmware.h"
#include "report/output.h"
#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The directories that may contain firmware, relative to each searched directory. If a row has two
 * strings, the directory number of the chip comes between them, as in /firmware-2711/default. */
static const char *const places[][2] = {
	{""},
	{"/", ""},
	{"/recovery"},
	{"/recovery5"},
	{"/default"},
	{"/latest"},
	{"/firmware-", "/default"},
	{"/firmware-", "/latest"},
	{"/bootloader-", "/default"},
	{"/bootloader-", "/latest"},
};

/* The directory in which the bootloader package of Raspberry Pi OS installs firmware. */
#define SYSTEM_ROOT "/usr/lib/firmware/raspberrypi"

enum found_kind { FOUND_NOTHING, FOUND_STAGE, FOUND_IMAGE };

static void found_done(struct recover_found *found)
{
	free(found->path);
	free(found->data);
	*found = (struct recover_found){0};
}

void recover_firmware_done(struct recover_firmware *found)
{
	found_done(&found->stage);
	found_done(&found->image);
}

/* Determines whether a file is an EEPROM image or recovery firmware, and stores the chip for which
 * it is made in *ret_chip. */
static enum found_kind file_kind(const unsigned char *data, size_t size,
				 const struct chip **ret_chip)
{
	struct eeprom_image *image = NULL;
	struct countersign blocks;

	if (eeprom_image_new(&image, data, size, NULL) == 0) {
		*ret_chip = image->chip;
		eeprom_image_free(image);
		return FOUND_IMAGE;
	}
	countersign_parse(&blocks, data, size);
	*ret_chip = info_stage_chip(&blocks);
	/* Ignore recovery firmware that already has a customer's signature. It cannot be signed
	 * again, and boards that are not locked refuse it. */
	return *ret_chip && info_is_recovery(data, size) &&
			       blocks.customer.form == COUNTERSIGN_ABSENT
		       ? FOUND_STAGE
		       : FOUND_NOTHING;
}

/* Stores a firmware file in *ret if the file is for the chip, and newer than the file of the same
 * kind that *ret already has.
 * Ownership: if the function stores the file, *ret owns *data, and *data becomes NULL. Otherwise
 * the caller keeps *data. */
static enum found_kind file_offer(struct recover_firmware *ret, const struct chip *chip,
				  const char *path, unsigned char **data, size_t size)
{
	const struct chip *of = NULL;
	enum found_kind kind = file_kind(*data, size, &of);
	struct recover_found *found = kind == FOUND_STAGE ? &ret->stage : &ret->image;
	struct info_build build;

	if (kind == FOUND_NOTHING || of != chip)
		return kind;
	info_build_find(&build, *data, size);
	if (found->data && found->build.time_seconds >= build.time_seconds)
		return kind;
	found_done(found);
	found->path = strdup(path);
	if (!found->path)
		return FOUND_NOTHING;
	found->data = *data;
	found->size = size;
	found->build = build;
	*data = NULL;
	return kind;
}

/* Returns: true if recovery firmware or an EEPROM image may have this file name, such as
 * "pieeprom.bin". */
static bool is_candidate(const char *name)
{
	size_t length = strlen(name);

	if (length < 5 ||
	    (strcmp(name + length - 4, ".bin") != 0 && strcmp(name + length - 4, ".upd") != 0))
		return false;
	return strncmp(name, "pieeprom", 8) == 0 || strncmp(name, "recovery", 8) == 0 ||
	       strncmp(name, "bootcode", 8) == 0;
}

/* Returns: true if the file is a regular file with the size of recovery firmware or an EEPROM
 * image. Other files are not opened, because opening a named pipe could wait forever. */
static bool has_size(const struct chip *chip, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_size == chip->eeprom_bytes || st.st_size <= COUNTERSIGN_FILE_MAX);
}

static void dir_search(struct recover_firmware *ret, const struct chip *chip, const char *dir,
		       bool quiet)
{
	const struct dirent *entry;
	DIR *stream = opendir(dir);

	if (!stream)
		return;
	while ((entry = readdir(stream))) {
		cleanup_free unsigned char *data = NULL;
		cleanup_free char *path = NULL;
		struct error err = {0};
		size_t size;

		if (is_candidate(entry->d_name))
			path = command_file_path(dir, entry->d_name);
		if (!path || !has_size(chip, path))
			continue;
		if (command_file_read(path, EEPROM_BYTES_MAX, &data, &size, &err) == 0)
			file_offer(ret, chip, path, &data, size);
		else
			output_note(quiet, "warning: %s", err.text);
	}
	closedir(stream);
}

static void root_search(struct recover_firmware *ret, const struct chip *chip, const char *root,
			bool quiet)
{
	for (size_t i = 0; i < array_size(places); i++) {
		const char *after = places[i][1];
		cleanup_free char *dir = text_new("%s%s%s%s", root, places[i][0],
						  after ? chip->dir : "", after ? after : "");

		if (dir)
			dir_search(ret, chip, dir, quiet);
	}
}

static void found_move(struct recover_found *to, struct recover_found *from)
{
	if (to->data)
		return;
	*to = *from;
	*from = (struct recover_found){0};
}

/* Stores the error message for a file that is neither an EEPROM image nor recovery firmware for
 * `rpiboot recover`. */
static int nothing_found(const void *data, size_t size, const char *path, struct error *err)
{
	struct countersign blocks;

	countersign_parse(&blocks, data, size);
	if (info_stage_chip(&blocks) && info_is_recovery(data, size))
		return error_set(err, -EBADMSG,
				 "the recovery firmware '%s' is countersigned; use the original "
				 "file without the countersignature",
				 path);
	return error_set(err, -EBADMSG,
			 "'%s' is neither an EEPROM image nor recovery firmware; examine the file "
			 "with 'rpiboot eeprom show'",
			 path);
}

/* Reads a firmware file that the user gave as an argument. *ret_names_image becomes true if the
 * file is an EEPROM image. */
static int operand_read(struct recover_firmware *ret, const struct recover_line *line,
			const struct chip *chip, const char *path, bool *ret_names_image,
			struct error *err)
{
	cleanup_free unsigned char *data = NULL;
	struct recover_firmware one = {0};
	enum found_kind kind;
	size_t size;
	int r = command_file_read(path, EEPROM_BYTES_MAX, &data, &size, err);

	if (r < 0)
		return r;
	kind = file_offer(&one, chip, path, &data, size);
	*ret_names_image = *ret_names_image || kind == FOUND_IMAGE;
	found_move(&ret->image, &one.image);
	found_move(&ret->stage, &one.stage);
	if (one.image.data || one.stage.data)
		r = error_set(err, -EINVAL, "'%s' is the second %s for %s; give only one", path,
			      one.image.data ? "EEPROM image" : "recovery firmware", chip->name);
	else if (kind == FOUND_NOTHING)
		r = nothing_found(data, size, path, err);
	else if (kind == FOUND_IMAGE && line->erase)
		r = error_set(err, -EINVAL,
			      "--erase writes no EEPROM image, so '%s' cannot be used with it",
			      path);
	recover_firmware_done(&one);
	return r;
}

/* Checks that the directory that --firmware names can be read. */
static int named_dir_check(const char *dir, struct error *err)
{
	DIR *stream = opendir(dir);

	if (!stream)
		return error_set(err, -errno, "cannot open the directory '%s': %s", dir,
				 strerror(errno));
	closedir(stream);
	return 0;
}

int recover_firmware_find(struct recover_firmware *ret, const struct recover_line *line,
			  const struct firmware *firmware, const struct chip *chip,
			  struct error *err)
{
	struct recover_firmware found = {0};
	bool names_image = false;
	int r = line->firmware ? named_dir_check(line->firmware, err) : 0;

	*ret = (struct recover_firmware){0};
	for (size_t i = 0; r == 0 && i < line->file_count; i++)
		r = operand_read(ret, line, chip, line->files[i], &names_image, err);
	if (r < 0) {
		recover_firmware_done(ret);
		return r;
	}
	if (line->firmware)
		root_search(&found, chip, line->firmware, line->eeprom.quiet);
	for (size_t i = 0; !line->firmware && i < firmware->count; i++)
		root_search(&found, chip, firmware->roots[i], line->eeprom.quiet);
	if (!line->firmware)
		root_search(&found, chip, SYSTEM_ROOT, line->eeprom.quiet);
	found_move(&ret->stage, &found.stage);
	/* If the user named an EEPROM image, only this image is used. Boards with another chip then
	 * get no image. */
	if (!names_image && !line->erase)
		found_move(&ret->image, &found.image);
	recover_firmware_done(&found);
	return 0;
}
