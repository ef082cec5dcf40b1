/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: a host without random numbers. getrandom() fails with ENOSYS, as under a system
 * call filter, or with EAGAIN (NO_RANDOM=later), as early in the boot of a machine. /dev/urandom
 * cannot be opened, except with NO_RANDOM=device. */
#undef _FILE_OFFSET_BITS /* open() and open64() are separate here */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static bool mode_is(const char *word)
{
	const char *value = getenv("NO_RANDOM");

	return value && strcmp(value, word) == 0;
}

/* Use a filter: libraries also make the system call directly. */
static void __attribute__((constructor)) refuse_getrandom(void)
{
	unsigned int code = mode_is("later") ? EAGAIN : ENOSYS;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = 4, .filter = filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		abort();
}

static bool refused(const char *path)
{
	if (strcmp(path, "/dev/urandom") != 0 || mode_is("device"))
		return false;
	errno = EACCES;
	return true;
}

#define OPEN(name)                                                                                 \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		int (*next)(const char *, int, ...) =                                              \
			(int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);                  \
		mode_t mode = 0;                                                                   \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, flags);                                                               \
		if (flags & (O_CREAT | O_TMPFILE))                                                 \
			mode = va_arg(ap, mode_t);                                                 \
		va_end(ap);                                                                        \
		return refused(path) ? -1 : next(path, flags, mode);                               \
	}
OPEN(open)
#undef open64
OPEN(open64)

#define FOPEN(name)                                                                                \
	FILE *name(const char *path, const char *mode)                                             \
	{                                                                                          \
		FILE *(*next)(const char *, const char *) =                                        \
			(FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, #name);          \
                                                                                                   \
		return refused(path) ? NULL : next(path, mode);                                    \
	}
FOPEN(fopen)
#undef fopen64
FOPEN(fopen64)
