/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: netlink sockets cannot be made, as in some sandboxes and containers. The program
 * then gets no events from the kernel or udevd. */
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
