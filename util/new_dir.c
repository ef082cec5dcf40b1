/* SPDX-License-Identifier: Apache-2.0 */
/* Creates a directory under a temporary name and renames it when the caller has filled it. Other
 * programs therefore see either the whole directory or none. */
#include "util/new_dir.h"

#include "util/path.h"
#include "util/signals.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define REMOVE_FDS 16

/* Stores the final path and the temporary path of a directory in *ret. The temporary name is
 * random, and it begins with a dot, so that most programs do not list it. */
static int paths_make(struct new_dir *ret, const char *path)
{
	size_t size = strlen(path);
	int parent;

	while (size > 1 && path_separates(path[size - 1]))
		size--;
	ret->path = strndup(path, size);
	if (!ret->path)
		return -ENOMEM;
	parent = (int)(path_name(ret->path) - ret->path);
	ret->temporary = text_new("%.*s.%.200s.%016llx", parent, ret->path, ret->path + parent,
				  (unsigned long long)util_random());
	return ret->temporary ? 0 : -ENOMEM;
}

int new_dir_create(struct new_dir *ret, const char *path)
{
	struct stat st;
	int r;

	*ret = (struct new_dir){.parent_fd = -1};
	r = paths_make(ret, path);
	if (r == 0 && lstat(ret->path, &st) == 0)
		r = -EEXIST;
	if (r == 0)
		r = ret->parent_fd = path_dir_open(ret->path);
	ret->held = signals_hold();
	if (r >= 0)
		r = mkdir(ret->temporary, 0777) < 0 ? -errno : 0;
	if (r < 0) {
		free(ret->temporary);
		ret->temporary = NULL;
	}
	return r;
}

int new_dir_commit(struct new_dir *dir)
{
	cleanup_fd int fd = open(dir->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) < 0 || rename(dir->temporary, dir->path) < 0)
		return -errno;
	free(dir->temporary);
	dir->temporary = NULL;
	/* Ignore errors, because some file systems cannot flush a directory. */
	fsync(dir->parent_fd);
	return 0;
}

/* Removes one entry of a directory tree, as a callback of nftw(). remove() would fail for a
 * directory, because it tries unlink() first, which a sandbox may forbid. */
static int on_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)at;
	if (type == FTW_DP)
		rmdir(path);
	else
		unlink(path);
	return 0;
}

void new_dir_end(struct new_dir *dir)
{
	if (dir->temporary)
		nftw(dir->temporary, on_entry, REMOVE_FDS, FTW_DEPTH | FTW_PHYS);
	if (dir->parent_fd >= 0)
		close(dir->parent_fd);
	free(dir->temporary);
	free(dir->path);
	signals_release(dir->held);
	*dir = (struct new_dir){.parent_fd = -1};
}
