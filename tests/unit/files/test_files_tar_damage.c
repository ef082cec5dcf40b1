/* SPDX-License-Identifier: Apache-2.0 */
/* Archives that are cut short, damaged, in another format, or hostile. */
#include "boot/chip.h"
#include "util/error.h"
#include "files/files.h"
#include "tests/test.h"
#include "tests/unit/files/tar.h"
#include "util/util.h"

#include <errno.h>
#include <sys/resource.h>

static const struct chip chip4 = {.name = "BCM2711", .dir = "2711", .bootcode = "bootcode4.bin"};

FIXTURE_EACH(tree_setup, tree_teardown)

static const char *archive_of(const char *dir)
{
	return tree_path(dir, "bootfiles.bin");
}

/* Opens the directory. A message of a refusal must have the archive's name. Returns: the code. */
static int check(const char *dir, const char *word)
{
	struct error err = {};
	struct files *files = NULL;
	int r = files_new(&files, dir, false, &err);

	assert_int_equal(err.code, r);
	if (r < 0 && !strstr(err.text, archive_of(dir)))
		fail_msg("archive not named: %s", err.text);
	if (word && !strstr(err.text, word))
		fail_msg("no '%s' in: %s", word, err.text);
	assert_true(r < 0 || files);
	files_free(files);
	return r;
}

/* Reads the whole archive, so that a test can write it again with a change. */
static size_t archive_load(const char *dir, char *buf, size_t size)
{
	FILE *file = fopen(archive_of(dir), "re");
	size_t n;

	tree_must(file);
	n = fread(buf, 1, size, file);
	fclose(file);
	tree_must(n < size);
	return n;
}

/* Each cut before the end mark is detected, also between two members, and also if the last bytes
 * are zeros, like the mark. */
TEST(a_cut_archive_is_damaged)
{
	static const char zeros[1024];
	const struct tar_member members[] = {{.name = "2711/mcb.bin", .size = 1500},
					     {.name = "2711/empty", .text = ""},
					     {.name = "2711/z.bin", .size = 1024},
					     {.name = NULL}};
	const size_t end = 512 + 1536 + 512 + 512 + 1024;
	static char buf[65536];
	size_t size;

	tar_write(archive_of(*state), "ustar", members);
	size = archive_load(*state, buf, sizeof(buf));
	assert_true(size >= end + 1024);
	memcpy(buf + end - 1024, zeros, 1024);
	for (size_t cut = 0; cut <= size; cut += 256) {
		int r;

		tree_write(*state, "bootfiles.bin", buf, cut);
		r = check(*state, NULL);
		if (r != (cut < end + 512 ? -EBADMSG : 0))
			fail_msg("cut at %zu of %zu: %d", cut, size, r);
	}
	for (size_t cut = end - 3; cut < end + 3; cut++) {
		tree_write(*state, "bootfiles.bin", buf, cut);
		assert_int_equal(check(*state, NULL), -EBADMSG);
	}
}

/* One bit of a header changes, so its checksum is wrong. */
TEST(a_flipped_bit_of_a_header_is_detected)
{
	const struct tar_member members[] = {{.name = "2711/mcb.bin", .size = 700},
					     {.name = "2711/last.bin", .size = 10},
					     {.name = NULL}};
	const size_t second = 512 + 1024;
	static char buf[65536];
	size_t size;

	tar_write(archive_of(*state), "ustar", members);
	size = archive_load(*state, buf, sizeof(buf));
	assert_int_equal(check(*state, NULL), 0);
	for (size_t i = second; i < second + 500; i++) {
		if (i >= second + 148 && i < second + 156) /* the checksum itself */
			continue;
		buf[i] ^= 1;
		tree_write(*state, "bootfiles.bin", buf, size);
		if (check(*state, NULL) != -EBADMSG)
			fail_msg("byte %zu", i);
		buf[i] ^= 1;
	}
	buf[600] ^= 1; /* the format does not protect content */
	tree_write(*state, "bootfiles.bin", buf, size);
	assert_int_equal(check(*state, NULL), 0);
}

TEST(other_bytes_are_no_archive)
{
	static const char zeros[10240];
	const struct tar_member dirs[] = {{.name = "2711", .type = AE_IFDIR}, {.name = NULL}};
	char bytes[5000];

	tree_text(*state, "bootfiles.bin", "");
	assert_int_equal(check(*state, "empty"), -EBADMSG);
	tree_text(*state, "bootfiles.bin", "garbage");
	assert_int_equal(check(*state, "fetch it again"), -EBADMSG);
	tree_text(*state, "bootfiles.bin", "../firmware/bootfiles.bin");
	assert_int_equal(check(*state, "symbolic link"), -EBADMSG);
	tree_text(*state, "bootfiles.bin", "version https://git-lfs.example/spec/v1\noid 1\n");
	assert_int_equal(check(*state, "git lfs pull"), -EBADMSG);
	tree_text(*state, "bootfiles.bin", "\x1f\x8b\x08");
	assert_int_equal(check(*state, NULL), -EBADMSG);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)tar_byte(i);
	tree_write(*state, "bootfiles.bin", bytes, sizeof(bytes));
	assert_int_equal(check(*state, NULL), -EBADMSG);
	tree_write(*state, "bootfiles.bin", zeros, sizeof(zeros));
	assert_int_equal(check(*state, "no file"), -EBADMSG);
	tar_write(archive_of(*state), "ustar", dirs);
	assert_int_equal(check(*state, "no file"), -EBADMSG);
	tar_write(archive_of(*state), "zip", dirs);
	assert_int_equal(check(*state, NULL), -EBADMSG);
}

/* Damage that is found only when a board requests the file is an error of the request. The file of
 * the next directory is not used. */
TEST(late_damage_is_an_error_of_the_request)
{
	const struct tar_member members[] = {{.name = "2711/a", .text = "a"}, {.name = NULL}};
	struct files_query query = {.chip = &chip4, .name = "b"};
	struct error err = {};
	struct files *files;
	struct file *file = NULL;

	tree_text(*state, "b", "b");
	tar_write(archive_of(*state), "ustar", members);
	assert_int_equal(files_new(&files, *state, false, NULL), 0);
	tree_text(*state, "bootfiles.bin", "garbage");
	assert_int_equal(files_get(files, &query, &file, &err), -EBADMSG);
	assert_non_null(strstr(err.text, archive_of(*state)));
	assert_false(files_payload_is_disk(files, &chip4, "1-1"));
	assert_int_equal(files_check(files, &chip4, &err), -EBADMSG);
	files_free(files);
	assert_null(file);
}

static int check_unreadable(void *dir)
{
	return check(dir, NULL) != -EACCES;
}

TEST(an_unreadable_archive_is_an_error)
{
	const struct tar_member members[] = {{.name = "2711/a", .text = "a"}, {.name = NULL}};

	tar_write(archive_of(*state), "ustar", members);
	tree_must(chmod(archive_of(*state), 0) == 0);
	assert_true(tree_fork(check_unreadable, *state, true));
	tree_must(unlink(archive_of(*state)) == 0);
	tree_link(*state, "bootfiles.bin", "bootfiles.bin");
	assert_int_equal(check(*state, NULL), -ELOOP);
}

/* A member with a false size, followed by few bytes. */
TEST(a_false_size_is_damage)
{
	static const char *const sizes[] = {
		"77777777777",				      /* 8 GiB - 1 */
		"\x80\0\0\0\x40\0\0\0\0\0\0\0",		      /* 2^62 */
		"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", /* 2^63 - 1 */
		"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", /* -1 */
		"\xff\xff\xff\xff\x80\0\0\0\0\0\0\0",		    /* -2^63 */
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\0",   /* -512 */
		"00000010000",
	};
	char buf[4096] = "";

	for (size_t i = 0; i < array_size(sizes); i++) {
		static const char types[] = "0LKxgSVMD";

		for (const char *type = types; *type; type++) {
			memset(buf, 0, sizeof(buf));
			tar_header(buf, "2711/a", '0', "00000000001");
			buf[512] = 'a';
			tar_header(buf + 1024, "2711/b", *type, sizes[i]);
			tree_write(*state, "bootfiles.bin", buf, sizeof(buf));
			alarm(10);
			if (check(*state, NULL) == 0 && *type == '0')
				fail_msg("size %zu, type %c", i, *type);
			alarm(0);
		}
	}
}

/* A member can be larger than the maximum of a transfer. Only a request for it fails. */
TEST(a_member_too_large_fails_its_request_only)
{
	struct files_query query = {.chip = &chip4, .name = "a"};
	struct error err = {};
	struct files *files;
	struct file *file = NULL;
	char header[512];

	tar_header(header, "2711/a", '0', "20000000000"); /* 2^31 */
	tree_write(*state, "bootfiles.bin", header, sizeof(header));
	tree_must(truncate(archive_of(*state), 512 + (1LL << 31) + 1024) == 0);
	assert_int_equal(files_new(&files, *state, false, &err), 0);
	assert_int_equal(files_get(files, &query, &file, &err), -EFBIG);
	assert_non_null(strstr(err.text, tree_path(*state, "bootfiles.bin:2711/a")));
	query.name = "b";
	assert_int_equal(files_get(files, &query, &file, &err), -ENOENT);
	assert_null(file);
	files_free(files);
}

/* Writes `count` headers of empty members, and an end mark. */
static void write_many(const char *dir, int count, char type)
{
	FILE *file = fopen(archive_of(dir), "we");
	char header[512];

	tree_must(file);
	tar_header(header, "2711/x", type, "00000000000");
	for (int i = 0; i < count; i++)
		tree_must(fwrite(header, sizeof(header), 1, file) == 1);
	memset(header, 0, sizeof(header));
	tree_must(fwrite(header, sizeof(header), 1, file) == 1);
	tree_must(fclose(file) == 0);
}

TEST(members_have_a_limit)
{
	write_many(*state, 65536, '0');
	assert_int_equal(check(*state, NULL), 0);
	write_many(*state, 65537, '0');
	assert_int_equal(check(*state, "members"), -EBADMSG);
	/* Special headers that are no members must neither overflow the stack nor pass the check.
	 */
	for (const char *type = "LKxgV"; *type; type++) {
		write_many(*state, 100000, *type);
		assert_int_equal(check(*state, NULL), -EBADMSG);
	}
}

/* A long name of 512 MiB, and attributes of the same size, are refused without memory for them. */
static int check_special(void *dir)
{
	struct rusage before, after;
	int r;

	getrusage(RUSAGE_SELF, &before);
	r = check(dir, NULL);
	getrusage(RUSAGE_SELF, &after);
	return r != -EBADMSG || after.ru_maxrss - before.ru_maxrss > 8192; /* KiB */
}

TEST(large_special_headers_take_no_memory)
{
	static const char types[] = "LKxg";

	for (const char *type = types; *type; type++) {
		char headers[512];

		tar_header(headers, "2711/a", *type, "04000000000");
		tree_write(*state, "bootfiles.bin", headers, sizeof(headers));
		tree_must(truncate(archive_of(*state), 512 + (512LL << 20) + 1024) == 0);
		alarm(20);
		assert_true(tree_fork(check_special, *state, false));
		alarm(0);
	}
}
