/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for events of libusb and for uevents of the kernel at the same time. The caller then reads
 * the events. */
#include "usb/internal.h"

#include "util/util.h"

#include <poll.h>
#include <stdatomic.h>

struct usb_poll {
	struct usb *usb;
	struct pollfd *fds; /* fds[0] is the uevent socket */
	nfds_t count;
	/* True if libusb has changed its list of file descriptors to poll. Any thread can set this
	 * flag. */
	atomic_bool changed;
};

static void LIBUSB_CALL poll_on_added(int fd, short events, void *ctx)
{
	struct usb_poll *self = ctx;

	(void)fd, (void)events;
	atomic_store(&self->changed, true);
}

static void LIBUSB_CALL poll_on_removed(int fd, void *ctx)
{
	poll_on_added(fd, 0, ctx);
}

struct usb_poll *usb_poll_new(struct usb *usb)
{
	struct usb_poll *self = calloc(1, sizeof(*self));

	if (!self)
		return NULL;
	self->usb = usb;
	atomic_store(&self->changed, true);
	libusb_set_pollfd_notifiers(usb->ctx, poll_on_added, poll_on_removed, self);
	return self;
}

struct usb_poll *usb_poll_free(struct usb_poll *self)
{
	if (!self)
		return NULL;
	libusb_set_pollfd_notifiers(self->usb->ctx, NULL, NULL, NULL);
	free(self->fds);
	free(self);
	return NULL;
}

/* Updates the list of file descriptors for poll() after libusb has changed its own list.
 * Returns: true, or false (out of memory, or this libusb needs a timer besides its file
 * descriptors). */
static bool poll_update(struct usb_poll *self)
{
	const struct libusb_pollfd **list;
	struct pollfd *fds;
	nfds_t count = 0;

	/* Clear the flag `changed` before reading libusb's list of file descriptors, so that a
	 * change during the read sets the flag again. */
	atomic_store(&self->changed, false);
	list = libusb_pollfds_handle_timeouts(self->usb->ctx) ? libusb_get_pollfds(self->usb->ctx)
							      : NULL;
	if (!list)
		return false;
	while (list[count])
		count++;
	fds = reallocarray(self->fds, count + 1, sizeof(*fds));
	if (fds) {
		self->fds = fds;
		self->count = count + 1;
		fds[0] = (struct pollfd){.fd = self->usb->uevents, .events = POLLIN};
		for (nfds_t i = 0; i < count; i++)
			fds[i + 1] = (struct pollfd){.fd = list[i]->fd, .events = list[i]->events};
	}
	libusb_free_pollfds(list);
	return fds;
}

bool usb_poll_wait(struct usb_poll *self, int timeout_ms, bool *ret_uevents)
{
	*ret_uevents = true;
	if (self->usb->uevents < 0 || timeout_ms <= 0)
		return false;
	if (atomic_load(&self->changed) && !poll_update(self)) {
		atomic_store(&self->changed, true);
		return false;
	}
	*ret_uevents = poll(self->fds, self->count, timeout_ms) > 0 && self->fds[0].revents;
	return true;
}
