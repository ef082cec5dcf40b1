/* SPDX-License-Identifier: Apache-2.0 */
/* USB/IP as the kernel's vhci_hcd speaks it on a connected socket: requests to a device, replies of
 * it. And how to plug such a socket into a port. Knows no device. */
#ifndef USBIP_H
#define USBIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A transfer that the host wants (or, unlink, wants no more). */
struct usbip_request {
	struct usbip_request *next; /* the owner's */
	bool unlink, in;
	uint32_t sequence, unlinked; /* its number; unlink: that of the transfer meant */
	uint8_t endpoint;	     /* without the direction bit */
	uint8_t setup[8];
	uint32_t size; /* of data: what goes out, or room for what comes in */
	uint32_t done; /* of it, while it is held: the owner's */
	uint8_t data[];
};

/* Waits for one whole request: 1 and *ret (release it with free()), 0: the host closed, or -Exxx.
 */
int usbip_receive(int fd, struct usbip_request **ret);

/* The transfer's end: status 0 or -Exxx as the kernel has them, actual bytes. 0 or -Exxx. */
int usbip_reply(int fd, const struct usbip_request *request, int status, uint32_t actual);
int usbip_reply_unlink(int fd, const struct usbip_request *request, int status);

/* Plugs a device into a port of the machine's virtual controllers: 0 to 7 are each the first port
 * of a controller, 8 to 15 the second ones, and so on. Returns the device's end of the socket, or
 * -Exxx; -EBUSY: what was there before is not yet gone. Closing the socket pulls the cable. */
int usbip_attach(unsigned int port, unsigned int speed);

#endif
