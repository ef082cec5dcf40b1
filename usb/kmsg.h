/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the parser for records of the kernel log /dev/kmsg. The parser does no I/O. Only
 * os/linux/usb/kmsg.c and its tests use it. */
#ifndef USB_KMSG_H
#define USB_KMSG_H

#include "usb.h"

/* Parses one record of /dev/kmsg, up to the end of its first line.
 * ret_port: receives the port path of the device.
 * ret_code: receives the negative errno in the message, or 0 if the message contains none.
 * Returns: true if the record reports that a device cannot be enumerated. */
bool usb_kmsg_parse(const char *record, char ret_port[USB_PORT_SIZE], int *ret_code);

#endif
