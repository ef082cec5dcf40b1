/* SPDX-License-Identifier: Apache-2.0 */
/* The devices on the bus -> the hints and their order, one condition in each row. */
#include "diagnose/hints.h"

#include "util/util.h"
#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ROM(chip, port_path, link)                                                                 \
	.view = {.id = {.port = port_path, .vendor = 0x0a5c, .product = chip, .speed = link},      \
		 .node = "/dev/bus/usb/001/004",                                                   \
		 .mode = 0664}
#define BECAME(v, p, port_path)                                                                    \
	.view = {.id = {.port = port_path, .vendor = v, .product = p, .speed = USB_SPEED_HIGH}}

struct row {
	const char *what;
	struct hint_device devices[4];	    /* ends with a device without port */
	struct hint_kernel_error errors[3]; /* ends with an error without port */
	bool no_sysfs;
	const char *codes;   /* the codes of the hints with their ports */
	const char *message; /* a part of the first hint */
};

static const struct row rows[] = {
	{.what = "an empty bus has a hint", .codes = "no-device ", .message = "EMMC_DISABLE"},
	{.what = "a missing sysfs has a hint",
	 .no_sysfs = true,
	 .codes = "no-sysfs ",
	 .message = "-v /sys:/sys"},
	{.what = "another device is no board",
	 .devices = {{BECAME(0x046d, 0xc31c, "1-1")}},
	 .codes = "no-device ",
	 .message = "USB device port"},
	{.what = "a board that can be booted has no hint",
	 .devices = {{ROM(0x2711, "1-1", USB_SPEED_HIGH)}},
	 .codes = ""},
	{.what = "a board at another port has a hint",
	 .devices = {{ROM(0x2711, "1-1.2", USB_SPEED_HIGH), .filter = HINT_OTHER_PORT}},
	 .codes = "filtered@1-1.2 ",
	 .message = "-p 1-1.2"},
	{.what = "a board with another serial number has a hint",
	 .devices = {{ROM(0x2711, "1-1", USB_SPEED_HIGH), .filter = HINT_OTHER_SERIAL}},
	 .codes = "filtered@1-1 ",
	 .message = "serial number (none)"},
	{.what = "a board without a serial number has a hint",
	 .devices = {{ROM(0x2764, "1-1", USB_SPEED_HIGH), .filter = HINT_NO_SERIAL}},
	 .codes = "filtered@1-1 ",
	 .message = "no serial number; use -p 1-1 instead"},
	{.what = "a node without permission has its mode in the hint",
	 .devices = {{.view = {.id = {.port = "1-1",
				      .vendor = 0x0a5c,
				      .product = 0x2712,
				      .speed = USB_SPEED_HIGH},
			       .node = "/dev/bus/usb/001/004",
			       .mode = 0600,
			       .access = -EACCES}}},
	 .codes = "access@1-1 ",
	 .message = "/dev/bus/usb/001/004 has mode 0600, owner 0, group 0); use sudo"},
	{.what = "a missing node has a hint",
	 .devices = {{.view = {.id = {.port = "1-1",
				      .vendor = 0x0a5c,
				      .product = 0x2712,
				      .speed = USB_SPEED_HIGH},
			       .node = "/dev/bus/usb/001/004",
			       .access = -ENOENT}}},
	 .codes = "access@1-1 ",
	 .message = "container"},
	{.what = "a board in use by a program has a hint",
	 .devices = {{.view = {.id = {.port = "1-1",
				      .vendor = 0x0a5c,
				      .product = 0x2711,
				      .speed = USB_SPEED_HIGH},
			       .driver = "usbfs"}}},
	 .codes = "busy@1-1 ",
	 .message = "another program"},
	{.what = "a board in use by a driver has a hint",
	 .devices = {{.view = {.id = {.port = "1-1",
				      .vendor = 0x0a5c,
				      .product = 0x2711,
				      .speed = USB_SPEED_HIGH},
			       .driver = "vfio"}}},
	 .codes = "busy@1-1 ",
	 .message = "'vfio'"},
	{.what = "a full-speed link behind hubs has a hint",
	 .devices = {{ROM(0x2711, "1-1.2.3", USB_SPEED_FULL)}},
	 .codes = "slow-link@1-1.2.3 ",
	 .message = "several hubs"},
	{.what = "a chip with full speed has no hint",
	 .devices = {{ROM(0x2763, "1-1", USB_SPEED_FULL)}},
	 .codes = ""},
	{.what = "a booted board without a driver has a hint",
	 .devices = {{BECAME(0x0a5c, 0x0001, "1-1"), .absence = "no driver"}},
	 .codes = "already-booted@1-1 ",
	 .message = "(its USB id is 0a5c:0001 now), but no driver"},
	{.what = "a board that waits has no hint",
	 .devices = {{ROM(0x2711, "1-1", USB_SPEED_HIGH), .held = true}},
	 .codes = ""},
	{.what = "a booted board has its disk in the hint",
	 .devices = {{BECAME(0x0a5c, 0x0001, "1-1"), .disk = "/dev/sdb"}},
	 .codes = "already-booted@1-1 ",
	 .message = "its disk is /dev/sdb"},
	{.what = "each kind of booted board has a hint",
	 .devices = {{BECAME(0x0a5c, 0x0104, "1-1")},
		     {BECAME(0x0525, 0xa4a5, "1-2")},
		     {BECAME(0x18d1, 0x4e40, "1-3")}},
	 .codes = "already-booted@1-1 already-booted@1-2 already-booted@1-3 ",
	 .message = "0a5c:0104"},
	{.what = "a booted board beside another board has no hint",
	 .devices = {{BECAME(0x0a5c, 0x0001, "1-1")}, {ROM(0x2711, "1-2", USB_SPEED_HIGH)}},
	 .codes = ""},
	{.what = "a protocol error has a hint",
	 .errors = {{.port = "1-3", .code = -EPROTO}},
	 .codes = "kernel-error@1-3 ",
	 .message = "bad cable"},
	{.what = "a timeout and an unknown error have hints",
	 .errors = {{.port = "1-3", .code = -ETIMEDOUT}, {.port = "2-1"}},
	 .codes = "kernel-error@1-3 kernel-error@2-1 ",
	 .message = "does not answer, often because its power supply is too weak"},
	{.what = "the most helpful hint is the first one",
	 .devices = {{BECAME(0x0a5c, 0x0001, "1-1")},
		     {ROM(0x2711, "1-2", USB_SPEED_HIGH), .filter = HINT_OTHER_PORT}},
	 .errors = {{.port = "1-3", .code = -EPIPE}},
	 .codes = "filtered@1-2 kernel-error@1-3 already-booted@1-1 ",
	 .message = "-p 1-2"},
};

static void check_row(const struct row *row)
{
	struct hint_input input = {.devices = row->devices,
				   .no_sysfs = row->no_sysfs,
				   .kernel_errors = row->errors,
				   .waited_ms = HINTS_AFTER_MS};
	struct hint hints[HINTS_MAX];
	char codes[1024] = "";
	size_t count;

	while (row->devices[input.device_count].view.id.port[0])
		input.device_count++;
	while (row->errors[input.kernel_error_count].port[0])
		input.kernel_error_count++;
	count = hints_find(&input, hints);
	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(codes);

		snprintf(codes + used, sizeof(codes) - used, "%s%s%s ", hint_name(hints[i].code),
			 hints[i].port[0] ? "@" : "", hints[i].port);
		assert_true(strlen(hints[i].text) >= 20 &&
			    strlen(hints[i].text) <= sizeof(hints[i].text) - 2);
	}
	if (strcmp(codes, row->codes) != 0)
		fail_msg("%s: '%s', not '%s'", row->what, codes, row->codes);
	if (row->message && !strstr(hints[0].text, row->message))
		fail_msg("%s: '%s'", row->what, hints[0].text);
	input.waited_ms = HINTS_AFTER_MS - 1;
	assert_int_equal(hints_find(&input, hints), 0);
}

TEST(each_state_of_the_bus_has_its_hints)
{
	for (size_t i = 0; i < array_size(rows); i++)
		check_row(&rows[i]);
}

TEST(hints_have_a_limit)
{
	static struct hint_device devices[3 * HINTS_MAX];
	struct hint_input input = {
		.devices = devices, .device_count = array_size(devices), .waited_ms = 60000};
	struct hint hints[HINTS_MAX];

	for (size_t i = 0; i < array_size(devices); i++) {
		devices[i] = (struct hint_device){BECAME(0x0a5c, 1, "")};
		snprintf(devices[i].view.id.port, USB_PORT_SIZE, "1-%zu", i + 1);
	}
	assert_int_equal(hints_find(&input, hints), HINTS_MAX);
}
