/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of the target disk. Each row is a reason to refuse it, in a simulated sysfs, /proc and
 * /dev. test_target_loop.c and the kernel level test the exclusive open of the right disk. */
#include "flash/target.h"

#include "util/error.h"
#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <sys/sysmacros.h>

#define MIB (UINT64_C(1024) * 1024)

/* The sysfs tree below sys/devices, as in the kernel: the disk sda of port 1-1 with two partitions.
 */
#define DEVICE	  "sys/devices/pci/usb1/1-1/"
#define INTERFACE DEVICE "1-1:1.0/host0/target0:0:0/0:0:0:0/block/sda/"

struct change {
	const char *name, *text; /* text NULL: a link to `to`; both NULL: remove it */
	const char *to;
};

/* A change of the machine, and the error that follows. In place of the block device there is a
 * file. A row without code and message passes all checks before target_open() detects that. */
struct row {
	const char *what;
	struct change changes[4];
	const char *port; /* NULL: 1-1 */
	uint64_t after, need_bytes;
	int code;	     /* 0: -EXDEV */
	const char *message; /* NULL: "not the device" */
};

#define PUT(file, content)                                                                         \
	{                                                                                          \
		.name = file, .text = content                                                      \
	}
#define LINK(file, target)                                                                         \
	{                                                                                          \
		.name = file, .to = target                                                         \
	}
#define REMOVE(file)                                                                               \
	{                                                                                          \
		.name = file                                                                       \
	}

static const struct row rows[] = {
	{.what = "a file in place of the device is refused"},
	{"a removed disk is refused", .changes = {REMOVE("sys/block/sda")}, .code = -ENODEV,
	 .message = "gone"},
	{"a disk at another port is refused",
	 .changes = {LINK("sys/bus/usb/devices/1-2", "../../../devices/pci/usb1/1-2")},
	 .port = "1-2", .message = "port 1-2"},
	{"a port without device is refused", .port = "1-7", .message = "port 1-7"},
	{"a disk behind a hub at the port is refused",
	 .changes = {REMOVE("sys/block/sda"),
		     PUT(DEVICE "1-1.2/1-1.2:1.0/host1/target1:0:0/1:0:0:0/block/sda/dev", "8:0\n"),
		     LINK("sys/block/sda", "../devices/pci/usb1/1-1/1-1.2/1-1.2:1.0/host1/"
					   "target1:0:0/1:0:0:0/block/sda")},
	 .message = "no longer on USB port 1-1"},
	{"a USB stick at the port is refused",
	 .changes = {PUT(DEVICE "idVendor", "0781\n"), PUT(DEVICE "idProduct", "5567\n")},
	 .message = "0781:5567"},
	{"another product of the vendor is refused", .changes = {PUT(DEVICE "idProduct", "0105\n")},
	 .message = "0a5c:0105"},
	{"a second stage is refused", .changes = {PUT(DEVICE "idProduct", "2711\n")},
	 .message = "0a5c:2711"},
	{"a fastboot device is refused",
	 .changes = {PUT(DEVICE "idVendor", "18d1\n"), PUT(DEVICE "idProduct", "4e40\n")},
	 .message = "18d1:4e40"},
	{"a disk of the legacy msd payload is checked further",
	 .changes = {PUT(DEVICE "idProduct", "0001\n")}, .message = "not the device that"},
	{"a disk of the Linux gadget is checked further",
	 .changes = {PUT(DEVICE "idVendor", "0525\n"), PUT(DEVICE "idProduct", "a4a5\n")},
	 .message = "not the device that"},
	{"the disk of another board is refused",
	 .changes = {PUT(DEVICE "serial", "1000000087654321\n")},
	 .message = "belongs to another USB device now, with the serial number '1000000087654321'"},
	{"a device without a USB id is refused", .changes = {REMOVE(DEVICE "idProduct")},
	 .message = "cannot read the USB id"},
	{"an invalid USB id is refused", .changes = {PUT(DEVICE "idProduct", "104\n")},
	 .message = "cannot read the USB id"},
	{"a disk of another bus is refused",
	 .changes = {REMOVE("sys/block/sda"), PUT("sys/devices/pci/ata1/block/sda/dev", "8:0\n"),
		     LINK("sys/block/sda", "../devices/pci/ata1/block/sda")},
	 .message = "no longer on USB port"},
	{"a disk from before the boot is refused", .after = 9,
	 .message = "before the board was booted"},
	{"the first disk after the boot is checked further",
	 .changes = {PUT(INTERFACE "diskseq", "10\n")}, .after = 9},
	{"a disk without a sequence number is checked further",
	 .changes = {REMOVE(INTERFACE "diskseq")}, .after = 9},
	{"a write-protected disk is refused", .changes = {PUT(INTERFACE "ro", "1\n")},
	 .code = -EROFS, .message = "write-protected"},
	{"a partition is refused", .changes = {PUT(INTERFACE "partition", "1\n")},
	 .message = "a partition"},
	{"a disk without a medium is refused", .changes = {PUT(INTERFACE "size", "0\n")},
	 .code = -ENODEV, .message = "no medium"},
	{"a disk that is too small is refused", .need_bytes = 64 * MIB + 1, .code = -ENOSPC,
	 .message = "too small"},
	{"a disk that is just large enough is checked further", .need_bytes = 64 * MIB},
	{"a disk that is part of another device is refused",
	 .changes = {PUT(INTERFACE "holders/dm-3/dev", "253:3\n")}, .code = -EBUSY,
	 .message = "dm-3"},
	{"a disk whose partition is part of another device is refused",
	 .changes = {PUT(INTERFACE "sda2/holders/md0/dev", "9:0\n")}, .code = -EBUSY,
	 .message = "md0"},
	{"a mounted partition that cannot be unmounted is refused",
	 .changes = {PUT("proc/self/mountinfo",
			 "36 35 8:1 / /no\\040such/place rw - vfat /dev/sda1 rw\n")},
	 .code = -EBUSY, .message = "'/no such/place'"},
	{"a mounted disk is refused",
	 .changes = {PUT("proc/self/mountinfo", "36 35 8:0 / /nosuch rw - vfat /dev/sda rw\n")},
	 .code = -EBUSY, .message = "'/nosuch'"},
	{"another mounted disk does not matter",
	 .changes = {PUT("proc/self/mountinfo",
			 "36 35 8:16 / /nosuch rw - vfat /dev/sdb rw\nnonsense\n")}},
	{"a missing list of mounts is an error", .changes = {REMOVE("proc/self/mountinfo")},
	 .code = -ENOENT, .message = "so rpiboot cannot check that"},
	{"an unreadable list of mounts is an error",
	 .changes = {REMOVE("proc/self/mountinfo"), LINK("proc/self/mountinfo", ".")}, .code = -EIO,
	 .message = "so rpiboot cannot check that"},
	{"an unreadable list of swap devices is an error",
	 .changes = {REMOVE("proc/swaps"), LINK("proc/swaps", "swaps")}, .code = -ELOOP,
	 .message = "so rpiboot cannot check that"},
	{"a kernel without swap is accepted", .changes = {REMOVE("proc/swaps")}},
	{"a missing node is refused", .changes = {REMOVE("dev/sda")}, .code = -ENODEV,
	 .message = "gone"},
	{"a link in place of the node is refused",
	 .changes = {REMOVE("dev/sda"), PUT("dev/sdb", "x"), LINK("dev/sda", "sdb")}},
};

static void put_machine(const char *dir)
{
	tree_text(dir, DEVICE "idVendor", "0a5c\n");
	tree_text(dir, DEVICE "idProduct", "0104\n");
	tree_text(dir, DEVICE "serial", "1000000012345678\n");
	tree_text(dir, INTERFACE "dev", "8:0\n");
	tree_text(dir, INTERFACE "size", "131072\n");
	tree_text(dir, INTERFACE "ro", "0\n");
	tree_text(dir, INTERFACE "diskseq", "9\n");
	tree_parents(dir, INTERFACE "holders/");
	tree_text(dir, INTERFACE "sda1/partition", "1\n");
	tree_text(dir, INTERFACE "sda1/dev", "8:1\n");
	tree_text(dir, INTERFACE "sda1/size", "2048\n");
	tree_text(dir, INTERFACE "sda2/partition", "2\n");
	tree_text(dir, INTERFACE "sda2/dev", "8:2\n");
	tree_text(dir, "sys/devices/pci/usb1/1-2/idVendor", "0a5c\n");
	tree_link(dir, "sys/block/sda",
		  "../devices/pci/usb1/1-1/1-1:1.0/host0/target0:0:0/0:0:0:0/block/sda");
	tree_link(dir, "sys/bus/usb/devices/1-1", "../../../devices/pci/usb1/1-1");
	tree_text(dir, "proc/self/mountinfo", "22 1 254:1 / / rw - ext4 /dev/vda1 rw\n");
	tree_text(dir, "proc/swaps", "Filename\tType\n/swapfile file 1 0 -2\n");
	tree_text(dir, "dev/sda", "not a device");
	/* Only some users can make device nodes. a_source_is_recognized_by_its_node needs them. */
	(void)mknod(tree_path(dir, "dev/sda2"), S_IFBLK | 0600, makedev(8, 2));
	(void)mknod(tree_path(dir, "dev/sdb1"), S_IFBLK | 0600, makedev(8, 17));
	tree_link(dir, "dev/by-id/x", "../sda2");
}

static void put_change(const char *dir, const struct change *change)
{
	if (change->to)
		tree_link(dir, change->name, change->to);
	else if (change->text)
		tree_text(dir, change->name, change->text);
	else
		tree_must(unlink(tree_path(dir, change->name)) == 0);
}

static void check_row(const struct row *row)
{
	char *dir = tree_new();
	char sys[128], proc[128];
	struct target_config config = {.sysroot = sys,
				       .procroot = proc,
				       .devroot = dir,
				       .serial = "1000000012345678",
				       .after = row->after ? row->after : 3,
				       .need_bytes = row->need_bytes};
	int code = row->code ? row->code : -EXDEV;
	struct target target;
	struct error err = {0};
	int r;

	snprintf(sys, sizeof(sys), "%s/sys", dir);
	snprintf(proc, sizeof(proc), "%s/proc", dir);
	snprintf(config.port, sizeof(config.port), "%s", row->port ? row->port : "1-1");
	snprintf(config.disk.path, sizeof(config.disk.path), "/dev/sda");
	put_machine(dir);
	for (const struct change *change = row->changes; change->name; change++)
		put_change(dir, change);
	r = target_open(&target, &config, &err);
	if (r != code || !strstr(err.text, row->message ? row->message : "not the device"))
		fail_msg("%s: %d %s", row->what, r, err.text);
	assert_int_equal(target_open(&target, &config, NULL), code);
	assert_int_equal(target.fd, -1);
	tree_free(dir);
}

TEST(another_disk_or_one_in_use_is_refused)
{
	for (size_t i = 0; i < array_size(rows); i++)
		check_row(&rows[i]);
}

/* If the numbers are those of a file system and not of a disk, the source identifies the disk. The
 * source and the swap device can have another name than the kernel's. */
TEST(a_source_is_recognized_by_its_node)
{
	static const struct row by_node[] = {
		{"a mounted subvolume of the disk is refused",
		 .changes = {PUT(
			 "proc/self/mountinfo",
			 "36 35 0:45 /@ /nosuch rw shared:7 - btrfs /dev/by-id/x rw,subvol=/@\n")},
		 .code = -EBUSY, .message = "/dev/sda2 is mounted on '/nosuch'"},
		{"a subvolume of another disk does not matter",
		 .changes = {PUT("proc/self/mountinfo",
				 "36 35 0:45 / /nosuch rw - btrfs /dev/sdb1 rw\n")}},
		{"a source that is no device does not matter",
		 .changes = {PUT("proc/self/mountinfo",
				 "36 35 0:45 / /nosuch rw - tmpfs sda2 rw\n")}},
		{"an incomplete line does not matter",
		 .changes = {PUT("proc/self/mountinfo", "36 35 0:45 / /nosuch rw - btrfs\n")}},
		{"a swap device of another name is refused",
		 .changes = {PUT("proc/swaps", "Filename\tType\n/dev/by-id/x partition 1 0 -2\n")},
		 .code = -EBUSY, .message = "used as swap"},
	};
	char *dir = tree_new();
	bool can = mknod(tree_path(dir, "node"), S_IFBLK | 0600, makedev(8, 2)) == 0;

	tree_free(dir);
	if (!can)
		skip();
	for (size_t i = 0; i < array_size(by_node); i++)
		check_row(&by_node[i]);
}

TEST(the_mark_is_the_latest_disk_number)
{
	char *dir = tree_new(), sys[128];

	snprintf(sys, sizeof(sys), "%s/sys", dir);
	assert_int_equal(target_mark(sys), 0);
	put_machine(dir);
	assert_int_equal(target_mark(sys), 9);
	tree_text(dir, "sys/block/sdb/diskseq", "31\n");
	tree_text(dir, "sys/block/sdc/diskseq", "12\n");
	tree_text(dir, "sys/block/old/dev", "8:77\n");
	assert_int_equal(target_mark(sys), 31);
	tree_free(dir);
}
