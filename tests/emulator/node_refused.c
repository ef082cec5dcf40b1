/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: no USB device can be opened. NODE_ERRNO is the error: EPERM (a device cgroup,
 * regardless of the mode) or EMFILE (too many open files). */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

/* With 64-bit offsets, the linker knows open() as open64. */
int open(const char *path, int flags, ...)
{
	int (*next)(const char *, int, ...) =
		(int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
	unsigned int mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(ap, unsigned int);
	va_end(ap);
	if (strstr(path, "/dev/bus/usb/") && (flags & O_ACCMODE) == O_RDWR) {
		errno = NODE_ERRNO;
		return -1;
	}
	return next(path, flags, mode);
}

int open_plain(const char *path, int flags, ...) __asm__("open")
	__attribute__((alias("open64"), nonnull(1)));

/* Called by libusb when the compiler checks for a missing mode. */
int __open64_2(const char *path, int flags);
int __open_2(const char *path, int flags);

int __open64_2(const char *path, int flags)
{
	return open(path, flags);
}

int __open_2(const char *path, int flags)
{
	return open(path, flags);
}
