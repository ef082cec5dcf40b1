/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the functions of a test tree that need the links, processes and descriptors of Linux.
 */
#include "tests/unit/tree.h"

#include <sys/wait.h>

void tree_link(const char *dir, const char *name, const char *target)
{
	tree_must(symlink(target, tree_parents(dir, name)) == 0);
}

int tree_fork(int (*fn)(void *ctx), void *ctx, int drop_root)
{
	int status;
	pid_t pid = fork();

	tree_must(pid >= 0);
	if (pid == 0) {
		if (drop_root && getuid() == 0 && setresuid(65534, 65534, 65534) != 0)
			_exit(100);
		_exit(fn(ctx));
	}
	tree_must(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int tree_fd_count(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}
