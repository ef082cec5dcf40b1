/* SPDX-License-Identifier: Apache-2.0 */
/* Receives the uevents of the kernel about USB devices.
 *
 * The uevents of the kernel arrive at once. libusb gets its events from udevd, which first applies
 * its rules. This delay is longer than the whole reply time of a boot ROM. */
#include "usb/uevent.h"

#include "os/linux/usb/sysfs.h"
#include "util/util.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UEVENT_SIZE 4096
/* The number of the netlink group to which the kernel sends its uevents. The events of udevd go to
 * group 2, which is not used. */
#define UEVENT_GROUP_KERNEL 1
/* The maximum number of uevents of the kernel that one call of usb_uevent_next() reads, so that a
 * flood of uevents does not delay other work. */
#define UEVENT_MOST 256

int usb_uevent_open(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = UEVENT_GROUP_KERNEL,
	};
	int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Returns: the value of the line KEY=VALUE in a uevent of the kernel, or NULL if the uevent does
 * not contain the key. */
static const char *uevent_value(const char *message, size_t size, const char *key)
{
	size_t length = strlen(key);

	for (const char *at = message; at < message + size; at += strlen(at) + 1)
		if (strncmp(at, key, length) == 0 && at[length] == '=')
			return at + length + 1;
	return NULL;
}

static bool uevent_is(const char *message, size_t size, const char *key, const char *value)
{
	const char *has = uevent_value(message, size, key);

	return has && strcmp(has, value) == 0;
}

/* Finds the USB device of a disk from the sysfs path of the disk. In the path
 * ".../1-1.2/1-1.2:1.0/host0/.../block/sda", the device is 1-1.2, because the next directory name
 * begins with "1-1.2:". */
static bool uevent_disk(const char *path, struct usb_uevent *ret)
{
	bool any = false;

	for (const char *name = path, *end; name; name = end ? end + 1 : NULL) {
		size_t length;

		end = strchr(name, '/');
		length = end ? (size_t)(end - name) : strlen(name);
		if (!end || length == 0 || length >= sizeof(ret->port) ||
		    strncmp(end + 1, name, length) != 0 || end[1 + length] != ':')
			continue;
		memcpy(ret->port, name, length);
		ret->port[length] = '\0';
		any = usb_sysfs_is_device(ret->port);
	}
	ret->kind = USB_UEVENT_DISK;
	ret->bus = ret->address = 0;
	return any;
}

bool usb_uevent_parse(const char *message, size_t size, struct usb_uevent *ret)
{
	const char *path = uevent_value(message, size, "DEVPATH");
	const char *bus = uevent_value(message, size, "BUSNUM");
	const char *address = uevent_value(message, size, "DEVNUM");
	const char *name = path ? strrchr(path, '/') : NULL;

	if (path && uevent_is(message, size, "SUBSYSTEM", "block") &&
	    uevent_is(message, size, "DEVTYPE", "disk") &&
	    !uevent_is(message, size, "ACTION", "remove"))
		return uevent_disk(path, ret);
	if (!name || !bus || !address || strlen(name + 1) >= sizeof(ret->port) ||
	    !usb_sysfs_is_device(name + 1) || !uevent_is(message, size, "SUBSYSTEM", "usb") ||
	    !uevent_is(message, size, "DEVTYPE", "usb_device"))
		return false;
	snprintf(ret->port, sizeof(ret->port), "%s", name + 1);
	ret->bus = (uint8_t)strtoul(bus, NULL, 10);
	ret->address = (uint8_t)strtoul(address, NULL, 10);
	/* The kernel sends the uevent "bind" when a USB device can be used. At the earlier uevent
	 * "add", the device is not yet configured. */
	ret->kind = uevent_is(message, size, "ACTION", "bind") ? USB_UEVENT_READY : USB_UEVENT_GONE;
	return ret->kind == USB_UEVENT_READY || uevent_is(message, size, "ACTION", "remove");
}

bool usb_uevent_next(int fd, struct usb_uevent *ret)
{
	char message[UEVENT_SIZE];

	for (int i = 0; fd >= 0 && i < UEVENT_MOST; i++) {
		struct sockaddr_nl sender = {0};
		socklen_t size = sizeof(sender);
		ssize_t n = recvfrom(fd, message, sizeof(message) - 1, 0,
				     (struct sockaddr *)&sender, &size);

		if (n < 0 && errno == EINTR)
			continue;
		/* The kernel dropped uevents because the netlink socket was full. The next scan of
		 * sysfs finds the changes. */
		if (n < 0 && errno == ENOBUFS)
			continue;
		if (n < 0)
			return false;
		/* Any process can send messages to this netlink socket. The messages of the kernel
		 * have the sender port number 0, so ignore all others. */
		if (sender.nl_family != AF_NETLINK || sender.nl_pid != 0)
			continue;
		message[n] = '\0';
		if (usb_uevent_parse(message, (size_t)n + 1, ret))
			return true;
	}
	return false;
}
