/* SPDX-License-Identifier: Apache-2.0 */
/* The USB/IP protocol of the kernel's vhci_hcd on a connected socket, and how to plug such a socket
 * into a port. It knows no device. */
#ifndef USBIP_H
#define USBIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A transfer that the host requests, or (unlink) cancels. */
struct usbip_request {
	struct usbip_request *next; /* for the owner */
	bool unlink, in;
	uint32_t sequence, unlinked; /* unlink: the number of the cancelled transfer */
	uint8_t endpoint;	     /* without the direction bit */
	uint8_t setup[8];
	uint32_t size; /* length of the OUT data, or of the buffer for IN data */
	uint32_t done; /* bytes done while it is held, for the owner */
	uint8_t data[];
};

/* Waits for a whole request. Ownership: the caller frees *ret with free(). Returns: 1, 0 (the host
 * closed the socket), or -Exxx. */
int usbip_receive(int fd, struct usbip_request **ret);

/* Ends the transfer. status: 0 or -Exxx of the kernel. Returns: 0 or -Exxx. */
int usbip_reply(int fd, const struct usbip_request *request, int status, uint32_t actual);
int usbip_reply_unlink(int fd, const struct usbip_request *request, int status);

/* Plugs a device into a port of the machine's virtual controllers: 0 to 7 are the first ports of
 * the controllers, 8 to 15 the second ones, and so on. Closing the socket unplugs the device.
 * Returns: the device's end of the socket, or -Exxx; -EBUSY: the earlier device has not left yet.
 */
int usbip_attach(unsigned int port, unsigned int speed);

#endif
