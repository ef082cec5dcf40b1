/* SPDX-License-Identifier: Apache-2.0 */
/* The right to serve the board at one port. It is an abstract Unix socket with the name of the
 * port: the kernel gives a name to one socket only, needs no directory and no permission for that,
 * and takes the name back when the process ends, however it ends. */
#include "usb.h"

#include "util/util.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

bool usb_port_take(const char *sysroot, const char *port, int *ret_lock)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[PATH_MAX];
	struct stat bus = {0};
	int fd, length;

	*ret_lock = -1;
	/* The same port path on another bus, as tests have one, is another port. */
	snprintf(path, sizeof(path), "%s/bus/usb/devices", sysroot);
	if (stat(path, &bus) < 0)
		bus = (struct stat){0};
	length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
			  "rpiboot/%" PRIu64 ":%" PRIu64 "/%s", (uint64_t)bus.st_dev,
			  (uint64_t)bus.st_ino, port);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return true; /* no sockets here: the kernel still lets only one claim the board */
	if (bind(fd, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) == 0) {
		*ret_lock = fd;
		return true;
	}
	length = errno;
	close(fd);
	return length != EADDRINUSE;
}
