/* SPDX-License-Identifier: Apache-2.0 */
#include "os/linux/util/sysfs.h"

#include "util/text.h"
#include "util/util.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The size of a disk in sysfs is a number of 512-byte units, even if the disk has larger
 * sectors. */
#define SECTOR_BYTES 512

int sysfs_open_below(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int sysfs_open(const char *sysroot, const char *class, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s/%s", sysroot, class, name) >= (int)sizeof(path))
		return -1;
	return sysfs_open_below(AT_FDCWD, path);
}

void sysfs_each(int dir, const char *prefix, void (*fn)(int fd, const char *name, void *ctx),
		void *ctx)
{
	int own = sysfs_open_below(dir, "."); /* closedir() closes the descriptor */
	DIR *list = own >= 0 ? fdopendir(own) : NULL;
	struct dirent *entry;

	if (!list)
		util_close_fd(&own);
	while (list && (entry = readdir(list))) {
		cleanup_fd int fd = -1;

		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		fd = sysfs_open_below(dir, entry->d_name);
		if (fd >= 0)
			fn(fd, entry->d_name, ctx);
	}
	if (list)
		closedir(list);
}

size_t sysfs_text(int dir, const char *name, char *ret, size_t size)
{
	cleanup_fd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd >= 0 ? read(fd, ret, size - 1) : 0;
	size_t skip = 0, length;

	ret[n > 0 ? n : 0] = '\0';
	length = strlen(ret);
	while (length && isspace((unsigned char)ret[length - 1]))
		ret[--length] = '\0';
	/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.ArraySubscript): read() has filled it */
	while (isspace((unsigned char)ret[skip]))
		skip++;
	memmove(ret, ret + skip, length - skip + 1);
	return length - skip;
}

int64_t sysfs_number(int dir, const char *name, int base)
{
	char text[32], *end;
	long long number;

	sysfs_text(dir, name, text, sizeof(text));
	if (!isxdigit((unsigned char)text[0]))
		return -1;
	errno = 0;
	number = strtoll(text, &end, base);
	return errno || *end ? -1 : number;
}

int sysfs_id(int dir, const char *name)
{
	uint8_t id[2];
	char text[8];

	sysfs_text(dir, name, text, sizeof(text));
	return text_hex(text, id, sizeof(id)) ? id[0] << 8 | id[1] : -1;
}

int64_t sysfs_bytes(int dir)
{
	int64_t sectors = sysfs_number(dir, "size", 10);

	if (sectors < 0 || sectors > INT64_MAX / SECTOR_BYTES)
		return -1;
	return sectors * SECTOR_BYTES;
}
