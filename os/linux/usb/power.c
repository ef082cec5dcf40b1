/* SPDX-License-Identifier: Apache-2.0 */
/* Switches the power of a USB port off and on. The hub that has the port must be able to switch
 * each of its ports alone.
 *
 * The kernel shows each port of a hub as a directory in sysfs, also if the port is empty. Writing 1
 * to its attribute `disable` disconnects the device and asks the hub to switch the port off.
 * Writing 0 switches the port on (Documentation/ABI/testing/sysfs-bus-usb of the kernel, since
 * Linux 6.0). A hub without power switches accepts both, but the device keeps its power. The hub
 * descriptor states the ability (USB 2.0 specification, section 11.23.2.1; the descriptor of a USB
 * 3 hub has the same bits).
 *
 * A USB 3 hub consists of two hubs, which share the power of each port. The power of such a port
 * goes off only if both hubs switch it off. The link `peer` leads to the port of the other hub. */
#include "usb.h"

#include "util/error.h"
#include "os/linux/util/sysfs.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* The time in milliseconds during which the program keeps a USB port switched off. A board keeps
 * running for a moment without power, because its capacitors hold a charge. */
#define POWER_OFF_MS 2000
/* The maximum number of power switches for one port. A USB 3 hub appears as two hubs, and each of
 * the two can switch the power of the port. */
#define POWER_SWITCHES 2

#define HUB_TIMEOUT_MS	   1000
#define HUB_REQUEST_TYPE   0xa0 /* device-to-host class request */
#define HUB_GET_DESC	   6
#define HUB_DESC_TYPE	   0x29
#define HUB_DESC_TYPE_USB3 0x2a
#define HUB_DESC_BYTES	   12
/* The two lowest bits of wHubCharacteristics in a USB hub descriptor. The hub switches the power of
 * all its ports together (0), of each port alone (1), or not at all (2 or 3). */
#define HUB_SWITCHES_ALL  0
#define HUB_SWITCHES_EACH 1

struct usb_power {
	char port[USB_PORT_SIZE];
	int disable[POWER_SWITCHES]; /* the open attributes `disable` */
	size_t count;
	bool is_off;
	uint64_t on_ms; /* when to switch the port on */
};

/* Builds the sysfs path of a hub's port, such as usb1/1-0:1.0/usb1-port2 for port 1-2. A USB 3 hub
 * appears as a USB 2 hub and a USB 3 hub, so each of its ports has two paths.
 * half: 0 for the port of the hub in `port`, 1 for the same port of the other hub.
 * below: the rest of the path, such as "/disable". */
static void port_path(const char *sysroot, const char *port, size_t half, const char *below,
		      char ret[PATH_MAX])
{
	const char *dot = strrchr(port, '.'), *root = dot ? "" : "usb";
	const char *number = dot ? dot + 1 : strchr(port, '-') + 1;
	int hub = (int)(number - 1 - port);

	snprintf(ret, PATH_MAX, "%s/" SYSFS_USB_DEVICES "/%s%.*s/%.*s%s:1.0/%s%.*s-port%s%s%s",
		 sysroot, root, hub, port, hub, port, dot ? "" : "-0", root, hub, port, number,
		 half ? "/peer" : "", below);
}

void usb_power_each(const char *sysroot, const char *port, void (*fn)(void *ctx, const char *path),
		    void *ctx)
{
	char path[PATH_MAX];

	for (size_t half = 0; half < POWER_SWITCHES; half++) {
		port_path(sysroot, port, half, "/disable", path);
		fn(ctx, path);
	}
}

static int open_refused(const char *path, struct error *err)
{
	int code = errno;

	if (code == EACCES)
		return error_set(err, -code,
				 "permission denied for %s; run rpiboot with sudo, or restart it "
				 "if the hub was plugged in after rpiboot started",
				 path);
	if (code == EROFS)
		return error_set(
			err, -code,
			"%s is read-only; a container needs a writable /sys (docker: --privileged)",
			path);
	return error_set(err, -code, "cannot open %s: %s", path, strerror(code));
}

/* Writes the name of a USB hub for a message, such as "hub 1-1 (05e3:0610 USB2.1 Hub)". */
static void hub_name(int hub, const char *path, char *ret, size_t size)
{
	char product[64];

	sysfs_text(hub, "product", product, sizeof(product));
	snprintf(ret, size, "hub %s (%04x:%04x%s%s)", strrchr(path, '/') + 1,
		 (unsigned int)sysfs_id(hub, "idVendor") & 0xffff,
		 (unsigned int)sysfs_id(hub, "idProduct") & 0xffff, product[0] ? " " : "", product);
}

/* Reads the hub descriptor from a USB hub. The recipient of this control request is the device and
 * not its interface, so the kernel's hub driver can stay attached.
 * Returns: the number of bytes, or a negative errno with a sentence. */
static int hub_descriptor(int hub, const char *devroot, const char *name,
			  uint8_t ret[HUB_DESC_BYTES], struct error *err)
{
	bool usb3 = sysfs_number(hub, "speed", 10) >= 5000;
	struct usbdevfs_ctrltransfer request = {
		.bRequestType = HUB_REQUEST_TYPE,
		.bRequest = HUB_GET_DESC,
		.wValue = (uint16_t)((usb3 ? HUB_DESC_TYPE_USB3 : HUB_DESC_TYPE) << 8),
		.wLength = HUB_DESC_BYTES,
		.timeout = HUB_TIMEOUT_MS,
		.data = ret,
	};
	cleanup_fd int node = -1;
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/dev/bus/usb/%03d/%03d", devroot ? devroot : "",
		 (int)sysfs_number(hub, "busnum", 10), (int)sysfs_number(hub, "devnum", 10));
	node = open(path, O_RDWR | O_CLOEXEC);
	if (node < 0)
		return open_refused(path, err);
	r = ioctl(node, USBDEVFS_CONTROL, &request);
	if (r < 0)
		return error_set(err, -errno,
				 "cannot read from the %s whether this hub can switch the power of "
				 "a port: %s",
				 name, strerror(errno));
	return r;
}

/* Checks that a USB hub can switch the power of one port alone. path is the directory of the hub in
 * sysfs. */
static int hub_check(const char *path, const char *devroot, const char *port, struct error *err)
{
	cleanup_fd int hub = sysfs_open_below(AT_FDCWD, path);
	uint8_t desc[HUB_DESC_BYTES] = {0};
	char name[128];
	int r, mode;

	hub_name(hub, path, name, sizeof(name));
	r = hub_descriptor(hub, devroot, name, desc, err);
	if (r < 0)
		return r;
	if (r < 5 || (desc[1] != HUB_DESC_TYPE && desc[1] != HUB_DESC_TYPE_USB3))
		return error_set(err, -EPROTO,
				 "the %s sent an invalid hub descriptor, so its ability to switch "
				 "power is not known",
				 name);
	mode = desc[3] & 3;
	/* A hub that switches the power of all its ports together is usable if it has only one
	 * port. */
	if (mode == HUB_SWITCHES_EACH || (mode == HUB_SWITCHES_ALL && desc[2] == 1))
		return 0;
	return error_set(
		err, -EOPNOTSUPP,
		"the %s cannot switch the power of port %s: it %s; use a hub with per-port "
		"power switching, or leave out --power-cycle",
		name, port,
		mode == HUB_SWITCHES_ALL ? "switches all its ports together"
					 : "has no power switches");
}

/* Opens the sysfs attribute that switches the power of a USB port.
 * half: 0 for the port of the hub in the port path, 1 for the same port of the other hub in a USB 3
 * hub.
 * Returns: 0 (also if there is no other hub), or a negative errno. */
static int switch_open(struct usb_power *power, size_t half, const char *sysroot,
		       const char *devroot, struct error *err)
{
	char path[PATH_MAX];
	cleanup_free char *hub = NULL;
	int r;

	port_path(sysroot, power->port, half, "/../..", path);
	hub = realpath(path, NULL);
	if (!hub && half)
		return 0;
	if (!hub)
		return error_set(err, -ENODEV,
				 "cannot switch the power of port %s: there is no such port on a "
				 "hub of this machine; rpiboot --list shows the port paths",
				 power->port);
	port_path(sysroot, power->port, half, "/disable", path);
	if (access(path, F_OK) < 0)
		return error_set(err, -EOPNOTSUPP,
				 "cannot switch the power of port %s: %s does not exist; "
				 "--power-cycle needs Linux 6.0 or later",
				 power->port, path);
	r = hub_check(hub, devroot, power->port, err);
	if (r < 0)
		return r;
	power->disable[power->count] = open(path, O_RDWR | O_CLOEXEC);
	if (power->disable[power->count] < 0)
		return open_refused(path, err);
	power->count++;
	return 0;
}

int usb_power_new(struct usb_power **ret, const char *sysroot, const char *devroot,
		  const char *port, struct error *err)
{
	struct usb_power *power = calloc(1, sizeof(*power));
	int r = 0;

	if (!power)
		return error_set(err, -ENOMEM, "out of memory");
	snprintf(power->port, sizeof(power->port), "%s", port);
	for (size_t half = 0; half < POWER_SWITCHES && r == 0; half++)
		r = switch_open(power, half, sysroot, devroot, err);
	if (r < 0)
		usb_power_free(power);
	else
		*ret = power;
	return r;
}

/* Switches a USB port on. A USB 3 hub consists of two hubs, and the port is switched on in both. If
 * the port path names the USB 2 hub, the USB 3 hub comes first. Otherwise a USB 3 device would
 * connect as a USB 2 device.
 * Returns: 0, or the negative errno of the last failure. */
static int power_restore(struct usb_power *power)
{
	int r = 0;

	power->is_off = false;
	for (size_t i = power->count; i-- > 0;)
		if (pwrite(power->disable[i], "0", 1, 0) < 0)
			r = -errno;
	return r;
}

/* Returns: true if the hub reports that its port has no power. */
static bool power_is_gone(const struct usb_power *power)
{
	char state = '0';

	return pread(power->disable[0], &state, 1, 0) == 1 && state == '1';
}

int usb_power_off(struct usb_power *power, uint64_t now_ms, struct error *err)
{
	int code = 0;

	power->is_off = true;
	power->on_ms = now_ms + POWER_OFF_MS;
	for (size_t i = 0; i < power->count && !code; i++)
		if (pwrite(power->disable[i], "1", 1, 0) < 0)
			code = errno;
	if (!code && power_is_gone(power))
		return 0;
	power_restore(power);
	return error_set(err, code ? -code : -EIO, "cannot switch off the power of port %s: %s",
			 power->port,
			 code ? strerror(code) : "the hub still reports that the port has power");
}

uint64_t usb_power_on_ms(const struct usb_power *power)
{
	return power->on_ms;
}

int usb_power_on(struct usb_power *power, struct error *err)
{
	bool gone = power_is_gone(power);
	int r = power_restore(power);

	if (r < 0)
		return error_set(err, r,
				 "cannot switch on the power of port %s: %s; plug the hub in again",
				 power->port, strerror(-r));
	if (!gone)
		return error_set(err, -EIO,
				 "the power of port %s came back too early, so the board may not "
				 "have restarted: another program or the kernel switched it on",
				 power->port);
	return 0;
}

struct usb_power *usb_power_free(struct usb_power *power)
{
	if (!power)
		return NULL;
	if (power->is_off)
		power_restore(power);
	while (power->count > 0)
		close(power->disable[--power->count]);
	free(power);
	return NULL;
}
