/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the entries of USB devices in sysfs. */
#ifndef OS_LINUX_USB_SYSFS_H
#define OS_LINUX_USB_SYSFS_H

#include <dirent.h>
#include <stdbool.h>

/* These functions list the USB devices in sysfs. usb_sysfs_open() returns NULL if the list cannot
 * be opened, and usb_sysfs_next() returns NULL after the last device. usb_sysfs_next() and
 * usb_sysfs_close() accept NULL. */
DIR *usb_sysfs_open(const char *sysroot);
const struct dirent *usb_sysfs_next(DIR *bus);
void usb_sysfs_close(DIR *bus);
/* Returns: true if a name in /sys/bus/usb/devices belongs to a USB device, such as "1-1.2", and not
 * to a root hub ("usb1") or an interface ("1-1.2:1.0"). */
bool usb_sysfs_is_device(const char *name);

#endif
