/* SPDX-License-Identifier: Apache-2.0 */
/* With LD_PRELOAD: no netlink sockets, as in sandboxes and containers that have none, so that
 * neither the kernel nor udevd can tell of anything. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int socket(int domain, int type, int protocol)
{
	if (domain == AF_NETLINK) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return (int)syscall(SYS_socket, domain, type, protocol);
}
