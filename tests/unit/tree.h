/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary directory for a test. It does not depend on the program under test. */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define TREE_PATH_SIZE 4096

/* Aborts with the line number when the setup of a test fails. Such an abort is not a test failure.
 */
#define tree_must(condition)                                                                       \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			perror(#condition);                                                        \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Returns: a new directory, for tree_free(). */
char *tree_new(void);
void tree_free(char *dir);

/* For FIXTURE_EACH(): *state is a new directory. Returns: 0. */
int tree_setup(void **state);
int tree_teardown(void **state);

/* Removes dir with all that is in it, if it exists. */
void tree_remove(const char *dir);

/* Returns: the path of name in dir. It is valid for the next 63 calls. */
const char *tree_path(const char *dir, const char *name);

/* Makes the parent directories of name. A name that ends with a slash is made, too. */
const char *tree_parents(const char *dir, const char *name);

/* Makes a file with these bytes, a file with this text, or a symbolic link. The parent directories
 * are made, too. */
void tree_write(const char *dir, const char *name, const void *data, size_t size);
void tree_text(const char *dir, const char *name, const char *text);
void tree_link(const char *dir, const char *name, const char *target);

/* Runs fn in a new process, without the rights of root if drop_root is set.
 * Returns: true if fn returns 0. */
int tree_fork(int (*fn)(void *ctx), void *ctx, int drop_root);

/* Returns: true if RLIMIT_AS has an effect. Under qemu-user, it has none, and the function prints
 * this as the reason of a skipped test. */
int tree_limits_memory(void);

/* Returns: the number of open file descriptors of this process, to detect leaks. */
int tree_fd_count(void);

#endif
