/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the functions of a test tree that need the links, processes and descriptors of Linux.
 */
#include "tests/unit/tree.h"

#include <sys/mman.h>
#include <sys/resource.h>
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

static int memory_limit(void *ctx)
{
	const size_t bytes = 256u << 20;
	struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};

	(void)ctx;
	tree_must(setrlimit(RLIMIT_AS, &limit) == 0);
	return mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 0
											      : 1;
}

int tree_limits_memory(void)
{
	int limits = tree_fork(memory_limit, NULL, 0);

	if (!limits)
		printf("SKIP: this system does not limit the memory of a process\n");
	return limits;
}

int tree_fd_count(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}
