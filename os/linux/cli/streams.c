/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a placeholder for each standard stream that was closed when the program started. */
#include "cli/streams.h"

#include <fcntl.h>
#include <unistd.h>

void streams_occupy(void)
{
	/* open() returns the lowest free descriptor, so it fills the closed ones. /dev/null is not
	 * used, because it may be missing and because writing to it would hide that results are
	 * lost. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
			return;
}
