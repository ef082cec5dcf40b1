/* SPDX-License-Identifier: Apache-2.0 */
/* The part of usb_kmsg.c that needs no kernel. For it and its tests only. */
#ifndef USB_KMSG_H
#define USB_KMSG_H

#include "usb.h"

/* One record of /dev/kmsg, up to its first line's end. True where it tells that the device at
 * ret_port cannot be enumerated; *ret_code: negative errno, 0 where it tells none. */
bool usb_kmsg_parse(const char *record, char ret_port[USB_PORT_SIZE], int *ret_code);

#endif
