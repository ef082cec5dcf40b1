/* SPDX-License-Identifier: Apache-2.0 */
/* The unmount helper: its answers, also to several threads at once, and its end. The tests have
 * their own mount namespace, so the mounts of this machine do not change. */
#include "flash/unmount.h"

#include "util/error.h"
#include "tests/test.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#define MOUNTS 8

struct test {
	char *dir;
	struct unmount_helper *helper;
};

static bool may_mount; /* this user can have a mount namespace */

static int setup(void **state)
{
	static struct test test;
	struct error err = {0};

	test = (struct test){.dir = tree_new()};
	*state = &test;
	return unmount_helper_new(&test.helper, &err);
}

static int teardown(void **state)
{
	struct test *test = *state;

	assert_null(unmount_helper_free(test->helper));
	tree_free(test->dir);
	return 0;
}

FIXTURE_EACH(setup, teardown)

/* A mount namespace and a process group of its own: signals of a test reach no other process. */
static int process_setup(void **state)
{
	(void)state;
	may_mount =
		unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	setpgid(0, 0);
	return 0;
}

FIXTURE_ONCE(process_setup, NULL)

static const char *mounted(const struct test *test, const char *name)
{
	const char *path = tree_parents(test->dir, name);

	tree_must(mount("none", path, "tmpfs", 0, NULL) == 0);
	return path;
}

/* With and without the helper, the result is that of umount2(). */
TEST(the_helper_returns_the_result_of_umount)
{
	const struct test *test = *state;
	char none[300], link[300], at[300], too_long[PATH_MAX + 1];

	if (!may_mount)
		skip();
	snprintf(none, sizeof(none), "%s/none", test->dir);
	snprintf(link, sizeof(link), "%s/link", test->dir);
	for (int i = 0; i < 2; i++) {
		struct unmount_helper *helper = i ? test->helper : NULL;

		snprintf(at, sizeof(at), "%s", mounted(test, i ? "there/" : "here/"));
		unlink(link);
		/* A cut name would be the name of a mount point. */
		memset(too_long, '/', sizeof(too_long) - 1);
		memcpy(too_long, at, strlen(at));
		too_long[sizeof(too_long) - 1] = '\0';
		tree_link(test->dir, "link", at);
		assert_int_equal(unmount_helper_unmount(helper, none), -ENOENT);
		assert_int_equal(unmount_helper_unmount(helper, too_long), -ENAMETOOLONG);
		assert_int_equal(unmount_helper_unmount(helper, link), -EINVAL); /* not followed */
		assert_int_equal(unmount_helper_unmount(helper, at), 0);
		assert_int_equal(unmount_helper_unmount(helper, at), -EINVAL);
	}
}

/* The helper never forces an unmount: an open file keeps the mount. */
TEST(a_busy_mount_is_kept)
{
	const struct test *test = *state;
	const char *path;
	int fd;

	if (!may_mount)
		skip();
	path = mounted(test, "busy/");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tree_must(fd >= 0);
	assert_int_equal(unmount_helper_unmount(test->helper, path), -EBUSY);
	close(fd);
	assert_int_equal(unmount_helper_unmount(test->helper, path), 0);
}

struct request {
	struct unmount_helper *helper;
	char path[300];
	int r;
};

static void *request(void *ctx)
{
	struct request *request = ctx;

	request->r = unmount_helper_unmount(request->helper, request->path);
	return NULL;
}

/* Each thread gets the answer to its own request. */
TEST(each_request_gets_its_answer)
{
	const struct test *test = *state;
	struct request requests[2 * MOUNTS];
	pthread_t threads[array_size(requests)];

	if (!may_mount)
		skip();
	for (size_t i = 0; i < array_size(requests); i++) {
		char name[16];

		snprintf(name, sizeof(name), "%zu/", i);
		requests[i].helper = test->helper;
		snprintf(requests[i].path, sizeof(requests[i].path), "%s",
			 i % 2 ? tree_path(test->dir, name) : mounted(test, name));
	}
	for (size_t i = 0; i < array_size(requests); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, request, &requests[i]), 0);
	for (size_t i = 0; i < array_size(requests); i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(requests[i].r, i % 2 ? -ENOENT : 0);
	}
}

/* Ctrl-C signals all processes of a terminal. The helper stays until its owner ends it. */
TEST(the_helper_survives_an_interrupt)
{
	const struct test *test = *state;
	char none[300];
	int answer;

	snprintf(none, sizeof(none), "%s/none", test->dir);
	answer = unmount_helper_unmount(test->helper, none); /* the helper is running now */
	assert_true(answer < 0);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	assert_int_equal(killpg(0, SIGINT) | killpg(0, SIGTERM), 0);
	assert_int_equal(unmount_helper_unmount(test->helper, none), answer);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}
