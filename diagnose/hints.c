/* SPDX-License-Identifier: Apache-2.0 */
/* Selects the hints that explain to the user why no board can be booted, and composes their
 * texts. */
#include "diagnose/hints.h"

#include "boot/chip.h"
#include "report/report.h"
#include "util/util.h"
#include "boot/wire.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *hint_name(enum hint_code code)
{
	static const char *const names[] = {
		[HINT_NO_DEVICE] = "no-device",
		[HINT_FILTERED] = "filtered",
		[HINT_ACCESS] = "access",
		[HINT_BUSY] = "busy",
		[HINT_ALREADY_BOOTED] = "already-booted",
		[HINT_SLOW_LINK] = "slow-link",
		[HINT_KERNEL_ERROR] = "kernel-error",
		[HINT_OTHER_INSTANCE] = "other-instance",
		[HINT_NOT_AUTHORIZED] = "not-authorized",
		[HINT_NO_SYSFS] = "no-sysfs",
		[HINT_POWER_CYCLE] = "power-cycle",
	};

	return names[code];
}

struct hints {
	struct hint *hints;
	size_t count;
};

/* Takes the next unused element of the array of hints.
 * Returns: the element, or NULL (all HINTS_MAX elements are in use). */
static struct hint *hint_next(struct hints *hints)
{
	return hints->count < HINTS_MAX ? &hints->hints[hints->count++] : NULL;
}

static void __attribute__((format(printf, 4, 5)))
hint_set(struct hint *ret, enum hint_code code, const char *port, const char *fmt, ...)
{
	va_list ap;

	if (!ret)
		return;
	ret->code = code;
	snprintf(ret->port, sizeof(ret->port), "%s", port);
	va_start(ap, fmt);
	vsnprintf(ret->text, sizeof(ret->text), fmt, ap);
	va_end(ap);
}

static const struct chip *device_chip(const struct hint_device *device)
{
	return chip_by_id(device->view.id.vendor, device->view.id.product);
}

static void hint_filtered(struct hints *hints, const struct hint_device *device)
{
	const struct usb_id *id = &device->view.id;
	const struct chip *chip = device_chip(device);

	switch (device->filter) {
	case HINT_WANTED:
		break;
	case HINT_OTHER_PORT:
		hint_set(hint_next(hints), HINT_FILTERED, id->port,
			 "a %s (%s) is waiting on this port, but the option -p, or an option from "
			 "-0 to -98, excludes the port; leave out this option, or use -p %s",
			 chip->name, chip->boards, id->port);
		break;
	case HINT_OTHER_SERIAL:
		hint_set(hint_next(hints), HINT_FILTERED, id->port,
			 "a %s with serial number %s is waiting on this port, but the option -i "
			 "excludes it; use -p %s to select this board",
			 chip->name, device->view.serial[0] ? device->view.serial : "(none)",
			 id->port);
		break;
	case HINT_NO_SERIAL:
		hint_set(hint_next(hints), HINT_FILTERED, id->port,
			 "a %s is waiting on this port, but the option -i cannot select it, "
			 "because its boot ROM has no serial number; use -p %s instead",
			 chip->name, id->port);
		break;
	}
}

static void hint_access(struct hints *hints, const struct hint_device *device)
{
	const struct usb_sysfs *view = &device->view;

	if (view->access == -ENOENT)
		hint_set(hint_next(hints), HINT_ACCESS, view->id.port,
			 "a %s is waiting on this port, but its device file %s does not exist; if "
			 "rpiboot runs in a container, give the container /dev/bus/usb of the host "
			 "(docker: -v /dev/bus/usb:/dev/bus/usb)",
			 device_chip(device)->name, view->node);
	else
		hint_set(hint_next(hints), HINT_ACCESS, view->id.port,
			 "a %s is waiting on this port, but this user may not open it (%s has mode "
			 "%04o, owner %u, group %u); use sudo, or install the rules that 'rpiboot "
			 "--print-udev-rules' prints",
			 device_chip(device)->name, view->node, view->mode, view->uid, view->gid);
}

static void hint_busy(struct hints *hints, const struct hint_device *device)
{
	const struct usb_sysfs *view = &device->view;

	if (strcmp(view->driver, "usbfs") == 0)
		hint_set(hint_next(hints), HINT_BUSY, view->id.port,
			 "a %s is on this port, but another program is using it; check whether "
			 "another rpiboot is running",
			 device_chip(device)->name);
	else
		hint_set(hint_next(hints), HINT_BUSY, view->id.port,
			 "a %s is on this port, but the kernel's driver '%.31s' has claimed it; "
			 "unbind the driver (echo -n INTERFACE "
			 ">/sys/bus/usb/drivers/%.31s/unbind), or plug the board in again",
			 device_chip(device)->name, view->driver, view->driver);
}

/* Counts the hubs between the computer and a USB device. Each dot in the device's port path stands
 * for one hub. */
static unsigned int hub_depth(const char *port)
{
	unsigned int depth = 0;

	for (; *port; port++)
		depth += *port == '.';
	return depth;
}

bool hint_slow_link(const struct usb_id *id, struct hint *ret)
{
	const struct chip *chip = chip_by_id(id->vendor, id->product);
	unsigned int hubs = hub_depth(id->port);

	if (!chip || chip->rom_full_speed || id->speed != USB_SPEED_FULL ||
	    wire_stage(id->serial_index) != WIRE_STAGE_ROM)
		return false;
	hint_set(ret, HINT_SLOW_LINK, id->port,
		 "the %s on this port%s runs at full speed (12 Mbit/s) instead of high speed, so "
		 "transfers are slow and may stall; try another cable, and a port of the computer "
		 "itself",
		 chip->name,
		 hubs > 1   ? " (behind several hubs)"
		 : hubs > 0 ? " (behind a hub)"
			    : "");
	return true;
}

void hint_other_instance(const char *port, struct hint *ret)
{
	hint_set(ret, HINT_OTHER_INSTANCE, port,
		 "another rpiboot is serving the board on this port, so this rpiboot waits until "
		 "the other rpiboot has finished; to run both at the same time, give each its own "
		 "ports with -p");
}

void hint_not_authorized(const char *port, const char *attribute, struct hint *ret)
{
	hint_set(ret, HINT_NOT_AUTHORIZED, port,
		 "a board is waiting on this port, but the system has not authorised its USB "
		 "device; allow the device in USBGuard (usbguard list-devices --blocked, usbguard "
		 "allow-device ID), or as root with: echo 1 >%s",
		 attribute);
}

/* Adds the hint that explains why one board cannot be booted.
 * Returns: false if a filter, permissions or a driver prevent the boot. If another process uses the
 * board, returns true, because diagnose/held.c reports that. If the board can be booted, returns
 * true. */
static bool hint_board(struct hints *hints, const struct hint_device *device)
{
	if (device->filter != HINT_WANTED) {
		hint_filtered(hints, device);
	} else if (device->held) {
		return true;
	} else if (device->view.access != 0) {
		hint_access(hints, device);
	} else if (device->view.driver[0]) {
		hint_busy(hints, device);
	} else {
		if (hints->count < HINTS_MAX &&
		    hint_slow_link(&device->view.id, &hints->hints[hints->count]))
			hints->count++;
		return true;
	}
	return false;
}

static void hint_booted(struct hints *hints, const struct hint_device *device)
{
	const struct usb_id *id = &device->view.id;

	if (device->disk[0])
		hint_set(hint_next(hints), HINT_ALREADY_BOOTED, id->port,
			 "the board on this port is already booted, and its disk is %s; to boot it "
			 "again, remove its power and plug it in again",
			 device->disk);
	else if (device->absence)
		hint_set(hint_next(hints), HINT_ALREADY_BOOTED, id->port,
			 "the board on this port is already booted (its USB id is %04x:%04x now), "
			 "but %s",
			 id->vendor, id->product, device->absence);
	else
		hint_set(hint_next(hints), HINT_ALREADY_BOOTED, id->port,
			 "the board on this port is already booted (its USB id is %04x:%04x now); "
			 "to boot it again, remove its power and plug it in again",
			 id->vendor, id->product);
}

static const char *kernel_cause(int code)
{
	switch (-code) {
	case EPROTO: /* "error -71" in the kernel log */
		return "the usual causes are a bad cable, a weak power supply or a hub";
	case ETIMEDOUT: /* "error -110" in the kernel log */
		return "the device does not answer, often because its power supply is too weak; "
		       "remove its power for some seconds";
	case EPIPE: /* "error -32" in the kernel log */
		return "the device rejects requests; remove its power for some seconds, and try "
		       "another port";
	}
	return "try another cable, another port, and a power supply of its own";
}

static void hint_kernel(struct hints *hints, const struct hint_kernel_error *error)
{
	char code[32] = "";

	if (error->code)
		snprintf(code, sizeof(code), " (error %d)", error->code);
	hint_set(hint_next(hints), HINT_KERNEL_ERROR, error->port,
		 "a device is plugged in at this port, but the kernel cannot enumerate it%s: %s",
		 code, kernel_cause(error->code));
}

size_t hints_find(const struct hint_input *input, struct hint ret[HINTS_MAX])
{
	struct hints hints = {.hints = ret};
	bool usable = false;

	if (input->waited_ms < HINTS_AFTER_MS)
		return 0;
	for (size_t i = 0; i < input->device_count; i++)
		if (device_chip(&input->devices[i]))
			usable = hint_board(&hints, &input->devices[i]) || usable;
	if (usable)
		return hints.count;
	for (size_t i = 0; i < input->kernel_error_count; i++)
		hint_kernel(&hints, &input->kernel_errors[i]);
	for (size_t i = 0; i < input->device_count; i++)
		if (usb_id_role(input->devices[i].view.id.vendor,
				input->devices[i].view.id.product) != CHIP_NOTHING)
			hint_booted(&hints, &input->devices[i]);
	if (hints.count == 0 && input->no_sysfs)
		hint_set(hint_next(&hints), HINT_NO_SYSFS, "",
			 "there is no /sys/bus/usb, so rpiboot cannot see the devices on the bus "
			 "or find the disk of a board; mount sysfs (a container needs -v "
			 "/sys:/sys:ro), or load the USB drivers of the kernel");
	else if (hints.count == 0)
		hint_set(hint_next(&hints), HINT_NO_DEVICE, "",
			 "no board in USB boot mode is on the bus; remove the power of the board, "
			 "set its jumper for USB boot (EMMC_DISABLE, nRPIBOOT or J4), connect its "
			 "USB device port (not a host port) with a data cable and without a hub, "
			 "and power the board again");
	return hints.count;
}

void hint_report(struct report *report, const struct hint *hint, uint64_t now_ms)
{
	struct event event = {
		.type = EVENT_HINT,
		.port = hint->port[0] ? hint->port : NULL,
		.hint = {.code = hint_name(hint->code), .text = hint->text},
	};

	report_event(report, &event, now_ms);
}
