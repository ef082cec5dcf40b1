/* SPDX-License-Identifier: Apache-2.0 */
/* The list of the USB devices, and the event loop.
 *
 * Each call of usb_wait() waits for events (usb_poll_wait()) and then calls these functions in this
 * order:
 *
 *     usb_conns_advance()   reports transfers that progressed or completed  (usb/transfer.c)
 *     usb_drain_pending()   processes the hotplug events of libusb
 *     usb_drain_uevents()   processes the uevents of the kernel             (usb/uevent.h)
 *     usb_dispatch()        calls left() and arrived(), opens requested devices
 *
 * Before it waits, usb_wait() also calls usb_scan_if_due(), a scan of sysfs that finds devices that
 * no event reported (os/linux/usb/scan.c). The uevents of the kernel arrive earlier than the events
 * of libusb.
 *
 * The callbacks of libusb run during its event handling, when most functions of libusb may not be
 * called. These callbacks therefore only record the event. */
#include "usb/internal.h"

#include "util/util.h"

#include <errno.h>

struct usb_pending {
	struct usb_pending *next;
	libusb_device *device; /* the list holds a reference */
	bool arrived;	       /* false if the device left */
};

int usb_errno(int libusb_code)
{
	static const struct {
		enum libusb_error libusb;
		int code;
	} rows[] = {
		{LIBUSB_SUCCESS, 0},
		{LIBUSB_ERROR_NO_DEVICE, -ENODEV},
		{LIBUSB_ERROR_NOT_FOUND, -ENODEV},
		{LIBUSB_ERROR_ACCESS, -EACCES},
		{LIBUSB_ERROR_BUSY, -EBUSY},
		{LIBUSB_ERROR_TIMEOUT, -ETIMEDOUT},
		{LIBUSB_ERROR_PIPE, -EPIPE},
		{LIBUSB_ERROR_NO_MEM, -ENOMEM},
		{LIBUSB_ERROR_INTERRUPTED, -EINTR},
	};

	for (size_t i = 0; i < array_size(rows); i++)
		if ((int)rows[i].libusb == libusb_code)
			return rows[i].code;
	return -EIO;
}

void usb_pending_add(struct usb *usb, libusb_device *device, bool arrived)
{
	struct usb_pending *pending = malloc(sizeof(*pending));

	if (!pending)
		/* Memory is exhausted, so this hotplug event is lost. The next scan of the bus
		 * finds the USB device. */
		return;
	*pending = (struct usb_pending){
		.device = libusb_ref_device(device),
		.arrived = arrived,
	};
	*usb->pending_tail = pending;
	usb->pending_tail = &pending->next;
}

static int LIBUSB_CALL usb_on_hotplug(libusb_context *ctx, libusb_device *device,
				      libusb_hotplug_event event, void *user_data)
{
	(void)ctx;
	usb_pending_add(user_data, device, event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED);
	return 0;
}

/* Initialises libusb. If the system allows no netlink socket, libusb_init() fails, because libusb
 * cannot enumerate devices. This function then turns off the enumeration by libusb and tries again.
 * Scans of sysfs find the devices then. On Linux, the enumeration can be turned off since libusb
 * 1.0.25. */
static int usb_init_context(struct usb *usb, struct error *err)
{
	const struct libusb_version *version = libusb_get_version();
	int r = libusb_init(&usb->ctx);

#if LIBUSB_API_VERSION >= 0x01000109
	if (r < 0) {
		libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY, NULL);
		r = libusb_init(&usb->ctx);
	}
#endif
	if (r >= 0)
		return 0;
	usb->ctx = NULL;
	return error_set(err, usb_errno(r), "cannot use USB on this machine: libusb reports '%s'%s",
			 libusb_strerror(r),
			 version->micro < 25 ? "; libusb before 1.0.25 needs a netlink socket, "
					       "which this sandbox or container may forbid"
					     : "");
}

int usb_new(struct usb **ret, const struct usb_handler *handler, void *ctx, struct error *err)
{
	const int events = LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT;
	struct usb *usb = calloc(1, sizeof(*usb));
	int r;

	if (!usb)
		return error_set(err, -ENOMEM, "out of memory");
	usb->handler = handler;
	usb->handler_ctx = ctx;
	usb->pending_tail = &usb->pending;
	usb->uevents = usb_uevent_open();
	usb->kernel_buffers = usb_buffers_by_kernel();
	r = usb_init_context(usb, err);
	if (r == 0) {
		usb->scan = usb_scan_new();
		usb->poll = usb_poll_new(usb);
		if (!usb->scan || !usb->poll)
			r = error_set(err, -ENOMEM, "out of memory");
	}
	if (r < 0) {
		usb_free(usb);
		return r;
	}
	/* If libusb cannot report hotplug events, the program finds USB devices with periodic
	 * scans. */
	usb->hotplug_on =
		libusb_hotplug_register_callback(usb->ctx, events, LIBUSB_HOTPLUG_ENUMERATE,
						 LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
						 LIBUSB_HOTPLUG_MATCH_ANY, usb_on_hotplug, usb,
						 &usb->hotplug) == LIBUSB_SUCCESS;
	*ret = usb;
	return 0;
}

struct usb_dev *usb_dev_by_address(struct usb *usb, uint8_t bus, uint8_t address)
{
	for (struct usb_dev *dev = usb->devs; dev; dev = dev->next)
		if (!dev->left && dev->id.bus == bus && dev->id.address == address)
			return dev;
	return NULL;
}

struct usb_dev *usb_dev_add(struct usb *usb, const struct usb_id *id)
{
	struct usb_dev *dev = calloc(1, sizeof(*dev)), **at = &usb->devs;

	if (!dev)
		return NULL;
	dev->usb = usb;
	dev->id = *id;
	/* A new device goes to the end of the list, so that devices are reported in the order of
	 * their arrival. */
	while (*at)
		at = &(*at)->next;
	*at = dev;
	return dev;
}

/* Checks whether a device has already left the bus when libusb reports its arrival. The events of
 * libusb come from udevd and can be late, so the port may now be empty or have another device. */
static bool usb_has_gone(const struct usb *usb, const struct usb_id *id)
{
	struct usb_id now;

	return usb->uevents >= 0 && !(usb_sysfs_id(id->port, &now) && now.address == id->address);
}

static void usb_pending_arrived(struct usb *usb, libusb_device *device)
{
	struct usb_dev *dev;
	struct usb_id id;

	if (!usb_identify(device, &id))
		return;
	dev = usb_dev_by_address(usb, id.bus, id.address);
	if (!dev && usb_has_gone(usb, &id))
		return;
	if (dev && dev->device && dev->device != device) {
		/* Another device has the USB address of a known device, so the known device has
		 * left the bus, even if libusb has not reported this yet. */
		dev->left = true;
		dev = NULL;
	}
	if (!dev)
		dev = usb_dev_add(usb, &id);
	if (dev && !dev->device)
		dev->device = libusb_ref_device(device);
}

static void usb_pending_left(struct usb *usb, libusb_device *device)
{
	struct usb_dev *dev = usb_dev_by_address(usb, libusb_get_bus_number(device),
						 libusb_get_device_address(device));
	struct usb_id now;

	if (!dev || (dev->device && dev->device != device))
		return;
	/* libusb may report that a device left the bus although only its device node in /dev is
	 * missing. If sysfs still shows the device, keep the device in the list of USB devices. */
	if (dev->device && usb_sysfs_id(dev->id.port, &now) && now.address == dev->id.address) {
		libusb_unref_device(dev->device);
		dev->device = NULL;
		return;
	}
	dev->left = true;
}

static void usb_drain_pending(struct usb *usb)
{
	struct usb_pending *pending = usb->pending;

	usb->pending = NULL;
	usb->pending_tail = &usb->pending;
	while (pending) {
		struct usb_pending *next = pending->next;

		if (pending->arrived)
			usb_pending_arrived(usb, pending->device);
		else
			usb_pending_left(usb, pending->device);
		libusb_unref_device(pending->device);
		free(pending);
		pending = next;
	}
}

static void usb_drain_uevents(struct usb *usb)
{
	struct usb_uevent event;

	while (usb_uevent_next(usb->uevents, &event)) {
		struct usb_dev *dev = usb_dev_by_address(usb, event.bus, event.address);
		struct usb_id id;

		if (event.kind == USB_UEVENT_DISK)
			usb->handler->disk(usb->handler_ctx, event.port, util_now_ms());
		else if (dev && event.kind == USB_UEVENT_GONE)
			dev->left = true;
		else if (!dev && event.kind == USB_UEVENT_READY && usb_sysfs_id(event.port, &id) &&
			 id.address == event.address)
			usb_dev_add(usb, &id);
		usb_scan_later(usb, util_now_ms());
	}
}

static void usb_dev_free(struct usb_dev *dev)
{
	usb_dev_close(dev);
	if (dev->device)
		libusb_unref_device(dev->device);
	free(dev);
}

/* Lets libusb handle its events, and waits for them at most timeout_ms milliseconds.
 * Returns: 0 (also after a signal), or a negative errno. */
static int usb_handle_events(struct usb *usb, int timeout_ms, struct error *err)
{
	struct timeval tv = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
	int r = libusb_handle_events_timeout_completed(usb->ctx, &tv, NULL);

	if (r < 0 && r != LIBUSB_ERROR_INTERRUPTED)
		return error_set(err, usb_errno(r), "waiting for USB events failed: %s",
				 libusb_strerror(r));
	return 0;
}

/* Reports the transfers that devices completed before they left the bus. left() of struct
 * usb_handler is called later. If this process was slow, such a transfer may contain the message
 * Done of a board. The board then counts as a success. */
static void usb_collect_last_transfers(struct usb *usb)
{
	bool open = false;

	for (const struct usb_dev *dev = usb->devs; dev; dev = dev->next)
		open = open || (dev->left && dev->conn);
	if (open && usb_handle_events(usb, 0, NULL) == 0)
		usb_conns_advance(usb);
}

/* Reports the devices that left the bus, and then the devices that arrived. When a board
 * re-enumerates, its old device must be reported as left before its new device arrives on the same
 * port. */
bool usb_dispatch(struct usb *usb)
{
	struct usb_dev **at = &usb->devs, *dev;
	const struct usb_handler *handler = usb->handler;
	bool any = false;

	usb_collect_last_transfers(usb);
	while ((dev = *at)) {
		if (!dev->left) {
			at = &dev->next;
			continue;
		}
		any = true;
		usb_dev_close(dev);
		if (dev->announced)
			handler->left(usb->handler_ctx, dev, util_now_ms());
		*at = dev->next;
		usb_dev_free(dev);
	}
	for (dev = usb->devs; dev; dev = dev->next) {
		any = any || !dev->announced || dev->want_open;
		if (!dev->announced) {
			dev->announced = true;
			handler->arrived(usb->handler_ctx, dev, util_now_ms());
		}
		if (dev->want_open) {
			dev->want_open = false;
			usb_conn_open(dev);
		}
	}
	return any;
}

int usb_wait(struct usb *usb, int timeout_ms, uint64_t *ret_events_until_ms, struct error *err)
{
	int r = 0, scan_ms;
	bool any, uevents;

	usb_drain_pending(usb);
	scan_ms = usb_scan_if_due(usb, util_now_ms());
	if (timeout_ms > scan_ms)
		timeout_ms = scan_ms;
	any = usb_conns_advance(usb);
	any = usb_dispatch(usb) || any;
	/* A function of struct usb_handler may have set a new deadline for the caller, so return
	 * without a wait for events. */
	if (any)
		timeout_ms = 0;
	if (!usb_poll_wait(usb->poll, timeout_ms, &uevents) && timeout_ms > 0)
		r = usb_handle_events(usb, timeout_ms, err);
	*ret_events_until_ms = util_now_ms();
	if (r == 0)
		r = usb_handle_events(usb, 0, err);
	if (r < 0)
		return r;
	usb_conns_advance(usb);
	usb_drain_pending(usb);
	if (uevents)
		usb_drain_uevents(usb);
	usb_dispatch(usb);
	return 0;
}

void usb_wake(void *usb)
{
	const struct usb *self = usb;

	libusb_interrupt_event_handler(self->ctx);
}

struct usb *usb_free(struct usb *usb)
{
	if (!usb)
		return NULL;
	if (usb->hotplug_on)
		libusb_hotplug_deregister_callback(usb->ctx, usb->hotplug);
	usb_drain_pending(usb);
	while (usb->devs) {
		struct usb_dev *dev = usb->devs;

		usb->devs = dev->next;
		usb_dev_free(dev);
	}
	/* The kernel returns cancelled transfers at once. If a transfer is still missing after one
	 * second, the USB controller is broken. If a device is still being opened, its thread is
	 * running. In both cases, libusb or the thread may still use the memory, so the memory and
	 * the libusb context stay allocated. */
	for (int i = 0; usb->conns && i < 10; i++) {
		usb_handle_events(usb, 100, NULL);
		usb_conns_advance(usb);
	}
	usb->scan = usb_scan_free(usb->scan);
	usb->poll = usb_poll_free(usb->poll);
	if (usb->uevents >= 0)
		close(usb->uevents);
	if (usb->ctx && !usb->conns)
		libusb_exit(usb->ctx);
	free(usb);
	return NULL;
}

const struct usb_id *usb_dev_id(const struct usb_dev *dev)
{
	return &dev->id;
}

void *usb_dev_context(const struct usb_dev *dev)
{
	return dev->context;
}

void usb_dev_set_context(struct usb_dev *dev, void *context)
{
	dev->context = context;
}

void usb_dev_open(struct usb_dev *dev, bool want_serial)
{
	dev->want_open = true;
	dev->want_serial = want_serial && dev->id.serial_index != 0;
}
