/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the files of a directory for a boot.img, which is an image of a FAT file system. */
#include "cli/image_files.h"

#include "boot/chip.h"
#include "cli/command_file.h"
#include "cli/sign_file.h"
#include "eeprom/fat.h"
#include "report/output.h"
#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PATTERN_SIZE 64
/* A boot.img does not contain the files boot.img and tryboot.img or their signatures, because
 * boards read these files only from the boot partition of the disk. */
#define OWN_FILES "boot.img boot.sig tryboot.img tryboot.sig"

struct image_files {
	struct fat *fat;
	const char *dir;
	const struct chip *chip;
	const char *const *outputs;
	size_t bytes;
};

/* Copies the first pattern of a list of file name patterns to ret.
 * Returns: the rest of the list, or NULL (the list is empty). */
static const char *word_next(const char *list, const char *separators, char ret[PATTERN_SIZE])
{
	size_t length;

	list += strspn(list, separators);
	length = strcspn(list, separators);
	snprintf(ret, PATTERN_SIZE, "%.*s", (int)length, list);
	return length ? list + length : NULL;
}

bool image_files_match(const char *list, const char *separators, const char *name)
{
	char pattern[PATTERN_SIZE];

	while ((list = word_next(list, separators, pattern)))
		if (fnmatch(pattern, name, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

static int file_add(struct image_files *files, const char *path, const char *name,
		    struct error *err)
{
	unsigned char *data = NULL;
	size_t size;
	int r = command_file_read(path, SIGN_FILE_MAX, &data, &size, err);

	if (r < 0)
		return r;
	files->bytes += size;
	if (files->bytes > FAT_BYTES_MAX) {
		free(data);
		return error_set(err, -EFBIG,
				 "'%s' is too large for an image: its files have more than %d MiB",
				 files->dir, FAT_BYTES_MAX >> 20);
	}
	return fat_add(files->fat, name, data, size, err);
}

/* Returns: true if the file is an output of this command that an earlier run has left. */
static bool is_output(const struct image_files *files, const char *path)
{
	cleanup_free char *file = realpath(path, NULL);

	for (const char *const *output = files->outputs; file && *output; output++) {
		cleanup_free char *real = realpath(*output, NULL);

		if (real && strcmp(real, file) == 0)
			return true;
	}
	return false;
}

static int dir_add(struct image_files *files, const char *below, unsigned int depth,
		   struct error *err);

/* Adds a file or a directory to the boot.img.
 * name: the path, relative to the directory from which the boot.img is made. */
static int entry_add(struct image_files *files, const char *name, unsigned int depth,
		     struct error *err)
{
	cleanup_free char *path = NULL;
	struct stat st;

	if (depth == 0 && (image_files_match(files->chip->boot_image_skips, " ", name) ||
			   image_files_match(OWN_FILES, " ", name)))
		return 0;
	path = command_file_path(files->dir, name);
	if (!path)
		return error_set(err, -ENOMEM, "out of memory");
	if (lstat(path, &st) < 0)
		return error_set(err, -errno, "cannot read '%s': %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return dir_add(files, name, depth + 1, err);
	if (S_ISREG(st.st_mode))
		return is_output(files, path) ? 0 : file_add(files, path, name, err);
	return error_set(err, -EINVAL, "'%s' is a %s, which FAT cannot hold", path,
			 S_ISLNK(st.st_mode) ? "symbolic link" : "special file");
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int dir_add(struct image_files *files, const char *below, unsigned int depth,
		   struct error *err)
{
	cleanup_free char *path = NULL;
	struct dirent **entries = NULL;
	int count, r = 0;

	if (depth > FAT_DEPTH_MAX)
		return error_set(err, -EINVAL, "'%s/%s' is nested in more than %d directories",
				 files->dir, below, FAT_DEPTH_MAX);
	path = command_file_path(files->dir, below);
	if (!path)
		return error_set(err, -ENOMEM, "out of memory");
	count = scandir(path, &entries, is_visible, alphasort);
	if (count < 0)
		return error_set(err, -errno, "cannot read '%s': %s", path, strerror(errno));
	for (int i = 0; i < count; i++) {
		cleanup_free char *name =
			text_new("%s%s%s", below, *below ? "/" : "", entries[i]->d_name);

		if (r == 0)
			r = name ? entry_add(files, name, depth, err)
				 : error_set(err, -ENOMEM, "out of memory");
		free(entries[i]);
	}
	free(entries);
	return r;
}

/* Returns: true if the directory contains a file whose name matches one of the patterns. The
 * character '|' separates the patterns. */
static bool dir_has(const char *dir, const char *alternatives)
{
	DIR *list = opendir(dir);
	struct dirent *entry;
	bool found = false;

	while (list && !found && (entry = readdir(list)))
		found = image_files_match(alternatives, "|", entry->d_name);
	if (list)
		closedir(list);
	return found;
}

int image_files_add(struct fat *fat, const char *dir, const struct chip *chip,
		    const char *const *outputs, struct error *err)
{
	struct image_files files = {.fat = fat, .dir = dir, .chip = chip, .outputs = outputs};
	const char *needs = chip->boot_image_needs;
	char pattern[PATTERN_SIZE];
	int r = dir_add(&files, "", 0, err);

	while (r == 0 && (needs = word_next(needs, " ", pattern)))
		if (!dir_has(dir, pattern))
			output_message("warning: %s has no %s, which %s needs to boot", dir,
				       pattern, chip->name);
	return r;
}
