/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the system calls of Landlock, the sandbox of the Linux kernel. os/linux/cli/sandbox.c
 * selects the paths that the sandbox allows. */
#include "os/linux/cli/landlock.h"

#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* These constants belong to the ABI of Landlock (Documentation/userspace-api/landlock.rst of the
 * kernel). They are numbers, because the installed kernel headers may be older than the running
 * kernel. The numbers of system calls are the same on every architecture that rpiboot supports. */
#define NR_CREATE_RULESET 444
#define NR_ADD_RULE	  445
#define NR_RESTRICT_SELF  446

#define ASK_FOR_ABI	  1U
#define RULE_PATH_BENEATH 1

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_FIRST = (1 << 13) - 1,  /* all rights of ABI 1 */
	FS_REFER = 1 << 13,	   /* since ABI 2 */
	FS_TRUNCATE = 1 << 14,	   /* since ABI 3 */
	FS_IOCTL_DEV = 1 << 15,	   /* since ABI 5 */
	NET_TCP = 1 << 0 | 1 << 1, /* TCP bind and connect, since ABI 4 */
	/* Since version 6 of its interface, Landlock can forbid the process to connect to abstract
	 * sockets and to send signals to other processes. */
	SCOPED = 1 << 0 | 1 << 1,
};

struct ruleset_attr {
	uint64_t handled_access_fs, handled_access_net, scoped;
};

struct path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

/* A Landlock rule belongs to an inode in memory. Some file systems, such as procfs and 9p, may drop
 * an inode and create a new one at the next lookup. The rule would then be lost, so the process
 * keeps a descriptor of each allowed path. */
/* The maximum number of allowed paths that the program keeps open. A process may open only a
 * limited number of files, but a boot directory may contain many links to paths that must be
 * allowed. */
#define HELD_MAX 256

struct held {
	int fd;
	dev_t dev;
	ino_t ino;
	uint64_t access;
};

struct landlock {
	int fd; /* -1 after the sandbox became active */
	/* The errno with which the kernel refused to add an allowed path to the sandbox, or 0.
	 * After such an error, the sandbox does not become active. */
	int refused;
	uint64_t handled;
	size_t held_count;
	struct held held[HELD_MAX];
};

/* Stores in *ret all access rights that this ABI version of Landlock (the kernel's sandbox)
 * supports.
 * Returns: the size of the struct landlock_ruleset_attr in this ABI version. */
static size_t ruleset_for(long abi, struct ruleset_attr *ret)
{
	*ret = (struct ruleset_attr){.handled_access_fs = FS_FIRST};
	if (abi >= 2)
		ret->handled_access_fs |= FS_REFER;
	if (abi >= 3)
		ret->handled_access_fs |= FS_TRUNCATE;
	if (abi >= 4)
		ret->handled_access_net = NET_TCP;
	if (abi >= 5)
		ret->handled_access_fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		ret->scoped = SCOPED;
	return (abi >= 6 ? 3 : abi >= 4 ? 2 : 1) * sizeof(uint64_t);
}

static int landlock_refused(int code, struct error *err)
{
	return error_set(
		err, -code,
		"cannot enable the Landlock sandbox (%s), so rpiboot continues without it; if a "
		"system call filter of systemd or of the container blocks the sandbox, allow the "
		"system calls landlock_create_ruleset, landlock_add_rule and "
		"landlock_restrict_self",
		strerror(code));
}

int landlock_new(struct landlock **ret, struct error *err)
{
	long abi = syscall(NR_CREATE_RULESET, NULL, 0, ASK_FOR_ABI);
	struct ruleset_attr attr;
	struct landlock *landlock;
	size_t size;

	*ret = NULL;
	if (abi < 0 && errno != ENOSYS && errno != EOPNOTSUPP)
		return landlock_refused(errno, err);
	/* This kernel was built without its sandbox Landlock, or Landlock was disabled when the
	 * kernel started. */
	if (abi < 1)
		return 0;
	landlock = calloc(1, sizeof(*landlock));
	if (!landlock)
		return error_set(err, -ENOMEM, "out of memory");
	size = ruleset_for(abi, &attr);
	landlock->handled = attr.handled_access_fs;
	landlock->fd = (int)syscall(NR_CREATE_RULESET, &attr, size, 0);
	if (landlock->fd < 0) {
		int code = errno;

		free(landlock);
		return landlock_refused(code, err);
	}
	*ret = landlock;
	return 0;
}

struct landlock *landlock_free(struct landlock *landlock)
{
	if (!landlock)
		return NULL;
	if (landlock->fd >= 0)
		close(landlock->fd);
	while (landlock->held_count > 0)
		close(landlock->held[--landlock->held_count].fd);
	free(landlock);
	return NULL;
}

static uint64_t access_bits(enum landlock_access access, bool is_directory)
{
	switch (access) {
	case LANDLOCK_READ:
		return is_directory ? FS_READ_FILE | FS_READ_DIR : FS_READ_FILE;
	case LANDLOCK_DEVICES:
		return FS_READ_FILE | FS_WRITE_FILE | FS_IOCTL_DEV |
		       (is_directory ? FS_READ_DIR : 0);
	case LANDLOCK_FILES:
		return FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE |
		       (is_directory ? FS_READ_DIR | FS_MAKE_REG | FS_REMOVE_FILE : 0);
	case LANDLOCK_DIRECTORIES:
		return FS_MAKE_DIR | FS_REMOVE_DIR;
	}
	return 0;
}

static bool is_held(const struct landlock *landlock, const struct stat *st, uint64_t access)
{
	for (size_t i = 0; i < landlock->held_count; i++) {
		const struct held *held = &landlock->held[i];

		if (held->dev == st->st_dev && held->ino == st->st_ino && held->access == access)
			return true;
	}
	return false;
}

int landlock_allow(struct landlock *landlock, const char *path, enum landlock_access access)
{
	cleanup_fd int fd = openat(AT_FDCWD, path, O_PATH | O_CLOEXEC);
	struct path_beneath_attr rule = {.parent_fd = fd};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	rule.allowed_access = access_bits(access, S_ISDIR(st.st_mode)) & landlock->handled;
	if (is_held(landlock, &st, rule.allowed_access))
		return 0;
	if (syscall(NR_ADD_RULE, landlock->fd, RULE_PATH_BENEATH, &rule, 0) < 0) {
		if (errno == EPERM || errno == ENOSYS)
			landlock->refused = errno;
		return -errno;
	}
	if (landlock->held_count < HELD_MAX) {
		landlock->held[landlock->held_count++] = (struct held){
			.fd = fd,
			.dev = st.st_dev,
			.ino = st.st_ino,
			.access = rule.allowed_access,
		};
		fd = -1;
	}
	return 0;
}

int landlock_enforce(struct landlock *landlock, struct error *err)
{
	/* The kernel has refused to add an allowed path to the sandbox, so the sandbox would block
	 * files that the program needs. Do not activate the sandbox. */
	if (landlock->refused)
		return landlock_refused(landlock->refused, err);
	/* A process without root privileges can activate a Landlock sandbox only after this call of
	 * prctl(). */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) < 0 ||
	    syscall(NR_RESTRICT_SELF, landlock->fd, 0) < 0)
		return landlock_refused(errno, err);
	close(landlock->fd);
	landlock->fd = -1;
	return 0;
}
