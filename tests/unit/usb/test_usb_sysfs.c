/* SPDX-License-Identifier: Apache-2.0 */
/* Devices in a simulated sysfs, and the errors in the kernel's log about devices that fail to
 * enumerate. */
#include "usb.h"

#include "usb/kmsg.h"
#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

#include <errno.h>

#define BUS "sys/bus/usb/devices/"

static void put_device(const char *dir, const char *port, const char *product, const char *class,
		       unsigned int devnum)
{
	unsigned char descriptors[18] = {18, 1, [16] = (unsigned char)devnum};
	char name[256], number[16];

	snprintf(name, sizeof(name), BUS "%s/idVendor", port);
	tree_text(dir, name, "0a5c\n");
	snprintf(name, sizeof(name), BUS "%s/idProduct", port);
	tree_text(dir, name, product);
	snprintf(name, sizeof(name), BUS "%s/bDeviceClass", port);
	tree_text(dir, name, class);
	snprintf(name, sizeof(name), BUS "%s/busnum", port);
	tree_text(dir, name, "1\n");
	snprintf(number, sizeof(number), "%u\n", devnum);
	snprintf(name, sizeof(name), BUS "%s/devnum", port);
	tree_text(dir, name, number);
	snprintf(name, sizeof(name), BUS "%s/speed", port);
	tree_text(dir, name, "480\n");
	snprintf(name, sizeof(name), BUS "%s/bNumInterfaces", port);
	tree_text(dir, name, " 1\n");
	snprintf(name, sizeof(name), BUS "%s/bConfigurationValue", port);
	tree_text(dir, name, "1\n");
	snprintf(name, sizeof(name), BUS "%s/descriptors", port);
	tree_write(dir, name, descriptors, sizeof(descriptors));
	snprintf(name, sizeof(name), BUS "%s:1.0/bInterfaceClass", port);
	tree_text(dir, name, "ff\n");
}

TEST(the_devices_of_sysfs_are_listed)
{
	char *dir = tree_new(), sys[256];
	struct usb_sysfs views[8];

	snprintf(sys, sizeof(sys), "%s/sys", dir);
	assert_int_equal(usb_sysfs_list(sys, dir, views, 8), 0);
	put_device(dir, "1-10", "2711\n", "ff\n", 3);
	put_device(dir, "1-2", "2712\n", "00\n", 4);
	put_device(dir, "1-2.4", "2764\n", "00\n", 5);
	put_device(dir, "1-3", "0001\n", "09\n", 6); /* a hub */
	put_device(dir, "usb1", "0002\n", "09\n", 1);
	tree_text(dir, BUS "1-7/idVendor", "half gone");
	put_device(dir, "1-8", "2711\n", "00\n", 8);
	tree_must(unlink(tree_path(dir, BUS "1-8/descriptors")) == 0); /* its stage is unknown */
	tree_text(dir, BUS "1-2/serial", "1000abcd\n");
	tree_link(dir, BUS "1-2:1.0/driver", "../../../../bus/usb/drivers/usbfs");
	/* With two interfaces, the second one counts. */
	tree_text(dir, BUS "1-2.4/bNumInterfaces", " 2\n");
	tree_link(dir, BUS "1-2.4:1.0/driver", "../../../../bus/usb/drivers/usb-storage");
	tree_parents(dir, BUS "1-2.4:1.1/");
	tree_text(dir, "dev/bus/usb/001/004", "");
	tree_must(chmod(tree_path(dir, "dev/bus/usb/001/004"), 0640) == 0);
	assert_int_equal(usb_sysfs_list(sys, dir, views, 8), 3);
	assert_string_equal(views[0].id.port, "1-2");
	assert_string_equal(views[1].id.port, "1-2.4");
	assert_string_equal(views[2].id.port, "1-10");
	assert_int_equal(views[0].id.vendor, 0x0a5c);
	assert_int_equal(views[0].id.product, 0x2712);
	assert_int_equal(views[0].id.serial_index, 4);
	assert_int_equal(views[0].id.speed, USB_SPEED_HIGH);
	assert_int_equal(views[0].id.port_number, 2);
	assert_int_equal(views[1].id.port_number, 4);
	assert_string_equal(views[0].serial, "1000abcd");
	assert_string_equal(views[0].node, "/dev/bus/usb/001/004");
	assert_int_equal(views[0].mode, 0640);
	assert_int_equal(views[0].access, 0);
	assert_string_equal(views[0].driver, "usbfs");
	assert_string_equal(views[1].driver, "");
	assert_int_equal(views[2].access, -ENOENT);
	assert_int_equal(usb_sysfs_list(sys, dir, views, 2), 2);
	tree_free(dir);
}

/* The device or the used interface may be unauthorised. Other interfaces do not matter. */
TEST(an_unauthorized_device_or_interface_is_detected)
{
	static const struct {
		const char *file; /* the attribute that is 0 */
		bool authorized;
	} rows[] = {
		{NULL, true},
		{BUS "1-2/authorized", false},
		{BUS "1-2:1.1/authorized", false},
		{BUS "1-2/1-2:1.1/authorized", false},
		{BUS "1-2:1.0/authorized", true},
		{BUS "1-2.4/authorized", true},
	};
	char attribute[256];

	for (size_t i = 0; i < array_size(rows); i++) {
		char *dir = tree_new(), sys[256];
		struct usb_sysfs view;

		snprintf(sys, sizeof(sys), "%s/sys", dir);
		assert_true(usb_is_authorized(sys, "1-2", NULL, 0)); /* no attribute exists */
		put_device(dir, "1-2", "2764\n", "00\n", 4);
		tree_text(dir, BUS "1-2/bNumInterfaces", " 2\n");
		tree_text(dir, BUS "1-2/authorized", "1\n");
		if (rows[i].file)
			tree_text(dir, rows[i].file, "0\n");
		assert_int_equal(usb_sysfs_list(sys, dir, &view, 1), 1);
		assert_int_equal(!view.unauthorized, rows[i].authorized);
		if (usb_is_authorized(sys, "1-2", attribute, sizeof(attribute)) !=
		    rows[i].authorized)
			fail_msg("row %zu", i);
		if (!rows[i].authorized)
			assert_string_equal(attribute, tree_path(dir, rows[i].file));
		tree_free(dir);
	}
}

TEST(a_kernel_error_names_its_port)
{
	static const struct {
		const char *record, *port; /* port NULL: a record to ignore */
		int code;
	} rows[] = {
		{"3,900,1,-;usb 1-1.2: device descriptor read/64, error -71", "1-1.2", -71},
		{"3,901,1,-;usb 2-3: device not accepting address 5, error -110", "2-3", -110},
		{"3,902,1,-;usb usb1-port3: unable to enumerate USB device", "1-3", 0},
		{"3,903,1,-;usb 1-1-port2: cannot reset (err = -110)", "1-1.2", -110},
		{"3,904,1,-;usb 1-1.4-port2: attempt power cycle", "1-1.4.2", 0},
		{"3,905,1,-;usb 1-4: can't set config #1, error -32", "1-4", -32},
		{"6,906,1,-;usb 1-1: new high-speed USB device number 4 using vhci_hcd", NULL, 0},
		{"6,907,1,-;usb 1-1: USB disconnect, device number 4", NULL, 0},
		{"6,908,1,-;sd 0:0:0:0: device descriptor read, error -71", NULL, 0},
		{"4,909,1,-;usb 1-1: config index 0 descriptor too short (expected 55, got 32)",
		 NULL, 0}, /* from a working boot ROM */
		{"3,909,1,-;usb 1-1: unable to read config index 0 descriptor/start: -71", "1-1",
		 0},
		{"usb 1-1: device descriptor read/64, error -71", NULL, 0},
		{"3,909,1,-;usb : device descriptor read/64, error -71", NULL, 0},
		{"3,910,1,-;usb ../../etc: device descriptor read/64, error -71", NULL, 0},
		{"3,911,1,-;usb 1-1111111111111111111111111111111111: device descriptor read", NULL,
		 0},
		{"", NULL, 0},
	};
	char port[USB_PORT_SIZE];
	int code;

	for (size_t i = 0; i < array_size(rows); i++) {
		bool found = usb_kmsg_parse(rows[i].record, port, &code);

		if (found != (rows[i].port != NULL) ||
		    (found && (strcmp(port, rows[i].port) != 0 || code != rows[i].code)))
			fail_msg("%s: %s %d", rows[i].record, found ? port : "nothing", code);
	}
	assert_int_equal(usb_kmsg_open("/nonexistent/kmsg"), -1);
	assert_int_equal(usb_kmsg_open(NULL), -1);
}

/* Records from before the start are skipped. Later ones are read one by one. */
TEST(only_new_records_are_read)
{
	char *dir = tree_new(), port[USB_PORT_SIZE];
	int kmsg;
	int fd, code;

	tree_text(dir, "kmsg", "3,1,1,-;usb 1-9: device descriptor read/64, error -71\n");
	kmsg = usb_kmsg_open(tree_path(dir, "kmsg"));
	assert_true(kmsg >= 0);
	assert_false(usb_kmsg_next(kmsg, port, &code));
	fd = open(tree_path(dir, "kmsg"), O_WRONLY | O_APPEND | O_CLOEXEC);
	tree_must(fd >= 0 &&
		  write(fd, "3,2,1,-;usb 1-4: device descriptor read/64, error -71\n", 54) == 54);
	close(fd);
	assert_true(usb_kmsg_next(kmsg, port, &code));
	assert_string_equal(port, "1-4");
	assert_false(usb_kmsg_next(kmsg, port, &code));
	close(kmsg);
	tree_free(dir);
}
