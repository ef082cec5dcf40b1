/* SPDX-License-Identifier: Apache-2.0 */
/* Prepares the standard streams and the writing of files when the program starts. */
#include "cli/streams.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

void streams_prepare(void)
{
	signal(SIGXFSZ, SIG_IGN);
	/* open() uses the lowest free descriptor, which is that of a closed standard stream.
	 * /dev/null may be missing, and would hide the loss of results, so "/" is opened
	 * instead. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
			return;
}
