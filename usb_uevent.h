/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own events about USB devices. For usb_look.c, usb_poll.c and the tests only. */
#ifndef USB_UEVENT_H
#define USB_UEVENT_H

#include "usb.h"

struct usb_uevent {
	char port[USB_PORT_SIZE];
	uint8_t bus, address;
	bool ready; /* it can be used; else it has gone */
};

/* Where the kernel tells of devices by itself; -1: not here. */
int usb_uevent_open(void);

/* message: strings one after the other, SIZE bytes with the last one's zero. True where a device
 * can be used from now on, or has gone: *ret is about it then, and else undefined. */
bool usb_uevent_parse(const char *message, size_t size, struct usb_uevent *ret);

/* The next one; false: nothing more now. Never blocks. */
bool usb_uevent_next(int fd, struct usb_uevent *ret);

#endif
