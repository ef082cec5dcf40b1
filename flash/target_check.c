/* SPDX-License-Identifier: Apache-2.0 */
/* Checks in sysfs that a disk is the disk that the board has become. The directory of the disk
 * shows the USB port. The id of the device at this port shows whether a board becomes such a
 * device. The attribute diskseq shows whether the disk existed before. */
#include "flash/target_internal.h"

#include "boot/chip.h"
#include "util/error.h"
#include "util/util.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#define SECTOR_BYTES 512 /* unit of the attribute size in sysfs */

const char *target_name(const struct target_config *config)
{
	const char *slash = strrchr(config->disk.path, '/');

	return slash ? slash + 1 : config->disk.path;
}

bool target_attr(int at, const char *name, char *ret, size_t size)
{
	cleanup_fd int fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd >= 0 ? read(fd, ret, size - 1) : -1;

	ret[n > 0 ? n : 0] = '\0';
	while (n > 0 && isspace((unsigned char)ret[n - 1]))
		ret[--n] = '\0';
	return n > 0;
}

static bool attr_number(int at, const char *name, uint64_t *ret)
{
	char text[32], *end;

	if (!target_attr(at, name, text, sizeof(text)) || !isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static bool attr_dev(int at, dev_t *ret)
{
	unsigned int major_number, minor_number;
	char text[32], rest;

	if (!target_attr(at, "dev", text, sizeof(text)) ||
	    sscanf(text, "%u:%u%c", &major_number, &minor_number, &rest) != 2)
		return false;
	*ret = makedev(major_number, minor_number);
	return true;
}

int target_dir(const struct target_config *config)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/block/%s", config->sysroot, target_name(config)) >=
	    (int)sizeof(path))
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Returns: true if the path of the disk is in an interface of the device, as in
 * .../1-1/1-1:1.0/host0/... A disk behind a hub at this port is in .../1-1/1-1.2/1-1.2:1.0/...
 * instead. */
static bool path_is_below(const char *disk, const char *device, const char *port)
{
	size_t length = strlen(device), port_length = strlen(port);

	return strncmp(disk, device, length) == 0 && disk[length] == '/' &&
	       strncmp(disk + length + 1, port, port_length) == 0 &&
	       disk[length + 1 + port_length] == ':';
}

/* Reads an attribute with four hex digits.
 * Returns: false if the attribute is missing or different. */
static bool attr_id(int at, const char *name, uint16_t *ret)
{
	char text[8], *end;

	if (!target_attr(at, name, text, sizeof(text)) || !isxdigit((unsigned char)text[0]))
		return false;
	*ret = (uint16_t)strtoul(text, &end, 16);
	return end == text + 4 && *end == '\0';
}

/* Checks the USB id of the device. Another device that is plugged in at the board's port while
 * the board is away has a disk at the right port and at the right time. The disk that a payload
 * makes has its own USB id. */
static int check_id(const struct target_config *config, const char *device, struct error *err)
{
	cleanup_fd int dir = open(device, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint16_t vendor, product;

	if (dir < 0 || !attr_id(dir, "idVendor", &vendor) || !attr_id(dir, "idProduct", &product))
		return error_set(err, -EXDEV,
				 "USB port %s does not tell which device %s is of: nothing is "
				 "written to it",
				 config->port, config->disk.path);
	if (chip_became(vendor, product) == CHIP_DISK)
		return 0;
	return error_set(
		err, -EXDEV,
		"%s is of a USB device %04x:%04x on port %s, which is nothing that a "
		"board becomes: nothing is written to it; unplug it and boot the board anew",
		config->disk.path, vendor, product, config->port);
}

static int check_port(const struct target_config *config, struct error *err)
{
	char path[PATH_MAX], disk[PATH_MAX], device[PATH_MAX];

	snprintf(path, sizeof(path), "%s/block/%s", config->sysroot, target_name(config));
	if (!realpath(path, disk))
		return error_set(err, -ENODEV, "%s is gone: check the cable and the board's power",
				 config->disk.path);
	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s", config->sysroot, config->port);
	if (!realpath(path, device) || !path_is_below(disk, device, config->port))
		return error_set(err, -EXDEV,
				 "%s is not on USB port %s any more, so it is not this board's: "
				 "nothing is written to it",
				 config->disk.path, config->port);
	return check_id(config, device, err);
}

static int part_compare(const void *a, const void *b)
{
	const struct target_part *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

/* Finds the partitions of a disk in sysfs. Their names begin with the name of the disk: sda1 of
 * sda, mmcblk0p1 of mmcblk0. */
static void find_parts(int dir, const char *disk, struct target_facts *facts)
{
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own >= 0 ? fdopendir(own) : NULL;
	struct dirent *entry;

	if (!list && own >= 0)
		close(own);
	facts->part_count = 0;
	while (list && facts->part_count < TARGET_PARTITIONS_MAX && (entry = readdir(list))) {
		struct target_part *part = &facts->parts[facts->part_count];
		cleanup_fd int fd = -1;
		uint64_t number, sectors = 0;

		if (strncmp(entry->d_name, disk, strlen(disk)) != 0 ||
		    strlen(entry->d_name) >= sizeof(part->name))
			continue;
		fd = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || !attr_number(fd, "partition", &number) || !attr_dev(fd, &part->dev))
			continue;
		attr_number(fd, "size", &sectors);
		strcpy(part->name, entry->d_name);
		part->number = (unsigned int)number;
		part->bytes = sectors * SECTOR_BYTES;
		facts->part_count++;
	}
	if (list)
		closedir(list);
	qsort(facts->parts, facts->part_count, sizeof(facts->parts[0]), part_compare);
}

static int check_kind(const struct target_config *config, int dir, struct target_facts *ret,
		      struct error *err)
{
	const char *path = config->disk.path;
	uint64_t number, sectors;

	if (!attr_dev(dir, &ret->dev) || !attr_number(dir, "size", &sectors))
		return error_set(err, -ENODEV, "%s is gone: check the cable and the board's power",
				 path);
	if (attr_number(dir, "partition", &number))
		return error_set(err, -EXDEV, "%s is a partition, not a disk", path);
	if (attr_number(dir, "ro", &number) && number != 0)
		return error_set(err, -EROFS,
				 "%s is write-protected: its board, or this system, allows reading "
				 "only",
				 path);
	if (attr_number(dir, "diskseq", &number) && number <= config->after)
		return error_set(err, -EXDEV,
				 "%s was there before the board was booted, so it is not this "
				 "board's: nothing is written to it",
				 path);
	if (sectors == 0 || sectors > UINT64_MAX / SECTOR_BYTES)
		return error_set(err, -ENODEV, "%s has no medium", path);
	ret->bytes = sectors * SECTOR_BYTES;
	if (config->need_bytes > ret->bytes)
		return error_set(err, -ENOSPC,
				 "%s is too small: it has %" PRIu64 " bytes, the image %" PRIu64,
				 path, ret->bytes, config->need_bytes);
	return 0;
}

int target_check(const struct target_config *config, struct target_facts *ret, struct error *err)
{
	cleanup_fd int dir = -1;
	int r = check_port(config, err);

	if (r < 0)
		return r;
	dir = target_dir(config);
	if (dir < 0)
		return error_set(err, -ENODEV, "%s is gone: check the cable and the board's power",
				 config->disk.path);
	r = check_kind(config, dir, ret, err);
	if (r < 0)
		return r;
	find_parts(dir, target_name(config), ret);
	return 0;
}

uint64_t target_mark(const char *sysroot)
{
	char path[PATH_MAX];
	DIR *list;
	struct dirent *entry;
	uint64_t mark = 0;

	snprintf(path, sizeof(path), "%s/block", sysroot);
	list = opendir(path);
	while (list && (entry = readdir(list))) {
		cleanup_fd int fd =
			openat(dirfd(list), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		uint64_t number;

		if (fd >= 0 && attr_number(fd, "diskseq", &number) && number > mark)
			mark = number;
	}
	if (list)
		closedir(list);
	return mark;
}
