/* SPDX-License-Identifier: Apache-2.0 */
/* Uses Landlock, the sandbox of the Linux kernel. With Landlock, a process permanently gives up all
 * file access except to named paths. The limits also apply to its child processes and to threads
 * that it starts later. */
#ifndef CLI_LANDLOCK_H
#define CLI_LANDLOCK_H

struct error;
struct landlock;

enum landlock_access {
	LANDLOCK_READ, /* read files and list directories */
	/* Allows the process to read and write existing device nodes and to call ioctl() on them,
	 * but not to create device nodes. */
	LANDLOCK_DEVICES,
	/* Allows the process to create, write, rename and remove regular files below a path. */
	LANDLOCK_FILES,
	/* Allows the process to create, rename and remove directories below a path. */
	LANDLOCK_DIRECTORIES,
};

/* Creates an empty list of the paths that the sandbox will allow.
 * Returns: 0, with *ret NULL if the kernel has no Landlock, or -Exxx if the kernel or a system call
 * filter refuses Landlock.
 * Ownership: the caller frees the result with landlock_free(), which accepts NULL and returns NULL.
 * The caller frees it only at the end of the process, because it holds descriptors of the allowed
 * paths. */
int landlock_new(struct landlock **ret, struct error *err);
struct landlock *landlock_free(struct landlock *landlock);

/* Adds a path to the list that the sandbox will allow, with everything below it. If the path is a
 * symbolic link, this applies to its target.
 * Returns: 0, or -Exxx without a message, such as -ENOENT (path does not exist). After an error,
 * the sandbox will not allow this path. */
int landlock_allow(struct landlock *landlock, const char *path, enum landlock_access access);

/* Activates the sandbox: the process gives up all file access that landlock_allow() did not allow.
 * It can then no longer execute programs, use TCP, mount or unmount.
 * Returns: 0, or -Exxx (the kernel refuses the sandbox, or has refused a path in landlock_allow()).
 * After an error, the process keeps all its access. */
int landlock_enforce(struct landlock *landlock, struct error *err);

#endif
