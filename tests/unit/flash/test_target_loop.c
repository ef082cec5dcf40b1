/* SPDX-License-Identifier: Apache-2.0 */
/* A real block device as the disk of a board: a loop device with blocks of 512 or 4096 bytes, with
 * its content in a file. Only sysfs is simulated, so that the device is on a USB port. */
#include "flash/target.h"

#include "util/error.h"
#include "image/image.h"
#include "flash/writer.h"
#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <linux/loop.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#define MIB	   (UINT64_C(1024) * 1024)
#define DISK_BYTES (6 * MIB)
#define OLD	   0xaa
#define DEVICE	   "sys/devices/pci/usb1/1-1/"
#define BLOCK	   DEVICE "1-1:1.0/host0/target0:0:0/0:0:0:0/block/sda/"

struct loop {
	char *dir;
	char sys[128], proc[128];
	int fd; /* the device; -1: none */
	struct target_config config;
};

/* The kernel adds a disk in steps. Each poll() of target_open() between two attempts does the next
 * step. */
static const struct loop *added;
static unsigned int added_steps;

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	const struct timespec timeout = {.tv_nsec = timeout_ms % 1000 * 1000000L,
					 .tv_sec = timeout_ms / 1000};

	if (added && added_steps == 0)
		tree_link(added->dir, "sys/block/sda",
			  "../devices/pci/usb1/1-1/1-1:1.0/host0/target0:0:0/0:0:0:0/block/sda");
	if (added && added_steps++ == 1)
		tree_must(rename(tree_path(added->dir, "dev/later"),
				 tree_path(added->dir, "dev/sda")) == 0);
	return ppoll(fds, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

static bool loop_attach(struct loop *loop, uint32_t block_bytes, bool read_only)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), number;
	struct loop_config config = {.block_size = block_bytes,
				     .info.lo_flags = read_only ? LO_FLAGS_READ_ONLY : 0};
	char text[32];

	loop->fd = -1;
	number = control >= 0 ? ioctl(control, LOOP_CTL_GET_FREE) : -1;
	close(control);
	if (number < 0 || mknod(tree_parents(loop->dir, "dev/sda"), S_IFBLK | 0600,
				makedev(7, (unsigned int)number)) < 0)
		return false;
	loop->fd = open(tree_path(loop->dir, "dev/sda"), O_RDWR | O_CLOEXEC);
	config.fd = (uint32_t)open(tree_path(loop->dir, "disk"), O_RDWR | O_CLOEXEC);
	if (loop->fd < 0 || ioctl(loop->fd, LOOP_CONFIGURE, &config) < 0)
		return false;
	close((int)config.fd);
	snprintf(text, sizeof(text), "7:%d\n", number);
	tree_text(loop->dir, BLOCK "dev", text);
	return true;
}

static void loop_free(struct loop *loop)
{
	if (loop->fd >= 0) {
		ioctl(loop->fd, LOOP_CLR_FD);
		close(loop->fd);
	}
	tree_free(loop->dir);
}

/* Skips the test if this machine has no loop devices, or if this user cannot use one. */
static void loop_new(struct loop *loop, uint32_t block_bytes, bool read_only)
{
	cleanup_free uint8_t *old = malloc(DISK_BYTES);

	*loop = (struct loop){.dir = tree_new()};
	tree_must(old);
	memset(old, OLD, DISK_BYTES);
	tree_write(loop->dir, "disk", old, DISK_BYTES);
	tree_text(loop->dir, DEVICE "idVendor", "0a5c\n");
	tree_text(loop->dir, DEVICE "idProduct", "0104\n");
	tree_text(loop->dir, DEVICE "1-1:1.0/bInterfaceClass", "08\n");
	tree_text(loop->dir, DEVICE "1-1:1.0/host0/target0:0:0/0:0:0:0/type", "0\n");
	tree_text(loop->dir, BLOCK "size", "12288\n");
	tree_text(loop->dir, BLOCK "ro", "0\n");
	tree_text(loop->dir, BLOCK "diskseq", "9\n");
	tree_parents(loop->dir, BLOCK "holders/");
	tree_link(loop->dir, "sys/block/sda",
		  "../devices/pci/usb1/1-1/1-1:1.0/host0/target0:0:0/0:0:0:0/block/sda");
	tree_link(loop->dir, "sys/bus/usb/devices/1-1", "../../../devices/pci/usb1/1-1");
	tree_text(loop->dir, "proc/self/mountinfo", "");
	tree_text(loop->dir, "proc/swaps", "Filename\n");
	snprintf(loop->sys, sizeof(loop->sys), "%s/sys", loop->dir);
	snprintf(loop->proc, sizeof(loop->proc), "%s/proc", loop->dir);
	loop->config = (struct target_config){.sysroot = loop->sys,
					      .procroot = loop->proc,
					      .devroot = loop->dir,
					      .port = "1-1",
					      .disk = {.path = "/dev/sda", .bytes = DISK_BYTES},
					      .after = 8};
	if (!loop_attach(loop, block_bytes, read_only)) {
		loop_free(loop);
		skip();
	}
}

static void loop_content(const struct loop *loop, uint8_t ret[DISK_BYTES])
{
	int fd = open(tree_path(loop->dir, "disk"), O_RDONLY | O_CLOEXEC);

	tree_must(fsync(loop->fd) == 0 && read(fd, ret, DISK_BYTES) == (ssize_t)DISK_BYTES);
	close(fd);
}

static void write_image(struct loop *loop, const char *name, bool no_bmap, struct writer_state *ret)
{
	struct image_config image_config = {.path = tree_path(loop->dir, name), .no_bmap = no_bmap};
	struct writer_config config = {.target = loop->config, .open = target_open, .verify = true};
	struct writer *writer;
	struct error err = {0};

	tree_must(image_new(&config.image, &image_config, &err) == 0);
	tree_must(writer_new(&writer, &config, &err) == 0);
	do {
		poll(NULL, 0, 5);
		writer_look(writer, ret);
	} while (ret->phase != WRITER_ENDED);
	writer_free(writer);
	image_free(config.image);
}

static uint8_t image_byte(uint64_t offset)
{
	return (uint8_t)(offset * 2654435761u >> 11) | 1;
}

static void image_put(const struct loop *loop, uint64_t bytes)
{
	cleanup_free uint8_t *image = malloc(bytes);

	tree_must(image);
	for (uint64_t i = 0; i < bytes; i++)
		image[i] = image_byte(i);
	tree_write(loop->dir, "image", image, bytes);
}

/* Compares each byte: the image, zeros up to the end of the last block, and the old content. */
static void check_written(uint32_t block_bytes, uint64_t bytes)
{
	static uint8_t content[DISK_BYTES];
	uint64_t padded = (bytes + block_bytes - 1) / block_bytes * block_bytes;
	struct writer_state state;
	struct loop loop;

	loop_new(&loop, block_bytes, false);
	image_put(&loop, bytes);
	write_image(&loop, "image", false, &state);
	if (state.err.code)
		fail_msg("%s", state.err.text);
	assert_true(state.verified);
	loop_content(&loop, content);
	for (uint64_t i = 0; i < DISK_BYTES; i++) {
		uint8_t expected = i < bytes ? image_byte(i) : i < padded ? 0 : i < MIB ? 0 : OLD;

		if (content[i] != expected)
			fail_msg("byte %llu is %u, not %u", (unsigned long long)i, content[i],
				 expected);
	}
	loop_free(&loop);
}

TEST(an_image_is_written_to_a_real_disk)
{
	check_written(512, 4 * MIB + 1234);
	check_written(512, 700);
	check_written(4096, 4 * MIB + 1234);
	check_written(4096, DISK_BYTES);
}

/* Mapped ranges of 1024 bytes cannot be written directly to blocks of 4096 bytes. */
TEST(ranges_smaller_than_a_block_are_written)
{
	struct writer_state look;
	struct loop loop;

	loop_new(&loop, 4096, false);
	image_put(&loop, 4 * MIB);
	tree_text(loop.dir, "image.bmap",
		  "<bmap version=\"1.3\"><ImageSize>4194304</ImageSize><BlockSize>1024</BlockSize>"
		  "<BlocksCount>4096</BlocksCount><MappedBlocksCount>3</MappedBlocksCount>"
		  "<BlockMap><Range>0</Range><Range>2049-2050</Range></BlockMap></bmap>");
	write_image(&loop, "image", false, &look);
	assert_int_equal(look.err.code, -EINVAL);
	assert_non_null(strstr(look.err.text, "--no-bmap"));
	assert_false(look.write_started);
	write_image(&loop, "image", true, &look);
	assert_int_equal(look.err.code, 0);
	loop_free(&loop);
}

/* sysfs lists a new disk before it has a link in /sys/block and a device file. */
TEST(a_disk_that_the_kernel_still_adds_is_opened)
{
	struct target target;
	struct error err = {0};
	struct loop loop;
	int r;

	loop_new(&loop, 512, false);
	tree_must(unlink(tree_path(loop.dir, "sys/block/sda")) == 0);
	tree_must(rename(tree_path(loop.dir, "dev/sda"), tree_path(loop.dir, "dev/later")) == 0);
	added = &loop;
	added_steps = 0;
	r = target_open(&target, &loop.config, &err);
	added = NULL;
	if (r != 0)
		fail_msg("%s", err.text);
	assert_int_equal(added_steps, 2);
	target_close(&target);
	loop_free(&loop);
}

static void check_refused(struct loop *loop, int code, const char *message)
{
	struct target target;
	struct error err = {0};

	assert_int_equal(target_open(&target, &loop->config, &err), code);
	assert_non_null(strstr(err.text, message));
	assert_int_equal(target.fd, -1);
	loop_free(loop);
}

TEST(a_target_that_cannot_be_written_is_refused)
{
	struct loop loop;

	loop_new(&loop, 512, true);
	check_refused(&loop, -EROFS, "write-protected");
	loop_new(&loop, 512, false);
	tree_text(loop.dir, BLOCK "size", "12287\n");
	check_refused(&loop, -EXDEV, "but sysfs shows");
	loop_new(&loop, 512, false);
	tree_text(loop.dir, BLOCK "dev", "7:199\n");
	check_refused(&loop, -EXDEV, "not the device");
}

/* A disk that another process has open exclusively is refused, and the opened target excludes other
 * processes. */
TEST(a_target_is_opened_exclusively)
{
	struct target target;
	struct error err = {0};
	struct loop loop;
	int other;

	loop_new(&loop, 512, false);
	assert_int_equal(target_open(&target, &loop.config, &err), 0);
	assert_int_equal(target.bytes, DISK_BYTES);
	assert_int_equal(target.block_bytes, 512);
	assert_true(fcntl(target.fd, F_GETFL) & O_DIRECT);
	assert_int_equal(open(tree_path(loop.dir, "dev/sda"), O_RDONLY | O_EXCL), -1);
	assert_int_equal(errno, EBUSY);
	target_close(&target);
	other = open(tree_path(loop.dir, "dev/sda"), O_RDONLY | O_EXCL | O_CLOEXEC);
	assert_true(other >= 0);
	assert_int_equal(target_open(&target, &loop.config, &err), -EBUSY);
	assert_non_null(strstr(err.text, "in use by another program"));
	assert_int_equal(target_open(&target, &loop.config, NULL), -EBUSY);
	close(other);
	loop_free(&loop);
}
