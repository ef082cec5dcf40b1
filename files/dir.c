/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the regular files of a directory and lists its entries. A symbolic link to a regular file
 * counts as a regular file. */
#include "files/internal.h"

#include "util/error.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct dir_file {
	struct file file;
	int fd;
};

/* Returns: true if opening a file failed with this errno because the file does not exist or is no
 * regular file. */
static bool errno_is_missing(int code)
{
	return code == ENOENT || code == ENOTDIR || code == ENAMETOOLONG || code == EISDIR ||
	       code == ENXIO;
}

static int open_error(int code, int dir_fd, const char *name, const char *path, struct error *err)
{
	if (errno_is_missing(code))
		return -ENOENT;
	if (code == ELOOP)
		return error_set(err, -ELOOP, "cannot open '%s': its symbolic links form a loop",
				 path);
	/* Opening the file failed, although its permissions allow reading it. The cause is the
	 * sandbox (cli/sandbox.h) or a similar mechanism. */
	if (code == EACCES && faccessat(dir_fd, name, R_OK, AT_EACCESS) == 0)
		return error_set(err, -EACCES,
				 "cannot read '%s': the sandbox blocks the target of a symbolic "
				 "link that was created after rpiboot started; restart rpiboot, or "
				 "set RPIBOOT_UNCONFINED=1 to run without the sandbox",
				 path);
	if (code == EACCES)
		return error_set(err, -EACCES,
				 "cannot read '%s': permission denied; check the permissions of "
				 "the file and of its parent directories",
				 path);
	return error_set(err, -code, "cannot open '%s': %s", path, strerror(code));
}

int files_dir_open(int dir_fd, const char *name, const char *path, int *ret_fd, uint64_t *ret_bytes,
		   struct error *err)
{
	struct stat st;
	cleanup_fd int fd = -1;

	/* Check the type of the file before opening it: opening a device can have side effects, and
	 * opening a FIFO can block. */
	if (fstatat(dir_fd, name, &st, 0) < 0)
		return open_error(errno, dir_fd, name, path, err);
	if (!S_ISREG(st.st_mode))
		return -ENOENT;
	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return open_error(errno, dir_fd, name, path, err);
	if (!S_ISREG(st.st_mode))
		return -ENOENT;
	*ret_bytes = (uint64_t)st.st_size;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static ssize_t dir_file_read(struct file *file, void *buf, size_t size, struct error *err)
{
	const struct dir_file *dir_file = (struct dir_file *)file;
	ssize_t n = util_pread(dir_file->fd, buf, size, file->offset);

	if (n < 0)
		return error_set(err, -EIO, "cannot read '%s' at byte %llu: %s", file->path,
				 (unsigned long long)file->offset, strerror((int)-n));
	return n;
}

static void dir_file_close(struct file *file)
{
	close(((struct dir_file *)file)->fd);
}

static const struct file_ops dir_file_ops = {.read = dir_file_read, .close = dir_file_close};

int files_dir_get(int dir_fd, const char *name, const char *path, struct file **ret,
		  struct error *err)
{
	cleanup_fd int fd = -1;
	uint64_t bytes = 0;
	int r = files_dir_open(dir_fd, name, path, &fd, &bytes, err);

	if (r == 0)
		r = file_new(ret, sizeof(struct dir_file), &dir_file_ops, bytes, path, err);
	if (r < 0)
		return r;
	((struct dir_file *)*ret)->fd = fd;
	fd = -1;
	return 0;
}

void files_dir_each(int dir_fd, const char *name, mode_t type,
		    void (*fn)(const char *name, void *ctx), void *ctx)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int flags = type == S_IFLNK ? AT_SYMLINK_NOFOLLOW : 0;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	struct stat st;

	if (!dir) {
		util_close_fd(&fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (fstatat(fd, entry->d_name, &st, flags) == 0 && (st.st_mode & S_IFMT) == type)
			fn(entry->d_name, ctx);
	closedir(dir);
}
