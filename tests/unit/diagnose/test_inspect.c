/* SPDX-License-Identifier: Apache-2.0 */
/* The events of --list and --check, with a fake bus in place of os/linux/usb/sysfs.c and a fake
 * report.c. Disks are in a simulated sysfs; boot directories are good or bad. */
#include "diagnose/list.h"

#include "usb.h"

#include "boot/chip.h"
#include "util/error.h"
#include "files/firmware.h"
#include "report/report.h"
#include "tests/test.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>

#define LUN(port, disk)                                                                            \
	"sys/bus/usb/devices/" port "/" port ":1.0/host0/target0:0:0/0:0:0:0/block/" disk "/"

/* ---- the fake bus, and the recorded output */

static const struct usb_sysfs *bus;
static size_t bus_count;

size_t usb_sysfs_list(const char *sysroot, const char *devroot, struct usb_sysfs *ret, size_t max)
{
	(void)sysroot;
	assert_string_equal(devroot, "");
	assert_true(bus_count <= max);
	if (bus_count)
		memcpy(ret, bus, bus_count * sizeof(*bus));
	return bus_count;
}

const char *usb_speed_name(enum usb_speed speed)
{
	return speed == USB_SPEED_FULL ? "full" : "high";
}

static char lines[4096]; /* one line for each event and error */

static void __attribute__((format(printf, 1, 2))) line_add(const char *fmt, ...)
{
	size_t used = strlen(lines);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(lines + used, sizeof(lines) - used, fmt, ap);
	va_end(ap);
}

static const char *text_or(const char *text, const char *otherwise)
{
	return text && text[0] ? text : otherwise;
}

void report_event(struct report *report, const struct event *event, uint64_t now_ms)
{
	(void)report, (void)now_ms;
	if (event->type == EVENT_BOARD)
		line_add("%s %s %s %s %s %s: %s\n", event->port, text_or(event->board.chip, "-"),
			 event->board.stage, text_or(event->board.serial, "-"), event->board.speed,
			 text_or(event->board.disk, "-"), text_or(event->board.obstacle, "usable"));
	else if (event->type == EVENT_CHECK && event->check.text)
		line_add("%s %s: %s\n", event->check.kind, event->check.chip, event->check.text);
	else if (event->type == EVENT_CHECK)
		line_add("%s %s: %s, %s\n", event->check.kind, event->check.chip,
			 event->check.bootcode ? event->check.bootcode : "none",
			 text_or(event->check.names, "nothing else"));
	else
		fail_msg("an event of type %d", (int)event->type);
}

void report_error(struct report *report, const struct error *error)
{
	(void)report;
	line_add("%d %s\n", error->code, error->text);
}

static bool was_printed(const char *what)
{
	return strstr(lines, what);
}

/* ---- --list */

static enum exit_status list(const char *sysroot, const struct usb_sysfs *views, size_t count,
			     struct config config)
{
	bus = views;
	bus_count = count;
	lines[0] = '\0';
	config.sysroot = sysroot;
	return inspect_bus(&config, NULL);
}

static const struct config everything = {.port_number = -1};

static struct usb_sysfs view(const char *port, uint16_t product, uint8_t serial_index)
{
	struct usb_sysfs ret = {
		.id = {.vendor = 0x0a5c,
		       .product = product,
		       .serial_index = serial_index,
		       .speed = USB_SPEED_HIGH,
		       .port_number = (uint8_t)(port[strlen(port) - 1] - '0')},
	};

	snprintf(ret.id.port, sizeof(ret.id.port), "%s", port);
	snprintf(ret.node, sizeof(ret.node), "/dev/bus/usb/001/00%u", ret.id.port_number);
	return ret;
}

TEST(an_empty_list_is_reported)
{
	const struct usb_sysfs mouse = view("1-1", 0x1234, 0);

	assert_int_equal(list("/none", NULL, 0, everything), STATUS_NONE_IN_TIME);
	assert_true(was_printed("no board is on the bus"));
	assert_int_equal(list("/none", &mouse, 1, everything), STATUS_NONE_IN_TIME);
	assert_true(was_printed("no board is on the bus"));
}

TEST(a_list_has_each_board_with_its_stage)
{
	struct usb_sysfs views[] = {
		view("1-1", 0x2711, 3), view("1-2", 0x1234, 0), view("1-3", 0x2764, 1),
		view("1-4", 0x2763, 0), view("1-5", 0x2712, 5),
	};

	strcpy(views[0].serial, "12345678");
	views[3].id.speed = USB_SPEED_FULL;
	assert_int_equal(list("/none", views, array_size(views), everything), STATUS_OK);
	assert_string_equal(lines, "1-1 BCM2711 rom 12345678 high -: usable\n"
				   "1-3 BCM2837 files - high -: usable\n"
				   "1-4 BCM2835 rom - full -: usable\n"
				   "1-5 BCM2712 files - high -: usable\n");
}

TEST(a_list_has_the_obstacle_of_each_board)
{
	static const char *const port = "1-1", *const serial = "100000001000abcd";
	struct usb_sysfs views[] = {
		view("1-1", 0x2711, 3), view("1-2", 0x2711, 3), view("1-3", 0x2764, 0),
		view("1-4", 0x2711, 3), view("1-5", 0x2711, 3),
	};
	struct config config = everything;
	char *dir, sys[256];

	for (size_t i = 0; i < array_size(views); i++)
		strcpy(views[i].serial, "1000ABCD");
	strcpy(views[1].serial, "99999999");
	views[2].serial[0] = '\0';
	views[3].access = -EACCES;
	strcpy(views[4].driver, "usbfs");
	config.serials = &serial;
	config.serial_count = 1;
	assert_int_equal(list("/none", views, array_size(views), config), STATUS_OK);
	assert_string_equal(
		lines,
		"1-1 BCM2711 rom 1000ABCD high -: usable\n"
		"1-2 BCM2711 rom 99999999 high -: excluded by the option -i\n"
		"1-3 BCM2837 rom - high -: excluded by the option -i, because the boot ROM reports "
		"no serial number; select the board with -p\n"
		"1-4 BCM2711 rom 1000ABCD high -: no permission to open /dev/bus/usb/001/004; use "
		"sudo, or the rules of rpiboot --print-udev-rules\n"
		"1-5 BCM2711 rom 1000ABCD high -: in use by another program\n");
	/* The device and its node have gone, or /dev has no nodes. */
	views[3].access = -ENOENT;
	assert_int_equal(list("/none", &views[3], 1, config), STATUS_OK);
	assert_string_equal(lines, "1-4 BCM2711 rom 1000ABCD high -: left the bus just now\n");
	dir = tree_new();
	snprintf(sys, sizeof(sys), "%s/sys", dir);
	tree_text(dir, "sys/bus/usb/devices/1-4/idVendor", "0a5c\n");
	assert_int_equal(list(sys, &views[3], 1, config), STATUS_OK);
	assert_non_null(strstr(
		lines, ": the device file /dev/bus/usb/001/004 does not exist; a container needs"));
	tree_free(dir);
	strcpy(views[0].driver, "usb-storage");
	config = everything;
	config.ports = &port;
	config.port_count = 1;
	assert_int_equal(list("/none", views, 2, config), STATUS_OK);
	assert_string_equal(lines, "1-1 BCM2711 rom 1000ABCD high -: in use by usb-storage\n"
				   "1-2 BCM2711 rom 99999999 high -: excluded by the option -p, or "
				   "by an option from -0 to -98\n");
	config = everything;
	config.port_number = 2;
	views[0].driver[0] = '\0';
	assert_int_equal(list("/none", views, 2, config), STATUS_OK);
	assert_string_equal(lines, "1-1 BCM2711 rom 1000ABCD high -: excluded by the option -p, or "
				   "by an option from -0 to -98\n"
				   "1-2 BCM2711 rom 99999999 high -: usable\n");
}

/* A booted board is listed with its current disks, without the disks of other boards. */
TEST(a_list_has_the_disks_of_booted_boards)
{
	struct usb_sysfs views[] = {view("1-1", 0x0001, 3), view("1-2", 0x0104, 3),
				    view("1-3", 0x2711, 3), view("1-4", 0x4e40, 3)};
	char *dir = tree_new(), sys[256];

	views[3].id.vendor = 0x18d1;
	snprintf(sys, sizeof(sys), "%s/sys", dir);
	tree_text(dir, "sys/bus/usb/devices/1-1/1-1:1.0/bInterfaceClass", "08\n");
	tree_text(dir, "sys/bus/usb/devices/1-1/1-1:1.0/host0/target0:0:0/0:0:0:0/type", "0\n");
	tree_text(dir, LUN("1-1", "sda") "size", "4096\n");
	tree_text(dir, LUN("1-1", "sdb") "size", "4096\n");
	tree_text(dir, "sys/bus/usb/devices/1-3/1-3:1.0/bInterfaceClass", "08\n");
	tree_text(dir, "sys/bus/usb/devices/1-3/1-3:1.0/host0/target0:0:0/0:0:0:0/type", "0\n");
	tree_text(dir, LUN("1-3", "sdc") "size", "4096\n");
	assert_int_equal(list(sys, views, array_size(views), everything), STATUS_OK);
	assert_true(was_printed("1-1 - disk - high /dev/sda,/dev/sdb: already booted; power"));
	assert_true(was_printed("1-2 - disk - high -: already booted"));
	assert_true(was_printed("1-3 BCM2711 rom - high -: usable"));
	assert_true(was_printed("1-4 - fastboot - high -: already booted"));
	tree_free(dir);
}

/* ---- --check */

static enum exit_status check(const char *dir, const char *const *roots, size_t count)
{
	const struct config config = {.dir = dir};
	struct firmware firmware = {.dir = dir, .count = count, .fetch = "'make firmware'"};

	for (size_t i = 0; i < count; i++)
		firmware.roots[i] = roots[i];
	lines[0] = '\0';
	return inspect_files(&config, &firmware, NULL);
}

TEST(a_check_reports_what_a_directory_lacks)
{
	char *dir = tree_new();

	assert_int_equal(check(tree_path(dir, "none"), NULL, 0), STATUS_NO_FILES);
	assert_true(was_printed("-2 ") && was_printed("none"));
	assert_int_equal(check(dir, NULL, 0), STATUS_NO_FILES);
	assert_true(was_printed("-2 ") && was_printed("bootcode*.bin"));
	tree_text(dir, "bootcode4.bin", "\x7f code");
	tree_text(dir, "start4.elf", "\x7f");
	assert_int_equal(check(dir, NULL, 0), STATUS_OK);
	assert_true(was_printed("chip BCM2711: ") && was_printed("/bootcode4.bin, start4.elf\n"));
	/* An error is printed as a finding only. */
	tree_text(dir, "start4.elf", "");
	assert_int_equal(check(dir, NULL, 0), STATUS_NO_FILES);
	assert_true(was_printed("error BCM2711: ") && was_printed("is empty"));
	assert_false(was_printed("-74 "));
	tree_text(dir, "start4.elf", "\x7f");
	tree_text(dir, "config.txt", "program_pubkey=1\n");
	assert_int_equal(check(dir, NULL, 0), STATUS_OK);
	assert_true(was_printed("warning BCM2711: ") && was_printed("program_pubkey"));
	tree_free(dir);
}

/* Without -d, the list has the firmware for each chip, wherever it is found. */
TEST(a_check_finds_the_firmware_of_each_chip)
{
	char *dir = tree_new();
	const char *roots[] = {tree_path(dir, "a"), tree_path(dir, "b")};

	assert_int_equal(check(NULL, roots, 2), STATUS_NO_FILES);
	assert_true(was_printed("chip BCM2711: none, nothing else\n"));
	assert_true(was_printed("\n-2 ") &&
		    was_printed("no boot files for any board; fetch them with 'make firmware'"));
	tree_text(dir, "b/msd/bootcode4.bin", "\x7f code");
	tree_text(dir, "b/msd/start4.elf", "\x7f");
	tree_text(dir, "a/msd/bootcode.bin", "\x7f code");
	tree_text(dir, "a/msd/start.elf", "\x7f");
	assert_int_equal(check(NULL, roots, 2), STATUS_OK);
	assert_true(was_printed("chip BCM2835: ") &&
		    was_printed("/a/msd/bootcode.bin, start.elf\n"));
	assert_true(was_printed("chip BCM2711: ") &&
		    was_printed("/b/msd/bootcode4.bin, start4.elf\n"));
	assert_true(was_printed("chip BCM2712: none, nothing else\n"));
	assert_false(was_printed("\n-2 "));
	tree_text(dir, "b/msd/start4.elf", "");
	assert_int_equal(check(NULL, roots, 2), STATUS_NO_FILES);
	assert_true(was_printed("error BCM2711: ") && was_printed("is empty"));
	tree_text(dir, "b/msd/start4.elf", "\x7f");
	/* A file on which a board would fail is an error, even if other boards could be served. */
	tree_text(dir, "a/msd/bootcode5.bin", "");
	assert_int_equal(check(NULL, roots, 2), STATUS_NO_FILES);
	assert_true(was_printed("error BCM2712: ") && was_printed("bootcode5.bin"));
	assert_false(was_printed("chip BCM2712: "));
	assert_true(was_printed("chip BCM2711: "));
	tree_free(dir);
}
