/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's Landlock: a process gives up, for good, all file access but what it names. The same
 * goes for its children and for the threads it starts afterwards. Knows nothing of this program. */
#ifndef FLASH_LANDLOCK_H
#define FLASH_LANDLOCK_H

struct error;
struct landlock;

enum landlock_access {
	LANDLOCK_READ,	  /* files and lists of directories */
	LANDLOCK_DEVICES, /* read, written and told by ioctl(); nothing is made */
	LANDLOCK_FILES,	  /* regular files made, written, renamed and removed */
};

/* 0, with *ret NULL if the kernel has no Landlock; or -Exxx: it is refused, as by a system call
 * filter. Ends with landlock_free()
 * (NULL-safe, returns NULL), not before this process is to end: until then it holds what was
 * allowed.
 */
int landlock_new(struct landlock **ret, struct error *err);
struct landlock *landlock_free(struct landlock *landlock);

/* Lets everything at and below path keep working; links are followed. 0; -ENOENT (or another
 * -Exxx, without a sentence): there is none now, and nothing is allowed. */
int landlock_allow(struct landlock *landlock, const char *path, enum landlock_access access);

/* Gives up the rest; of programs nothing may be executed any more, of the network nothing be
 * reached. Nothing can be mounted or unmounted afterwards. 0, or -Exxx: it
 * is refused, also if a rule was, and nothing was given up. */
int landlock_enforce(struct landlock *landlock, struct error *err);

#endif
