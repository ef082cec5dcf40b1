/* SPDX-License-Identifier: Apache-2.0 */
/* Block maps of every version, and maps that are damaged, inconsistent or hostile. */
#include "image/bmap.h"

#include "util/error.h"
#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/image/bmap_text.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/wait.h>

#define BLOCK	    4096
#define IMAGE_BYTES (20 * BLOCK + 100)

static uint8_t image[IMAGE_BYTES];

static int image_setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(image); i++)
		image[i] = (uint8_t)(i * 7 + i / 256);
	return 0;
}

FIXTURE_ONCE(image_setup, NULL)

static struct bmap_text text_new(const char *version, const char *digest)
{
	return (struct bmap_text){
		.version = version,
		.digest = digest,
		.image = image,
		.image_bytes = sizeof(image),
		.block_bytes = BLOCK,
		.ranges = {{0, 1}, {3, 3}, {7, 12}, {20, 20}},
		.count = 4,
	};
}

static void check_good(const char *version, const char *digest)
{
	struct bmap_text text = text_new(version, digest);
	cleanup_free char *document = bmap_text_new(&text);
	struct bmap *bmap = NULL;
	struct error err = {0};

	if (bmap_parse(&bmap, "os.bmap", document, strlen(document), &err) != 0)
		fail_msg("%s %s: %s\n%s", version, digest, err.text, document);
	assert_int_equal(bmap->image_bytes, sizeof(image));
	assert_int_equal(bmap->block_bytes, BLOCK);
	assert_int_equal(bmap->mapped_bytes, 9 * BLOCK + 100);
	assert_int_equal(bmap->digest != NULL, digest != NULL);
	if (digest)
		assert_string_equal(EVP_MD_name(bmap->digest),
				    EVP_MD_name(EVP_get_digestbyname(digest)));
	assert_int_equal(bmap->count, 4);
	assert_int_equal(bmap->ranges[1].offset, 3 * BLOCK);
	assert_int_equal(bmap->ranges[2].bytes, 6 * BLOCK);
	assert_int_equal(bmap->ranges[3].offset, 20 * BLOCK);
	assert_int_equal(bmap->ranges[3].bytes, 100);
	for (size_t i = 0; digest && i < bmap->count; i++) {
		uint8_t is[BMAP_DIGEST_MAX];
		unsigned int size = 0;

		assert_true(bmap->ranges[i].checked);
		EVP_Digest(image + bmap->ranges[i].offset, bmap->ranges[i].bytes, is, &size,
			   EVP_get_digestbyname(digest), NULL);
		assert_memory_equal(bmap->ranges[i].digest, is, size);
	}
	bmap_free(bmap);
}

TEST(each_version_of_a_map_is_read)
{
	check_good("1.0", NULL);
	check_good("1.1", NULL);
	check_good("1.2", "sha1");
	check_good("1.2", NULL);
	check_good("1.3", "sha1");
	check_good("1.4", "sha256");
	check_good("2.0", "md5");
	check_good("2.0", "sha1");
	check_good("2.0", "sha224");
	check_good("2.0", "sha256");
	check_good("2.0", "sha384");
	check_good("2.0", "sha512");
	check_good("2.1", "sha256");
	check_good("2.0", NULL);
}

#define HEAD	    "<bmap version=\"2.0\"><ImageSize>8192</ImageSize><BlockSize>4096</BlockSize>"
#define MAP(ranges) HEAD "<BlockMap>" ranges "</BlockMap></bmap>"

static const struct row {
	const char *text;
	const char *message; /* NULL: the map is accepted */
} rows[] = {
	{MAP("<Range>0</Range>"), NULL},
	{MAP("<Range> 0 - 1 </Range>"), NULL},
	{MAP(""), "empty"},
	{"<bmap version=\"2.0\"> </bmap>", "no ImageSize"},
	{"", "no element"},
	/* bmaptool accepts these, too. */
	{"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\r\n<!-- by hand -->\r\n"
	 "<bmap xmlns:x='urn:x' x:by='me' version='2.0' xmlns='urn:bmap'><BlockMap>"
	 "<Range>\t0\n-\n1 <!-- all --></Range></BlockMap>\n<BlockSize>\n4096</BlockSize>"
	 "<ImageSize>\t8192\t</ImageSize><Other><BlockMap/></Other></bmap><!-- end -->",
	 NULL},
	{"<!DOCTYPE bmap>" MAP("<Range>0</Range>"), NULL},
	{"<!DOCTYPE bmap SYSTEM \"bmap.dtd\">" MAP("<Range>0</Range>"), NULL},
	{"<bmap version=\"1.0\"><ImageSize>8192</ImageSize><BlockSize>4096</BlockSize><BlockMap>"
	 "<Range>0</Range></BlockMap></bmap>",
	 NULL},
	{"<bmap version=\"2.0\"><ImageSize>3000</ImageSize><BlockSize>1536</BlockSize><BlockMap>"
	 "<Range>0-1</Range></BlockMap></bmap>",
	 NULL},
	{HEAD "<ChecksumType> sha3_256 </ChecksumType><BlockMap><Range chksum=\""
	      "0000000000000000000000000000000000000000000000000000000000000000\">1</Range>"
	      "</BlockMap></bmap>",
	 NULL},
	{HEAD "<ChecksumType>shake_128</ChecksumType></bmap>", "'shake_128' is not supported"},
	{"<bmap version=\"2\"></bmap>", "version '2'"},
	{"<bmap version=\"0.9\"></bmap>", "version '0.9'"},
	{"<bmap version=\"2.0-1\"></bmap>", "version '2.0-1'"},
	{"no XML at all", "line 1"},
	{"<html></html>", "not a block map but 'html'"},
	{"<bmap></bmap>", "version ''"},
	{"<bmap version=\"3.0\"></bmap>", "version '3.0'"},
	{"<bmap version=\"2.0\"></bmap>", "no ImageSize"},
	{"<bmap version=\"2.0\"><ImageSize>8192</ImageSize></bmap>", "no BlockSize"},
	{MAP("<Range>0</Range>") "x", "line 1"},
	{HEAD "<BlockMap><Range>0", "line 1"},
	{MAP("<Range>1</Range><Range>0</Range>"), "not after"},
	{MAP("<Range>0-1</Range><Range>1</Range>"), "not after"},
	{MAP("<Range>2</Range>"), "beyond the end"},
	{MAP("<Range>1-0</Range>"), "not a range"},
	{MAP("<Range>0-</Range>"), "not a range"},
	{MAP("<Range>-1</Range>"), "not a range"},
	{MAP("<Range>0 1</Range>"), "not a range"},
	{MAP("<Range>zero</Range>"), "not a range"},
	{MAP("<Range>0-99999999999999999999</Range>"), "not a range"},
	{MAP("<Range>0-9223372036854775808</Range>"), "not a range"},
	{MAP("<Range>0-9223372036854775807</Range>"), "beyond the end"},
	{MAP("<Range>0-9000000000000000000</Range>"), "beyond the end"},
	{MAP("<Range>4503599627370495-4503599627370496</Range>"), "beyond the end"},
	{MAP("<Range chksum=\"00\">0</Range>"), "no ChecksumType before it"},
	{HEAD "<BmapFileChecksum>00</BmapFileChecksum><BlockMap><Range>0</Range></BlockMap></bmap>",
	 "no ChecksumType names its type"},
	{HEAD "<ChecksumType>sha256</ChecksumType><BlockMap><Range chksum=\"00\">0</Range>"
	      "</BlockMap></bmap>",
	 "checksum of the range"},
	{MAP("<Range sha1=\"da39a3ee5e6b4b0d3255bfef95601890afd80709\">0</Range>"), NULL},
	{HEAD "<ChecksumType>crc32</ChecksumType></bmap>", "'crc32' is not supported"},
	{HEAD "<ImageSize>8192</ImageSize></bmap>", "twice"},
	{HEAD "<BlocksCount>3</BlocksCount><Range>1</Range></bmap>", "BlocksCount"},
	{HEAD "<BlocksCount>2</BlocksCount><Range>1</Range></bmap>", NULL},
	{HEAD "<MappedBlocksCount>1</MappedBlocksCount><Range>0-1</Range></bmap>",
	 "MappedBlocksCount"},
	{"<bmap version=\"2.0\"><ImageSize>8192</ImageSize><BlockSize>0</BlockSize></bmap>",
	 "multiple of 512"},
	{"<bmap version=\"2.0\"><ImageSize>8192</ImageSize><BlockSize>3000</BlockSize></bmap>",
	 "multiple of 512"},
	{"<bmap version=\"2.0\"><ImageSize>8192</ImageSize><BlockSize>256</BlockSize></bmap>",
	 "multiple of 512"},
	{"<bmap version=\"2.0\"><ImageSize>99999999999999999999</ImageSize></bmap>",
	 "not a number"},
	{"<bmap version=\"2.0\"><ImageSize>18446744073709551615</ImageSize></bmap>",
	 "not a number"},
	{"<bmap version=\"2.0\"><ImageSize>9223372036854775808</ImageSize></bmap>",
	 "ImageSize '9223372036854775808' is not a number"},
	{"<bmap version=\"2.0\"><ImageSize>9223372036854775807</ImageSize></bmap>", "no BlockSize"},
	{"<bmap version=\"2.0\"><BlockSize>512b</BlockSize></bmap>",
	 "BlockSize '512b' is not a number"},
	{HEAD "<BlocksCount>2</BlocksCount><BlocksCount>2</BlocksCount></bmap>",
	 "BlocksCount is given twice"},
	{HEAD "<MappedBlocksCount>-1</MappedBlocksCount></bmap>",
	 "MappedBlocksCount '-1' is not a number"},
	{"<bmap version=\"2.0\"><ImageSize>0x10</ImageSize></bmap>", "not a number"},
	{"<bmap version=\"2.0\"><ImageSize>0</ImageSize><BlockSize>4096</BlockSize>"
	 "<BlockMap><Range>0</Range></BlockMap></bmap>",
	 "beyond the end"},
	{HEAD "<ChecksumType>sha256</ChecksumType><BlockMap><Range>0</Range><Range chksum=\""
	      "0000000000000000000000000000000000000000000000000000000000000000\">1</Range>"
	      "</BlockMap></bmap>",
	 NULL},
	{"<!DOCTYPE bmap [<!ENTITY a \"b\">]>" MAP("<Range>0</Range>"), "entities"},
	{"<bmap "
	 "version=\"2.0\"><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a></bmap>",
	 "nested"},
};

TEST(a_map_gets_its_verdict)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		struct bmap *bmap = NULL;
		struct error err = {0};
		int r = bmap_parse(&bmap, "os.bmap", rows[i].text, strlen(rows[i].text), &err);

		if (rows[i].message ? r != -EINVAL || !strstr(err.text, rows[i].message) : r != 0)
			fail_msg("%s\n  %d %s", rows[i].text, r, err.text);
		if (r < 0)
			assert_non_null(strstr(err.text, "os.bmap"));
		bmap_free(bmap);
	}
}

/* Every change of a map with a checksum is detected, except white space around it. */
TEST(any_change_of_a_map_is_detected)
{
	struct bmap_text text = text_new("2.0", "sha256");
	cleanup_free char *document = bmap_text_new(&text);
	size_t length = strlen(document);

	for (size_t i = 0; i < length; i++) {
		struct bmap *bmap = NULL;
		struct error err = {0};

		document[i] ^= 1;
		if (bmap_parse(&bmap, "os.bmap", document, length, &err) == 0)
			fail_msg("byte %zu changed and not detected:\n%s", i, document);
		document[i] ^= 1;
		if (i < length - 1 && bmap_parse(&bmap, "os.bmap", document, i, &err) == 0)
			fail_msg("cut off at byte %zu and not detected", i);
	}
}

TEST(a_map_is_read_from_a_file)
{
	char *dir = tree_new();
	struct bmap *bmap = NULL;
	struct error err = {0};
	int fd;

	tree_text(dir, "good", MAP("<Range>0</Range>"));
	assert_int_equal(bmap_read(&bmap, tree_path(dir, "good"), &err), 0);
	assert_int_equal(bmap->count, 1);
	bmap = bmap_free(bmap);
	assert_int_equal(bmap_read(&bmap, tree_path(dir, "none"), &err), -ENOENT);
	assert_non_null(strstr(err.text, "/none"));
	assert_int_equal(bmap_read(&bmap, dir, &err), -EISDIR);
	tree_text(dir, "nothing", "");
	assert_int_equal(bmap_read(&bmap, tree_path(dir, "nothing"), &err), -EINVAL);
	assert_non_null(strstr(err.text, "is empty (0 bytes)"));
	assert_int_equal(bmap_read(&bmap, "/dev/null", &err), -EINVAL);
	assert_null(bmap);
	fd = open(tree_path(dir, "large"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	tree_must(fd >= 0 && ftruncate(fd, BMAP_TEXT_MAX + 1) == 0);
	close(fd);
	assert_int_equal(bmap_read(&bmap, tree_path(dir, "large"), &err), -EFBIG);
	assert_null(bmap);
	assert_null(bmap_free(NULL));
	tree_free(dir);
}

/* A pipe delivers the map late and in parts, as <(zcat os.bmap.gz) does. */
TEST(a_map_is_read_from_a_pipe)
{
	struct bmap_text text = text_new("2.0", "sha256");
	cleanup_free char *document = bmap_text_new(&text);
	size_t length = strlen(document);
	char *dir = tree_new();
	cleanup_free char *fifo = strdup(tree_path(dir, "fifo"));
	struct bmap *bmap = NULL;
	struct error err = {0};
	int status;
	pid_t pid;

	tree_must(mkfifo(fifo, 0600) == 0);
	pid = fork();
	tree_must(pid >= 0);
	if (pid == 0) {
		int fd;

		alarm(10);
		poll(NULL, 0, 50); /* the reader starts first */
		fd = open(fifo, O_WRONLY);
		for (size_t at = 0; at < length; at += 700) {
			size_t size = length - at < 700 ? length - at : 700;

			if (write(fd, document + at, size) != (ssize_t)size)
				_exit(1);
			poll(NULL, 0, 5);
		}
		_exit(0);
	}
	if (bmap_read(&bmap, fifo, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(bmap->count, 4);
	bmap_free(bmap);
	tree_must(waitpid(pid, &status, 0) == pid && status == 0);
	tree_free(dir);
}
