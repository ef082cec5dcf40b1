/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the functions that receive the kernel's uevents about USB devices and their disks. */
#ifndef USB_UEVENT_H
#define USB_UEVENT_H

#include "usb.h"

enum usb_uevent_kind {
	USB_UEVENT_READY, /* a device is ready to use */
	USB_UEVENT_GONE,  /* a USB device left the bus */
	USB_UEVENT_DISK,  /* a USB disk appeared or changed its size */
};

struct usb_uevent {
	enum usb_uevent_kind kind;
	char port[USB_PORT_SIZE];
	uint8_t bus, address; /* 0 in a USB_UEVENT_DISK */
};

/* Opens a netlink socket that receives the uevents of the kernel.
 * Returns: the file descriptor, or -1 if this system does not allow such a socket. */
int usb_uevent_open(void);

/* Parses one uevent of the kernel.
 * message: strings that each end with a NUL. size includes the NUL of the last string.
 * ret: receives the event. The content is undefined if the function returns false.
 * Returns: true if the message is an event of enum usb_uevent_kind. */
bool usb_uevent_parse(const char *message, size_t size, struct usb_uevent *ret);

/* Reads the next uevent of the kernel about a USB device or its disk, and skips all other uevents.
 * The call never blocks.
 * Returns: true, or false if no such uevent has arrived. */
bool usb_uevent_next(int fd, struct usb_uevent *ret);

#endif
