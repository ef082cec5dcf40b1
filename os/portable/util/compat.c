/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the functions of Linux for files and directories that Windows lacks. On other systems,
 * this file is empty. compat.h states the differences from the functions of Linux. */
#include "os/portable/util/compat.h"

#ifdef _WIN32
#undef open
#undef close
#undef fstat
#undef stat
#undef lstat
#undef mkdir
#undef rename
#undef closedir

#define WIN32_LEAN_AND_MEAN
#include <stdarg.h>
#include <windows.h>

#define FDS_MAX	       2048
#define FILE_SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* Windows lacks openat() and similar functions, so this file replaces them. This array contains the
 * directory of each open descriptor: its path, and the DIR that fdopendir() opened. */
static struct {
	char *path;
	DIR *list;
} compat_dirs[FDS_MAX];

static const char *dir_path(int fd)
{
	return fd >= 0 && fd < FDS_MAX ? compat_dirs[fd].path : NULL;
}

/* File names come from boards and images. On Linux, \ and : are ordinary characters of a name. On
 * Windows they lead to other directories, other drives, and streams, so a name that contains them
 * is refused.
 * Returns: the path of a name below a directory descriptor, which the caller frees, or NULL. */
static char *path_at(int dir, const char *name)
{
	const char *above = dir_path(dir);
	char *path;
	size_t size;

	if (dir == AT_FDCWD)
		return strdup(name);
	if (!above || strpbrk(name, "\\:")) {
		errno = above ? ENOENT : EBADF;
		return NULL;
	}
	size = strlen(above) + strlen(name) + 2;
	path = malloc(size);
	if (path)
		snprintf(path, size, "%s/%s", above, name);
	return path;
}

static int dir_open(const char *path)
{
	int fd = open("NUL", O_RDONLY | _O_NOINHERIT);
	char *full = fd >= 0 && fd < FDS_MAX ? _fullpath(NULL, path, 0) : NULL;

	if (full) {
		compat_dirs[fd].path = full;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	errno = EMFILE;
	return -1;
}

static int path_open(const char *path, int flags, int mode)
{
	struct compat_stat st;

	if (flags & O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (!(flags & (O_CREAT | O_WRONLY | O_RDWR)) && compat_stat(path, &st) == 0 &&
	    S_ISDIR(st.st_mode))
		return dir_open(path);
	if (flags & O_DIRECTORY) {
		errno = compat_stat(path, &st) == 0 ? ENOTDIR : ENOENT;
		return -1;
	}
	return open(path, flags | _O_BINARY | _O_NOINHERIT, mode & (_S_IREAD | _S_IWRITE));
}

static int flags_mode(int flags, va_list args)
{
	return flags & O_CREAT ? va_arg(args, int) : 0;
}

int compat_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = flags_mode(flags, args);
	va_end(args);
	return path_open(path, flags, mode);
}

int openat(int dir, const char *name, int flags, ...)
{
	char *path = path_at(dir, name);
	va_list args;
	int mode, fd;

	va_start(args, flags);
	mode = flags_mode(flags, args);
	va_end(args);
	fd = path ? path_open(path, flags, mode) : -1;
	free(path);
	return fd;
}

int compat_close(int fd)
{
	if (dir_path(fd)) {
		free(compat_dirs[fd].path);
		compat_dirs[fd].path = NULL;
		compat_dirs[fd].list = NULL;
	}
	return close(fd);
}

/* Converts a struct _stat64 of Windows to a struct compat_stat. The C library of Windows sets each
 * inode number to 0. If `file` is a valid handle of the open file, the inode number and the device
 * number come from the handle. */
static void stat_convert(const struct _stat64 *from, HANDLE file, struct compat_stat *ret)
{
	BY_HANDLE_FILE_INFORMATION info;

	*ret = (struct compat_stat){
		.st_dev = from->st_dev,
		.st_mode = from->st_mode,
		.st_size = from->st_size,
		.st_mtim.tv_sec = from->st_mtime,
		.st_ctim.tv_sec = from->st_ctime,
	};
	if (!GetFileInformationByHandle(file, &info))
		return;
	ret->st_dev = info.dwVolumeSerialNumber;
	ret->st_ino = (unsigned long long)info.nFileIndexHigh << 32 | info.nFileIndexLow;
}

/* Removes slashes at the end of the path, because Windows would not find the directory. */
int compat_stat(const char *path, struct compat_stat *ret)
{
	char *copy = strdup(path);
	size_t length = copy ? strlen(copy) : 0;
	HANDLE file = INVALID_HANDLE_VALUE;
	struct _stat64 st;
	int r = -1;

	while (length > 1 && strchr("/\\", copy[length - 1]) && copy[length - 2] != ':')
		copy[--length] = '\0';
	if (copy)
		r = _stat64(copy, &st);
	if (r == 0) {
		file = CreateFileA(copy, FILE_READ_ATTRIBUTES, FILE_SHARE_ALL, NULL, OPEN_EXISTING,
				   FILE_FLAG_BACKUP_SEMANTICS, NULL);
		stat_convert(&st, file, ret);
	}
	if (file != INVALID_HANDLE_VALUE)
		CloseHandle(file);
	free(copy);
	return r;
}

int compat_fstat(int fd, struct compat_stat *ret)
{
	struct _stat64 st;

	if (dir_path(fd))
		return compat_stat(dir_path(fd), ret);
	if (_fstat64(fd, &st) < 0)
		return -1;
	stat_convert(&st, (HANDLE)_get_osfhandle(fd), ret);
	return 0;
}

int fstatat(int dir, const char *name, struct compat_stat *ret, int flags)
{
	char *path = path_at(dir, name);
	int r = path ? compat_stat(path, ret) : -1;

	(void)flags;
	free(path);
	return r;
}

int faccessat(int dir, const char *name, int mode, int flags)
{
	char *path = path_at(dir, name);
	int r = path ? access(path, mode & ~X_OK) : -1;

	(void)flags;
	free(path);
	return r;
}

ssize_t readlinkat(int dir, const char *name, char *ret, size_t size)
{
	(void)dir;
	return readlink(name, ret, size);
}

ssize_t readlink(const char *name, char *ret, size_t size)
{
	(void)name, (void)ret, (void)size;
	errno = EINVAL; /* not a link */
	return -1;
}

int compat_mkdir(const char *path, unsigned int mode)
{
	(void)mode;
	return _mkdir(path);
}

int compat_rename(const char *from, const char *to)
{
	if (MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
		return 0;
	switch (GetLastError()) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
		errno = ENOENT;
		return -1;
	case ERROR_ALREADY_EXISTS:
		errno = EEXIST;
		return -1;
	}
	errno = EACCES;
	return -1;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	char *from_path = path_at(from_dir, from), *to_path = path_at(to_dir, to);
	int r = from_path && to_path ? compat_rename(from_path, to_path) : -1;

	free(from_path);
	free(to_path);
	return r;
}

int unlinkat(int dir, const char *name, int flags)
{
	char *path = path_at(dir, name);
	int r = path ? unlink(path) : -1;

	(void)flags;
	free(path);
	return r;
}

DIR *fdopendir(int fd)
{
	DIR *list = dir_path(fd) ? opendir(dir_path(fd)) : NULL;

	if (list)
		compat_dirs[fd].list = list;
	return list;
}

int compat_closedir(DIR *list)
{
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (compat_dirs[fd].list == list)
			compat_close(fd);
	return closedir(list);
}

int scandir(const char *name, struct dirent ***ret, int (*is_wanted)(const struct dirent *),
	    int (*compare)(const struct dirent **, const struct dirent **))
{
	DIR *list = opendir(name);
	struct dirent *entry, **more;
	int count = 0;

	*ret = NULL;
	if (!list)
		return -1;
	while ((entry = readdir(list))) {
		if (is_wanted && !is_wanted(entry))
			continue;
		more = realloc(*ret, ((size_t)count + 1) * sizeof(**ret));
		if (!more)
			break;
		*ret = more;
		more[count] = malloc(sizeof(*entry));
		if (!more[count])
			break;
		*more[count++] = *entry;
	}
	closedir(list);
	if (compare && count)
		qsort(*ret, (size_t)count, sizeof(**ret),
		      (int (*)(const void *, const void *))(void (*)(void))compare);
	return count;
}

int alphasort(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

char *realpath(const char *path, char *ret)
{
	return access(path, F_OK) == 0 ? _fullpath(ret, path, PATH_MAX) : NULL;
}

int mkostemp(char *pattern, int flags)
{
	if (_mktemp_s(pattern, strlen(pattern) + 1) != 0)
		return -1;
	return path_open(pattern, flags | O_CREAT | O_EXCL | O_RDWR, 0600);
}

int fcntl(int fd, int command, ...)
{
	int copy;

	if (command != F_DUPFD_CLOEXEC)
		return _get_osfhandle(fd) == -1 ? -1 : command == F_GETFL ? O_RDWR : 0;
	copy = dup(fd);
	if (copy >= 0 && copy < FDS_MAX && dir_path(fd))
		compat_dirs[copy].path = strdup(dir_path(fd));
	return copy;
}

static ssize_t handle_done(BOOL ok, DWORD bytes)
{
	if (ok || GetLastError() == ERROR_HANDLE_EOF)
		return (ssize_t)bytes;
	errno = GetLastError() == ERROR_DISK_FULL ? ENOSPC : EIO;
	return -1;
}

static OVERLAPPED handle_at(off_t offset)
{
	return (OVERLAPPED){.Offset = (DWORD)offset, .OffsetHigh = (DWORD)((uint64_t)offset >> 32)};
}

/* On Windows, pread() and pwrite() also move the position of the file. On Linux, they do not. */
ssize_t pread(int fd, void *ret, size_t size, off_t offset)
{
	OVERLAPPED at = handle_at(offset);
	DWORD bytes = 0;
	BOOL ok = ReadFile((HANDLE)_get_osfhandle(fd), ret, size > INT_MAX ? INT_MAX : (DWORD)size,
			   &bytes, &at);

	return handle_done(ok, bytes);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	OVERLAPPED at = handle_at(offset);
	DWORD bytes = 0;
	BOOL ok = WriteFile((HANDLE)_get_osfhandle(fd), data,
			    size > INT_MAX ? INT_MAX : (DWORD)size, &bytes, &at);

	return handle_done(ok, bytes);
}

/* Replaces fsync(), which Windows lacks. A directory needs no fsync() after a file in it was
 * renamed, because compat_rename() returns only when the new name is on the disk. */
int fsync(int fd)
{
	return dir_path(fd) ? 0 : _commit(fd);
}
#endif
