/* SPDX-License-Identifier: Apache-2.0 */
/* A directory that a test fills and that is gone afterwards. Knows nothing of the program. */
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

/* What a test sees when its own set-up fails is an abort with the line; not a test failure. */
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

/* The path of name, in one of 64 buffers in turn. */
const char *tree_path(const char *dir, const char *name);

/* Makes the directories that lead to name; name itself, too, where it ends with a slash. */
const char *tree_parents(const char *dir, const char *name);

/* Makes a file of these bytes, of this text, or a symbolic link, and the directories that lead to
 * it. */
void tree_write(const char *dir, const char *name, const void *data, size_t size);
void tree_text(const char *dir, const char *name, const char *text);
void tree_link(const char *dir, const char *name, const char *target);

/* Runs fn in a process of its own, without root's rights if asked; true where it returned 0. */
int tree_fork(int (*fn)(void *ctx), void *ctx, int drop_root);

/* Open file descriptors of this process: to show that none is left. */
int tree_fd_count(void);

#endif
