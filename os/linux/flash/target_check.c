/* SPDX-License-Identifier: Apache-2.0 */
/* Checks in sysfs that a disk is the disk that the board has become. The sysfs path of the disk
 * contains the USB port. The USB id of the device at this port must be one that boards use as a
 * disk. The attribute diskseq shows whether the disk existed before. */
#include "os/linux/flash/target_internal.h"

#include "boot/chip.h"
#include "util/error.h"
#include "os/linux/util/sysfs.h"
#include "util/path.h"
#include "util/util.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

const char *target_name(const struct target_config *config)
{
	return path_name(config->disk.path);
}

static bool attr_dev(int at, dev_t *ret)
{
	unsigned int major_number, minor_number;
	char text[32], rest;

	if (!sysfs_text(at, "dev", text, sizeof(text)) ||
	    sscanf(text, "%u:%u%c", &major_number, &minor_number, &rest) != 2)
		return false;
	*ret = makedev(major_number, minor_number);
	return true;
}

/* Returns: true if the disk belongs to an interface of the USB device itself
 * (.../1-1/1-1:1.0/host0/...), and not to another device behind it
 * (.../1-1/1-1.2/1-1.2:1.0/...). */
static bool path_is_below(const char *disk, const char *device, const char *port)
{
	size_t length = strlen(device), port_length = strlen(port);

	return strncmp(disk, device, length) == 0 && disk[length] == '/' &&
	       strncmp(disk + length + 1, port, port_length) == 0 &&
	       disk[length + 1 + port_length] == ':';
}

/* Checks that the USB device with the disk has the USB id of a board. While the board restarts, a
 * person may plug another disk into the port, but that disk has another USB id. */
static int check_id(const struct target_config *config, struct error *err)
{
	char serial[DISK_SERIAL_SIZE];
	cleanup_fd int dir = sysfs_open(config->sysroot, SYSFS_USB_DEVICES, config->port);
	int vendor = sysfs_id(dir, "idVendor"), product = sysfs_id(dir, "idProduct");

	if (vendor < 0 || product < 0)
		return error_set(err, -EXDEV,
				 "cannot read the USB id of the device on USB port %s, which has "
				 "the disk %s, so nothing is written to it",
				 config->port, config->disk.path);
	if (usb_id_role((uint16_t)vendor, (uint16_t)product) != CHIP_DISK)
		return error_set(
			err, -EXDEV,
			"%s belongs to the USB device %04x:%04x on port %s, which is not the disk "
			"of a board, so nothing is written to it; unplug it and boot the board "
			"again",
			config->disk.path, vendor, product, config->port);
	sysfs_text(dir, "serial", serial, sizeof(serial));
	if (!config->serial[0] || strcmp(serial, config->serial) == 0)
		return 0;
	return error_set(
		err, -EXDEV,
		"%s belongs to another USB device now, with the serial number '%s' instead of "
		"'%s', so nothing is written to it; boot the board again",
		config->disk.path, serial, config->serial);
}

static int check_port(const struct target_config *config, struct error *err)
{
	char path[PATH_MAX], disk[PATH_MAX], device[PATH_MAX];

	snprintf(path, sizeof(path), "%s/block/%s", config->sysroot, target_name(config));
	if (!realpath(path, disk))
		return target_error(config, ENODEV, err);
	snprintf(path, sizeof(path), "%s/" SYSFS_USB_DEVICES "/%s", config->sysroot, config->port);
	if (!realpath(path, device) || !path_is_below(disk, device, config->port))
		return error_set(err, -EXDEV,
				 "%s is no longer on USB port %s, so it is not the disk of this "
				 "board, and nothing is written to it",
				 config->disk.path, config->port);
	return check_id(config, err);
}

static int part_compare(const void *a, const void *b)
{
	const struct target_part *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

static void part_enter(int fd, const char *name, void *ctx)
{
	struct target_facts *facts = ctx;
	struct target_part *part = &facts->parts[facts->part_count];
	int64_t number = sysfs_number(fd, "partition", 10), bytes = sysfs_bytes(fd);

	if (facts->part_count == TARGET_PARTITIONS_MAX || strlen(name) >= sizeof(part->name) ||
	    number < 0 || !attr_dev(fd, &part->dev))
		return;
	strcpy(part->name, name);
	part->number = (unsigned int)number;
	part->bytes = bytes < 0 ? 0 : (uint64_t)bytes;
	facts->part_count++;
}

static int check_kind(const struct target_config *config, int dir, struct target_facts *ret,
		      struct error *err)
{
	const char *path = config->disk.path;
	int64_t diskseq = sysfs_number(dir, "diskseq", 10), bytes = sysfs_bytes(dir);

	if (!attr_dev(dir, &ret->dev) || bytes < 0)
		return target_error(config, ENODEV, err);
	if (sysfs_number(dir, "partition", 10) >= 0)
		return error_set(err, -EXDEV, "%s is a partition, not a disk", path);
	if (sysfs_number(dir, "ro", 10) > 0)
		return error_set(
			err, -EROFS,
			"%s is write-protected: its board or this system allows only reading",
			path);
	if (diskseq >= 0 && (uint64_t)diskseq <= config->after)
		return error_set(err, -EXDEV,
				 "%s existed before the board was booted, so it is not the disk of "
				 "this board, and nothing is written to it",
				 path);
	if (bytes == 0)
		return error_set(err, -ENODEV, "%s has no medium", path);
	ret->bytes = (uint64_t)bytes;
	if (config->need_bytes > ret->bytes)
		return error_set(err, -ENOSPC,
				 "%s is too small: it has %" PRIu64
				 " bytes, but the image has %" PRIu64,
				 path, ret->bytes, config->need_bytes);
	return 0;
}

int target_check(const struct target_config *config, struct target_facts *ret, struct error *err)
{
	cleanup_fd int dir = -1;
	int r = check_port(config, err);

	if (r < 0)
		return r;
	dir = sysfs_open(config->sysroot, "block", target_name(config));
	if (dir < 0)
		return target_error(config, ENODEV, err);
	r = check_kind(config, dir, ret, err);
	if (r < 0)
		return r;
	/* In the sysfs directory of a disk, only the directories of its partitions have names that
	 * begin with the name of the disk, such as sda1 of sda or mmcblk0p1 of mmcblk0. */
	ret->part_count = 0;
	sysfs_each(dir, target_name(config), part_enter, ret);
	qsort(ret->parts, ret->part_count, sizeof(ret->parts[0]), part_compare);
	return 0;
}

static void mark_enter(int fd, const char *name, void *ctx)
{
	int64_t number = sysfs_number(fd, "diskseq", 10);
	uint64_t *mark = ctx;

	(void)name;
	if (number >= 0 && (uint64_t)number > *mark)
		*mark = (uint64_t)number;
}

int target_available(struct error *err)
{
	(void)err;
	return 0;
}

uint64_t target_mark(const char *sysroot)
{
	cleanup_fd int dir = sysfs_open(sysroot, "block", "");
	uint64_t mark = 0;

	sysfs_each(dir, "", mark_enter, &mark);
	return mark;
}
