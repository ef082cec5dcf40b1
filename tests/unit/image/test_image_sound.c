/* SPDX-License-Identifier: Apache-2.0 */
/* Sound files that look damaged, and sound files that cannot be expanded. */
#include "tests/test.h"
#include "tests/unit/image/image_outcome.h"

static uint64_t ignored_bytes(const struct packed *packed)
{
	cleanup(outcome_done) struct outcome outcome = expand(packed, false);

	assert_int_equal(outcome.r, 0);
	return outcome.ignored;
}

/* A few bytes after a single gzip member are ignored and counted. After several members they could
 * be a damaged member, and so could many bytes. */
TEST(some_bytes_after_gzip_data_are_ignored)
{
	static const char text[] = "{ \"made_for\": \"a board\" }META\0\0\0\1\0\0\0\27";
	cleanup(packed_free) struct packed content = packed_content(300000);
	cleanup(packed_free) struct packed packed = packed_new(*state, IMAGE_GZIP, "", &content);
	cleanup(packed_free) struct packed zeros = {0}, two = {0}, large = {0};
	static unsigned char much[64 * 1024 + 1] = {'x'};

	packed_append(&zeros, packed.bytes, packed.size);
	packed_append(&zeros, "\0\0\0", 3);
	packed_append(&two, packed.bytes, packed.size);
	packed_append(&two, packed.bytes, packed.size);
	packed_append(&large, packed.bytes, packed.size);
	packed_append(&packed, text, sizeof(text) - 1);
	packed_append(&zeros, text, sizeof(text) - 1);
	packed_append(&two, text, sizeof(text) - 1);
	packed_append(&large, much, sizeof(much));
	check_round(*state, &packed, &content);
	check_round(*state, &zeros, &content);
	assert_int_equal(ignored_bytes(&packed), sizeof(text) - 1);
	assert_int_equal(ignored_bytes(&zeros), sizeof(text) - 1);
	for (int as_pipe = 0; as_pipe < 2; as_pipe++) {
		cleanup(outcome_done) struct outcome first = expand(&two, as_pipe);
		cleanup(outcome_done) struct outcome second = expand(&large, as_pipe);

		assert_int_equal(first.r, -EBADMSG);
		assert_int_equal(second.r, -EBADMSG);
	}
	large.size--;
	check_round(*state, &large, &content);
}

/* A bit of the first byte of the second member is flipped. Without this member, the image would be
 * too short. */
TEST(a_damaged_gzip_member_is_not_ignored)
{
	cleanup(packed_free) struct packed content = packed_content(3000);
	cleanup(packed_free) struct packed packed = packed_new(*state, IMAGE_GZIP, "", &content);
	size_t size = packed.size;

	packed_append(&packed, packed.bytes, size);
	for (int i = 0; i < 2 * 8; i++) {
		cleanup(outcome_done) struct outcome outcome = {0};
		unsigned char bit = (unsigned char)(1 << i / 2);

		packed.bytes[size] ^= bit;
		outcome = expand(&packed, i % 2);
		packed.bytes[size] ^= bit;
		assert_int_equal(outcome.r, -EBADMSG);
	}
}

/* A zip file whose file was a pipe has the type of a pipe. */
TEST(a_zip_file_of_a_pipe_is_read)
{
	static const unsigned char types[] = {0, 010, 01};
	cleanup(packed_free) struct packed content = packed_content(5000), packed = {0};
	cleanup(outcome_done) struct outcome outcome = {0};
	size_t directory;

	tree_write(*state, "in", content.bytes, content.size);
	packed_shell(*state, "cat in | zip -q t.zip -");
	packed = packed_read(*state, "t.zip");
	check_round(*state, &packed, &content);
	directory = packed_zip_directory(&packed);
	for (size_t i = 0; i < array_size(types); i++) {
		packed.bytes[directory + 41] = (unsigned char)(types[i] << 4 | 1);
		check_round(*state, &packed, &content);
	}
	/* libarchive reads no bytes of an entry with the type of a device. */
	packed.bytes[directory + 41] = 06 << 4 | 1;
	outcome = expand(&packed, false);
	assert_int_equal(outcome.r, -EINVAL);
	assert_non_null(strstr(outcome.err.text, "a device"));
}

/* A sound file that cannot be expanded here is not reported as damaged. */
TEST(an_unsupported_method_is_not_reported_as_damage)
{
	static const struct {
		unsigned char method;
		const char *name;
	} methods[] = {{9, "(deflate64)"}, {1, "(shrinking)"}, {6, "(imploded)"}};
	cleanup(packed_free) struct packed content = packed_content(5000);
	cleanup(packed_free) struct packed zip = packed_new(*state, IMAGE_ZIP, "", &content);
	cleanup(packed_free) struct packed xz =
		packed_new(*state, IMAGE_XZ, "--delta --lzma2", &content);
	size_t directory, header;
	uint32_t crc;

	directory = packed_zip_directory(&zip);
	for (size_t i = 0; i < 2 * array_size(methods); i++) {
		cleanup(outcome_done) struct outcome outcome = {0};

		zip.bytes[8] = zip.bytes[directory + 10] = methods[i / 2].method;
		outcome = expand(&zip, i % 2);
		assert_int_equal(outcome.r, -EINVAL);
		assert_non_null(strstr(outcome.err.text, "a method that rpiboot cannot expand"));
		assert_non_null(strstr(outcome.err.text, methods[i / 2].name));
	}
	header = (xz.bytes[12] + 1u) * 4;
	xz.bytes[14] = 0x3f; /* an unknown filter */
	crc = (uint32_t)crc32(0, xz.bytes + 12, (uInt)header - 4);
	for (size_t i = 0; i < 4; i++)
		xz.bytes[12 + header - 4 + i] = (unsigned char)(crc >> 8 * i);
	for (int as_pipe = 0; as_pipe < 2; as_pipe++) {
		cleanup(outcome_done) struct outcome outcome = expand(&xz, as_pipe);

		assert_int_equal(outcome.r, -EINVAL);
		assert_non_null(strstr(outcome.err.text, "(an unknown xz filter)"));
	}
}

/* A zip file of a pipe can have the length of its data behind the data. libarchive then expands
 * bzip2 data only from a file. */
TEST(a_method_that_needs_a_length_is_not_reported_as_damage)
{
	cleanup(packed_free) struct packed content = packed_content(5000);
	cleanup(packed_free) struct packed zip =
		packed_new(*state, IMAGE_ZIP, "-fd -Z bzip2", &content);
	cleanup(outcome_done) struct outcome file = expand(&zip, false);
	cleanup(outcome_done) struct outcome pipe = expand(&zip, true), cut = {0};

	assert_content(&file, &content);
	if (pipe.r == 0) /* a later libarchive may do it */
		assert_content(&pipe, &content);
	else
		assert_int_equal(pipe.r, -EINVAL);
	if (pipe.r != 0 && !strstr(pipe.err.text, "(bzip in a pipe, without its length)"))
		fail_msg("%s", pipe.err.text);
	/* A file that ends inside its header is cut off. */
	zip.size = 20;
	cut = expand(&zip, true);
	assert_int_equal(cut.r, -EBADMSG);
}

/* A window of 2 GiB needs no more memory than the content. */
TEST(a_large_window_takes_little_memory)
{
	cleanup(packed_free) struct packed content = packed_content(300001);
	cleanup(packed_free) struct packed packed =
		packed_new(*state, IMAGE_ZSTD, "--long=31", &content);

	if (sizeof(size_t) < 8 ||
	    sysconf(_SC_PHYS_PAGES) < (4L << 20) / (sysconf(_SC_PAGESIZE) / 1024)) {
		print_message("SKIP: this machine has too little memory for such a window\n");
		skip();
	}
	check_round(*state, &packed, &content);
}

/* The message names the window of the frame that needs it. */
TEST(an_impossible_zstd_window_is_named)
{
#define FRAME "\x28\xb5\x2f\xfd"
#define SOUND FRAME "\x20\x01\x09\0\0x"
	static const struct {
		const char *bytes;
		size_t size;
		const char *text;
	} rows[] = {
		{FRAME "\xe0\xff\xff\xff\xff\xff\xff\xff\xff\x09\0\0x", 17,
		 "is 17592186044416 MiB"},
		{FRAME "\xe0\xfe\xff\xff\xff\xff\xff\xff\xff\x09\0\0x", 17,
		 "is 17592186044416 MiB"},
		{FRAME "\0\xf8\x09\0\0x", 10, "is 2097152 MiB"},
		{SOUND FRAME "\0\xf8\x09\0\0x", 20, "is 2097152 MiB"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		const struct packed packed = {(unsigned char *)rows[i].bytes, rows[i].size};
		cleanup(outcome_done) struct outcome outcome = expand(&packed, true);

		assert_int_equal(outcome.r, -EINVAL);
		assert_non_null(strstr(outcome.err.text, rows[i].text));
	}
}

#ifndef SANITIZED /* a sanitizer needs more address space than this limit leaves */
static int no_memory(void *ctx)
{
	struct rlimit limit = {.rlim_cur = 1024u << 20, .rlim_max = 1024u << 20};
	cleanup(packed_free) struct packed content = packed_content(300001);
	cleanup(packed_free) struct packed packed =
		packed_new(ctx, IMAGE_ZSTD, "--long=31", &content);

	tree_must(setrlimit(RLIMIT_AS, &limit) == 0);
	for (int as_pipe = 0; as_pipe < 2; as_pipe++) {
		cleanup(outcome_done) struct outcome outcome = expand(&packed, as_pipe);

		if (outcome.r != -ENOMEM || !strstr(outcome.err.text, "window takes 2048 MiB")) {
			print_error("%d %s\n", outcome.r, outcome.err.text);
			return 1;
		}
	}
	return 0;
}

TEST(a_lack_of_memory_is_not_reported_as_damage)
{
	if (!tree_limits_memory())
		skip();
	assert_true(tree_fork(no_memory, *state, false));
}
#endif

FIXTURE_EACH(tree_setup, tree_teardown)
