/* SPDX-License-Identifier: Apache-2.0 */
/* A system without Landlock has no sandbox. The process keeps all its access rights. */
#include "cli/sandbox.h"

#include "cli/libraries.h"
#include "cli/streams.h"

#include <stddef.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int sandbox_new(struct sandbox **ret, const struct config *config, const struct firmware *firmware,
		const struct image_config *image, struct error *err)
{
	(void)config, (void)firmware, (void)image, (void)err;
	*ret = NULL;
	return 0;
}

int sandbox_new_for_files(struct sandbox **ret, const char *const *read, const char *const *write,
			  const char *filled, struct error *err)
{
	(void)read, (void)write, (void)filled, (void)err;
	*ret = NULL;
	return 0;
}

struct unmount_helper *sandbox_unmount_helper(const struct sandbox *sandbox)
{
	(void)sandbox;
	return NULL;
}

struct sandbox *sandbox_free(struct sandbox *sandbox)
{
	(void)sandbox;
	return NULL;
}

/* On systems with a sandbox, this function makes the libraries open their files before the sandbox
 * forbids it. This system has no sandbox, so there is nothing to do. */
void libraries_prepare(bool digests)
{
	(void)digests;
}

void streams_prepare(void)
{
	struct stat st;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &st) < 0 && open(".", O_RDONLY) != fd)
			return;
}
