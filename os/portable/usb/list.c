/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the USB devices with libusb, because this system has no sysfs. libusb does not show which
 * driver a device has. */
#include "usb/internal.h"

#include "util/util.h"

#include <string.h>

static int list_compare(const void *a, const void *b)
{
	return strverscmp(((const struct usb_sysfs *)a)->id.port,
			  ((const struct usb_sysfs *)b)->id.port);
}

size_t usb_sysfs_list(const char *sysroot, const char *devroot, struct usb_sysfs *ret, size_t max)
{
	struct libusb_device_descriptor desc;
	libusb_context *ctx;
	libusb_device **list;
	size_t used = 0;
	ssize_t count;

	(void)sysroot, (void)devroot;
	if (libusb_init(&ctx) < 0)
		return 0;
	count = libusb_get_device_list(ctx, &list);
	for (ssize_t i = 0; i < count && used < max; i++) {
		ret[used] = (struct usb_sysfs){0};
		if (libusb_get_device_descriptor(list[i], &desc) < 0 ||
		    desc.bDeviceClass == LIBUSB_CLASS_HUB || !usb_identify(list[i], &ret[used].id))
			continue;
		usb_node_name(&ret[used].id, ret[used].node, sizeof(ret[used].node));
		used++;
	}
	if (count >= 0)
		libusb_free_device_list(list, 1);
	libusb_exit(ctx);
	qsort(ret, used, sizeof(*ret), list_compare);
	return used;
}

uint64_t usb_sysfs_fingerprint(const char *sysroot)
{
	(void)sysroot;
	return 0; /* only the scan itself finds changes */
}
