/* SPDX-License-Identifier: Apache-2.0 */
/* Separates the path of a file into its directory and its name. */
#include "util/path.h"

#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

const char *path_name(const char *path)
{
	const char *name = path;

	for (; *path; path++)
		if (path_separates(*path))
			name = path + 1;
	return name;
}

int path_dir_open(const char *path)
{
	size_t size = (size_t)(path_name(path) - path);
	cleanup_free char *dir = size ? strndup(path, size) : strdup(".");
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	return fd < 0 ? -errno : fd;
}
