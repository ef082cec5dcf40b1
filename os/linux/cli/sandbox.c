/* SPDX-License-Identifier: Apache-2.0 */
/* Selects the paths that rpiboot may access in its sandbox. os/linux/cli/landlock.c creates the
 * sandbox. */
#include "cli/sandbox.h"

#include "cli/command_file.h"
#include "config.h"
#include "util/error.h"
#include "files/files.h"
#include "files/firmware.h"
#include "image/image.h"
#include "image/paths.h"
#include "os/linux/cli/landlock.h"
#include "flash/unmount.h"
#include "usb.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The sandbox allows the program to open the targets of the symbolic links in a boot directory. It
 * searches for such links up to this number of directory levels. Boot files such as
 * CHIP/overlays/NAME need three levels. */
#define SANDBOX_DEPTH 4
/* The maximum number of directory entries that the search for symbolic links examines. A limit is
 * necessary, because the user may select a large directory with -d. */
#define SANDBOX_ENTRIES 20000
#define BUS_DIR		"/dev/bus"
#define BUS_PIN		".rpiboot"

struct sandbox {
	struct landlock *landlock;
	struct unmount_helper *unmount_helper;
	unsigned int entries_left;
};

static void allow_tree(struct sandbox *sandbox, const char *dir, unsigned int depth);

/* Allows the process to read the target of a symbolic link. If the target is a file, the process
 * may read the whole directory of the file, because a new version of the file may replace the
 * target later. */
static void allow_link(struct sandbox *sandbox, const char *link, unsigned int depth)
{
	cleanup_free char *real = realpath(link, NULL);
	struct stat st;
	char *slash;

	/* Ignore a link to a special file, because rpiboot never opens such a file. Users create a
	 * link to /dev/null to hide the name of a boot file. */
	if (!real || stat(real, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
		return;
	slash = strrchr(real, '/');
	if (S_ISDIR(st.st_mode))
		allow_tree(sandbox, real, depth);
	else if (slash && slash != real)
		*slash = '\0';
	landlock_allow(sandbox->landlock, real, LANDLOCK_READ);
}

/* Allows the process to read the targets of all symbolic links below a directory. A target may be
 * outside of the directory. The user created the links, so rpiboot follows them (docs/protocol.md,
 * section 5). */
static void allow_links(struct sandbox *sandbox, const char *dir, unsigned int depth)
{
	DIR *list = depth ? opendir(dir) : NULL;
	struct dirent *entry;

	while (list && sandbox->entries_left && (entry = readdir(list))) {
		cleanup_free char *path = command_file_path(dir, entry->d_name);
		struct stat st;

		sandbox->entries_left--;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!path)
			break;
		if (lstat(path, &st) < 0)
			continue;
		if (S_ISLNK(st.st_mode))
			allow_link(sandbox, path, depth - 1);
		else if (S_ISDIR(st.st_mode))
			allow_links(sandbox, path, depth - 1);
	}
	if (list)
		closedir(list);
}

static void allow_tree(struct sandbox *sandbox, const char *dir, unsigned int depth)
{
	landlock_allow(sandbox->landlock, dir, LANDLOCK_READ);
	allow_links(sandbox, dir, depth);
}

/* Allows the process to read one firmware directory. The directory above it stays forbidden,
 * because it may contain other files of the user. */
static void allow_payload(void *ctx, const char *dir)
{
	if (access(dir, F_OK) == 0)
		allow_tree(ctx, dir, SANDBOX_DEPTH);
}

/* Allows the process to use USB devices. Creates /dev/bus/usb if it does not exist, because a
 * sandbox can allow only existing directories. */
static void allow_bus(struct sandbox *sandbox, bool for_ever)
{
	static const char *const dirs[] = {BUS_DIR "/usb", BUS_DIR, "/dev"};
	int r = landlock_allow(sandbox->landlock, BUS_DIR "/usb", LANDLOCK_DEVICES);

	/* When the last USB device leaves, the kernel removes the directory /dev/bus/usb if it is
	 * empty. The sandbox would block a new directory of this name. Create a subdirectory, so
	 * that /dev/bus/usb is never empty. */
	if (for_ever)
		mkdir(BUS_DIR "/usb/" BUS_PIN, 0755);
	if (r != -ENOENT)
		return;
	mkdir(BUS_DIR, 0755);
	mkdir(BUS_DIR "/usb", 0755);
	/* Allow the process to use devices below /dev/bus/usb. If this directory does not exist,
	 * allow it for the nearest parent directory that exists. */
	for (size_t i = 0; r == -ENOENT && i < array_size(dirs); i++)
		r = landlock_allow(sandbox->landlock, dirs[i], LANDLOCK_DEVICES);
}

static int allow_image_file(void *ctx, const char *path)
{
	landlock_allow(((struct sandbox *)ctx)->landlock, path, LANDLOCK_READ);
	return 0;
}

static void allow_power(void *ctx, const char *path)
{
	landlock_allow(((struct sandbox *)ctx)->landlock, path, LANDLOCK_DEVICES);
}

static void allow_boot(struct sandbox *sandbox, const struct config *config,
		       const struct firmware *firmware)
{
	/* Paths that the process must read to use libusb, to find mounted file systems and to name
	 * the owners of devices. Libraries read /dev/urandom if getrandom() fails. */
	const char *const read[] = {
		config->sysroot, config->kmsg, "/run/udev",	     "/proc/self",
		"/etc/passwd",	 "/etc/group", "/etc/nsswitch.conf", "/dev/urandom",
	};

	for (size_t i = 0; i < array_size(read); i++)
		if (read[i])
			landlock_allow(sandbox->landlock, read[i], LANDLOCK_READ);
	allow_bus(sandbox, config->count == 0);
	for (size_t i = 0; config->power_cycle && i < config->port_count; i++)
		usb_power_each(config->sysroot, config->ports[i], allow_power, sandbox);
	if (firmware->dir)
		allow_tree(sandbox, firmware->dir, SANDBOX_DEPTH);
	else
		files_find_each(firmware, allow_payload, sandbox);
	if (config->metadata_dir)
		landlock_allow(sandbox->landlock, config->metadata_dir, LANDLOCK_FILES);
}

static void allow_writing(struct sandbox *sandbox, const struct image_config *image)
{
	image_files(image, allow_image_file, sandbox);
	landlock_allow(sandbox->landlock, image_spool_dir(image), LANDLOCK_FILES);
	landlock_allow(sandbox->landlock, "/dev", LANDLOCK_DEVICES);
	landlock_allow(sandbox->landlock, "/proc/swaps", LANDLOCK_READ);
}

/* Makes the sandbox allow the directory that contains `path`, so that the process can create a file
 * in this directory. */
static void allow_parent(struct landlock *landlock, const char *path, enum landlock_access access)
{
	cleanup_free char *real = realpath(path, NULL);
	cleanup_free char *dir = strdup(real ? real : path);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (slash)
		slash[slash == dir] = '\0';
	if (dir)
		landlock_allow(landlock, slash ? dir : ".", access);
}

/* Creates a sandbox that allows no path yet. *ret is NULL if the user turned the sandbox off, the
 * kernel has no Landlock, or an error occurred. */
static int sandbox_begin(struct sandbox **ret, struct error *err)
{
	const char *off = getenv("RPIBOOT_UNCONFINED");
	int r;

	*ret = NULL;
	if (off && off[0])
		return 0;
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return error_set(err, -ENOMEM, "out of memory");
	(*ret)->entries_left = SANDBOX_ENTRIES;
	r = landlock_new(&(*ret)->landlock, err);
	if (!(*ret)->landlock)
		*ret = sandbox_free(*ret);
	return r;
}

/* Activates the sandbox. After an error, frees *sandbox and sets it to NULL. */
static int sandbox_end(struct sandbox **sandbox, struct error *err)
{
	int r = landlock_enforce((*sandbox)->landlock, err);

	if (r < 0)
		*sandbox = sandbox_free(*sandbox);
	return r;
}

int sandbox_new_for_files(struct sandbox **ret, const char *const *read, const char *const *write,
			  const char *filled, struct error *err)
{
	int r = sandbox_begin(ret, err);
	struct sandbox *sandbox = *ret;

	if (!sandbox)
		return r;
	landlock_allow(sandbox->landlock, "/dev/urandom", LANDLOCK_READ);
	for (; *read; read++)
		allow_tree(sandbox, *read, filled ? 0 : SANDBOX_DEPTH);
	for (; *write; write++)
		if (strcmp(*write, "-") != 0)
			allow_parent(sandbox->landlock, *write, LANDLOCK_FILES);
	if (filled) {
		landlock_allow(sandbox->landlock, filled, LANDLOCK_FILES);
		allow_parent(sandbox->landlock, filled, LANDLOCK_DIRECTORIES);
	}
	return sandbox_end(ret, err);
}

int sandbox_new(struct sandbox **ret, const struct config *config, const struct firmware *firmware,
		const struct image_config *image, struct error *err)
{
	int r = sandbox_begin(ret, err);
	struct sandbox *sandbox = *ret;

	if (!sandbox)
		return r;
	/* Start the unmount helper, which unmounts file systems, before this process opens other
	 * files. The helper then does not inherit their descriptors. */
	if (image->path)
		r = unmount_helper_new(&sandbox->unmount_helper, err);
	if (r < 0) {
		*ret = sandbox_free(sandbox);
		return r;
	}
	allow_boot(sandbox, config, firmware);
	if (image->path)
		allow_writing(sandbox, image);
	return sandbox_end(ret, err);
}

struct unmount_helper *sandbox_unmount_helper(const struct sandbox *sandbox)
{
	return sandbox ? sandbox->unmount_helper : NULL;
}

struct sandbox *sandbox_free(struct sandbox *sandbox)
{
	if (!sandbox)
		return NULL;
	landlock_free(sandbox->landlock);
	unmount_helper_free(sandbox->unmount_helper);
	free(sandbox);
	return NULL;
}
