/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sandbox.h"

#include "board/board.h"
#include "util/error.h"
#include "files/files.h"
#include "image/image.h"
#include "image/paths.h"
#include "cli/landlock.h"
#include "flash/unmount.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CONFINE_DEPTH	4     /* below a boot directory: CHIP/overlays/NAME, and some */
#define CONFINE_ENTRIES 20000 /* looked at in boot directories: -d may name anything */
#define BUS_DIR		"/dev/bus"
#define BUS_PIN		".rpiboot"

struct confine {
	struct landlock *landlock;
	struct unmounter *unmounter;
	unsigned int entries_left;
};

static void allow_tree(struct confine *confine, const char *dir, unsigned int depth);

/* Where it is not there yet, the directory that it would be made in. */
static void allow_or_parent(struct confine *confine, const char *path, enum landlock_access access)
{
	cleanup_free char *parent = strdup(path);
	char *slash;

	while (parent && landlock_allow(confine->landlock, parent, access) == -ENOENT) {
		slash = strrchr(parent, '/');
		if (!slash || slash == parent)
			return;
		*slash = '\0';
	}
}

/* The whole directory of the file, since a new version of it comes under its name. */
static void allow_link(struct confine *confine, const char *link, unsigned int depth)
{
	cleanup_free char *real = realpath(link, NULL);
	struct stat st;
	char *slash;

	/* What is neither is never opened: it hides a name, as a link to /dev/null does. */
	if (!real || stat(real, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
		return;
	slash = strrchr(real, '/');
	if (S_ISDIR(st.st_mode))
		allow_tree(confine, real, depth);
	else if (slash && slash != real)
		*slash = '\0';
	landlock_allow(confine->landlock, real, LANDLOCK_READ);
}

/* The user's own links may lead anywhere, and are followed (PROTOCOL.md section 5). */
static void allow_links(struct confine *confine, const char *dir, unsigned int depth)
{
	DIR *list = depth ? opendir(dir) : NULL;
	struct dirent *entry;

	while (list && confine->entries_left && (entry = readdir(list))) {
		cleanup_free char *path = NULL;
		struct stat st;

		confine->entries_left--;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (asprintf(&path, "%s/%s", dir, entry->d_name) < 0) {
			path = NULL;
			break;
		}
		if (lstat(path, &st) < 0)
			continue;
		if (S_ISLNK(st.st_mode))
			allow_link(confine, path, depth - 1);
		else if (S_ISDIR(st.st_mode))
			allow_links(confine, path, depth - 1);
	}
	if (list)
		closedir(list);
}

static void allow_tree(struct confine *confine, const char *dir, unsigned int depth)
{
	landlock_allow(confine->landlock, dir, LANDLOCK_READ);
	allow_links(confine, dir, depth);
}

/* Never the root: that may be where people have all that is theirs. */
static void allow_payload(void *ctx, const char *root, const char *dir)
{
	(void)root;
	if (access(dir, F_OK) == 0)
		allow_tree(ctx, dir, CONFINE_DEPTH);
}

/* Where there was no USB yet, its directory is made, as the kernel would do it: nothing but all of
 * /dev is above it, disks and all. */
static void allow_bus(struct confine *confine, bool for_ever)
{
	int r = landlock_allow(confine->landlock, BUS_DIR "/usb", LANDLOCK_DEVICES);

	/* The kernel removes the directory with its last node, and makes another one later, which
	 * would be out of reach. It removes none that has something else in it. */
	if (for_ever)
		mkdir(BUS_DIR "/usb/" BUS_PIN, 0755);
	if (r != -ENOENT)
		return;
	mkdir(BUS_DIR, 0755);
	mkdir(BUS_DIR "/usb", 0755);
	allow_or_parent(confine, BUS_DIR "/usb", LANDLOCK_DEVICES);
}

static int allow_image_file(void *ctx, const char *path)
{
	landlock_allow(((struct confine *)ctx)->landlock, path, LANDLOCK_READ);
	return 0;
}

static void allow_boot(struct confine *confine, const struct config *config)
{
	/* What libusb looks at, what is mounted, who owns a device that may not be opened, and what
	 * libraries read if getrandom() fails. */
	const char *const read[] = {
		config->sysroot, config->kmsg, "/run/udev",	     "/proc/self",
		"/etc/passwd",	 "/etc/group", "/etc/nsswitch.conf", "/dev/urandom",
	};

	for (size_t i = 0; i < array_size(read); i++)
		if (read[i])
			landlock_allow(confine->landlock, read[i], LANDLOCK_READ);
	allow_bus(confine, config->count == 0);
	if (config->dir)
		allow_tree(confine, config->dir, CONFINE_DEPTH);
	else
		files_find_each(config->firmware_roots, config->firmware_root_count, allow_payload,
				confine);
	if (config->metadata_dir)
		landlock_allow(confine->landlock, config->metadata_dir, LANDLOCK_FILES);
}

static void allow_writing(struct confine *confine, const struct image_config *image)
{
	image_files(image, allow_image_file, confine);
	landlock_allow(confine->landlock, image_spool_dir(image), LANDLOCK_FILES);
	landlock_allow(confine->landlock, "/dev", LANDLOCK_DEVICES);
	landlock_allow(confine->landlock, "/proc/swaps", LANDLOCK_READ);
}

static int confine_apply(struct confine *confine, struct config *config,
			 const struct image_config *image, struct error *err)
{
	int r = landlock_new(&confine->landlock, err);

	if (r < 0 || !confine->landlock)
		return r;
	/* First: it is another process, which is to hold nothing of what follows. */
	if (image->path)
		r = unmounter_new(&confine->unmounter, err);
	if (r < 0)
		return r;
	allow_boot(confine, config);
	if (image->path)
		allow_writing(confine, image);
	r = landlock_enforce(confine->landlock, err);
	if (r == 0)
		config->unmounter = confine->unmounter;
	return r;
}

int confine_new(struct confine **ret, struct config *config, const struct image_config *image,
		struct error *err)
{
	const char *off = getenv("RPIBOOT_UNCONFINED");
	struct confine *confine;
	int r;

	if (off && off[0])
		return 0;
	confine = calloc(1, sizeof(*confine));
	if (!confine)
		return error_set(err, -ENOMEM, "out of memory");
	confine->entries_left = CONFINE_ENTRIES;
	r = confine_apply(confine, config, image, err);
	if (r < 0) {
		confine_free(confine);
		return r;
	}
	*ret = confine;
	return 0;
}

struct confine *confine_free(struct confine *confine)
{
	if (!confine)
		return NULL;
	landlock_free(confine->landlock);
	unmounter_free(confine->unmounter);
	free(confine);
	return NULL;
}
