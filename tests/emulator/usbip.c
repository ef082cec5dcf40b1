/* SPDX-License-Identifier: Apache-2.0 */
/* The four messages, each with a head of 48 bytes, big-endian. */
#include "tests/emulator/usbip.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/util.h"

#define HEAD_SIZE    48
#define SIZE_MAXIMAL (16u << 20) /* the limit of usbfs for all programs together */

enum usbip_command { SUBMIT = 1, UNLINK = 2, SUBMIT_REPLY = 3, UNLINK_REPLY = 4 };

/* A virtual controller has this many high-speed ports, followed by as many super-speed ports. */
#define CONTROLLERS	 8
#define CONTROLLER_PORTS 15

static uint32_t get_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void put_be32(uint8_t *ret, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Returns: 1, 0 (the host closed the socket), or -Exxx. */
static int receive_whole(int fd, void *ret, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = recv(fd, (uint8_t *)ret + done, size - done, MSG_WAITALL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno != ECONNRESET ? -errno : 0;
		done += (size_t)n;
	}
	return 1;
}

static int send_whole(int fd, const void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = send(fd, (const uint8_t *)data + done, size - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		done += (size_t)n;
	}
	return 0;
}

int usbip_receive(int fd, struct usbip_request **ret)
{
	cleanup_free struct usbip_request *request = NULL;
	uint8_t head[HEAD_SIZE];
	uint32_t command, size;
	int r = receive_whole(fd, head, sizeof(head));

	if (r <= 0)
		return r;
	command = get_be32(head);
	size = command == SUBMIT ? get_be32(head + 24) : 0;
	if ((command != SUBMIT && command != UNLINK) || size > SIZE_MAXIMAL)
		return -EBADMSG;
	request = malloc(sizeof(*request) + size); /* clearing the memory of a whole file is slow */
	if (!request)
		return -ENOMEM;
	*request = (struct usbip_request){
		.sequence = get_be32(head + 4),
		.in = get_be32(head + 12) == 1,
		.endpoint = (uint8_t)get_be32(head + 16),
		.size = size,
		.unlink = command == UNLINK,
	};
	if (request->unlink)
		request->unlinked = get_be32(head + 20);
	else
		memcpy(request->setup, head + 40, sizeof(request->setup));
	if (!request->in && size > 0) {
		r = receive_whole(fd, request->data, size);
		if (r <= 0)
			return r;
	}
	*ret = take_ptr(request);
	return 1;
}

static int reply_head(int fd, const struct usbip_request *request, enum usbip_command command,
		      int status, uint32_t actual)
{
	uint8_t head[HEAD_SIZE] = {0};

	put_be32(head, command);
	put_be32(head + 4, request->sequence);
	put_be32(head + 12, request->in);
	put_be32(head + 16, request->endpoint);
	put_be32(head + 20, (uint32_t)status);
	put_be32(head + 24, actual);
	return send_whole(fd, head, sizeof(head));
}

int usbip_reply(int fd, const struct usbip_request *request, int status, uint32_t actual)
{
	int r = reply_head(fd, request, SUBMIT_REPLY, status, actual);

	if (r == 0 && request->in && actual > 0)
		r = send_whole(fd, request->data, actual);
	return r;
}

int usbip_reply_unlink(int fd, const struct usbip_request *request, int status)
{
	return reply_head(fd, request, UNLINK_REPLY, status, 0);
}

/* Returns: true if the kernel still has the earlier device. A real port is disabled when its device
 * leaves, but a port of vhci_hcd stays enabled. If the same device returned at once, the kernel
 * would not notice the departure, and would not enumerate the device again. */
static bool port_in_use(unsigned int port)
{
	char pattern[96];
	glob_t found;
	bool ret;

	snprintf(pattern, sizeof(pattern), "/sys/devices/platform/vhci_hcd.%u/usb*/*-%u",
		 port % CONTROLLERS, port / CONTROLLERS + 1);
	ret = glob(pattern, 0, NULL, &found) == 0;
	if (ret)
		globfree(&found);
	return ret;
}

int usbip_attach(unsigned int port, unsigned int speed)
{
	unsigned int number = port % CONTROLLERS * 2 * CONTROLLER_PORTS + port / CONTROLLERS;
	cleanup_fd int attach = -1, theirs = -1;
	char text[64];
	int pair[2], length;

	if (port >= CONTROLLERS * CONTROLLER_PORTS)
		return -EINVAL;
	if (port_in_use(port))
		return -EBUSY;
	attach = open("/sys/devices/platform/vhci_hcd.0/attach", O_WRONLY | O_CLOEXEC);
	if (attach < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	theirs = pair[1];
	length = snprintf(text, sizeof(text), "%u %d %u %u", number, theirs, port + 1, speed);
	if (write(attach, text, (size_t)length) != length) {
		int r = -errno;

		close(pair[0]);
		return r;
	}
	return pair[0];
}
