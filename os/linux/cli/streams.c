/* SPDX-License-Identifier: Apache-2.0 */
/* Prepares the process when the program starts. Opens "/" in place of each closed standard stream,
 * so that no other file gets the descriptor of the stream. Ignores SIGXFSZ, so that a write beyond
 * the file size limit returns an error. */
#include "cli/streams.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

void streams_prepare(void)
{
	signal(SIGXFSZ, SIG_IGN);
	/* A caller may have closed stdin, stdout or stderr. open() uses the lowest free descriptor,
	 * so it takes the place of the closed stream. Open the directory "/", so that a write to
	 * this descriptor fails. /dev/null would discard results without an error. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
			return;
}
