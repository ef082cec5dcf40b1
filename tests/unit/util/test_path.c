/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tree.h"
#include "util/path.h"
#include "util/util.h"
#include "tests/test.h"

#include <errno.h>

FIXTURE_EACH(tree_setup, tree_teardown)

static const struct {
	const char *path;
	size_t name, name_with_backslash; /* offsets of the name */
} rows[] = {
	{"", 0, 0},
	{"file", 0, 0},
	{"/", 1, 1},
	{"/file", 1, 1},
	{"dir/", 4, 4},
	{"dir/file.img", 4, 4},
	{"dir//file", 5, 5},
	{"dir.d/file/.img", 11, 11},
	{"dir\\file", 0, 4},
	{"C:\\dir\\file.img", 0, 7},
	{"C:\\dir/file\\", 7, 12},
	{"dir\\sub/file", 8, 8},
};

TEST(the_name_of_a_path_is_after_the_last_separator_of_the_system)
{
	bool backslash = path_separates('\\');

	assert_true(path_separates('/'));
	assert_false(path_separates(':'));
	assert_false(path_separates('\0'));
	for (size_t i = 0; i < array_size(rows); i++)
		assert_ptr_equal(path_name(rows[i].path),
				 rows[i].path +
					 (backslash ? rows[i].name_with_backslash : rows[i].name));
}

/* On other systems than Windows, a backslash is part of a name. */
TEST(the_directory_of_a_path_is_opened)
{
	const char *dir = *state, *path = tree_path(dir, "sub\\new.img");
	cleanup_fd int none = -1;
	cleanup_fd int fd = -1;
	struct stat st;

	tree_text(dir, "sub/old.img", "old");
	fd = path_dir_open(path);
	assert_true(fd >= 0);
	assert_int_equal(fstatat(fd, "old.img", &st, 0), path_separates('\\') ? 0 : -1);
	assert_int_equal(fstatat(fd, "sub/old.img", &st, 0), path_separates('\\') ? -1 : 0);
	none = path_dir_open(tree_path(dir, "none/new.img"));
	assert_int_equal(none, -ENOENT);
	assert_int_equal(path_dir_open(tree_path(dir, "sub/old.img/new.img")), -ENOTDIR);
	close(fd);
	fd = path_dir_open("new.img");
	assert_true(fd >= 0);
	assert_int_equal(fstatat(fd, ".", &st, 0), 0);
}

/* A board can request such names. On Windows, they must not leave the directory. */
TEST(a_name_with_a_backslash_or_a_drive_does_not_leave_the_directory)
{
	const char *dir = *state, *full;
	cleanup_free char *real = NULL;
	cleanup_fd int fd = -1;

	tree_text(dir, "secret", "secret");
	tree_text(dir, "boot/file", "file");
	real = realpath(tree_path(dir, "secret"), NULL);
	tree_must(real);
	fd = open(tree_path(dir, "boot"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tree_must(fd >= 0);
	assert_int_equal(openat(fd, "..\\secret", O_RDONLY), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(openat(fd, "file:stream", O_RDONLY), -1);
	full = path_separates('\\') ? real : "C:\\secret";
	assert_int_equal(openat(fd, full, O_RDONLY), -1);
	assert_int_equal(errno, ENOENT);
}
