/* SPDX-License-Identifier: Apache-2.0 */
/* Checks whether sysfs shows a USB device, without reading the device's attributes. */
#include "usb.h"

#include "os/linux/util/sysfs.h"
#include "util/util.h"

bool usb_is_shown(const char *sysroot, const char *port)
{
	cleanup_fd int dir = sysfs_open(sysroot, SYSFS_USB_DEVICES, port);

	return dir >= 0;
}
