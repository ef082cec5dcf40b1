/* SPDX-License-Identifier: Apache-2.0 */
/* Watches the USB bus and the kernel log while no board can be booted, and gives the user hints
 * about the cause. */
#include "diagnose/watch.h"

#include "diagnose/filter.h"
#include "diagnose/held.h"
#include "boot/chip.h"
#include "util/error.h"
#include "flash/disk.h"
#include "diagnose/hints.h"
#include "util/util.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WATCH_SCAN_MS 1000
/* The time in milliseconds after a change on the USB bus during which rpiboot scans all USB devices
 * every second. These scans find disks and drivers, which appear later than their devices. */
#define WATCH_SETTLE_MS 5000
/* The interval in milliseconds between two scans of all USB devices while no device arrives or
 * leaves. Only a scan detects other changes, such as a new disk. */
#define WATCH_CALM_MS	  10000
#define WATCH_DEVICES_MAX 256
#define WATCH_SERVED_MAX  128
#define WATCH_ERRORS_MAX  16

struct watch {
	const struct config *config;
	struct report *report;
	const struct held *held;
	int kmsg; /* the open kernel log, or -1 */
	uint64_t since_ms, scan_ms;
	uint64_t fingerprint, settled_ms, calm_ms;
	bool any_served;
	char served[WATCH_SERVED_MAX][USB_PORT_SIZE]; /* the last ports served; a ring buffer */
	size_t served_next;
	struct hint_kernel_error errors[WATCH_ERRORS_MAX]; /* kernel errors, the oldest first */
	size_t error_count;
	struct hint reported[HINTS_MAX];
	size_t reported_count;
	/* the devices of the last scan */
	struct usb_sysfs views[WATCH_DEVICES_MAX];
	struct hint_device devices[WATCH_DEVICES_MAX];
};

int watch_new(struct watch **ret, const struct config *config, struct report *report,
	      const struct held *held, uint64_t now_ms, struct error *err)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return error_set(err, -ENOMEM, "out of memory");
	watch->config = config;
	watch->report = report;
	watch->held = held;
	watch->kmsg = usb_kmsg_open(config->kmsg);
	watch->since_ms = now_ms;
	*ret = watch;
	return 0;
}

struct watch *watch_free(struct watch *watch)
{
	if (!watch)
		return NULL;
	util_close_fd(&watch->kmsg);
	free(watch);
	return NULL;
}

static bool watch_is_served(const struct watch *watch, const char *port)
{
	for (size_t i = 0; i < WATCH_SERVED_MAX; i++)
		if (strcmp(watch->served[i], port) == 0)
			return true;
	return false;
}

void watch_served(struct watch *watch, const char *port)
{
	watch->any_served = true;
	if (watch_is_served(watch, port))
		return;
	snprintf(watch->served[watch->served_next], USB_PORT_SIZE, "%s", port);
	watch->served_next = (watch->served_next + 1) % WATCH_SERVED_MAX;
}

void watch_rest(struct watch *watch, uint64_t now_ms)
{
	watch->since_ms = now_ms;
}

static void watch_forget(struct watch *watch, size_t at)
{
	struct hint_kernel_error *error = &watch->errors[at];

	watch->error_count--;
	memmove(error, error + 1, (watch->error_count - at) * sizeof(*error));
}

/* Finds the last error at this USB port that the kernel has logged.
 * Returns: the index of the error in watch->errors, or watch->error_count (no error). */
static size_t watch_error(const struct watch *watch, const char *port)
{
	size_t at = 0;

	while (at < watch->error_count && strcmp(watch->errors[at].port, port) != 0)
		at++;
	return at;
}

static bool watch_listen(struct watch *watch)
{
	char port[USB_PORT_SIZE];
	bool heard = false;
	int code;

	while (usb_kmsg_next(watch->kmsg, port, &code)) {
		size_t at = watch_error(watch, port);

		/* The list of kernel errors is full, so drop the oldest one. */
		if (at == WATCH_ERRORS_MAX) {
			watch_forget(watch, 0);
			at = watch->error_count;
		}
		if (at == watch->error_count) {
			watch->error_count++;
			watch->errors[at].code = 0;
		}
		snprintf(watch->errors[at].port, USB_PORT_SIZE, "%s", port);
		/* Only the earlier messages of the kernel about a failing USB port have an error
		 * number. The last message, "unable to enumerate USB device", has none. Keep the
		 * number of the earlier message for the hint to the user. */
		if (code)
			watch->errors[at].code = code;
		heard = true;
	}
	return heard;
}

void watch_seen(struct watch *watch, const char *port)
{
	size_t at;

	/* A device has appeared at this USB port, so earlier errors of the port are obsolete. The
	 * kernel log may still have unread messages about such errors. Read these messages first,
	 * so that they are discarded, too. */
	watch_listen(watch);
	at = watch_error(watch, port);
	if (at < watch->error_count)
		watch_forget(watch, at);
}

/* Returns: true if it is time to scan all USB devices. Such a scan is expensive, so it is rare
 * while the bus does not change. */
static bool watch_is_due(struct watch *watch, uint64_t now_ms)
{
	uint64_t fingerprint = usb_sysfs_fingerprint(watch->config->sysroot);
	bool heard = watch_listen(watch);

	if (fingerprint != watch->fingerprint || heard)
		watch->settled_ms = now_ms + WATCH_SETTLE_MS;
	watch->fingerprint = fingerprint;
	if (now_ms >= watch->settled_ms && now_ms < watch->calm_ms)
		return false;
	watch->calm_ms = now_ms + WATCH_CALM_MS;
	return true;
}

/* Reads the facts about all USB devices into watch->devices. Omits boards that rpiboot has booted,
 * because the user needs no hint about them.
 * Returns: the number of devices. */
static size_t watch_scan(struct watch *watch)
{
	const struct config *config = watch->config;
	size_t count = usb_sysfs_list(config->sysroot, "", watch->views, WATCH_DEVICES_MAX),
	       used = 0;

	for (size_t i = 0; i < count; i++) {
		const struct usb_sysfs *view = &watch->views[i];
		struct hint_device *device = &watch->devices[used];
		bool is_board = chip_by_id(view->id.vendor, view->id.product);
		struct disks disks;

		if (!is_board && watch_is_served(watch, view->id.port))
			continue;
		used++;
		device->view = *view;
		device->held = held_has(watch->held, view->id.port);
		device->filter = boards_filter(config, &view->id, view->serial);
		device->disk[0] = '\0';
		device->absence = NULL;
		if (is_board)
			continue;
		disk_find(config->sysroot, view->id.port, &disks);
		disks_find_nodes(&disks, config->devroot);
		if (usb_id_role(view->id.vendor, view->id.product) == CHIP_DISK)
			device->absence = disks_absence(&disks);
		if (disks.count && !disks.disk[0].no_node)
			snprintf(device->disk, sizeof(device->disk), "%s", disks.disk[0].path);
	}
	return used;
}

static bool hint_is_in(const struct hint *hints, size_t count, const struct hint *hint)
{
	for (size_t i = 0; i < count; i++)
		if (hints[i].code == hint->code && strcmp(hints[i].port, hint->port) == 0)
			return true;
	return false;
}

uint64_t watch_tick(struct watch *watch, uint64_t now_ms)
{
	struct hint_input input = {.devices = watch->devices,
				   .waited_ms = now_ms - watch->since_ms};
	struct hint hints[HINTS_MAX];
	size_t count;

	if (input.waited_ms < HINTS_AFTER_MS)
		return watch->since_ms + HINTS_AFTER_MS;
	if (now_ms < watch->scan_ms)
		return watch->scan_ms;
	watch->scan_ms = (now_ms / WATCH_SCAN_MS + 1) * WATCH_SCAN_MS;
	if (!watch_is_due(watch, now_ms))
		return watch->scan_ms;
	input.device_count = watch_scan(watch);
	input.no_sysfs = !usb_is_shown(watch->config->sysroot, "");
	input.kernel_errors = watch->errors;
	input.kernel_error_count = watch->error_count;
	count = hints_find(&input, hints);
	for (size_t i = 0; i < count; i++) {
		/* Print no instructions on how to connect a board, because the user has already
		 * booted one. */
		bool needless = hints[i].code == HINT_NO_DEVICE && watch->any_served;

		if (!needless && !hint_is_in(watch->reported, watch->reported_count, &hints[i]))
			hint_report(watch->report, &hints[i], now_ms);
	}
	memcpy(watch->reported, hints, count * sizeof(hints[0]));
	watch->reported_count = count;
	return watch->scan_ms;
}
