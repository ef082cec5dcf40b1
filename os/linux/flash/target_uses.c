/* SPDX-License-Identifier: Apache-2.0 */
/* Checks whether a file system, swap, the device mapper or RAID uses a disk or its partitions. */
#include "os/linux/flash/target_internal.h"

#include "util/error.h"
#include "flash/unmount.h"
#include "os/linux/util/sysfs.h"
#include "util/util.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MOUNTS_MAX 128 /* mounts of one disk */

struct mounted {
	const char *name; /* "sda1" */
	char *point;
};

/* Checks whether the device number dev belongs to the board's disk or to one of its partitions.
 * Returns: the kernel's name of the disk or partition, such as "sda1", or NULL (another device). */
static const char *part_name(const struct target_config *config, const struct target_facts *facts,
			     dev_t dev)
{
	for (size_t i = 0; i < facts->part_count; i++)
		if (facts->parts[i].dev == dev)
			return facts->parts[i].name;
	return dev == facts->dev ? target_name(config) : NULL;
}

/* Replaces each escape \ooo (three octal digits) in the text by its character. The kernel escapes
 * spaces, tabs, newlines and backslashes in its list of mounts. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
		    text[2] <= '7' && text[3] >= '0' && text[3] <= '7') {
			*out++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + text[3] - '0');
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static FILE *proc_open(const struct target_config *config, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", config->procroot, name);
	return fopen(path, "re");
}

/* Stores the error message for a file in /proc that cannot be read. The caller then writes nothing
 * to the disk, because only this file can prove that the disk is unused. */
static int proc_error(const struct target_config *config, int code, const char *name,
		      struct error *err)
{
	return error_set(err, -code,
			 "cannot read %s/%s (%s), so rpiboot cannot check that the disk %s is not "
			 "in use, and writes nothing to the disk",
			 config->procroot, name, strerror(code), config->disk.path);
}

static int proc_close(FILE *file, const struct target_config *config, const char *name,
		      struct error *err)
{
	bool failed = ferror(file);

	fclose(file);
	return failed ? proc_error(config, EIO, name, err) : 0;
}

/* Checks whether a path is a device node of the board's disk or of one of its partitions. The path
 * may be a symbolic link, or a node with any name.
 * Returns: the kernel's name of the disk or partition, such as "sda1", or NULL (another path). */
static const char *path_part_name(const struct target_config *config,
				  const struct target_facts *facts, const char *named)
{
	char path[PATH_MAX];
	struct stat st;

	if (named[0] != '/' ||
	    snprintf(path, sizeof(path), "%s%s", config->devroot, named) >= (int)sizeof(path))
		return NULL;
	if (stat(path, &st) < 0 || !S_ISBLK(st.st_mode))
		return NULL;
	return part_name(config, facts, st.st_rdev);
}

/* Finds the device of a mountinfo line: "36 35 98:0 /root /mount/point options - type source
 * options". The third field is the device number. btrfs shows a number of its own in this field, so
 * for btrfs the function uses the source, which is the path of the device.
 * Returns: the name of the board's disk or of its partition, or NULL (the line is about another
 * disk). */
static const char *mount_part_name(const struct target_config *config,
				   const struct target_facts *facts, const char *line)
{
	const char *rest = strstr(line, " - ");
	unsigned int major_number, minor_number;
	cleanup_free char *source = NULL;
	const char *name = NULL;

	if (sscanf(line, "%*u %*u %u:%u", &major_number, &minor_number) == 2)
		name = part_name(config, facts, makedev(major_number, minor_number));
	if (name || !rest || sscanf(rest, " - %*s %ms", &source) != 1)
		return name;
	unescape(source);
	return path_part_name(config, facts, source);
}

/* Finds all mount points of a disk and its partitions.
 * Returns: 0 or a negative errno value. */
static int find_mounts(const struct target_config *config, const struct target_facts *facts,
		       struct mounted ret[MOUNTS_MAX], size_t *ret_count, struct error *err)
{
	FILE *file = proc_open(config, "self/mountinfo");
	cleanup_free char *line = NULL;
	size_t room = 0, count = 0;

	*ret_count = 0;
	if (!file)
		return proc_error(config, errno, "self/mountinfo", err);
	while (count < MOUNTS_MAX && getline(&line, &room, file) > 0) {
		struct mounted *mounted = &ret[count];

		mounted->name = mount_part_name(config, facts, line);
		if (!mounted->name || sscanf(line, "%*u %*u %*s %*s %ms", &mounted->point) != 1)
			continue;
		unescape(mounted->point);
		count++;
	}
	*ret_count = count;
	return proc_close(file, config, "self/mountinfo", err);
}

int target_unmount(const struct target_config *config, const struct target_facts *facts,
		   struct error *err)
{
	struct mounted mounts[MOUNTS_MAX];
	size_t count;
	int r = find_mounts(config, facts, mounts, &count, err), code;

	/* Unmount the file systems of the disk in the reverse order of their mounting, because one
	 * may be mounted inside another. */
	while (count-- > 0) {
		code = r == 0 ? unmount_helper_unmount(config->unmount_helper, mounts[count].point)
			      : 0;
		if (code < 0)
			r = error_set(
				err, -EBUSY,
				"/dev/%s is mounted on '%s' and cannot be unmounted (%s); close "
				"the programs that use it, and turn off automatic mounting",
				mounts[count].name, mounts[count].point, strerror(-code));
		free(mounts[count].point);
	}
	return r;
}

static int check_swap(const struct target_config *config, const struct target_facts *facts,
		      struct error *err)
{
	FILE *file = proc_open(config, "swaps");
	cleanup_free char *line = NULL;
	size_t room = 0;
	int r = 0, closed;

	/* If the file /proc/swaps is missing, the kernel does not support swap. The directory /proc
	 * is not missing, because this process has already read /proc/self/mountinfo. */
	if (!file && errno == ENOENT)
		return 0;
	if (!file)
		return proc_error(config, errno, "swaps", err);
	while (r == 0 && getline(&line, &room, file) > 0) {
		line[strcspn(line, " \t\n")] = '\0';
		unescape(line);
		if (path_part_name(config, facts, line))
			r = error_set(err, -EBUSY, "%s is used as swap (%s); run swapoff first",
				      config->disk.path, line);
	}
	closed = proc_close(file, config, "swaps", r < 0 ? NULL : err);
	return r < 0 ? r : closed;
}

/* Stores the name of a device that uses the disk, such as "dm-0" of the device mapper or a RAID.
 * ctx: a buffer with NAME_MAX + 1 bytes for the name. */
static void holder_found(int fd, const char *name, void *ctx)
{
	(void)fd;
	snprintf(ctx, NAME_MAX + 1, "%s", name);
}

static int check_holders(const struct target_config *config, int dir, const char *of,
			 struct error *err)
{
	cleanup_fd int part = sysfs_open_below(dir, of);
	cleanup_fd int holders = sysfs_open_below(part, "holders");
	char holder[NAME_MAX + 1] = "";

	sysfs_each(holders, "", holder_found, holder);
	if (!holder[0])
		return 0;
	return error_set(err, -EBUSY,
			 "%s is in use by %s (device mapper or RAID); stop this device first",
			 config->disk.path, holder);
}

int target_check_uses(const struct target_config *config, const struct target_facts *facts,
		      struct error *err)
{
	cleanup_fd int dir = sysfs_open(config->sysroot, "block", target_name(config));
	int r = check_swap(config, facts, err);

	if (r == 0)
		r = check_holders(config, dir, ".", err);
	for (size_t i = 0; r == 0 && i < facts->part_count; i++)
		r = check_holders(config, dir, facts->parts[i].name, err);
	return r;
}
