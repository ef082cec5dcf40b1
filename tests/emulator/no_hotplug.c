/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: libusb reports no hotplug events, as on Windows. */
#include <libusb-1.0/libusb.h>

int LIBUSB_CALL libusb_hotplug_register_callback(libusb_context *ctx, int events, int flags,
						 int vendor_id, int product_id, int dev_class,
						 libusb_hotplug_callback_fn fn, void *user_data,
						 libusb_hotplug_callback_handle *handle)
{
	(void)ctx, (void)events, (void)flags, (void)vendor_id, (void)product_id, (void)dev_class;
	(void)fn, (void)user_data, (void)handle;
	return LIBUSB_ERROR_NOT_SUPPORTED;
}
