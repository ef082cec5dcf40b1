/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the disk of a board. Another disk may get the same device node before open(), so the disk
 * is checked before and after it is opened. The second check stays valid, because no disk can
 * replace a disk that is open with O_EXCL. */
#include "flash/target.h"

#include "util/error.h"
#include "os/linux/flash/target_internal.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* A new disk cannot be opened for a short time. The kernel may still add it, udev and desktops read
 * it and mount its file systems, and its device node belongs to root until udev sets the group. The
 * program therefore tries several times to open it. The limit is a number of attempts and not a
 * time, because the clock continues while this process is stopped. */
#define TARGET_TRIES	150
#define TARGET_RETRY_MS 20

int target_error(const struct target_config *config, int code, struct error *err)
{
	switch (code) {
	case EBUSY:
		return error_set(
			err, -EBUSY,
			"%s is in use by another program; close the programs that show or mount it",
			config->disk.path);
	case EACCES:
	case EPERM:
		return error_set(err, -EACCES, "%s cannot be written by this user; use sudo",
				 config->disk.path);
	case EROFS:
		return error_set(err, -EROFS, "%s is write-protected", config->disk.path);
	case ENOENT:
	case ENXIO:
	case ENODEV:
	case ENOMEDIUM:
		return error_set(err, -ENODEV, "%s is gone; check the cable and the board's power",
				 config->disk.path);
	}
	return error_set(err, -code, "%s cannot be opened: %s", config->disk.path, strerror(code));
}

static int check_node(const struct target_config *config, const struct target_facts *facts,
		      const struct stat *st, struct error *err)
{
	if (S_ISBLK(st->st_mode) && st->st_rdev == facts->dev)
		return 0;
	return error_set(err, -EXDEV,
			 "%s is not the device that the system shows at USB port %s, so nothing is "
			 "written to it; boot the board again",
			 config->disk.path, config->port);
}

/* Returns: true if sysfs lists the disk below the USB device of the board. The kernel lists a new
 * disk some milliseconds before it creates the link in /sys/block and the device file, and before
 * the device file can be opened (measured with Linux 6.1: ENXIO for up to 60 ms). */
static bool disk_is_listed(const struct target_config *config)
{
	struct disks disks;

	disk_find(config->sysroot, config->port, &disks);
	for (size_t i = 0; i < disks.count; i++)
		if (strcmp(disks.disk[i].path, config->disk.path) == 0)
			return disks.disk[i].bytes > 0;
	return false;
}

/* Tries once to check, unmount and open the disk of a board.
 * ret_again: true if a later attempt may succeed, because the disk is in use, or because its device
 * node belongs to root until udev changes this.
 * Returns: a file descriptor, or a negative errno value. */
static int open_try(const struct target_config *config, struct target_facts *facts, bool *ret_again,
		    struct error *err)
{
	char path[PATH_MAX];
	struct stat st;
	int r = target_check(config, facts, err), fd;

	*ret_again = false;
	if (r == 0)
		r = target_unmount(config, facts, err);
	if (r == 0)
		r = target_check_uses(config, facts, err);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s%s", config->devroot, config->disk.path);
	if (lstat(path, &st) < 0)
		return target_error(config, errno, err);
	r = check_node(config, facts, &st, err);
	if (r < 0)
		return r;
	fd = open(path, O_RDWR | O_EXCL | O_DIRECT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (fd >= 0)
		return fd;
	r = target_error(config, errno, err);
	*ret_again = r == -EBUSY || r == -EACCES;
	return r;
}

/* Checks that the opened disk is still the disk that target_check() has examined, because another
 * disk may have got the same path since then. */
static int open_check(const struct target_config *config, const struct target_facts *facts,
		      struct target *ret, struct error *err)
{
	struct target_facts again;
	struct stat st;
	uint64_t bytes = 0;
	int block_bytes = 0, read_only = 0, r;

	if (fstat(ret->fd, &st) < 0)
		return target_error(config, errno, err);
	r = check_node(config, facts, &st, err);
	if (r == 0)
		r = target_check(config, &again, err);
	if (r == 0)
		r = target_check_uses(config, &again, err);
	if (r < 0)
		return r;
	if (again.dev != facts->dev)
		return error_set(
			err, -EXDEV,
			"%s is another disk now, so nothing is written to it; boot the board again",
			config->disk.path);
	if (ioctl(ret->fd, BLKGETSIZE64, &bytes) < 0 ||
	    ioctl(ret->fd, BLKSSZGET, &block_bytes) < 0 || ioctl(ret->fd, BLKROGET, &read_only) < 0)
		return target_error(config, errno, err);
	if (read_only)
		return target_error(config, EROFS, err);
	if (block_bytes < 512 || bytes < config->need_bytes || bytes != again.bytes)
		return error_set(
			err, -EXDEV,
			"the disk %s has %" PRIu64 " bytes, but sysfs shows %" PRIu64
			" bytes for this disk, so nothing is written to it; boot the board again",
			config->disk.path, bytes, again.bytes);
	ret->bytes = bytes;
	ret->block_bytes = (uint32_t)block_bytes;
	ret->direct = true;
	snprintf(ret->path, sizeof(ret->path), "%s", config->disk.path);
	return 0;
}

int target_open(struct target *ret, const struct target_config *config, struct error *err)
{
	unsigned int tries_left = TARGET_TRIES;
	struct target_facts facts;
	bool again;
	int r;

	*ret = (struct target){.fd = -1};
	for (;;) {
		r = open_try(config, &facts, &again, err);
		again = again || (r == -ENODEV && disk_is_listed(config));
		if (!again || tries_left-- == 0)
			break;
		poll(NULL, 0, TARGET_RETRY_MS);
	}
	if (r < 0)
		return r;
	ret->fd = r;
	r = open_check(config, &facts, ret, err);
	if (r < 0)
		target_close(ret);
	return r;
}

int target_partitions(const struct target *target, const struct target_config *config,
		      struct event_partition ret[TARGET_PARTITIONS_MAX], size_t *ret_count,
		      struct error *err)
{
	unsigned int tries_left = TARGET_TRIES;
	struct target_facts facts;
	int r;

	while (ioctl(target->fd, BLKRRPART) < 0) {
		if (errno != EBUSY || tries_left-- == 0)
			return target_error(config, errno, err);
		poll(NULL, 0, TARGET_RETRY_MS);
	}
	r = target_check(config, &facts, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < facts.part_count; i++) {
		snprintf(ret[i].path, sizeof(ret[i].path), "/dev/%s", facts.parts[i].name);
		ret[i].bytes = facts.parts[i].bytes;
	}
	*ret_count = facts.part_count;
	return 0;
}

void target_close(struct target *target)
{
	util_close_fd(&target->fd);
	target->fd = -1;
}
