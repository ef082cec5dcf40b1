/* SPDX-License-Identifier: Apache-2.0 */
/* Opens placeholders for standard streams that were closed when the program started. */
#include "cli/streams.h"

#include <fcntl.h>
#include <unistd.h>

void streams_occupy(void)
{
	/* open() returns the lowest free descriptor. /dev/null is not used, because it may be
	 * missing and because it would accept results without an error. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
			return;
}
