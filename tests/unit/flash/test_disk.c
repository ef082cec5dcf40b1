/* SPDX-License-Identifier: Apache-2.0 */
/* Simulated sysfs trees: plain directories first, then trees with links as in the real sysfs. */
#include "flash/disk.h"
#include "tests/test.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#define DEVICES "bus/usb/devices/"

FIXTURE_EACH(tree_setup, tree_teardown)

static void add_interface(const char *dir, const char *port, int interface, const char *class)
{
	char name[256];

	snprintf(name, sizeof(name), DEVICES "%s/%s:1.%d/bInterfaceClass", port, port, interface);
	tree_text(dir, name, class);
}

/* A SCSI device below an interface. NULL: the attribute, or the disk, does not exist (yet). */
struct lun {
	const char *port;
	int interface, host, lun;
	const char *type, *vendor, *model, *disk, *size;
};

static void add_attr(const char *dir, const char *base, const char *name, const char *value)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	if (value)
		tree_text(dir, path, value);
}

static void add_lun(const char *dir, const struct lun *lun)
{
	char base[512], block[600];

	snprintf(base, sizeof(base), DEVICES "%s/%s:1.%d/host%d/target%d:0:0/%d:0:0:%d", lun->port,
		 lun->port, lun->interface, lun->host, lun->host, lun->host, lun->lun);
	add_attr(dir, base, "power/control", "auto\n"); /* makes the directory */
	add_attr(dir, base, "type", lun->type);
	add_attr(dir, base, "vendor", lun->vendor);
	add_attr(dir, base, "model", lun->model);
	if (!lun->disk)
		return;
	snprintf(block, sizeof(block), "%s/block/%s", base, lun->disk);
	add_attr(dir, block, "dev", "8:0\n");
	add_attr(dir, block, "size", lun->size);
}

static const struct lun msd = {"1-1", 0, 0, 0, "0\n", "RPi-MSD-\n", "0001\n", "sda", "30535680\n"};

TEST(a_port_without_storage_has_no_disk)
{
	struct disks disks;

	memset(&disks, 0xff, sizeof(disks));
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 0);
	assert_false(disks.settled);
	/* the device exists, first without an interface, then with one of another class */
	tree_text(*state, DEVICES "1-1/idVendor", "0a5c\n");
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 0);
	assert_false(disks.settled);
	add_interface(*state, "1-1", 0, "ff\n");
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 0);
	assert_false(disks.settled);
	disk_find("/nonexistent", "1-1", &disks);
	assert_int_equal(disks.count, 0);
}

TEST(the_disk_of_a_board_is_found)
{
	struct disks disks;

	add_interface(*state, "1-1", 0, "08\n");
	add_lun(*state, &msd);
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 1);
	assert_string_equal(disks.disk[0].path, "/dev/sda");
	assert_int_equal(disks.disk[0].bytes, 30535680ULL * 512);
	assert_string_equal(disks.disk[0].model, "RPi-MSD- 0001");
	assert_true(disks.settled);
	/* neither the hub nor a port with the same prefix has the disk */
	disk_find(*state, "1", &disks);
	assert_int_equal(disks.count, 0);
	disk_find(*state, "1-1.1", &disks);
	assert_int_equal(disks.count, 0);
	disk_find(*state, "1-11", &disks);
	assert_int_equal(disks.count, 0);
}

/* The kernel builds the tree step by step. The disk settles only when its size is known, even if
 * the size is 0. */
TEST(a_disk_settles_when_its_size_is_known)
{
	const char *base = DEVICES "1-1/1-1:1.0/host6";
	struct lun lun = msd;
	struct disks disks;

	add_interface(*state, "1-1", 0, "08\n");
	disk_find(*state, "1-1", &disks);
	assert_false(disks.settled);
	add_attr(*state, base, "scsi_host/host6/proc_name", "usb-storage\n");
	disk_find(*state, "1-1", &disks);
	assert_false(disks.settled);
	add_attr(*state, base, "target6:0:0/power/control", "auto\n");
	disk_find(*state, "1-1", &disks);
	assert_false(disks.settled);
	lun.host = 6;
	lun.type = NULL;
	lun.disk = NULL;
	add_lun(*state, &lun);
	disk_find(*state, "1-1", &disks);
	assert_false(disks.settled);
	lun.type = "0\n";
	add_lun(*state, &lun);
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 0);
	assert_false(disks.settled);
	lun.disk = "sdc";
	lun.size = NULL;
	add_lun(*state, &lun);
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 1);
	assert_int_equal(disks.disk[0].bytes, 0);
	assert_false(disks.settled);
	lun.size = "0\n";
	add_lun(*state, &lun);
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 1);
	assert_int_equal(disks.disk[0].bytes, 0);
	assert_true(disks.settled); /* a reader without a card */
	lun.size = "1\n";
	add_lun(*state, &lun);
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.disk[0].bytes, 512);
	assert_true(disks.settled);
}

/* The gadget has an interface for each storage device, and a console. */
TEST(each_interface_can_have_a_disk)
{
	const struct lun emmc = {"1-1.2",      2,      1,    0, "0\n", "mmcblk0 \n",
				 "        \n", "sdaa", "8\n"};
	const struct lun nvme = {"1-1.2", 3, 2, 0, "0\n", "nvme0n1\n", NULL, "sdb", "16\n"};
	struct disks disks;

	tree_text(*state, DEVICES "1-1.2/bNumInterfaces", " 4\n");
	add_interface(*state, "1-1.2", 0, "02\n");
	add_interface(*state, "1-1.2", 1, "0a\n");
	add_interface(*state, "1-1.2", 2, "08\n");
	add_lun(*state, &emmc);
	disk_find(*state, "1-1.2", &disks);
	assert_int_equal(disks.count, 1);
	assert_false(disks.settled); /* the fourth interface is still missing */
	add_interface(*state, "1-1.2", 3, "08\n");
	disk_find(*state, "1-1.2", &disks);
	assert_false(disks.settled); /* its disk is still missing */
	add_lun(*state, &nvme);
	disk_find(*state, "1-1.2", &disks);
	assert_true(disks.settled);
	assert_int_equal(disks.count, 2);
	assert_string_equal(disks.disk[0].path, "/dev/sdb");
	assert_string_equal(disks.disk[0].model, "nvme0n1");
	assert_string_equal(disks.disk[1].path, "/dev/sdaa");
	assert_string_equal(disks.disk[1].model, "mmcblk0");
	assert_int_equal(disks.disk[1].bytes, 8 * 512);
}

/* An interface has two LUNs. One of them is no disk, or its size is not known yet. */
TEST(each_unit_can_have_a_disk)
{
	struct lun second = msd;
	struct disks disks;

	add_interface(*state, "1-1", 0, "08\n");
	add_lun(*state, &msd);
	second.lun = 1;
	second.disk = NULL;
	second.type = "5\n";
	add_lun(*state, &second);
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 1);
	assert_true(disks.settled);
	second.type = "0\n";
	add_lun(*state, &second);
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 1);
	assert_false(disks.settled);
	second.disk = "sdb";
	add_lun(*state, &second);
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 2);
	assert_true(disks.settled);
}

TEST(a_hub_has_no_disks_of_its_boards)
{
	struct lun lun = msd;
	struct disks disks;

	/* In the real sysfs, 1-1.4 is also a directory below its hub 1-1. */
	tree_text(*state, "devices/usb1/1-1/1-1.4/1-1.4:1.0/bInterfaceClass", "08\n");
	tree_text(*state, "devices/usb1/1-1/1-1:1.0/bInterfaceClass", "09\n");
	tree_text(*state, "devices/usb1/1-1/1-1.4/1-1.4:1.0/host0/target0:0:0/0:0:0:0/type", "0\n");
	tree_text(*state,
		  "devices/usb1/1-1/1-1.4/1-1.4:1.0/host0/target0:0:0/0:0:0:0/block/sdx/size",
		  "4\n");
	tree_link(*state, DEVICES "1-1", "../../../devices/usb1/1-1");
	tree_link(*state, DEVICES "1-1.4", "../../../devices/usb1/1-1/1-1.4");
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 0);
	assert_false(disks.settled);
	disk_find(*state, "1-1.4", &disks);
	assert_int_equal(disks.count, 1);
	assert_string_equal(disks.disk[0].path, "/dev/sdx");
	assert_string_equal(disks.disk[0].model, "");
	assert_true(disks.settled);
	lun.port = "1-2";
	add_interface(*state, "1-2", 0, "08\n");
	add_lun(*state, &lun);
	disk_find(*state, "1-1.4", &disks);
	assert_int_equal(disks.count, 1);
}

/* With more than DISK_MAX disks, the first ones by name are kept, in any order of discovery. */
TEST(the_first_disks_by_name_are_kept)
{
	struct disks disks;

	add_interface(*state, "1-1", 0, "08\n");
	for (int i = 25; i >= 0; i--) {
		char name[] = {'s', 'd', (char)('a' + (i * 7) % 26), '\0'};
		struct lun lun = msd;

		lun.lun = i;
		lun.disk = name;
		add_lun(*state, &lun);
	}
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, DISK_MAX);
	for (size_t i = 0; i < DISK_MAX; i++) {
		char path[] = {'/', 'd', 'e', 'v', '/', 's', 'd', (char)('a' + (int)i), '\0'};

		assert_string_equal(disks.disk[i].path, path);
	}
	assert_true(disks.settled);
}

TEST(invalid_values_are_no_sizes)
{
	static const char *const sizes[] = {
		"", "x\n", "-5\n", "12x\n", "99999999999999999999999\n", "9223372036854775807\n"};
	struct lun lun = msd;
	struct disks disks;
	char name[80];

	add_interface(*state, "1-1", 0, "08\n");
	lun.vendor = "\x1b[2J\xff \n";
	lun.model = "0123456789012345678901234567890123456789012345678901234567890123456789\n";
	for (size_t i = 0; i < array_size(sizes); i++) {
		lun.size = sizes[i];
		add_lun(*state, &lun);
		disk_find(*state, "1-1", &disks);
		assert_int_equal(disks.count, 1);
		assert_int_equal(disks.disk[0].bytes, 0);
		assert_false(disks.settled);
		assert_memory_equal(disks.disk[0].model, "\x1b[2J\xff 0123456789", 16);
	}
	memset(name, 'n', sizeof(name) - 1); /* too long for a path: dropped, not cut */
	name[sizeof(name) - 1] = '\0';
	lun.lun = 1;
	lun.disk = name;
	add_lun(*state, &lun);
	disk_find(*state, "1-1", &disks);
	assert_int_equal(disks.count, 1);
}

TEST(a_disk_without_the_link_bdi_is_starting)
{
	struct disks disks;

	add_interface(*state, "1-1", 0, "08\n");
	add_lun(*state, &msd);
	disk_find(*state, "1-1", &disks);
	assert_true(disks.starting);
	/* The link leads to a directory that rpiboot may not see. */
	tree_link(*state, DEVICES "1-1/1-1:1.0/host0/target0:0:0/0:0:0:0/block/sda/bdi",
		  "../nowhere");
	disk_find(*state, "1-1", &disks);
	assert_false(disks.starting);
}

static void absence_has(const struct disks *disks, const char *word)
{
	const char *why = disks_absence(disks);

	if (!word)
		assert_null(why);
	else if (!why || !strstr(why, word))
		fail_msg("'%s' has no '%s'", why ? why : "nothing", word);
}

/* The message names the missing part between the board and its disk, if the system shows it. */
TEST(an_absent_disk_is_explained)
{
	struct lun lun = msd;
	struct disks disks;

	disk_find("/nonexistent", "1-1", &disks);
	absence_has(&disks, "/sys");
	tree_text(*state, DEVICES "2-1/idVendor", "0a5c\n");
	disk_find(*state, "1-1", &disks);
	absence_has(&disks, NULL);
	tree_text(*state, DEVICES "1-1/authorized", "0\n");
	disk_find(*state, "1-1", &disks);
	absence_has(&disks, "authorised");
	tree_text(*state, DEVICES "1-1/authorized", "1\n");
	add_interface(*state, "1-1", 0, "08\n");
	tree_text(*state, DEVICES "1-1/1-1:1.0/authorized", "0\n");
	disk_find(*state, "1-1", &disks);
	absence_has(&disks, "authorised");
	tree_text(*state, DEVICES "1-1/1-1:1.0/authorized", "1\n");
	disk_find(*state, "1-1", &disks);
	absence_has(&disks, "usb-storage");
	lun.size = "0\n";
	add_lun(*state, &lun);
	disk_find(*state, "1-1", &disks);
	absence_has(&disks, "medium");
	add_lun(*state, &msd);
	disk_find(*state, "1-1", &disks);
	disks_find_nodes(&disks, NULL);
	assert_false(disks.disk[0].no_node);
	disks_find_nodes(&disks, *state);
	assert_true(disks.disk[0].no_node);
	absence_has(&disks, "-v /dev:/dev");
	tree_text(*state, "dev/sda", "");
	disk_find(*state, "1-1", &disks);
	disks_find_nodes(&disks, *state);
	assert_true(disks.disk[0].bytes > 0);
	assert_false(disks.disk[0].no_node);
}

TEST(a_search_leaves_no_descriptor)
{
	int before = tree_fd_count();
	struct disks disks;

	add_interface(*state, "1-1", 0, "08\n");
	add_lun(*state, &msd);
	for (int i = 0; i < 10; i++)
		disk_find(*state, "1-1", &disks);
	assert_int_equal(tree_fd_count(), before);
}
