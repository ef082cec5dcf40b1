/* SPDX-License-Identifier: Apache-2.0 */
/* The files of -j DIR. Each file is either complete or missing, is in the named directory, and is
 * on the disk before its result is reported. No function waits for the disk. */
#include "util/error.h"
#include "board/metadata_store.h"
#include "tests/test.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

#define TEXT  "{\n  \"MAC_ADDR\": \"d8:3a:dd:00:00:01\"\n}"
#define WAITS 10000

/* ---- the fake disk: it records each fsync() and rename, and can block or fail */

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool held;
	int fail_at, code; /* the number of the fsync() that fails, and its errno */
	int syncs;
	char order[32]; /* F: a file's fsync, D: a directory's, R: a rename */
} disk = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void disk_note(char what)
{
	size_t used = strlen(disk.order);

	if (used + 1 < sizeof(disk.order))
		disk.order[used] = what;
}

int fsync(int fd)
{
	struct stat st;
	bool fails;

	pthread_mutex_lock(&disk.mutex);
	while (disk.held)
		pthread_cond_wait(&disk.changed, &disk.mutex);
	disk_note(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'D' : 'F');
	fails = ++disk.syncs == disk.fail_at;
	pthread_mutex_unlock(&disk.mutex);
	errno = disk.code;
	return fails ? -1 : 0;
}

int renameat(int old_dir, const char *old_name, int new_dir, const char *new_name)
{
	char old_path[300], new_path[300];

	pthread_mutex_lock(&disk.mutex);
	disk_note('R');
	pthread_mutex_unlock(&disk.mutex);
	snprintf(old_path, sizeof(old_path), "/proc/self/fd/%d/%s", old_dir, old_name);
	snprintf(new_path, sizeof(new_path), "/proc/self/fd/%d/%s", new_dir, new_name);
	return rename(old_path, new_path);
}

static void disk_hold(bool held)
{
	pthread_mutex_lock(&disk.mutex);
	disk.held = held;
	pthread_cond_broadcast(&disk.changed);
	pthread_mutex_unlock(&disk.mutex);
}

/* ---- a metadata store in its own directory */

struct test {
	char *root, *dir; /* dir is in root */
	struct metadata_store *store;
};

static int setup(void **state)
{
	struct test *test = calloc(1, sizeof(*test));

	disk.order[0] = '\0';
	memset(disk.order, 0, sizeof(disk.order));
	disk.syncs = disk.fail_at = 0;
	test->root = tree_new();
	test->dir = strdup(tree_path(test->root, "boards"));
	tree_must(mkdir(test->dir, 0755) == 0);
	test->store = metadata_store_new(test->dir);
	tree_must(metadata_store_check(test->store, NULL) == 0);
	*state = test;
	return 0;
}

static int teardown(void **state)
{
	struct test *test = *state;

	metadata_store_free(test->store);
	tree_free(test->root);
	free(test->dir);
	free(test);
	return 0;
}

FIXTURE_EACH(setup, teardown)

/* Saves a document. Returns: the result of the save. */
static int save(const struct test *test, const char *name, struct error *err)
{
	struct metadata_file *file = NULL;
	int r;

	*err = (struct error){0};
	r = metadata_file_new(&file, test->store, name, TEXT, NULL, NULL, err);
	if (r < 0)
		return r;
	metadata_file_wait(file, util_now_ms() + WAITS);
	assert_true(metadata_file_ended(file, err));
	assert_non_null(strstr(metadata_file_path(file), name));
	assert_null(metadata_file_free(file));
	return err->code;
}

static void read_text(const char *path, char ret[4096])
{
	FILE *file = fopen(path, "re");
	size_t n;

	tree_must(file);
	n = fread(ret, 1, 4095, file);
	ret[n] = '\0';
	fclose(file);
}

/* Returns: the number of entries, with hidden ones. */
static int entry_count(const char *dir)
{
	DIR *d = opendir(dir);
	int count = 0;

	tree_must(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count - 2;
}

TEST(a_document_is_saved_whole)
{
	struct test *test = *state;
	struct error err;
	char text[4096];
	struct stat st;
	mode_t mask = umask(027);
	int fds = tree_fd_count();

	assert_int_equal(save(test, "a1B2", &err), 0);
	umask(mask);
	assert_int_equal(stat(tree_path(test->dir, "a1B2.json"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	read_text(tree_path(test->dir, "a1B2.json"), text);
	assert_string_equal(text, TEXT "\n");
	/* The file replaces an older file and leaves no temporary file. */
	tree_text(test->dir, "a1B2.json", "the older one");
	assert_int_equal(save(test, "a1B2", &err), 0);
	read_text(tree_path(test->dir, "a1B2.json"), text);
	assert_string_equal(text, TEXT "\n");
	assert_int_equal(entry_count(test->dir), 1);
	assert_int_equal(tree_fd_count(), fds);
}

/* After a power cut, the directory must have the old file or the new one. */
TEST(the_file_is_synced_before_its_directory)
{
	struct error err;

	assert_int_equal(save(*state, "a", &err), 0);
	assert_string_equal(disk.order, "FRD");
}

TEST(a_failed_sync_fails_the_save)
{
	static const struct {
		int at, code, result, entries;
	} rows[] = {
		{1, EIO, -EIO, 0},
		{2, EIO, -EIO, 1},
		{2, EINVAL, 0, 1}, /* the file system cannot sync a directory */
	};
	struct error err;

	for (size_t i = 0; i < array_size(rows); i++) {
		struct test *test;
		void *own;

		setup(&own);
		test = own;
		disk.fail_at = rows[i].at;
		disk.code = rows[i].code;
		assert_int_equal(save(test, "a", &err), rows[i].result);
		assert_int_equal(entry_count(test->dir), rows[i].entries);
		if (rows[i].result)
			assert_non_null(strstr(err.text, tree_path(test->dir, "a.json")));
		teardown(&own);
	}
}

static atomic_int woken;

static void wake(void *ctx)
{
	assert_string_equal(ctx, "ctx");
	atomic_fetch_add(&woken, 1);
}

/* fsync() blocks. If a function waited for the disk, this test would not end. */
TEST(a_slow_disk_blocks_no_caller)
{
	struct test *test = *state;
	struct metadata_file *file, *left;
	struct error err = {0};
	char ctx[] = "ctx";

	atomic_store(&woken, 0);
	disk_hold(true);
	assert_int_equal(metadata_file_new(&file, test->store, "a", TEXT, wake, ctx, &err), 0);
	assert_int_equal(metadata_file_new(&left, test->store, "b", TEXT, wake, ctx, &err), 0);
	assert_false(metadata_file_ended(file, &err));
	metadata_file_free(left);
	metadata_file_wait(file, util_now_ms() + 20);
	assert_false(metadata_file_ended(file, &err));
	assert_int_equal(atomic_load(&woken), 0);
	test->store = metadata_store_free(test->store); /* the files do not need the store */
	disk_hold(false);
	metadata_file_wait(file, util_now_ms() + WAITS);
	assert_true(metadata_file_ended(file, &err));
	assert_int_equal(err.code, 0);
	metadata_file_free(file);
	for (int i = 0; i < 1000 && access(tree_path(test->dir, "b.json"), F_OK) < 0; i++)
		usleep(5000);
	assert_int_equal(access(tree_path(test->dir, "b.json"), F_OK), 0);
	assert_int_equal(atomic_load(&woken), 1); /* the other file has no owner any more */
}

TEST(a_bad_name_is_refused)
{
	struct test *test = *state;
	char name[200];
	struct error err;

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(save(test, "../x", &err), -EINVAL);
	assert_int_equal(save(test, name, &err), -EINVAL);
	assert_int_equal(entry_count(test->root), 1);
	assert_int_equal(entry_count(test->dir), 0);
}

/* The open directory still works after it is renamed, but the file would not be at the printed
 * path. */
TEST(a_moved_directory_fails_the_save)
{
	static const char *const how[] = {"removed", "renamed", "replaced"};
	struct error err;

	for (size_t i = 0; i < array_size(how); i++) {
		struct test *test;
		void *own;

		setup(&own);
		test = own;
		if (i == 0)
			tree_must(rmdir(test->dir) == 0);
		else
			tree_must(rename(test->dir, tree_path(test->root, "moved")) == 0);
		if (i == 2)
			tree_must(mkdir(test->dir, 0755) == 0);
		assert_true(save(test, "a", &err) < 0);
		assert_non_null(strstr(err.text, tree_path(test->dir, "a.json")));
		assert_non_null(strstr(err.text, "moved, removed or replaced"));
		if (i == 2)
			assert_int_equal(entry_count(test->dir), 0);
		teardown(&own);
	}
}

/* The directory is created with its parents. */
TEST(a_missing_directory_is_made)
{
	struct test *test = *state;
	const char *dir = tree_path(test->dir, "of/2026/");
	struct error err = {0};

	metadata_store_free(test->store);
	test->store = metadata_store_new(dir);
	assert_int_equal(metadata_store_check(test->store, &err), 0);
	assert_int_equal(save(test, "a", &err), 0);
	assert_int_equal(access(tree_path(test->dir, "of/2026/a.json"), F_OK), 0);
}

TEST(an_unusable_directory_is_refused)
{
	struct test *test = *state;
	const char *file = tree_path(test->root, "file"), *below = tree_path(test->root, "file/x");
	struct error err = {0};

	tree_text(test->root, "file", "x");
	metadata_store_free(test->store);
	test->store = metadata_store_new(file);
	assert_int_equal(metadata_store_check(test->store, &err), -ENOTDIR);
	assert_non_null(strstr(err.text, file));
	metadata_store_free(test->store);
	test->store = metadata_store_new(below);
	assert_true(metadata_store_check(test->store, &err) < 0);
	assert_non_null(strstr(err.text, below));
	metadata_store_free(test->store);
	test->store = metadata_store_new("");
	assert_true(metadata_store_check(test->store, &err) < 0);
	assert_int_equal(metadata_store_check(NULL, &err), -ENOMEM);
}

/* A link with the name of the document is replaced; its target is not written. */
TEST(a_link_is_replaced_and_not_followed)
{
	struct test *test = *state;
	struct error err;
	char text[4096];
	struct stat st;

	tree_text(test->dir, "precious", "untouched");
	tree_link(test->dir, "1-1.json", "precious");
	assert_int_equal(save(test, "1-1", &err), 0);
	read_text(tree_path(test->dir, "precious"), text);
	assert_string_equal(text, "untouched");
	assert_int_equal(lstat(tree_path(test->dir, "1-1.json"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

/* A directory has the name of the document, so the rename fails. */
TEST(a_directory_in_the_way_fails_the_save)
{
	struct test *test = *state;
	struct error err;

	tree_text(test->dir, "1-1.json/x", "");
	assert_true(save(test, "1-1", &err) < 0);
	assert_non_null(strstr(err.text, tree_path(test->dir, "1-1.json")));
	assert_int_equal(entry_count(test->dir), 1);
}

/* The disk is full after some bytes. */
static int save_limited(void *ctx)
{
	const struct rlimit limit = {.rlim_cur = 10, .rlim_max = 10};
	struct error err = {};

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 1;
	return save(ctx, "1-1", &err) != -EFBIG || !strstr(err.text, "1-1.json");
}

TEST(a_full_disk_keeps_the_old_file)
{
	struct test *test = *state;
	char text[4096];

	assert_true(tree_fork(save_limited, test, false));
	assert_int_equal(entry_count(test->dir), 0);
	tree_text(test->dir, "1-1.json", "the older one");
	assert_true(tree_fork(save_limited, test, false));
	assert_int_equal(entry_count(test->dir), 1);
	read_text(tree_path(test->dir, "1-1.json"), text);
	assert_string_equal(text, "the older one");
}

static int save_denied(void *ctx)
{
	struct test *test = ctx;
	struct metadata_store *store = metadata_store_new(test->dir);
	struct error err = {};

	if (metadata_store_check(store, &err) != -EACCES || !strstr(err.text, test->dir))
		return 1;
	metadata_store_free(store);
	store = metadata_store_new(tree_path(test->dir, "sub"));
	if (metadata_store_check(store, &err) != -EACCES || !strstr(err.text, "/sub"))
		return 2;
	metadata_store_free(store);
	return save(test, "1-1", &err) != -EACCES || !strstr(err.text, test->dir);
}

TEST(a_missing_right_fails_the_save)
{
	struct test *test = *state;

	tree_must(chmod(test->dir, 0555) == 0);
	assert_true(tree_fork(save_denied, test, true));
	assert_int_equal(entry_count(test->dir), 0);
	tree_must(chmod(test->dir, 0755) == 0);
}
