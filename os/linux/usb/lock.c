/* SPDX-License-Identifier: Apache-2.0 */
/* Gives one process the exclusive right to serve the board at a USB port.
 *
 * The lock is an abstract Unix socket whose name contains the port path. The kernel binds a name to
 * one socket only. Such a name needs no directory and no permissions. The kernel releases the name
 * when the process ends, even if the process crashes. */
#include "usb.h"

#include "os/linux/util/sysfs.h"
#include "util/util.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
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
	/* Tests use other sysfs directories, in which the same port path means another port. The
	 * name of the socket therefore also contains the device and inode numbers of the directory.
	 * It contains the path, too, because a new directory may get the numbers of a removed
	 * one. */
	snprintf(path, sizeof(path), "%s/" SYSFS_USB_DEVICES, sysroot);
	if (stat(path, &bus) < 0)
		bus = (struct stat){0};
	length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
			  "rpiboot/%" PRIu64 ":%" PRIu64 "/%s%.40s", (uint64_t)bus.st_dev,
			  (uint64_t)bus.st_ino, port, strcmp(sysroot, "/sys") ? sysroot : "");
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* The lock of a USB port is a socket. If the system allows no sockets, rpiboot serves a
	 * board without a lock. The kernel still lets only one process claim the USB interface of
	 * the board. */
	if (fd < 0)
		return true;
	if (bind(fd, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) == 0) {
		*ret_lock = fd;
		return true;
	}
	length = errno;
	close(fd);
	return length != EADDRINUSE;
}
