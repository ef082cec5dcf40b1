/* SPDX-License-Identifier: Apache-2.0 */
/* If standard input, output or error was closed when the program started, opens a placeholder for
 * it. */
#include "cli/streams.h"

#include <fcntl.h>
#include <unistd.h>

void streams_occupy(void)
{
	/* open() uses the lowest free descriptor, which is that of a closed standard stream.
	 * /dev/null may be missing, and would hide the loss of results, so "/" is opened
	 * instead. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
			return;
}
