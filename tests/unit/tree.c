/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tree.h"

#include <ftw.h>

char *tree_new(void)
{
	const char *base = getenv("TMPDIR");
	char *dir;

	tree_must(asprintf(&dir, "%s/rpiboot-test-XXXXXX", base ? base : "/tmp") > 0);
	tree_must(mkdtemp(dir));
	tree_must(chmod(dir, 0755) == 0); /* for tests that drop the rights of root */
	return dir;
}

static int tree_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)ftw;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

void tree_remove(const char *dir)
{
	if (access(dir, F_OK) == 0)
		tree_must(nftw(dir, tree_remove_one, 32, FTW_DEPTH | FTW_PHYS) == 0);
}

void tree_free(char *dir)
{
	tree_remove(dir);
	free(dir);
}

int tree_setup(void **state)
{
	*state = tree_new();
	return 0;
}

int tree_teardown(void **state)
{
	tree_free(*state);
	return 0;
}

const char *tree_path(const char *dir, const char *name)
{
	static char path[64][TREE_PATH_SIZE];
	static unsigned int turn;
	char *ret = path[turn++ % 64];

	tree_must(snprintf(ret, TREE_PATH_SIZE, "%s/%s", dir, name) < TREE_PATH_SIZE);
	return ret;
}

const char *tree_parents(const char *dir, const char *name)
{
	char path[TREE_PATH_SIZE];

	strcpy(path, tree_path(dir, name));
	for (char *p = path + strlen(dir) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		mkdir(path, 0755);
	}
	return tree_path(dir, name);
}

void tree_write(const char *dir, const char *name, const void *data, size_t size)
{
	int fd = open(tree_parents(dir, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	tree_must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

void tree_text(const char *dir, const char *name, const char *text)
{
	tree_write(dir, name, text, strlen(text));
}
