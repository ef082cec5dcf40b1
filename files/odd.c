/* SPDX-License-Identifier: Apache-2.0 */
/* Finds boot files that cannot be sent to boards: symbolic links to missing files, and files in the
 * archive bootfiles.bin whose names no board can request. */
#include "files/files.h"

#include "boot/chip.h"
#include "util/error.h"
#include "files/internal.h"
#include "util/path.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINK_DEPTH   8 /* the longest chain of links */
#define DIR_NAME_MAX 256

/* Composes the path of a symbolic link's target. A relative path begins at the directory dir_fd.
 * Returns: false if the name is not a symbolic link, or the path is too long. */
static bool link_target(int dir_fd, const char *name, char ret[PATH_MAX])
{
	char target[PATH_MAX];
	int dir_length = (int)(path_name(name) - name);
	ssize_t n = readlinkat(dir_fd, name, target, sizeof(target) - 1);

	if (n <= 0)
		return false;
	target[n] = '\0';
	if (target[0] == '/')
		dir_length = 0;
	return snprintf(ret, PATH_MAX, "%.*s%s", dir_length, name, target) < PATH_MAX;
}

bool files_link_dangles(int dir_fd, const char *name, char *ret_text, size_t size)
{
	char first[PATH_MAX], end[PATH_MAX], next[PATH_MAX], shown[2][FILES_LINK_TEXT_SIZE / 3];
	struct stat st;
	ssize_t n = readlinkat(dir_fd, name, first, sizeof(first) - 1);

	if (n <= 0 || fstatat(dir_fd, name, &st, 0) == 0 || (errno != ENOENT && errno != ENOTDIR) ||
	    !link_target(dir_fd, name, end))
		return false;
	first[n] = '\0';
	text_printable(first, shown[0], sizeof(shown[0]));
	for (int i = 0; i < LINK_DEPTH && link_target(dir_fd, end, next); i++)
		strcpy(end, next);
	text_printable(end, shown[1], sizeof(shown[1]));
	if (link_target(dir_fd, name, next) && strcmp(next, end) != 0)
		snprintf(ret_text, size, "'%s', which leads to the missing file '%s'", shown[0],
			 shown[1]);
	else
		snprintf(ret_text, size, "'%s', which does not exist", shown[0]);
	return true;
}

struct odd {
	const struct files *files;
	void (*fn)(const char *text, bool bootcode, void *ctx);
	void *ctx;
	/* The directory whose symbolic links are checked, as a path relative to the boot directory.
	 * It is "" for the boot directory itself. */
	const char *dir;
	unsigned int left;
	/* The number of members in the archive bootfiles.bin that no board can request, because
	 * their names are invalid or outside of the chips' directories. */
	unsigned int names;
	char first_name[DIR_NAME_MAX]; /* the first of these members */
};

static void odd_found(struct odd *odd, bool bootcode, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void odd_found(struct odd *odd, bool bootcode, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE];
	va_list ap;

	if (!odd->left)
		return;
	odd->left--;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	odd->fn(text, bootcode, odd->ctx);
}

/* Returns: true if this is the name of the archive bootfiles.bin, or the name of the bootcode of a
 * chip. */
static bool is_bootcode(const char *name)
{
	name = path_name(name);
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip))
		if (strcasecmp(name, chip->bootcode) == 0)
			return true;
	return strcmp(name, FILES_ARCHIVE_NAME) == 0;
}

static void odd_entry(const char *entry, void *ctx)
{
	struct odd *odd = ctx;
	cleanup_free char *name = odd->dir[0] ? files_path_new(odd->dir, entry) : strdup(entry);
	cleanup_free char *path = name ? files_path_new(files_dir(odd->files), name) : NULL;
	char target[FILES_LINK_TEXT_SIZE], shown[ERROR_TEXT_SIZE];

	if (!path || !files_link_dangles(files_dir_fd(odd->files), name, target, sizeof(target)))
		return;
	text_printable(path, shown, sizeof(shown));
	odd_found(odd, is_bootcode(name),
		  "'%s' is a symbolic link to %s; fetch the missing file (in a Git clone, run 'git "
		  "submodule update --init')",
		  shown, target);
}

static void odd_dir(const char *dir, void *ctx)
{
	struct odd *odd = ctx;

	odd->dir = dir;
	files_dir_each(files_dir_fd(odd->files), dir[0] ? dir : ".", S_IFLNK, odd_entry, odd);
}

static void odd_member_link(const char *member, const char *target, void *ctx)
{
	struct odd *odd = ctx;
	char name[DIR_NAME_MAX], to[DIR_NAME_MAX];

	text_printable(member, name, sizeof(name));
	text_printable(target ? target : "", to, sizeof(to));
	if (target)
		odd_found(odd, is_bootcode(member),
			  "'%s/" FILES_ARCHIVE_NAME
			  "' contains '%s' only as a link to '%s', and rpiboot serves no links; "
			  "create the archive with 'tar --dereference --hard-dereference'",
			  files_dir(odd->files), name, to);
	else
		odd_found(odd, is_bootcode(member),
			  "'%s/" FILES_ARCHIVE_NAME
			  "' contains '%s', which is not a regular file and is not served",
			  files_dir(odd->files), name);
}

/* Counts the members of the archive bootfiles.bin that no board can request. A board can request
 * only valid names (files_name_ok()) below the directory of its chip. */
static void odd_member_name(const char *member, void *ctx)
{
	struct odd *odd = ctx;

	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip)) {
		size_t length = strlen(chip->dir);

		if (strncasecmp(member, chip->dir, length) == 0 && member[length] == '/' &&
		    files_name_ok(member) && member[length + 1] != '/')
			return;
	}
	if (odd->names++ == 0)
		text_printable(member, odd->first_name, sizeof(odd->first_name));
}

static void odd_names(struct odd *odd)
{
	const struct chip *chip = chip_next(NULL);

	files_tar_names(files_dir_fd(odd->files), FILES_ARCHIVE_NAME, odd_member_name, odd);
	if (odd->names)
		odd_found(
			odd, is_bootcode(odd->first_name),
			"no board requests '%s'%s in '%s/" FILES_ARCHIVE_NAME
			"', because boards request only names of the form CHIP/NAME, such as %s/%s",
			odd->first_name, odd->names > 1 ? " and other members" : "",
			files_dir(odd->files), chip->dir, chip->bootcode);
}

void files_odd(const struct files *files, void (*fn)(const char *text, bool bootcode, void *ctx),
	       void *ctx)
{
	struct odd odd = {.files = files, .fn = fn, .ctx = ctx, .left = FILES_ODD_MAX};
	const char *dir = NULL;

	odd_dir("", &odd);
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip)) {
		if (!dir || strcmp(dir, chip->dir) != 0)
			odd_dir(chip->dir, &odd);
		dir = chip->dir;
	}
	files_ports(files, odd_dir, &odd);
	files_tar_links(files_dir_fd(files), FILES_ARCHIVE_NAME, odd_member_link, &odd);
	odd_names(&odd);
}
