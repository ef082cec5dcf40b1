/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are no disk images are refused with their kind: plain, compressed, and from a pipe.
 * Disk images are always accepted. */
#include "image/kind.h"

#include "util/error.h"
#include "image/image.h"
#include "image/table.h"
#include "tests/test.h"
#include "tests/unit/image/packed.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>

#define FILE_BYTES (40 * 1024)

/* Beginnings of files. Random bytes follow. */
static const struct row {
	const char *name;
	size_t at, size;
	const char *text;
} rows[] = {
#define ROW(name, at, text)                                                                        \
	{                                                                                          \
		name, at, sizeof(text) - 1, text                                                   \
	}
	ROW("qcow2", 0, "QFI\xfb\0\0\0\3"),
	ROW("vmdk", 0, "KDMV\1\0\0\0"),
	ROW("(vhd)", 0, "conectix\0\0\0\2"),
	ROW("vhdx", 0, "vhdxfile"),
	ROW("vdi", 64, "\x7f\x10\xda\xbe"),
	ROW("Android sparse", 0, "\x3a\xff\x26\xed\1\0\0\0"),
	ROW("UF2", 0, "UF2\nWQ]\x9e"),
	ROW("ISO 9660", 32769, "CD001\1"),
	ROW("UDF", 32769, "BEA01\1"),
	ROW("SquashFS", 0, "hsqs"),
	ROW("EROFS", 1024, "\xe2\xe1\xf5\xe0"),
	ROW("swap", 4086, "SWAPSPACE2"),
	ROW("EEPROM", 0, "\x55\xaa\xf0\x0f"),
	ROW("lz4", 0, "\4\"M\x18"),
	ROW("lzip", 0, "LZIP\1"),
	ROW("lzop", 0, "\x89LZO\0\r\n\x1a\n"),
	ROW("lzma", 0, "]\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff"),
	ROW("lzma", 0, "]\0\0\x01\0\0\0\x60\0\0\0\0\0"),
	ROW(".Z", 0, "\x1f\x9d\x90"),
	ROW("7z", 0, "7z\xbc\xaf'\x1c"),
	ROW("rar", 0, "Rar!\x1a\x07\1\0"),
	ROW("Debian package", 0, "!<arch>\ndebian-binary   "),
	ROW("ar archive", 0, "!<arch>\nfile.o"),
	ROW("cpio", 0, "070701"),
	ROW("ELF", 0,
	    "\x7f"
	    "ELF\2\1\1"),
	ROW("arm64", 56, "ARM\x64"),
	ROW("(arm)", 36, "\x18\x28\x6f\1"),
	ROW("PDF", 0, "%PDF-1.7"),
	ROW("SQLite", 0, "SQLite format 3\0"),
	ROW("script", 0, "#!/bin/sh\nexit\n"),
	ROW("HTML", 0, "<!DOCTYPE html>\n<html>"),
	ROW("HTML", 0, "\xef\xbb\xbf\r\n <HTML lang=en>"),
	ROW("XML", 0, "<?xml version=\"1.0\"?>\n<Error>"),
	ROW("block map", 0, "<?xml version=\"1.0\" ?>\n<!-- x -->\n<bmap version=\"2.0\">"),
	ROW("UTF-16", 0,
	    "\xff\xfe"
	    "4\0a\0b\0c\0"),
	ROW("UTF-16", 0,
	    "\xfe\xff\0"
	    "4\0a\0b\0c"),
#undef ROW
};

/* Whole files. */
static const struct {
	const char *name, *text;
} texts[] = {
	{"Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n"},
	{"list of checksums", "d41d8cd98f00b204e9800998ecf8427e  os.img\n"},
	{"list of checksums", "da39a3ee5e6b4b0d3255bfef95601890afd80709 *os.img\n"},
	{"list of checksums", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"list of checksums", "SHA256 (os.img) = e3b0c442\n"},
	{"JSON", "{\"os_list\": []}\n"},
	{"XML or HTML", "<list></list>"},
	{"text file", "Read me first.\n"},
	{"text file", "Gr\xc3\xbc\xc3\x9f"
		      "e\n"},
	{"PGP", "-----BEGIN PGP SIGNATURE-----\n\niQ\n"},
};

/* Makes bytes that are neither text nor a disk image. */
static struct packed noise_new(size_t size)
{
	struct packed packed = {.bytes = malloc(size + 1), .size = size};

	tree_must(packed.bytes);
	for (size_t i = 0; i < size; i++)
		packed.bytes[i] = (unsigned char)(0x80 | (i * 2654435761u >> 13));
	return packed;
}

static int open_image(const struct packed *packed, bool as_pipe, bool raw, struct error *err)
{
	int fd, r;
	struct image_config config = {.no_bmap = true, .raw = raw};
	struct image *image = NULL;

	*err = (struct error){0};
	config.path = packed_path(packed, as_pipe, &fd);
	r = image_new(&image, &config, err);
	close(fd);
	image_free(image);
	return r;
}

static void assert_refused(const char *dir, const struct packed *content, const char *name)
{
	struct error err;

	for (size_t i = 0; i < 2 * array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(dir, packed_formats[i / 2], "", content);
		int r = open_image(&packed, i % 2, false, &err);

		if (r != -EINVAL || !strstr(err.text, name) || !strstr(err.text, "--raw"))
			fail_msg("%s, %s%s: %d %s", name, image_format_name(packed_formats[i / 2]),
				 i % 2 ? " through a pipe" : "", r, err.text);
		if (open_image(&packed, i % 2, true, &err) != 0)
			fail_msg("--raw: %s", err.text);
	}
}

static void assert_accepted(const struct packed *content, const char *what)
{
	struct error err;

	for (int as_pipe = 0; as_pipe < 2; as_pipe++)
		if (open_image(content, as_pipe, false, &err) != 0)
			fail_msg("%s: %s", what, err.text);
}

TEST(another_file_with_a_magic_is_refused)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup(packed_free) struct packed content = noise_new(FILE_BYTES);

		memcpy(content.bytes + rows[i].at, rows[i].text, rows[i].size);
		assert_refused(*state, &content, rows[i].name);
	}
}

TEST(a_text_is_refused)
{
	for (size_t i = 0; i < array_size(texts); i++) {
		cleanup(packed_free) struct packed content = {0};

		packed_append(&content, texts[i].text, strlen(texts[i].text));
		assert_refused(*state, &content, texts[i].name);
	}
}

/* Formats that other programs convert disk images to. */
TEST(files_of_other_programs_are_refused)
{
	static const struct {
		const char *name, *command;
	} made[] = {
		{"tar archive", "tar -cf out in"},
		{"tar archive", "tar --format=v7 -cf out in"},
		{"tar archive", "tar --format=pax -cf out in"},
		{"cpio", "echo in | cpio -o -H newc >out 2>/dev/null"},
		{"a gzip file", "gzip -c <in >out"},
		{"an xz file", "xz -c <in >out"},
		{"a bzip2 file", "bzip2 -c <in >out"},
		{"a zstd file", "zstd -q -c <in >out"},
		{"a zip file", "rm -f out.zip; zip -q out.zip in; mv out.zip out"},
		{"lzma", "xz --format=lzma -c <in >out"},
	};

	for (size_t i = 0; i < array_size(made); i++) {
		cleanup(packed_free) struct packed content = packed_content(70000), out = {0},
						   twice = {0};
		struct error err;

		tree_write(*state, "in", content.bytes, content.size);
		packed_shell(*state, "%s", made[i].command);
		out = packed_read(*state, "out");
		twice = packed_new(*state, IMAGE_GZIP, "", &out);
		for (int as_pipe = 0; as_pipe < 2; as_pipe++) {
			assert_int_equal(open_image(&twice, as_pipe, false, &err), -EINVAL);
			if (!strstr(err.text, made[i].name))
				fail_msg("%s: %s", made[i].command, err.text);
		}
	}
}

/* A dmg file has its magic at the end, and can begin like a bzip2 file. */
TEST(a_magic_at_the_end_is_found)
{
	static const unsigned char koly[] = {'k', 'o', 'l', 'y', 0, 0, 0, 4, 0, 0, 2, 0};
	struct error err;

	for (int i = 0; i < 2; i++) {
		cleanup(packed_free) struct packed content = noise_new(FILE_BYTES);

		memcpy(content.bytes + content.size - 512, koly, sizeof(koly));
		if (i)
			memcpy(content.bytes, "BZh91AY&SY", 10);
		assert_int_equal(open_image(&content, false, false, &err), -EINVAL);
		assert_non_null(strstr(err.text, "dmg"));
	}
}

static void put_le32(unsigned char *at, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(number >> 8 * i);
}

static void put_entry(unsigned char *head, unsigned char type, uint32_t first, uint32_t count)
{
	head[446 + 4] = type;
	put_le32(head + 446 + 8, first);
	put_le32(head + 446 + 12, count);
	head[510] = 0x55;
	head[511] = 0xaa;
}

/* Boot code can have any bytes, so a partition table has priority over any magic. */
TEST(a_partition_table_outweighs_a_magic)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup(packed_free) struct packed mbr = noise_new(FILE_BYTES), gpt = {0};

		memset(mbr.bytes + 440, 0, 72);
		memcpy(mbr.bytes + rows[i].at, rows[i].text, rows[i].size);
		packed_append(&gpt, mbr.bytes, mbr.size);
		put_entry(mbr.bytes, 0x0c, 8192, 1000);
		assert_accepted(&mbr, rows[i].name);
		memcpy(gpt.bytes + (i % 2 ? 512 : 4096), "EFI PART", 8);
		if (rows[i].at < 4086)
			assert_accepted(&gpt, rows[i].name);
	}
}

TEST(a_file_system_is_accepted)
{
	static const char *const commands[] = {
		"truncate -s 256K fs && mkfs.vfat -F 12 fs >/dev/null",
		"truncate -s 40M fs && mkfs.vfat -F 32 fs >/dev/null",
		"truncate -s 1M fs && mke2fs -q fs",
		"truncate -s 8M fs && mke2fs -q -t ext4 fs",
	};

	for (size_t i = 0; i < array_size(commands); i++) {
		cleanup(packed_free) struct packed content = {0};
		struct table table;

		packed_shell(*state,
			     "rm -f fs; PATH=$PATH:/sbin:/usr/sbin; %s; truncate -s 512K fs",
			     commands[i]);
		content = packed_read(*state, "fs");
		assert_accepted(&content, commands[i]);
		assert_non_null(table_file_system(content.bytes, content.size));
		table_read(&table, content.bytes, content.size);
		assert_int_equal(table.kind, TABLE_NONE);
	}
}

/* A CD image that is also a disk image. Its partition table can be unusual. */
TEST(a_hybrid_cd_image_is_accepted)
{
	static const struct {
		unsigned char type;
		uint32_t first;
	} hybrid[] = {{0x17, 0}, {0, 64}, {0xcd, 1}, {0x83, 64}};

	for (size_t i = 0; i < array_size(hybrid); i++) {
		cleanup(packed_free) struct packed content = {calloc(1, FILE_BYTES), FILE_BYTES};

		memcpy(content.bytes + 32769, "CD001", 5);
		put_entry(content.bytes, hybrid[i].type, hybrid[i].first, 1000);
		assert_accepted(&content, "hybrid");
	}
}

/* Unknown content can be a disk image. */
TEST(unknown_content_is_accepted)
{
	cleanup(packed_free) struct packed zeros = {calloc(1, FILE_BYTES), FILE_BYTES};
	cleanup(packed_free) struct packed noise = noise_new(FILE_BYTES);
	cleanup(packed_free) struct packed small = noise_new(1);

	assert_accepted(&zeros, "zeros");
	assert_accepted(&noise, "noise");
	assert_accepted(&small, "one byte");
	memcpy(noise.bytes, "ordinary text and then", 22);
	assert_accepted(&noise, "text with bytes of something else behind it");
}

/* A kernel for PCs has the signature of a partition table and bytes that look like an entry. */
TEST(a_kernel_for_pcs_is_refused)
{
	cleanup(packed_free) struct packed kernel = noise_new(FILE_BYTES);

	memset(kernel.bytes + 440, 0, 72);
	memcpy(kernel.bytes, "MZ", 2);
	put_entry(kernel.bytes, 0x0c, 8192, 1000);
	memcpy(kernel.bytes + 514, "HdrS", 4);
	assert_refused(*state, &kernel, "kernel (x86)");
}

TEST(a_table_is_read_with_its_blocks)
{
	cleanup(packed_free) struct packed disk = {calloc(1, FILE_BYTES), FILE_BYTES};
	struct table table;

	put_entry(disk.bytes, 0x0c, 8192, 1000);
	memcpy(disk.bytes + 462, disk.bytes + 446, 16);
	put_le32(disk.bytes + 462 + 8, 2048);
	table_read(&table, disk.bytes, disk.size);
	assert_int_equal(table.kind, TABLE_MBR);
	assert_int_equal(table.first_block, 2048);
	assert_int_equal(table.end_block, 9192);
	disk.bytes[446] = 0x7f; /* not a valid boot flag */
	table_read(&table, disk.bytes, disk.size);
	assert_int_equal(table.kind, TABLE_NONE);
	memset(disk.bytes, 0, disk.size);
	put_entry(disk.bytes, 0xee, 1, UINT32_MAX);
	table_read(&table, disk.bytes, disk.size);
	assert_int_equal(table.kind, TABLE_GPT);
	assert_int_equal(table.block_bytes, 0);
	for (uint32_t block = 512; block <= 4096; block += 4096 - 512) {
		memcpy(disk.bytes + block, "EFI PART", 8);
		put_le32(disk.bytes + block + 32, 99999);
		table_read(&table, disk.bytes, disk.size);
		assert_int_equal(table.kind, TABLE_GPT);
		assert_int_equal(table.block_bytes, block);
		assert_int_equal(table.end_block, 100000);
		memset(disk.bytes + block, 0, 8);
		table_read(&table, disk.bytes, block + 91);
		assert_int_equal(table.block_bytes, 0);
	}
	table_read(&table, disk.bytes, 511);
	assert_int_equal(table.kind, TABLE_NONE);
}

/* The examined bytes of a pipe are kept for the pass that writes. */
TEST(bytes_that_were_examined_are_kept)
{
	static const enum image_format formats[] = {IMAGE_RAW, IMAGE_XZ, IMAGE_BZIP2, IMAGE_ZIP};

	for (size_t i = 0; i < array_size(formats); i++) {
		cleanup(packed_free) struct packed content = packed_content(300000);
		cleanup(packed_free) struct packed packed =
			packed_new(*state, formats[i], "", &content);
		struct image_config config = {.no_bmap = true};
		struct image_reader *reader = NULL;
		struct image *image = NULL;
		struct error err = {0};
		unsigned char buf[7777];
		uint64_t offset, at = 0;
		ssize_t n;
		int fd;

		config.path = packed_path(&packed, true, &fd);
		assert_int_equal(image_new(&image, &config, &err), 0);
		assert_int_equal(image_reader_new(&reader, image, &err), 0);
		while ((n = image_reader_next(reader, buf, sizeof(buf), &offset, &err)) > 0) {
			assert_int_equal(offset, at);
			assert_memory_equal(buf, content.bytes + at, n);
			at += (uint64_t)n;
		}
		assert_int_equal(n, 0);
		assert_int_equal(at, content.size);
		image_reader_free(reader);
		image_free(image);
		close(fd);
	}
}

TEST(a_url_is_refused_with_a_remedy)
{
	static const char *const urls[][2] = {
		{"https://a.example/os.img.xz", "curl -Lf"},
		{"HTTP://a.example/os.img", "curl -Lf"},
		{"ftp://a.example/os.img", "curl -Lf"},
		{"file:///nowhere/os.img", "without file://"},
	};

	for (size_t i = 0; i < array_size(urls); i++) {
		struct image_config config = {.path = urls[i][0]};
		struct image *image = NULL;
		struct error err = {0};

		assert_int_equal(image_new(&image, &config, &err), -ENOENT);
		assert_non_null(strstr(err.text, "is a URL"));
		assert_non_null(strstr(err.text, urls[i][1]));
	}
}

FIXTURE_EACH(tree_setup, tree_teardown)
