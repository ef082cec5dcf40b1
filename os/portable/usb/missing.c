/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the functions of usb.h that need features which this system does not have. Each
 * function returns an error or reports that the information is unavailable. */
#include "usb/internal.h"

#include "util/error.h"
#include "util/util.h"

#include <errno.h>

bool usb_sysfs_id(const char *port, struct usb_id *ret)
{
	(void)port, (void)ret;
	return false;
}

/* This system has no sysfs, so the program must open a device to read its serial number. */
bool usb_sysfs_serial(const struct usb_id *id, char ret[USB_SERIAL_SIZE])
{
	(void)id, (void)ret;
	return false;
}

bool usb_is_shown(const char *sysroot, const char *port)
{
	(void)sysroot, (void)port;
	return true;
}

/* On Linux, a lock file keeps two rpiboot processes from using the same USB port. Other systems let
 * only one process claim the interface of a board, so no lock is needed. */
bool usb_port_take(const char *sysroot, const char *port, int *ret_lock)
{
	(void)sysroot, (void)port;
	*ret_lock = -1;
	return true;
}

bool usb_is_authorized(const char *sysroot, const char *port, char *ret_attribute, size_t size)
{
	(void)sysroot, (void)port, (void)ret_attribute, (void)size;
	return true;
}

int usb_kmsg_open(const char *path)
{
	(void)path;
	return -1;
}

bool usb_kmsg_next(int fd, char ret_port[USB_PORT_SIZE], int *ret_code)
{
	(void)fd, (void)ret_port, (void)ret_code;
	return false;
}

static int power_missing(struct error *err)
{
	return error_set(err, -EOPNOTSUPP,
			 "rpiboot cannot switch the power of a USB port on this system; unplug the "
			 "board and plug it in again");
}

int usb_power_new(struct usb_power **ret, const char *sysroot, const char *devroot,
		  const char *port, struct error *err)
{
	(void)ret, (void)sysroot, (void)devroot, (void)port;
	return power_missing(err);
}

struct usb_power *usb_power_free(struct usb_power *power)
{
	(void)power;
	return NULL;
}

int usb_power_off(struct usb_power *power, uint64_t now_ms, struct error *err)
{
	(void)power, (void)now_ms;
	return power_missing(err);
}

uint64_t usb_power_on_ms(const struct usb_power *power)
{
	(void)power;
	return 0;
}

int usb_power_on(struct usb_power *power, struct error *err)
{
	(void)power;
	return power_missing(err);
}
