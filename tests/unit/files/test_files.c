/* SPDX-License-Identifier: Apache-2.0 */
/* Names, the order of the lookup without an archive, which files are opened, and reading. */
#include "boot/chip.h"
#include "util/error.h"
#include "files/files.h"
#include "tests/test.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>

static const struct chip chip4 = {.name = "BCM2711", .dir = "2711", .bootcode = "bootcode4.bin"};

FIXTURE_EACH(tree_setup, tree_teardown)

static struct files *files_must(const char *dir, bool overlay)
{
	struct error err = {};
	struct files *files = NULL;

	if (files_new(&files, dir, overlay, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(err.code, 0);
	return files;
}

/* Reads a short file as a string. Returns: its size or an error code. */
static int get(struct files *files, const char *name, char ret[64], struct error *err)
{
	const struct files_query query = {.chip = &chip4, .port = "1-1.2", .name = name};
	struct file *file = NULL;
	ssize_t n;
	int r = files_get(files, &query, &file, err);

	if (r < 0) {
		assert_null(file);
		return r;
	}
	n = file_read(file, ret, 63, err);
	assert_true(n >= 0);
	ret[n] = '\0';
	assert_int_equal(file_size(file), n);
	assert_int_equal(file_read(file, ret + n, 1, err), 0);
	assert_null(file_free(file));
	return 0;
}

static void assert_get(struct files *files, const char *name, const char *content)
{
	struct error err = {};
	char ret[64];
	int r = get(files, name, ret, &err);

	if (content && r < 0)
		fail_msg("'%s': %d %s", name, r, err.text);
	assert_int_equal(r, content ? 0 : -ENOENT);
	assert_int_equal(err.code, 0);
	assert_string_equal(err.text, "");
	if (content)
		assert_string_equal(ret, content);
}

TEST(a_name_that_leaves_or_is_not_ascii_is_refused)
{
	static const char *const good[] = {
		"config.txt", "/config.txt", "///config.txt",	"a..b", "..b",		"a..",
		"...",	      "a/...",	     "overlays/x.dtbo", "a//b", "./config.txt", "*odd",
		"a b",	      "~",	     "a/..b/c",		"-rf",	"a\\..\\b"};
	static const char *const bad[] = {"",	  "/",	    "//",     "..",	"/..",
					  "../x", "a/..",   "a/../b", "//../x", "a//..",
					  "a\nb", "\x1b[m", "a\x7f",  "a\x80",	"\xc3\xbc",
					  "\x01", "a\xff",  "../",    "./../x", "a/../"};

	for (size_t i = 0; i < array_size(good); i++)
		if (!files_name_ok(good[i]))
			fail_msg("'%s' was refused", good[i]);
	for (size_t i = 0; i < array_size(bad); i++)
		if (files_name_ok(bad[i]))
			fail_msg("'%s' was taken", bad[i]);
}

/* A file exists for each refused name, so only the check of names prevents its transfer. */
TEST(a_refused_name_is_not_served)
{
	struct files *files;

	tree_text(*state, "secret", "secret");
	tree_text(*state, "dir/a..b", "legal");
	tree_text(*state, "dir/sub/x", "x");
	tree_text(*state, "dir/\xc3\xbc", "secret");
	tree_text(*state, "dir/a\nb", "secret");
	files = files_must(tree_path(*state, "dir"), true);
	assert_get(files, "../secret", NULL);
	assert_get(files, "/../secret", NULL);
	assert_get(files, "sub/../../secret", NULL);
	assert_get(files, "sub/../a..b", NULL);
	assert_get(files, "\xc3\xbc", NULL);
	assert_get(files, "a\nb", NULL);
	assert_get(files, "", NULL);
	assert_get(files, "/", NULL);
	assert_get(files, ".", NULL);
	assert_get(files, "sub", NULL);
	assert_get(files, "sub/", NULL);
	assert_get(files, "a..b/", NULL);
	assert_get(files, "a..b/c", NULL);
	assert_get(files, "a..b", "legal");
	assert_get(files, "/a..b", "legal");
	assert_get(files, "//sub//./x", "x");
	/* the leading slash is the boot directory, not the root of the host */
	assert_get(files, tree_path(*state, "secret"), NULL);
	files_free(files);
}

TEST(a_name_of_255_bytes_is_served)
{
	char name[257], path[300];
	struct files *files = files_must(*state, true);

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	assert_get(files, name, NULL);
	tree_text(*state, name, "root");
	assert_get(files, name, "root");
	snprintf(path, sizeof(path), "2711/%s", name);
	tree_text(*state, path, "chip");
	assert_get(files, name, "chip");
	name[255] = 'n';
	name[256] = '\0'; /* longer than any file name: missing, no error */
	assert_get(files, name, NULL);
	memset(name, '/', 100);
	name[255] = '\0';
	assert_get(files, name, NULL);
	files_free(files);
}

/* Each row is a set of directories that have the file, and the one from which it is served. */
TEST(the_most_specific_place_is_served)
{
	static const struct {
		bool overlay, bootcode;
		const char *places, *served;
	} rows[] = {
		{true, false, "PCR", "P"},  {true, false, "CR", "C"},  {true, false, "PR", "P"},
		{true, false, "R", "R"},    {true, false, "P", "P"},   {true, false, "", NULL},
		{false, false, "PCR", "C"}, {false, false, "PR", "R"}, {false, false, "P", NULL},
		{false, false, "C", "C"},   {true, true, "PCR", "C"},  {true, true, "PR", "R"},
		{true, true, "P", NULL},    {false, true, "PCR", "C"}, {false, true, "P", NULL},
		{true, false, "2", NULL},   {true, false, "Q", NULL},  {true, false, "2QR", "R"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		const char *asked = rows[i].bootcode ? "/bootcode4.bin" : "/start4.elf";
		char dir[16];
		struct files *files;

		snprintf(dir, sizeof(dir), "%zu/", i);
		tree_parents(*state, dir);
		for (const char *place = rows[i].places; *place; place++) {
			const char *below = *place == 'P'   ? "1-1.2/"
					    : *place == 'C' ? "2711/"
					    : *place == '2' ? "2712/" /* another chip */
					    : *place == 'Q' ? "1-1/"  /* another board */
							    : "";
			char name[64], content[2] = {*place, '\0'};

			snprintf(name, sizeof(name), "%s%s%s", dir, below, asked + 1);
			tree_text(*state, name, content);
		}
		files = files_must(tree_path(*state, dir), rows[i].overlay);
		assert_get(files, asked, rows[i].served);
		assert_get(files, asked + 1, rows[i].served);
		files_free(files);
	}
}

/* Users place such links in real boot directories. */
TEST(links_of_the_user_are_followed)
{
	struct files *files;

	tree_text(*state, "firmware/2711/bootcode4.bin", "code");
	tree_text(*state, "firmware/2711/start4.elf", "elf");
	tree_link(*state, "dir/bootcode4.bin", "../firmware/2711/bootcode4.bin");
	tree_link(*state, "dir/2711", "../firmware/2711");
	tree_link(*state, "dir/abs", tree_path(*state, "firmware/2711/start4.elf"));
	tree_link(*state, "dir/dangling", "nowhere");
	tree_link(*state, "dir/to-dir", "../firmware");
	tree_link(*state, "link", "dir");
	files = files_must(tree_path(*state, "link"), false);
	assert_get(files, "bootcode4.bin", "code");
	assert_get(files, "start4.elf", "elf");
	assert_get(files, "abs", "elf");
	assert_get(files, "dangling", NULL);
	assert_get(files, "to-dir", NULL);
	assert_get(files, "to-dir/2711/start4.elf", "elf");
	files_free(files);
}

/* A file that is not regular does not exist for boards. In particular, opening a FIFO must not
 * block. */
TEST(only_regular_files_are_served)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char events[256];
	struct files *files;

	tree_must(mkfifo(tree_parents(*state, "2711/config.txt"), 0644) == 0);
	tree_must(mkfifo(tree_path(*state, "bootfiles.bin"), 0644) == 0);
	tree_text(*state, "start4.elf/x", "");
	tree_text(*state, "config.txt", "text");
	tree_link(*state, "null", "/dev/null");
	tree_link(*state, "zero", "/dev/zero");
	tree_link(*state, "tty", "/dev/tty");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", tree_path(*state, "socket"));
	tree_must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	tree_must(inotify_add_watch(watch, tree_path(*state, "2711/config.txt"), IN_OPEN) >= 0);
	alarm(10);
	files = files_must(*state, false);
	assert_get(files, "config.txt", "text"); /* from the next directory */
	assert_get(files, "bootfiles.bin", NULL);
	assert_get(files, "start4.elf", NULL);
	assert_get(files, "null", NULL);
	assert_get(files, "zero", NULL);
	assert_get(files, "tty", NULL);
	assert_get(files, "socket", NULL);
	files_free(files);
	alarm(0);
	assert_int_equal(read(watch, events, sizeof(events)), -1); /* not even opened */
	close(watch);
	close(fd);
}

/* An existing file that cannot be opened is an error with its name. The next directory is not used.
 */
TEST(a_loop_of_links_is_an_error)
{
	struct files *files;
	struct error err = {};
	char ret[64];

	tree_link(*state, "2711/config.txt", "config.txt");
	tree_text(*state, "config.txt", "text");
	files = files_must(*state, false);
	assert_int_equal(get(files, "config.txt", ret, &err), -ELOOP);
	assert_int_equal(err.code, -ELOOP);
	assert_non_null(strstr(err.text, tree_path(*state, "2711/config.txt")));
	files_free(files);
}

static int unreadable(void *dir)
{
	const char *open = tree_path(dir, "open");
	const char *closed = tree_path(dir, "closed");
	struct files *files = NULL;
	struct error err = {};
	char ret[64];

	if (files_new(&files, closed, false, &err) != -EACCES || !strstr(err.text, closed))
		return 1;
	if (files_new(&files, open, false, &err) < 0)
		return 2;
	if (get(files, "config.txt", ret, &err) != -EACCES ||
	    !strstr(err.text, tree_path(dir, "open/2711/config.txt")))
		return 3;
	/* The other files are still served. */
	if (get(files, "start4.elf", ret, &err) != 0)
		return 4;
	tree_must(unlink(tree_path(dir, "gate")) == 0);
	files_free(files);
	return 0;
}

TEST(an_unreadable_file_is_an_error)
{
	tree_text(*state, "open/2711/config.txt", "secret");
	tree_text(*state, "open/config.txt", "text");
	tree_text(*state, "open/start4.elf", "elf");
	tree_text(*state, "closed/config.txt", "");
	tree_text(*state, "gate", "");
	tree_must(chmod(tree_path(*state, "open/2711/config.txt"), 0) == 0);
	tree_must(chmod(tree_path(*state, "closed"), 0) == 0);
	tree_must(chmod(*state, 0777) == 0);
	assert_true(tree_fork(unreadable, *state, true));
	assert_int_equal(access(tree_path(*state, "gate"), F_OK), -1); /* the whole function ran */
	tree_must(chmod(tree_path(*state, "closed"), 0755) == 0);
}

TEST(files_need_a_directory)
{
	const char *missing = tree_path(*state, "none");
	const char *no_dir = tree_path(*state, "file");
	const char *slashes = tree_path(*state, "//");
	struct files *files = NULL;
	struct error err = {};

	tree_text(*state, "file", "x");
	assert_int_equal(files_new(&files, missing, false, &err), -ENOENT);
	assert_non_null(strstr(err.text, missing));
	assert_int_equal(files_new(&files, no_dir, false, &err), -ENOTDIR);
	assert_non_null(strstr(err.text, no_dir));
	assert_null(files);
	assert_int_equal(files_new(&files, slashes, false, &err), 0);
	assert_string_equal(files_dir(files), slashes);
	assert_null(files_free(files));
	assert_null(files_free(NULL));
	assert_null(file_free(NULL));
}

TEST(a_file_is_read_in_pieces_of_any_size)
{
	const struct files_query query = {.chip = &chip4, .name = "/data"};
	struct files *files = files_must(*state, false);
	struct error err = {};
	struct file *file = NULL;
	char data[10000], got[sizeof(data) + 2000];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 256);
	tree_write(*state, "data", data, sizeof(data));
	assert_int_equal(files_get(files, &query, &file, &err), 0);
	assert_int_equal(file_size(file), sizeof(data));
	assert_string_equal(file_path(file), tree_path(*state, "data"));
	for (int turn = 0; turn < 3; turn++) {
		size_t used = 0;
		ssize_t n;

		while ((n = file_read(file, got + used, turn ? sizeof(got) - used + 1 : 997,
				      &err)) > 0)
			used += (size_t)n;
		assert_int_equal(n, 0);
		assert_int_equal(used, sizeof(data));
		assert_memory_equal(got, data, sizeof(data));
		assert_int_equal(file_rewind(file, &err), 0);
	}
	/* A file that grew is served with its earlier size. */
	tree_must(truncate(tree_path(*state, "data"), 20000) == 0);
	assert_int_equal(file_read(file, got, sizeof(got), &err), sizeof(data));
	assert_int_equal(file_read(file, got, 1, &err), 0);
	assert_int_equal(err.code, 0);
	/* A file that shrank is an error with its name, directory and size. */
	assert_int_equal(file_rewind(file, &err), 0);
	tree_must(truncate(tree_path(*state, "data"), 4321) == 0);
	assert_int_equal(file_read(file, got, sizeof(got), &err), 4321);
	assert_int_equal(file_read(file, got, sizeof(got), &err), -EIO);
	assert_int_equal(err.code, -EIO);
	assert_non_null(strstr(err.text, tree_path(*state, "data")));
	assert_non_null(strstr(err.text, "4321"));
	assert_non_null(strstr(err.text, "10000"));
	/* The file stays open when its directory is closed. */
	files_free(files);
	tree_must(unlink(tree_path(*state, "data")) == 0);
	assert_int_equal(file_rewind(file, &err), 0);
	assert_int_equal(file_read(file, got, 4321, &err), 4321);
	assert_memory_equal(got, data, 4321);
	file_free(file);
}

TEST(a_file_of_2_gib_is_too_large)
{
	const struct files_query query = {.chip = &chip4, .name = "data"};
	struct files *files = files_must(*state, false);
	struct error err = {};
	struct file *file = NULL;

	tree_text(*state, "data", "");
	assert_get(files, "data", "");
	tree_must(truncate(tree_path(*state, "data"), INT32_MAX) == 0); /* sparse */
	assert_int_equal(files_get(files, &query, &file, &err), 0);
	assert_int_equal(file_size(file), INT32_MAX);
	file = file_free(file);
	tree_must(truncate(tree_path(*state, "data"), INT32_MAX + 1LL) == 0);
	assert_int_equal(files_get(files, &query, &file, &err), -EFBIG);
	assert_null(file);
	assert_non_null(strstr(err.text, tree_path(*state, "data")));
	assert_non_null(strstr(err.text, "2147483648"));
	files_free(files);
}

TEST(served_files_leave_no_descriptor)
{
	int before = tree_fd_count();
	char ret[64];
	struct files *files;

	tree_text(*state, "a", "a");
	tree_text(*state, "dir/x", "x");
	tree_link(*state, "loop", "loop");
	files = files_must(*state, true);
	assert_get(files, "a", "a");
	assert_get(files, "dir", NULL);
	assert_int_equal(get(files, "loop", ret, NULL), -ELOOP);
	files_free(files);
	assert_int_equal(tree_fd_count(), before);
}
