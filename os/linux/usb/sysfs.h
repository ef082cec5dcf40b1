/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the entries of USB devices in sysfs. Only the files of this folder and the tests use this
 * header. */
#ifndef OS_LINUX_USB_SYSFS_H
#define OS_LINUX_USB_SYSFS_H

#include <dirent.h>
#include <stdbool.h>

/* These functions list the USB devices in sysfs (os/linux/usb/sysfs.c). usb_sysfs_open() opens the
 * list, and returns NULL if it cannot. usb_sysfs_next() returns the next entry, or NULL at the end.
 * usb_sysfs_close() closes the list. The last two functions accept NULL. */
DIR *usb_sysfs_open(const char *sysroot);
const struct dirent *usb_sysfs_next(DIR *bus);
void usb_sysfs_close(DIR *bus);
/* Checks whether a name in SYSROOT/bus/usb/devices belongs to a device, such as "1-1.2". A root hub
 * such as "usb1" and an interface such as "1-1.2:1.0" are not devices. */
bool usb_sysfs_is_device(const char *name);

#endif
