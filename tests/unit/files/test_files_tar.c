/* SPDX-License-Identifier: Apache-2.0 */
/* The lookup and reading of files with a bootfiles.bin. test_files_tar_damage.c tests damaged ones.
 */
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

static struct files *files_must(const char *dir)
{
	struct error err = {};
	struct files *files = NULL;

	if (files_new(&files, dir, true, &err) < 0)
		fail_msg("%s", err.text);
	return files;
}

static struct file *get(struct files *files, const char *name)
{
	const struct files_query query = {.chip = &chip4, .port = "1-1.2", .name = name};
	struct error err = {};
	struct file *file = NULL;
	int r = files_get(files, &query, &file, &err);

	if (r < 0 && r != -ENOENT)
		fail_msg("%s", err.text);
	assert_int_equal(r, file ? 0 : -ENOENT);
	assert_int_equal(err.code, 0);
	return file;
}

static void assert_get(struct files *files, const char *name, const char *content)
{
	struct file *file = get(files, name);
	char ret[64];
	ssize_t n;

	if (!file != !content)
		fail_msg("'%s' was %s", name, file ? "found" : "not found");
	if (!file)
		return;
	n = file_read(file, ret, sizeof(ret), NULL);
	assert_true(n >= 0);
	if ((size_t)n != strlen(content) || memcmp(ret, content, (size_t)n) != 0)
		fail_msg("'%s' was '%.*s', not '%s'", name, (int)n, ret, content);
	assert_int_equal(file_read(file, ret, 1, NULL), 0);
	file_free(file);
}

/* docs/protocol.md, section 5, second column. A: in the archive; R: in DIR itself. */
TEST(a_member_has_its_place_in_the_order)
{
	static const char *const names[][4] = {
		{"start4.elf", "2711/start4.elf", "2712/start4.elf", "1-1.2/start4.elf"},
		{"bootcode4.bin", "2711/bootcode4.bin", "2712/bootcode4.bin",
		 "1-1.2/bootcode4.bin"},
	};
	static const struct {
		bool bootcode;
		const char *places, *served;
	} rows[] = {
		{false, "CAPR", "C"}, {false, "APR", "A"}, {false, "PR", "P"}, {false, "R", "R"},
		{false, "P", "P"},    {false, "A", "A"},   {false, "", NULL},  {false, "CPR", "C"},
		{true, "CAPR", "C"},  {true, "APR", "A"},  {true, "PR", "R"},  {true, "P", NULL},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		const char *const *asked = names[rows[i].bootcode];
		struct tar_member members[] = {{.name = "2711/other", .text = "other"},
					       {.name = asked[0], .text = "top"},
					       {.name = asked[2], .text = "2712"},
					       {.name = NULL, .text = "A"},
					       {.name = NULL}};
		const char *dir;
		char name[32], ret[8] = "";
		struct files *files;
		struct file *file;

		snprintf(name, sizeof(name), "%zu/", i);
		dir = tree_parents(*state, name);
		if (strchr(rows[i].places, 'A'))
			members[3].name = asked[1];
		tar_write(archive_of(dir), "ustar", members);
		if (strchr(rows[i].places, 'C'))
			tree_text(dir, asked[1], "C");
		if (strchr(rows[i].places, 'P'))
			tree_text(dir, asked[3], "P");
		if (strchr(rows[i].places, 'R'))
			tree_text(dir, asked[0], "R");
		files = files_must(dir);
		file = get(files, asked[0]);
		if (file)
			assert_int_equal(file_read(file, ret, sizeof(ret) - 1, NULL), 1);
		assert_string_equal(ret, rows[i].served ? rows[i].served : "");
		file_free(file);
		files_free(files);
	}
}

TEST(a_member_is_found_in_any_case)
{
	static const char *const formats[] = {"ustar", "gnutar", "pax"};
	const struct tar_member members[] = {
		{.name = "./2711", .type = AE_IFDIR},
		{.name = "./2711/MCB.bin", .text = "mcb"},
		{.name = "2711/Overlays/dwc2.dtbo", .text = "dwc2"},
		{.name = "././2711/twice.bin", .text = "first"},
		{.name = "2711/TWICE.BIN", .text = "second"},
		{.name = "2711/empty", .text = ""},
		{.name = "config.txt", .text = "outside of the chip's directory"},
		{.name = "../2711/up.bin", .text = "up"},
		{.name = "/2711/abs.bin", .text = "abs"},
		{.name = "2711/fifo", .type = AE_IFIFO},
		{.name = "2711/dir", .type = AE_IFDIR},
		{.name = "2711/link.bin", .text = "MCB.bin", .type = AE_IFLNK},
		{.name = "2711/hard.bin", .text = "./2711/mcb.BIN", .hardlink = 1},
		{.name = "2711/hardloop", .text = "2711/hardloop", .hardlink = 1},
		{.name = "2711/hardnone", .text = "2711/none", .hardlink = 1},
		{.name = "2711/last.bin", .text = "last"},
		{.name = NULL},
	};

	for (size_t i = 0; i < array_size(formats); i++) {
		struct files *files;

		tar_write(archive_of(*state), formats[i], members);
		files = files_must(*state);
		assert_get(files, "mcb.bin", "mcb");
		assert_get(files, "MCB.BIN", "mcb");
		assert_get(files, "/mcb.bin", "mcb");
		assert_get(files, "overlays/DWC2.dtbo", "dwc2");
		assert_get(files, "twice.bin", "first");
		assert_get(files, "empty", "");
		assert_get(files, "config.txt", NULL);
		assert_get(files, "2711/mcb.bin", NULL);
		assert_get(files, "up.bin", NULL);
		assert_get(files, "abs.bin", NULL);
		assert_get(files, "../2711/mcb.bin", NULL);
		assert_get(files, "dir", NULL);
		assert_get(files, "fifo", NULL);
		assert_get(files, "link.bin", NULL);
		assert_get(files, "hard.bin", "mcb");
		assert_get(files, "hardloop", NULL);
		assert_get(files, "hardnone", NULL);
		assert_get(files, "mcb", NULL);
		assert_get(files, "mcb.bin2", NULL);
		assert_get(files, "last.bin", "last");
		files_free(files);
	}
}

TEST(a_member_can_have_a_long_name)
{
	static const char *const formats[] = {"gnutar", "pax"};
	char member[261] = "./2711/";
	const struct tar_member members[] = {
		{.name = "2711/a", .text = "a"}, {.name = member, .text = "long"}, {.name = NULL}};

	memset(member + 7, 'n', 253);
	for (size_t i = 0; i < array_size(formats); i++) {
		struct files *files;

		tar_write(archive_of(*state), formats[i], members);
		files = files_must(*state);
		assert_get(files, member + 7, "long");
		assert_get(files, member + 8, NULL);
		files_free(files);
	}
}

/* The names of other members do not matter. */
TEST(other_member_names_do_not_matter)
{
	static const char *const formats[] = {"ustar", "gnutar", "pax"};
	const struct tar_member members[] = {{.name = "2711/\xff\xfe", .text = "bytes"},
					     {.name = "2711/M\xc3\xbcller", .text = "letter"},
					     {.name = "2711/\x1b[2J", .text = "escape"},
					     {.name = "2711/a", .text = "a"},
					     {.name = NULL}};

	for (size_t i = 0; i < array_size(formats); i++) {
		struct files *files;

		tar_write(archive_of(*state), formats[i], members);
		files = files_must(*state);
		assert_get(files, "a", "a");
		assert_false(files_payload_is_disk(files, &chip4, "1-1"));
		files_free(files);
	}
}

/* libarchive warns about a UTF-8 name in a locale without UTF-8. The tests run in the locale "C".
 */
TEST(a_warning_of_libarchive_is_ignored)
{
	static const char record[] = "21 path=2711/M\xc3\xbcller\n";
	char buf[512 * 6] = "";
	struct files *files;

	assert_int_equal(strlen(record), 21);
	tar_header(buf, "pax", 'x', "00000000025"); /* octal */
	strcpy(buf + 512, record);
	tar_header(buf + 1024, "2711/short", '0', "00000000000");
	tar_header(buf + 1536, "2711/a", '0', "00000000001");
	buf[2048] = 'a';
	tree_write(*state, "bootfiles.bin", buf, sizeof(buf));
	files = files_must(*state);
	assert_get(files, "a", "a");
	assert_get(files, "short", NULL);
	files_free(files);
}

TEST(a_replaced_archive_is_read_again)
{
	const struct tar_member old[] = {{.name = "2711/a", .text = "old"},
					 {.name = "2711/b", .text = "old b"},
					 {.name = NULL}};
	const struct tar_member new[] = {{.name = "2711/c", .text = "new c"},
					 {.name = "2711/a", .text = "new"},
					 {.name = NULL}};
	struct files *files;
	struct file *file;
	char ret[8];

	tree_text(*state, "1-1.2/a", "overlay");
	tree_text(*state, "a", "dir");
	tar_write(archive_of(*state), "ustar", old);
	files = files_must(*state);
	assert_get(files, "a", "old");
	file = get(files, "a");
	tar_write(tree_path(*state, "next"), "ustar", new);
	tree_must(rename(tree_path(*state, "next"), archive_of(*state)) == 0);
	assert_get(files, "a", "new");
	assert_get(files, "b", NULL);
	assert_get(files, "c", "new c");
	/* An open file keeps its content. */
	for (int turn = 0; turn < 2; turn++) {
		assert_int_equal(file_read(file, ret, sizeof(ret), NULL), 3);
		assert_memory_equal(ret, "old", 3);
		assert_int_equal(file_rewind(file, NULL), 0);
	}
	file_free(file);
	tree_must(unlink(archive_of(*state)) == 0);
	assert_get(files, "a", "overlay");
	assert_get(files, "c", NULL);
	tar_write(archive_of(*state), "ustar", new);
	assert_get(files, "a", "new");
	files_free(files);
}

/* The archive is overwritten while it is open. A board never gets bytes that differ from the
 * checked ones. */
TEST(a_member_that_changes_in_use_is_an_error)
{
	struct tar_member members[] = {{.name = "2711/a", .size = 300000},
				       {.name = "2711/b", .text = "b"},
				       {.name = NULL}};
	struct files *files;
	struct error err = {};
	struct file *file;
	char ret[4096];
	ssize_t n = 0;
	size_t total = 0;

	tar_write(archive_of(*state), "ustar", members);
	files = files_must(*state);
	file = get(files, "a");
	tree_must(truncate(archive_of(*state), 150000) == 0);
	while ((n = file_read(file, ret, sizeof(ret), &err)) > 0)
		total += (size_t)n;
	assert_int_equal(n, -EIO);
	assert_int_equal(err.code, -EIO);
	assert_true(total <= 150000);
	assert_non_null(strstr(err.text, archive_of(*state)));
	members[0].size = 299999;
	tar_write(archive_of(*state), "ustar", members);
	assert_int_equal(file_rewind(file, &err), -EIO);
	assert_non_null(strstr(err.text, "changed"));
	members[0].name = "2711/x";
	tar_write(archive_of(*state), "ustar", members);
	assert_int_equal(file_rewind(file, &err), -EIO);
	members[0] = (struct tar_member){.name = "2711/a", .size = 300000};
	tar_write(archive_of(*state), "ustar", members);
	assert_int_equal(file_rewind(file, &err), 0);
	assert_int_equal(file_read(file, ret, 1, &err), 1);
	assert_int_equal((unsigned char)ret[0], tar_byte(0));
	file_free(file);
	files_free(files);
}

#define LARGE (64 << 20)

/* Reads a large member twice, with a rewind in the middle. Every byte must be correct, and the
 * member must not be kept in memory. */
static int read_large(void *dir)
{
	const struct files_query query = {.chip = &chip4, .name = "boot.img"};
	struct rusage before, after;
	struct files *files;
	struct file *file;
	static unsigned char buf[1 << 18];

	getrusage(RUSAGE_SELF, &before);
	if (files_new(&files, dir, false, NULL) || files_get(files, &query, &file, NULL))
		return 1;
	for (int turn = 0; turn < 2; turn++) {
		uint64_t end = turn ? LARGE : LARGE / 3, offset = 0;
		ssize_t n = 1;

		if (file_size(file) != LARGE || file_rewind(file, NULL))
			return 2;
		while (n > 0 && offset < end) {
			n = file_read(file, buf, sizeof(buf), NULL);
			for (ssize_t i = 0; i < n; i++)
				if (buf[i] != tar_byte(offset++))
					return 3;
		}
		if (n < 0 || (turn && offset != LARGE))
			return 4;
	}
	if (file_read(file, buf, 1, NULL) != 0)
		return 5;
	file_free(file);
	files_free(files);
	getrusage(RUSAGE_SELF, &after);
	return after.ru_maxrss - before.ru_maxrss < 4096 ? 0 : 6; /* KiB */
}

TEST(a_large_member_takes_no_memory)
{
	const struct tar_member members[] = {{.name = "2711/mcb.bin", .size = 1000},
					     {.name = "2711/boot.img", .size = LARGE},
					     {.name = "2711/z", .text = "z"},
					     {.name = NULL}};
	struct files *files;

	tar_write(archive_of(*state), "gnutar", members);
	assert_true(tree_fork(read_large, *state, false));
	files = files_must(*state);
	assert_get(files, "z", "z");
	files_free(files);
}

TEST(a_boot_image_in_the_archive_announces_a_disk)
{
	static const struct {
		const char *first, *second;
		bool disk;
	} rows[] = {
		{"2711/boot.img", NULL, true},
		{"./2711/BOOT.IMG", NULL, true},
		{"2712/boot.img", NULL, false},
		{"boot.img", NULL, false},
		{"27110/boot.img", NULL, false},
		{"2711-boot.img", NULL, false},
		{"2711/sub/boot.img", NULL, false},
		{"2711/start4.elf", NULL, true},
		{"2711/start4.elf", "2711/Kernel8.IMG", false},
		{"2711/boot.img", "2711/PIEEPROM.bin", false},
		{"2711/boot.img", "2712/pieeprom.bin", true},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		const struct tar_member members[] = {{.name = rows[i].first, .text = "x"},
						     {.name = rows[i].second, .text = "x"},
						     {.name = NULL}};
		struct files *files;

		tar_write(archive_of(*state), "ustar", members);
		files = files_must(*state);
		assert_int_equal(files_payload_is_disk(files, &chip4, "1-1"), rows[i].disk);
		files_free(files);
	}
}

TEST(the_bootcode_can_be_in_the_archive)
{
	struct tar_member members[] = {{.name = "2711/bootcode4.bin", .text = "code"},
				       {.name = NULL}};
	struct error err = {};
	struct files *files;
	struct file *file;

	tar_write(archive_of(*state), "ustar", members);
	files = files_must(*state);
	assert_int_equal(files_check(files, &chip4, &err), 0);
	file = get(files, "/bootcode4.bin");
	assert_string_equal(file_path(file), tree_path(*state, "bootfiles.bin:2711/bootcode4.bin"));
	file_free(file);
	members[0].text = "";
	tar_write(archive_of(*state), "ustar", members);
	assert_int_equal(files_check(files, &chip4, &err), -ENODATA);
	assert_non_null(strstr(err.text, tree_path(*state, "bootfiles.bin:2711/bootcode4.bin")));
	members[0].name = "2710/bootcode4.bin";
	tar_write(archive_of(*state), "ustar", members);
	assert_int_equal(files_check(files, &chip4, &err), -ENOENT);
	assert_non_null(strstr(err.text, tree_path(*state, "2711/bootcode4.bin, ")));
	assert_non_null(strstr(err.text, tree_path(*state, "bootfiles.bin:2711/bootcode4.bin, ")));
	assert_non_null(strstr(err.text, tree_path(*state, "bootcode4.bin)")));
	files_free(files);
}

TEST(an_archive_leaves_no_descriptor)
{
	const struct tar_member members[] = {{.name = "2711/a", .text = "a"}, {.name = NULL}};
	int before = tree_fd_count();
	struct files *files;

	tar_write(archive_of(*state), "ustar", members);
	files = files_must(*state);
	assert_get(files, "a", "a");
	assert_get(files, "b", NULL);
	files_payload_is_disk(files, &chip4, "1-1");
	files_free(files);
	assert_int_equal(tree_fd_count(), before);
}
