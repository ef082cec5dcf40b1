/* SPDX-License-Identifier: Apache-2.0 */
/* The power of a port in a simulated sysfs. A fake system call has the answers of the hubs. */
#include "usb.h"

#include "util/error.h"
#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <string.h>
#include <sys/ioctl.h>

#define BUS "sys/bus/usb/devices/"

static char *root, sys[256];

/* ---- the fake hubs */

/* The index is the bus number of the hub. */
static struct {
	uint8_t characteristics, ports;
	int code, size;
	unsigned int asked;
	uint16_t value;
} hubs[3];

#ifdef __GLIBC__
int ioctl(int fd, unsigned long request, ...)
#else
int ioctl(int fd, int request, ...)
#endif
{
	struct usbdevfs_ctrltransfer *transfer;
	struct stat node, first;
	unsigned int bus;
	va_list ap;

	va_start(ap, request);
	transfer = va_arg(ap, struct usbdevfs_ctrltransfer *);
	va_end(ap);
	assert_int_equal((unsigned int)request, USBDEVFS_CONTROL);
	assert_int_equal(transfer->bRequestType, 0xa0);
	assert_int_equal(transfer->bRequest, 6);
	assert_int_equal(transfer->wIndex, 0);
	assert_true(transfer->wLength >= 7 && transfer->wLength <= 255);
	tree_must(fstat(fd, &node) == 0);
	tree_must(stat(tree_path(root, "dev/bus/usb/001/007"), &first) == 0);
	bus = node.st_ino == first.st_ino ? 1 : 2;
	hubs[bus].asked++;
	hubs[bus].value = transfer->wValue;
	if (hubs[bus].code) {
		errno = hubs[bus].code;
		return -1;
	}
	memset(transfer->data, 0, transfer->wLength);
	memcpy(transfer->data,
	       (uint8_t[]){9, (uint8_t)(transfer->wValue >> 8), hubs[bus].ports,
			   hubs[bus].characteristics},
	       4);
	return hubs[bus].size;
}

/* ---- the tree */

static struct usb_power *power;
static struct error err;

static void put_hub(const char *hub, unsigned int bus, const char *speed)
{
	const char *const rows[][2] = {{"idVendor", "05e3\n"},
				       {"idProduct", "0610\n"},
				       {"product", "USB2.1 Hub\n"},
				       {"speed", speed},
				       {"busnum", bus == 1 ? "1\n" : "2\n"},
				       {"devnum", "7\n"}};
	char name[256];

	for (size_t i = 0; i < array_size(rows); i++) {
		snprintf(name, sizeof(name), BUS "%s/%s", hub, rows[i][0]);
		tree_text(root, name, rows[i][1]);
	}
	snprintf(name, sizeof(name), "dev/bus/usb/%03u/007", bus);
	tree_text(root, name, "");
}

static int setup(void **state)
{
	(void)state;
	root = tree_new();
	snprintf(sys, sizeof(sys), "%s/sys", root);
	memset(hubs, 0, sizeof(hubs));
	for (size_t i = 0; i < array_size(hubs); i++) {
		hubs[i].characteristics = 0xe9; /* each port alone; other bits are set, too */
		hubs[i].ports = 4;
		hubs[i].size = 9;
	}
	put_hub("1-1.3", 1, "480\n");
	tree_text(root, BUS "1-1.3/1-1.3:1.0/1-1.3-port12/disable", "0\n");
	put_hub("usb1", 1, "480\n");
	tree_text(root, BUS "usb1/1-0:1.0/usb1-port2/disable", "0\n");
	memset(&err, 0, sizeof(err));
	power = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	power = usb_power_free(power);
	tree_free(root);
	return 0;
}

FIXTURE_EACH(setup, teardown)

/* Gives port 2 of the root hub a peer port. */
static void put_peer(void)
{
	put_hub("usb2", 2, "5000\n");
	tree_text(root, BUS "usb2/2-0:1.0/usb2-port5/disable", "0\n");
	tree_link(root, BUS "usb1/1-0:1.0/usb1-port2/peer", "../../../usb2/2-0:1.0/usb2-port5");
}

static char state_of(const char *attribute)
{
	char name[256], state = 0;
	cleanup_fd int fd = -1;

	snprintf(name, sizeof(name), BUS "%s/disable", attribute);
	fd = open(tree_path(root, name), O_RDONLY);
	tree_must(fd >= 0 && read(fd, &state, 1) == 1);
	return state;
}

#define DEEP	"1-1.3/1-1.3:1.0/1-1.3-port12"
#define BY_ROOT "usb1/1-0:1.0/usb1-port2"
#define PEER	"usb2/2-0:1.0/usb2-port5"

static void power_is(const char *port)
{
	if (usb_power_new(&power, sys, root, port, &err) != 0)
		fail_msg("%s", err.text);
}

static void power_is_refused(const char *port, int code, const char *part)
{
	int r = usb_power_new(&power, sys, root, port, &err);

	assert_null(power);
	if (r != code || !strstr(err.text, part))
		fail_msg("%d, not %d '%s': %s", r, code, part, err.text);
}

/* ---- the tests */

static void goes_off_and_on(const char *port, const char *attribute)
{
	char before = state_of(attribute);

	power_is(port);
	assert_int_equal(state_of(attribute), before);
	assert_int_equal(usb_power_off(power, 5000, &err), 0);
	assert_int_equal(state_of(attribute), '1');
	assert_int_equal(usb_power_on_ms(power), 7000);
	assert_int_equal(usb_power_on(power, &err), 0);
	assert_int_equal(state_of(attribute), '0');
	assert_int_equal(hubs[1].value, 0x2900);
	power = usb_power_free(power);
}

TEST(a_port_of_the_root_hub_or_of_a_deep_hub_goes_off_and_on)
{
	int before = tree_fd_count();

	goes_off_and_on("1-2", BY_ROOT);
	goes_off_and_on("1-1.3.12", DEEP);
	assert_int_equal(tree_fd_count(), before);
}

TEST(both_halves_of_a_usb_3_port_go_off_and_on)
{
	put_peer();
	power_is("1-2");
	assert_int_equal(hubs[2].value, 0x2a00);
	assert_int_equal(usb_power_off(power, 0, &err), 0);
	assert_int_equal(state_of(BY_ROOT), '1');
	assert_int_equal(state_of(PEER), '1');
	assert_int_equal(usb_power_on(power, &err), 0);
	assert_int_equal(state_of(BY_ROOT), '0');
	assert_int_equal(state_of(PEER), '0');
}

/* A signal can end the program while the port is off. */
TEST(a_port_that_is_off_goes_on_when_it_is_freed)
{
	put_peer();
	power_is("1-2");
	assert_int_equal(usb_power_off(power, 0, &err), 0);
	power = usb_power_free(power);
	assert_int_equal(state_of(BY_ROOT), '0');
	assert_int_equal(state_of(PEER), '0');
}

/* An earlier run was killed and left the port off. */
TEST(a_port_that_was_off_before_goes_on)
{
	tree_text(root, BUS BY_ROOT "/disable", "1\n");
	goes_off_and_on("1-2", BY_ROOT);
}

TEST(a_hub_that_cannot_switch_one_port_is_named)
{
	hubs[1].characteristics = 0xe0;
	power_is_refused("1-1.3.12", -EOPNOTSUPP,
			 "hub 1-1.3 (05e3:0610 USB2.1 Hub) cannot switch the power of port "
			 "1-1.3.12: it switches all its ports together");
	for (uint8_t none = 2; none <= 3; none++) {
		hubs[1].characteristics = 0xe0 | none;
		power_is_refused("1-2", -EOPNOTSUPP,
				 "hub usb1 (05e3:0610 USB2.1 Hub) cannot switch the power of port "
				 "1-2: it has no power switches");
	}
	hubs[1].characteristics = 0;
	hubs[1].ports = 1;
	goes_off_and_on("1-2", BY_ROOT);
	put_peer();
	hubs[2].characteristics = 2;
	power_is_refused("1-2", -EOPNOTSUPP, "hub usb2 (05e3:0610");
	assert_int_equal(state_of(BY_ROOT), '0');
}

TEST(a_hub_whose_answer_is_unusable_is_named)
{
	hubs[1].size = 4;
	power_is_refused("1-2", -EPROTO, "hub usb1 (05e3:0610 USB2.1 Hub) sent an invalid");
	hubs[1].code = ETIMEDOUT;
	power_is_refused("1-2", -ETIMEDOUT, "hub usb1 (05e3:0610 USB2.1 Hub)");
	tree_must(unlink(tree_path(root, "dev/bus/usb/001/007")) == 0);
	power_is_refused("1-2", -ENOENT, "/dev/bus/usb/001/007");
}

TEST(a_port_that_is_not_there_is_named)
{
	power_is_refused("1-3", -ENODEV, "port 1-3: there is no such port");
	power_is_refused("1-1.4.1", -ENODEV, "port 1-1.4.1");
	power_is_refused("7-1", -ENODEV, "port 7-1");
	assert_int_equal(hubs[1].asked, 0);
}

TEST(an_old_kernel_is_named)
{
	tree_must(unlink(tree_path(root, BUS BY_ROOT "/disable")) == 0);
	tree_text(root, BUS BY_ROOT "/connect_type", "hotplug\n");
	power_is_refused("1-2", -EOPNOTSUPP,
			 "usb1-port2/disable does not exist; --power-cycle "
			 "needs Linux 6.0");
}

static int without_permission(void *ctx)
{
	(void)ctx;
	return usb_power_new(&power, sys, root, "1-2", &err) == -EACCES &&
			       strstr(err.text, "usb1-port2/disable; run rpiboot with sudo")
		       ? 0
		       : 1;
}

TEST(an_unwritable_file_is_named)
{
	tree_must(chmod(root, 0755) == 0);
	tree_must(chmod(tree_path(root, BUS BY_ROOT "/disable"), 0444) == 0);
	tree_must(chmod(tree_path(root, "dev/bus/usb/001/007"), 0666) == 0);
	assert_true(tree_fork(without_permission, NULL, 1));
}

TEST(a_failure_leaves_the_port_on)
{
	put_peer();
	tree_must(unlink(tree_path(root, BUS PEER "/disable")) == 0);
	tree_link(root, BUS PEER "/disable", "/dev/full"); /* every write fails */
	power_is("1-2");
	assert_int_equal(usb_power_off(power, 0, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "switch off the power of port 1-2: "));
	assert_int_equal(state_of(BY_ROOT), '0');
}

TEST(a_hub_that_still_reports_power_is_a_failure)
{
	tree_must(unlink(tree_path(root, BUS BY_ROOT "/disable")) == 0);
	tree_link(root, BUS BY_ROOT "/disable", "/dev/zero");
	power_is("1-2");
	assert_int_equal(usb_power_off(power, 0, &err), -EIO);
	assert_non_null(strstr(err.text, "still reports"));
}

TEST(power_that_comes_back_too_early_is_a_failure)
{
	power_is("1-2");
	assert_int_equal(usb_power_off(power, 0, &err), 0);
	tree_text(root, BUS BY_ROOT "/disable", "0\n");
	assert_int_equal(usb_power_on(power, &err), -EIO);
	assert_non_null(strstr(err.text, "power of port 1-2 came back too early"));
	assert_int_equal(state_of(BY_ROOT), '0');
}

static void path_add(void *ctx, const char *path)
{
	strcat(strcat(ctx, path + strlen(root)), "\n");
}

TEST(the_paths_of_both_switches_are_listed)
{
	char list[1024] = "";

	usb_power_each(sys, "1-2", path_add, list);
	usb_power_each(sys, "1-1.3.12", path_add, list);
	assert_string_equal(list, "/" BUS BY_ROOT "/disable\n"
				  "/" BUS BY_ROOT "/peer/disable\n"
				  "/" BUS DEEP "/disable\n"
				  "/" BUS DEEP "/peer/disable\n");
}
