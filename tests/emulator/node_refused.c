/* SPDX-License-Identifier: Apache-2.0 */
/* With LD_PRELOAD: no USB device can be opened. NODE_ERRNO is why: EPERM, a device cgroup refuses
 * it whatever the mode is; or EMFILE, the process has as many open files as it may. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

/* With 64 bits for offsets, as this is built, open() has the name open64 for the linker. */
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

/* libusb's, where the compiler checks that no mode is missing. */
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
