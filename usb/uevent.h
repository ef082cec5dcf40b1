/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own events about USB devices and the disks on them. For usb*.c and the tests only.
 */
#ifndef USB_UEVENT_H
#define USB_UEVENT_H

#include "usb.h"

enum usb_uevent_kind {
	USB_UEVENT_READY, /* a device can be used */
	USB_UEVENT_GONE,  /* a device has gone */
	USB_UEVENT_DISK,  /* a disk of a device appeared, or has another size */
};

struct usb_uevent {
	enum usb_uevent_kind kind;
	char port[USB_PORT_SIZE];
	uint8_t bus, address; /* of READY and GONE */
};

/* Where the kernel tells of devices by itself; -1: not here. */
int usb_uevent_open(void);

/* message: strings one after the other, SIZE bytes with the last one's zero. True where it tells
 * one of these: *ret is about it then, and else undefined. */
bool usb_uevent_parse(const char *message, size_t size, struct usb_uevent *ret);

/* The next one; false: nothing more now. Never blocks. */
bool usb_uevent_next(int fd, struct usb_uevent *ret);

#endif
