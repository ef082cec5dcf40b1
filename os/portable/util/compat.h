/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the functions of Linux that another system lacks. The Makefile includes this header
 * before each source file, if the target of the compiler is not Linux. The names are those of the
 * manual pages, and the functions behave as described there, unless a comment states a difference.
 *
 * Windows cannot open a directory as a file. Here, open() of a directory returns a descriptor of
 * the device NUL, and the functions that take a directory descriptor look up the path of the
 * directory. */
#ifndef UTIL_COMPAT_H
#define UTIL_COMPAT_H

#ifdef _WIN32

#define __USE_MINGW_ANSI_STDIO 1
#include <dirent.h>
#include <direct.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <limits.h>
#include <pthread.h>
#include <pthread_signal.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* Error numbers that Windows lacks. */
#define EDQUOT 1122

#define O_CLOEXEC   _O_NOINHERIT
#define O_DIRECTORY 0x1000000
#define O_NOFOLLOW  0
#define O_NONBLOCK  0
#define O_NOCTTY    0
#define O_DIRECT    0
#define O_PATH	    0x4000000
#define O_TMPFILE   0x2000000 /* open() fails with EOPNOTSUPP */

#define AT_FDCWD	    -100
#define AT_EACCESS	    0
#define AT_SYMLINK_NOFOLLOW 0
#define S_IFLNK		    0xa000
#define S_ISLNK(mode)	    (((mode)&S_IFMT) == S_IFLNK)

int compat_open(const char *path, int flags, ...);
int compat_close(int fd);
/* Replaces struct stat of Windows, which does not have the times st_mtim and st_ctim. */
struct compat_stat {
	dev_t st_dev;
	unsigned long long st_ino;
	unsigned int st_mode;
	long long st_size;
	struct timespec st_mtim, st_ctim;
};
int compat_fstat(int fd, struct compat_stat *ret);
int compat_stat(const char *path, struct compat_stat *ret);
int compat_mkdir(const char *path, unsigned int mode);
int compat_rename(const char *from, const char *to);
int compat_fclose(FILE *file);
int compat_closedir(DIR *list);
#define open  compat_open
#define close compat_close
#undef fstat
#define fstat compat_fstat
#undef stat
#define stat	 compat_stat
#define lstat	 compat_stat
#define mkdir	 compat_mkdir
#define rename	 compat_rename
#define fclose	 compat_fclose
#define closedir compat_closedir

int openat(int dir, const char *name, int flags, ...);
int fstatat(int dir, const char *name, struct compat_stat *ret, int flags);
int faccessat(int dir, const char *name, int mode, int flags);
ssize_t readlinkat(int dir, const char *name, char *ret, size_t size);
ssize_t readlink(const char *name, char *ret, size_t size);
int renameat(int from_dir, const char *from, int to_dir, const char *to);
int unlinkat(int dir, const char *name, int flags);
DIR *fdopendir(int fd);
int scandir(const char *name, struct dirent ***ret, int (*is_wanted)(const struct dirent *),
	    int (*compare)(const struct dirent **, const struct dirent **));
int alphasort(const struct dirent **a, const struct dirent **b);
char *realpath(const char *path, char *ret);
int mkostemp(char *pattern, int flags);

#define F_DUPFD_CLOEXEC 1030
#define F_GETFL		3
#define F_GETFD		1
int fcntl(int fd, int command, ...); /* F_GETFL: O_RDWR */
ssize_t pread(int fd, void *ret, size_t size, off_t offset);
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset);
int fsync(int fd);
FILE *open_memstream(char **ret, size_t *ret_size); /* fclose() stores the text */

void *memmem(const void *data, size_t size, const void *part, size_t part_size);
char *strndup(const char *text, size_t size);
char *stpcpy(char *ret, const char *text);
char *strcasestr(const char *text, const char *part);
int posix_memalign(void **ret, size_t alignment,
		   size_t size); /* free() must accept it: unaligned */
struct tm *gmtime_r(const time_t *at, struct tm *ret);

#define geteuid()      1000
#define _SC_PHYS_PAGES 85
#define _SC_PAGESIZE   30
long sysconf(int name);

#define FNM_CASEFOLD 16
int fnmatch(const char *pattern, const char *name, int flags); /* only * and ? */

#define POLLIN 1
struct pollfd {
	int fd;
	short events, revents;
};
int poll(struct pollfd *fds, unsigned int count, int timeout_ms); /* a read() may block */

struct statvfs {
	unsigned long long f_frsize, f_blocks, f_bavail;
};
int fstatvfs(int fd, struct statvfs *ret); /* of the current drive */

struct winsize {
	unsigned short ws_row, ws_col;
};
#define TIOCGWINSZ 0
int ioctl(int fd, int request, struct winsize *ret);

#define SIGHUP	     1
#define SIGPIPE	     13
#define SA_RESETHAND 0x80000000u
struct sigaction {
	void (*sa_handler)(int);
	int sa_flags;
};
int sigaction(int number, const struct sigaction *action, struct sigaction *ret_old);
#define signal compat_signal
void (*compat_signal(int number, void (*handler)(int)))(int); /* does nothing with SIGPIPE */
typedef _sigset_t sigset_t;
#define sigfillset(set) (*(set) = 0)
#undef pthread_sigmask
#define pthread_sigmask(how, set, ret_old) ((void)(how), (void)(set), (void)(ret_old))

#endif
#ifdef __APPLE__

#include <dirent.h>
#include <stddef.h>
#include <pthread.h>
#include <time.h>

#define O_PATH 0
/* macOS has no O_TMPFILE, so the flag is 0 here and has no effect. open() of a directory for
 * writing then fails with EISDIR, and the caller creates a named file and unlinks it. */
#define O_TMPFILE 0

#define st_mtim st_mtimespec
#define st_ctim st_ctimespec

void *mempcpy(void *ret, const void *data, size_t size);
/* Replaces pthread_cond_timedwait(), which cannot use the monotonic clock on macOS. Waits until
 * this clock reaches *until. */
int compat_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
			  const struct timespec *until);
#define pthread_cond_timedwait		       compat_cond_timedwait
#define pthread_condattr_setclock(attr, clock) ((void)(attr), 0)

#endif
#if defined(_WIN32) || defined(__APPLE__)

#define EREMOTEIO 1121
#define ENOMEDIUM 1123
#define NAME_MAX  255

#define fdatasync(fd)				fsync(fd)
#define syncfs(fd)				fsync(fd)
#define POSIX_FADV_DONTNEED			0
#define POSIX_FADV_SEQUENTIAL			0
#define posix_fadvise(fd, offset, size, advice) ((void)(fd))

int strverscmp(const char *a, const char *b);
void *reallocarray(void *data, size_t count, size_t size);
int getentropy(void *ret, size_t size);

#endif
#endif
