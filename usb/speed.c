/* SPDX-License-Identifier: Apache-2.0 */
/* Converts USB speeds to names, such as "high". */
#include "usb.h"

const char *usb_speed_name(enum usb_speed speed)
{
	static const char *const names[] = {
		[USB_SPEED_UNKNOWN] = "unknown", [USB_SPEED_LOW] = "low",
		[USB_SPEED_FULL] = "full",	 [USB_SPEED_HIGH] = "high",
		[USB_SPEED_SUPER] = "super",
	};

	return names[speed];
}
