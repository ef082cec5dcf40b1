/* SPDX-License-Identifier: Apache-2.0 */
/* Who uses a disk or its partitions: mounts, swap, device mapper and RAID. */
#include "flash/target_private.h"

#include "error.h"
#include "flash/unmount.h"
#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MOUNTS_MAX 128 /* of one disk */

struct mounted {
	const char *name; /* "sda1" */
	char *point;
};

/* "sda" or "sda1"; NULL: dev is no part of this disk. */
static const char *part_name(const struct target_config *config, const struct target_facts *facts,
			     dev_t dev)
{
	for (size_t i = 0; i < facts->part_count; i++)
		if (facts->parts[i].dev == dev)
			return facts->parts[i].name;
	return dev == facts->dev ? target_name(config) : NULL;
}

/* The kernel writes space, tab, newline and backslash as \ooo. In place. */
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

/* "36 35 98:0 /root /mount/point options ...": where something of this disk is mounted. */
static size_t find_mounts(const struct target_config *config, const struct target_facts *facts,
			  struct mounted ret[MOUNTS_MAX])
{
	FILE *file = proc_open(config, "self/mountinfo");
	cleanup_free char *line = NULL;
	size_t room = 0, count = 0;

	while (file && count < MOUNTS_MAX && getline(&line, &room, file) > 0) {
		unsigned int major_number, minor_number;
		struct mounted *mounted = &ret[count];

		if (sscanf(line, "%*u %*u %u:%u %*s %ms", &major_number, &minor_number,
			   &mounted->point) != 3)
			continue;
		mounted->name = part_name(config, facts, makedev(major_number, minor_number));
		if (!mounted->name) {
			free(mounted->point);
			continue;
		}
		unescape(mounted->point);
		count++;
	}
	if (file)
		fclose(file);
	return count;
}

int target_unmount(const struct target_config *config, const struct target_facts *facts,
		   struct error *err)
{
	struct mounted mounts[MOUNTS_MAX];
	size_t count = find_mounts(config, facts, mounts);
	int r = 0, code;

	/* Last one first: it may be on top of, or below, the others. */
	while (count-- > 0) {
		code = r == 0 ? unmounter_unmount(config->unmounter, mounts[count].point) : 0;
		if (code < 0)
			r = error_set(
				err, -EBUSY,
				"/dev/%s is mounted on '%s' and cannot be unmounted (%s): close "
				"what uses it there, and turn off automatic mounting",
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
	int r = 0;

	while (file && r == 0 && getline(&line, &room, file) > 0) {
		char path[PATH_MAX];
		struct stat st;

		line[strcspn(line, " \t\n")] = '\0';
		unescape(line);
		snprintf(path, sizeof(path), "%s%s", config->devroot, line);
		if (line[0] == '/' && stat(path, &st) == 0 && S_ISBLK(st.st_mode) &&
		    part_name(config, facts, st.st_rdev))
			r = error_set(err, -EBUSY, "%s is used as swap (%s): swapoff it first",
				      config->disk.path, line);
	}
	if (file)
		fclose(file);
	return r;
}

static int check_holders(const struct target_config *config, int dir, const char *of,
			 struct error *err)
{
	char name[64];
	int fd, r = 0;
	DIR *list;
	struct dirent *entry;

	snprintf(name, sizeof(name), "%s%sholders", of, of[0] ? "/" : "");
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = fd >= 0 ? fdopendir(fd) : NULL;
	if (!list && fd >= 0)
		close(fd);
	while (list && r == 0 && (entry = readdir(list)))
		if (entry->d_name[0] != '.')
			r = error_set(
				err, -EBUSY,
				"%s is in use: %s (device mapper or RAID) is made of it; take "
				"that apart first",
				config->disk.path, entry->d_name);
	if (list)
		closedir(list);
	return r;
}

int target_check_uses(const struct target_config *config, const struct target_facts *facts,
		      struct error *err)
{
	cleanup_fd int dir = target_dir(config);
	int r = check_swap(config, facts, err);

	if (r == 0)
		r = check_holders(config, dir, "", err);
	for (size_t i = 0; r == 0 && i < facts->part_count; i++)
		r = check_holders(config, dir, facts->parts[i].name, err);
	return r;
}
