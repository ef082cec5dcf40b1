/* SPDX-License-Identifier: Apache-2.0 */
/* Prepares the standard streams and the writing of files when the program starts. */
#include "cli/streams.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

void streams_prepare(void)
{
	signal(SIGXFSZ, SIG_IGN);
	/* open() uses the lowest free descriptor, which is that of a closed standard stream. Open
	 * "/" and not /dev/null, because /dev/null may be missing, and because results that go
	 * there would be lost without an error. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
			return;
}
