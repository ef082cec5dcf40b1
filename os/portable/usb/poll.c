/* SPDX-License-Identifier: Apache-2.0 */
/* Systems other than Linux have no kernel uevents, so this file lets libusb wait for USB events. */
#include "usb/internal.h"

#include <stdlib.h>

struct usb_poll {
	struct usb *usb;
};

struct usb_poll *usb_poll_new(struct usb *usb)
{
	struct usb_poll *self = calloc(1, sizeof(*self));

	if (self)
		self->usb = usb;
	return self;
}

struct usb_poll *usb_poll_free(struct usb_poll *self)
{
	free(self);
	return NULL;
}

bool usb_poll_wait(struct usb_poll *self, int timeout_ms, bool *ret_uevents)
{
	(void)self, (void)timeout_ms;
	*ret_uevents = false;
	return false;
}

int usb_uevent_open(void)
{
	return -1;
}

bool usb_uevent_next(int fd, struct usb_uevent *ret)
{
	(void)fd, (void)ret;
	return false;
}
