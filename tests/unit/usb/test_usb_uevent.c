/* SPDX-License-Identifier: Apache-2.0 */
/* Which messages of the kernel are about a device that arrived or left. */
#include "usb/uevent.h"

#include "util/util.h"
#include "tests/test.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEVICE "SUBSYSTEM=usb\0DEVTYPE=usb_device\0BUSNUM=001\0DEVNUM=007\0"
#define NOTHING                                                                                    \
	false,                                                                                     \
	{                                                                                          \
		0                                                                                  \
	}
#define DISK                                                                                       \
	"/devices/pci/usb1/1-1/1-1.2/1-1.2:1.0/host0/target0:0:0/0:0:0:0/block/"                   \
	"sda\0SUBSYSTEM=block\0DEVTYPE=disk"
#define ROW(text) (text), sizeof(text) /* its NUL ends the last string */

static const struct row {
	const char *what, *message;
	size_t size;
	bool good;
	struct usb_uevent is;
} rows[] = {
	{"a configured device is ready",
	 ROW("bind@/devices/pci/usb1/1-1\0ACTION=bind\0DEVPATH=/devices/pci/usb1/1-1\0" DEVICE),
	 true,
	 {USB_UEVENT_READY, "1-1", 1, 7}},
	{"a device behind hubs is ready",
	 ROW("ACTION=bind\0DEVPATH=/u/1-1.4.2\0" DEVICE),
	 true,
	 {USB_UEVENT_READY, "1-1.4.2", 1, 7}},
	{"a removed device is gone",
	 ROW("ACTION=remove\0DEVPATH=/u/1-1\0" DEVICE),
	 true,
	 {USB_UEVENT_GONE, "1-1", 1, 7}},
	{"an unconfigured device is not ready", ROW("ACTION=add\0DEVPATH=/u/1-1\0" DEVICE),
	 NOTHING},
	{"a root hub is ignored", ROW("ACTION=bind\0DEVPATH=/u/usb1\0" DEVICE), NOTHING},
	{"an interface is ignored",
	 ROW("ACTION=bind\0DEVPATH=/u/1-1/1-1:1.0\0SUBSYSTEM=usb\0DEVTYPE=usb_interface\0"
	     "BUSNUM=001\0DEVNUM=007"),
	 NOTHING},
	{"a device of another subsystem is ignored",
	 ROW("ACTION=bind\0DEVPATH=/u/"
	     "1-1\0SUBSYSTEM=block\0DEVTYPE=usb_device\0BUSNUM=1\0DEVNUM=7"),
	 NOTHING},
	{"a new disk is found",
	 ROW("ACTION=add\0DEVPATH=" DISK),
	 true,
	 {USB_UEVENT_DISK, "1-1.2", 0, 0}},
	{"a disk with a new size is found",
	 ROW("ACTION=change\0DEVPATH=" DISK),
	 true,
	 {USB_UEVENT_DISK, "1-1.2", 0, 0}},
	{"a removed disk is ignored", ROW("ACTION=remove\0DEVPATH=" DISK), NOTHING},
	{"a partition is ignored",
	 ROW("ACTION=add\0DEVPATH=/u/1-1/1-1:1.0/block/sda/"
	     "sda1\0SUBSYSTEM=block\0DEVTYPE=partition"),
	 NOTHING},
	{"a disk of another bus is ignored",
	 ROW("ACTION=add\0DEVPATH=/devices/pci0/0000:00:01.0/ata1/block/"
	     "sda\0SUBSYSTEM=block\0DEVTYPE=disk"),
	 NOTHING},
	{"a disk of a root hub is ignored",
	 ROW("ACTION=add\0DEVPATH=/u/usb1/usb1:1.0/block/"
	     "sda\0SUBSYSTEM=block\0DEVTYPE=disk"),
	 NOTHING},
	{"a disk with a long port path is ignored",
	 ROW("ACTION=add\0DEVPATH=/1-1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1/"
	     "1-1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1:1.0/block/"
	     "sda\0SUBSYSTEM=block\0DEVTYPE=disk"),
	 NOTHING},
	{"a device without a number is ignored",
	 ROW("ACTION=bind\0DEVPATH=/u/1-1\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0BUSNUM=001"),
	 NOTHING},
	{"a device with a long port path is ignored",
	 ROW("ACTION=bind\0DEVPATH=/u/"
	     "1-1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1\0" DEVICE),
	 NOTHING},
	{"an empty message is ignored", ROW(""), NOTHING},
};

TEST(a_message_gets_its_verdict)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		struct usb_uevent event = {0};

		print_message("%s\n", rows[i].what);
		assert_int_equal(usb_uevent_parse(rows[i].message, rows[i].size, &event),
				 rows[i].good);
		if (!rows[i].good)
			continue;
		assert_string_equal(event.port, rows[i].is.port);
		assert_int_equal(event.bus, rows[i].is.bus);
		assert_int_equal(event.address, rows[i].is.address);
		assert_int_equal(event.kind, rows[i].is.kind);
	}
}

/* A message from another sender is ignored, even if it is identical. */
TEST(only_the_kernel_is_believed)
{
	struct usb_uevent event;
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
	assert_int_equal(send(fd[0], rows[0].message, rows[0].size, 0), rows[0].size);
	assert_false(usb_uevent_next(fd[1], &event));
	assert_int_equal(recv(fd[1], &event, sizeof(event), 0), -1); /* the message was read */
	assert_int_equal(errno, EAGAIN);
	util_close_fd(&fd[0]);
	util_close_fd(&fd[1]);
}

TEST(no_socket_gives_no_event)
{
	struct usb_uevent event;

	assert_false(usb_uevent_next(-1, &event));
}
