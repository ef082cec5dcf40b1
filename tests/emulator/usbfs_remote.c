/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD before umockdev's library, which shows the files of the mock host in place of /dev
 * and /sys. From version 0.16 on, that library sends each ioctl of a USB node over the socket of
 * the node (bed_usbfs.c). An older version, such as that of Debian 11, only replays records, and
 * loses the errno of a failed open. With an older version, this library opens the nodes and sends
 * the ioctls.
 *
 * umockdev's library blocks all signals while it translates a path. Up to version 0.17.16 it
 * releases its lock before it restores the mask, and the saved mask is one variable for all
 * threads. A thread can thus get the mask of another thread, and block Ctrl-C forever. This library
 * therefore refuses the masks of that library. */
#undef _FILE_OFFSET_BITS /* otherwise open() would be named open64() */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define FDS_MAX 1024
#define NODES	"/dev/bus/usb/"

enum message { MESSAGE_IOCTL = 1, MESSAGE_DONE = 3, MESSAGE_READ_MEM = 5, MESSAGE_WRITE_MEM = 6 };

static int sockets[FDS_MAX]; /* by file descriptor: the socket of the node plus 1; 0: none */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Returns: true if umockdev's library only replays records. */
static bool umockdev_is_old(void)
{
	return dlsym(RTLD_DEFAULT, "ioctl_record") != NULL;
}

static int node_connect(const char *node)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int length = snprintf(address.sun_path, sizeof(address.sun_path), "%s/ioctl%s",
			      getenv("UMOCKDEV_DIR"), node);

	if (fd >= 0 && length < (int)sizeof(address.sun_path) &&
	    syscall(SYS_connect, fd, &address, sizeof(address)) == 0)
		return fd;
	if (fd >= 0)
		syscall(SYS_close, fd);
	errno = ENODEV;
	return -1;
}

static int node_open(const char *node, int flags)
{
	char path[300];
	int fd, remote;

	snprintf(path, sizeof(path), "%s%s", getenv("UMOCKDEV_DIR"), node);
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags);
	if (fd < 0)
		return -1;
	remote = fd < FDS_MAX ? node_connect(node) : -1;
	if (remote < 0) {
		syscall(SYS_close, fd);
		errno = ENODEV;
		return -1;
	}
	sockets[fd] = remote + 1;
	return fd;
}

static int open_by(const char *name, const char *path, int flags, unsigned int mode)
{
	int (*next)(const char *, int, ...);

	if (strncmp(path, NODES, strlen(NODES)) == 0 && getenv("UMOCKDEV_DIR") && umockdev_is_old())
		return node_open(path, flags);
	*(void **)&next = dlsym(RTLD_NEXT, name);
	return next(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	unsigned int mode;
	va_list ap;

	va_start(ap, flags);
	mode = va_arg(ap, unsigned int);
	va_end(ap);
	return open_by("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	unsigned int mode;
	va_list ap;

	va_start(ap, flags);
	mode = va_arg(ap, unsigned int);
	va_end(ap);
	return open_by("open64", path, flags, mode);
}

/* Called by code built with _FORTIFY_SOURCE. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);

int __open_2(const char *path, int flags)
{
	return open_by("open", path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
	return open_by("open64", path, flags, 0);
}

static bool bytes_move(int fd, void *memory, size_t size, bool send_them)
{
	for (char *at = memory; size > 0;) {
		ssize_t n = send_them ? send(fd, at, size, MSG_NOSIGNAL) : recv(fd, at, size, 0);

		if (n <= 0 && !(n < 0 && errno == EINTR))
			return false;
		at += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* The mock host reads and writes the memory of this process until it sends the result. */
static int node_ioctl(int fd, unsigned long request, void *argument)
{
	unsigned long words[3] = {MESSAGE_IOCTL, request, (unsigned long)argument};
	bool fine = bytes_move(fd, words, sizeof(words), true);

	while (fine && (fine = bytes_move(fd, words, sizeof(words), false))) {
		switch ((enum message)words[0]) {
		case MESSAGE_DONE:
			errno = (int)words[2];
			return (int)words[1];
		case MESSAGE_READ_MEM:
			fine = bytes_move(fd, (void *)words[1], words[2], true);
			break;
		case MESSAGE_WRITE_MEM:
			fine = bytes_move(fd, (void *)words[1], words[2], false);
			break;
		case MESSAGE_IOCTL: /* the mock host never sends it */
			fine = false;
			break;
		}
	}
	errno = ENODEV;
	return -1;
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*next)(int, unsigned long, ...);
	void *argument;
	va_list ap;
	int r;

	va_start(ap, request);
	argument = va_arg(ap, void *);
	va_end(ap);
	if (fd < 0 || fd >= FDS_MAX || !sockets[fd]) {
		*(void **)&next = dlsym(RTLD_NEXT, "ioctl");
		return next(fd, request, argument);
	}
	pthread_mutex_lock(&lock);
	r = node_ioctl(sockets[fd] - 1, request, argument);
	pthread_mutex_unlock(&lock);
	return r;
}

int close(int fd)
{
	int (*next)(int);

	if (fd >= 0 && fd < FDS_MAX && sockets[fd]) {
		syscall(SYS_close, sockets[fd] - 1);
		sockets[fd] = 0;
	}
	*(void **)&next = dlsym(RTLD_NEXT, "close");
	return next(fd);
}

/* The variable of umockdev's library that holds the saved mask is either the old or the new set. */
static bool in_umockdev(const void *address)
{
	Dl_info object;

	return address && dladdr(address, &object) != 0 && strstr(object.dli_fname, "umockdev");
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	int (*next)(int, const sigset_t *, sigset_t *);

	if (in_umockdev(set) || in_umockdev(old))
		return 0;
	*(void **)&next = dlsym(RTLD_NEXT, "pthread_sigmask");
	return next(how, set, old);
}
