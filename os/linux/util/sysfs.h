/* SPDX-License-Identifier: Apache-2.0 */
/* Reads directories and attributes of sysfs. The kernel describes each device there in a directory,
 * and each attribute of the device is a small text file. */
#ifndef UTIL_SYSFS_H
#define UTIL_SYSFS_H

#include <stddef.h>
#include <stdint.h>

/* The directory of sysfs that has an entry for each USB device. The name of an entry is the port
 * path of the device, such as 1-1.2. */
#define SYSFS_USB_DEVICES "bus/usb/devices"

/* sysfs_open() opens the sysfs directory whose path consists of sysroot, class and name. For
 * example, "/sys", SYSFS_USB_DEVICES and "1-1.2" name the directory of a USB device. sysroot is
 * "/sys" except in tests. If name is "", sysfs_open() opens the directory of the class.
 * sysfs_open_below() opens the subdirectory `name` of the open directory dir.
 * Returns: a file descriptor that the caller closes, or -1 (no such directory). */
int sysfs_open(const char *sysroot, const char *class, const char *name);
int sysfs_open_below(int dir, const char *name);

/* Calls fn for each direct subdirectory of the open directory dir. The name of the subdirectory
 * must begin with prefix, and must not begin with a dot. fn receives the name and an open
 * descriptor fd of the subdirectory. If dir is -1, there are no calls.
 * Ownership: fn must not close fd. */
void sysfs_each(int dir, const char *prefix, void (*fn)(int fd, const char *name, void *ctx),
		void *ctx);

/* Reads a text attribute of a device from sysfs without the white space around it. The text is
 * empty if the attribute cannot be read, or if dir is -1.
 * Returns: the length of the text. */
size_t sysfs_text(int dir, const char *name, char *ret, size_t size);

/* Reads an attribute of a device from sysfs, which is a number in the given base (10 or 16).
 * Returns: the number, or -1 (the attribute is missing or is not a number). */
int64_t sysfs_number(int dir, const char *name, int base);

/* Reads a USB vendor or product id, which has four hex digits, from sysfs.
 * Returns: the id, or -1 (the attribute is missing or has another form). */
int sysfs_id(int dir, const char *name);

/* Reads the size of a disk or a partition from its open directory in sysfs.
 * Returns: the size in bytes, or -1 (not known, or larger than INT64_MAX). */
int64_t sysfs_bytes(int dir);

#endif
