/* SPDX-License-Identifier: Apache-2.0 */
/* The warnings about a written disk that follow from its partition table, for both block sizes. */
#include "flash/writer.h"

#include "image/image.h"
#include "tests/test.h"
#include "tests/unit/image/packed.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <poll.h>

#define MIB	    (1024 * 1024)
#define DISK_BYTES  (16 * MIB)
#define IMAGE_BYTES (3 * MIB)

static unsigned char content[IMAGE_BYTES];
static uint32_t block_bytes;

static int disk_open(struct target *ret, const struct target_config *config, struct error *err)
{
	(void)err;
	*ret = (struct target){.fd = open(config->disk.path, O_RDWR | O_CLOEXEC),
			       .bytes = DISK_BYTES,
			       .block_bytes = block_bytes};
	strcpy(ret->path, "/dev/test");
	tree_must(ret->fd >= 0);
	return 0;
}

/* Lists the codes of the warnings and their messages. */
static void warned(const char *dir, const char *image_name, char *ret, size_t size)
{
	struct image_config image_config = {.path = tree_path(dir, image_name), .no_bmap = true};
	struct writer_config config = {.open = disk_open};
	struct writer_state state = {0};
	struct writer *writer = NULL;
	struct error err = {0};
	int fd = open(tree_path(dir, "disk"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	tree_must(fd >= 0 && ftruncate(fd, DISK_BYTES) == 0);
	close(fd);
	snprintf(config.target.disk.path, sizeof(config.target.disk.path), "%s",
		 tree_path(dir, "disk"));
	if (image_new(&config.image, &image_config, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(writer_new(&writer, &config, &err), 0);
	do
		poll(NULL, 0, 2), writer_look(writer, &state);
	while (state.phase != WRITER_ENDED);
	if (state.err.code)
		fail_msg("%s", state.err.text);
	ret[0] = '\0';
	for (size_t i = 0; i < state.warning_count; i++)
		snprintf(ret + strlen(ret), size - strlen(ret), "%s: %s\n", state.warnings[i].code,
			 state.warnings[i].text);
	writer_free(writer);
	image_free(config.image);
}

static void check(const char *dir, uint32_t disk_block_bytes, const char *code, const char *message)
{
	char text[1024];

	block_bytes = disk_block_bytes;
	tree_write(dir, "os.img", content, sizeof(content));
	warned(dir, "os.img", text, sizeof(text));
	if (code ? strncmp(text, code, strlen(code)) != 0 || !strstr(text, message) : text[0])
		fail_msg("not '%s ... %s' but: %s", code ? code : "nothing", message, text);
}

static void put_le(size_t at, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		content[at + i] = (unsigned char)(number >> 8 * i);
}

static void put_mbr(unsigned char type, uint32_t first, uint32_t count)
{
	put_le(446 + 4, type, 1);
	put_le(446 + 8, first, 4);
	put_le(446 + 12, count, 4);
	put_le(510, 0xaa55, 2);
}

static void put_gpt(uint32_t unit, uint64_t backup)
{
	put_mbr(0xee, 1, UINT32_MAX);
	memcpy(content + unit, "EFI PART", 8);
	put_le(unit + 32, backup, 8);
}

static void put_btrfs(size_t at)
{
	memcpy(content + at + 0x10040, "_BHRfS_M", 8);
}

static void put_xfs(size_t at)
{
	memcpy(content + at, "XFSB", 4);
}

TEST(an_image_without_partitions_is_reported)
{
	check(*state, 512, "no-partition", "no known file system");
	put_btrfs(0);
	check(*state, 512, "no-partition", "(btrfs)");
	memset(content, 0, sizeof(content));
	put_mbr(0xee, 1, UINT32_MAX);
	check(*state, 512, "no-partition", "announces a GPT");
}

TEST(a_gpt_for_another_disk_is_reported)
{
	put_gpt(512, DISK_BYTES / 512 - 1);
	check(*state, 512, NULL, "");
	put_gpt(512, IMAGE_BYTES / 512 - 1);
	check(*state, 512, NULL, "");
	put_gpt(512, DISK_BYTES / 512);
	check(*state, 512, "larger-disk", "32769 blocks or more, but /dev/test has 32768");
	put_gpt(512, UINT64_MAX);
	check(*state, 512, "larger-disk", "GPT");
	put_gpt(512, 100);
	check(*state, 4096, "block-size", "blocks of 512 bytes, but /dev/test has blocks of 4096");
	memset(content, 0, sizeof(content));
	put_gpt(4096, DISK_BYTES / 4096 - 1);
	check(*state, 4096, NULL, "");
	check(*state, 512, "block-size", "blocks of 4096 bytes, but /dev/test has blocks of 512");
}

TEST(an_mbr_for_another_disk_is_reported)
{
	put_mbr(0x0c, 64, 1000);
	check(*state, 512, NULL, "");
	check(*state, 4096, NULL, ""); /* no byte shows that it is wrong */
	put_xfs(64 * 512);
	check(*state, 512, NULL, "");
	check(*state, 4096, "block-size", "blocks of 512 bytes");
	memset(content + 64 * 512, 0, 4);
	put_xfs(64 * 4096);
	check(*state, 512, "block-size", "blocks of 4096 bytes");
	check(*state, 4096, NULL, "");
	memset(content + 64 * 4096, 0, 4);
	put_mbr(0x0c, 2049, 30719); /* up to the last block */
	check(*state, 512, NULL, "");
	put_mbr(0x0c, 2049, 30720);
	check(*state, 512, "larger-disk", "MBR");
}

TEST(ignored_bytes_of_an_image_are_reported)
{
	char text[1024];

	put_mbr(0x0c, 64, 1000);
	block_bytes = 512;
	tree_write(*state, "os.img", content, sizeof(content));
	packed_shell(*state, "{ gzip -c os.img; printf '{}META'; } >os.img.gz");
	warned(*state, "os.img.gz", text, sizeof(text));
	assert_non_null(strstr(text, "ignored-bytes: 6 bytes after the compressed data of"));
	packed_shell(*state, "gzip -c os.img >os.img.gz");
	warned(*state, "os.img.gz", text, sizeof(text));
	assert_string_equal(text, "");
}

static int setup(void **state)
{
	*state = tree_new();
	memset(content, 0, sizeof(content));
	return 0;
}

static int teardown(void **state)
{
	tree_free(*state);
	return 0;
}

FIXTURE_EACH(setup, teardown)
