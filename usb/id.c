/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the identity of a USB device from libusb: its port path, its address, its USB ids and its
 * speed. */
#include "usb/internal.h"

#include "util/text.h"

#include <stdio.h>

#define USB_PORT_DEPTH 7 /* the longest port path in USB 3.0 */

/* Converts the speed of a USB device from libusb's number to enum usb_speed. The parameter is an
 * int and not an enum, because newer versions of libusb return speeds that older headers do not
 * define. */
enum usb_speed usb_speed_by_libusb(int speed)
{
	if (speed >= LIBUSB_SPEED_SUPER)
		return USB_SPEED_SUPER;
	if (speed == LIBUSB_SPEED_HIGH)
		return USB_SPEED_HIGH;
	if (speed == LIBUSB_SPEED_FULL)
		return USB_SPEED_FULL;
	return speed == LIBUSB_SPEED_LOW ? USB_SPEED_LOW : USB_SPEED_UNKNOWN;
}

bool usb_identify(libusb_device *device, struct usb_id *ret)
{
	struct libusb_device_descriptor desc;
	uint8_t ports[USB_PORT_DEPTH];
	int depth = libusb_get_port_numbers(device, ports, USB_PORT_DEPTH);

	if (depth <= 0 || libusb_get_device_descriptor(device, &desc) < 0)
		return false;
	*ret = (struct usb_id){
		.bus = libusb_get_bus_number(device),
		.address = libusb_get_device_address(device),
		.port_number = ports[depth - 1],
		.serial_index = desc.iSerialNumber,
		.vendor = desc.idVendor,
		.product = desc.idProduct,
		.speed = usb_speed_by_libusb(libusb_get_device_speed(device)),
	};
	snprintf(ret->port, sizeof(ret->port), "%d", ret->bus);
	for (int i = 0; i < depth; i++)
		text_add(ret->port, sizeof(ret->port), "%c%d", i ? '.' : '-', ports[i]);
	return true;
}
