/* SPDX-License-Identifier: Apache-2.0 */
/* Reads directories and attributes of sysfs. An attribute is a small text file. This file knows no
 * kind of device. */
#ifndef UTIL_SYSFS_H
#define UTIL_SYSFS_H

#include <stddef.h>
#include <stdint.h>

/* The directory with one entry for each USB device. The entry has the port path as its name. */
#define SYSFS_USB_DEVICES "bus/usb/devices"

/* Open the directory SYSROOT/CLASS/NAME, or the directory NAME below the directory dir.
 * sysroot: "/sys"; tests use another directory.
 * name: "" opens SYSROOT/CLASS.
 * Returns: a file descriptor that the caller closes, or -1 (no such directory). */
int sysfs_open(const char *sysroot, const char *class, const char *name);
int sysfs_open_below(int dir, const char *name);

/* Calls fn for each directory below dir whose name begins with prefix. Skips hidden names.
 * Ownership: fn must not close fd. */
void sysfs_each(int dir, const char *prefix, void (*fn)(int fd, const char *name, void *ctx),
		void *ctx);

/* Reads an attribute without the white space around it. The text is empty if the attribute cannot
 * be read.
 * Returns: the length of the text. */
size_t sysfs_text(int dir, const char *name, char *ret, size_t size);

/* Reads an attribute with a number.
 * base: 10 or 16.
 * Returns: the number, or -1 (no attribute, or another text). */
int64_t sysfs_number(int dir, const char *name, int base);

/* Reads an attribute with a USB id, which has four hex digits.
 * Returns: the id, or -1 (no attribute, or another text). */
int sysfs_id(int dir, const char *name);

/* Reads the size of a disk or a partition from its directory.
 * Returns: the size in bytes, or -1 (not known, or larger than INT64_MAX). */
int64_t sysfs_bytes(int dir);

#endif
