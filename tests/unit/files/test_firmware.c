/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware directories, the command that fetches firmware, and `-d NAME` for an installed
 * payload. A fake replaces report.c. */
#include "files/firmware.h"

#include "board/board.h"
#include "report/report.h"
#include "tests/test.h"
#include "tests/unit/tree.h"
#include "util/util.h"

static char noted[1024];

void report_event(struct report *report, const struct event *event, uint64_t now_ms)
{
	(void)report, (void)now_ms;
	assert_int_equal(event->type, EVENT_NOTE);
	assert_int_equal(event->note.level, 0);
	snprintf(noted, sizeof(noted), "%s", event->note.text);
}

/* The first root is in the tree. */
static void init(const char *tree, const char *dir, struct firmware *ret)
{
	const struct config config = {.dir = dir};

	noted[0] = '\0';
	tree_must(setenv("RPIBOOT_FIRMWARE", tree_path(tree, "root"), 1) == 0);
	firmware_init(ret, &config, NULL);
	assert_string_equal(ret->roots[0], tree_path(tree, "root"));
	assert_true(ret->count >= 4);
}

static int setup(void **state)
{
	*state = tree_new();
	tree_parents(*state, "root/");
	return 0;
}

static int teardown(void **state)
{
	tree_must(chdir("/") == 0);
	tree_free(*state);
	return 0;
}

FIXTURE_EACH(setup, teardown)

TEST(the_command_that_fetches_firmware_is_named)
{
	struct firmware firmware;
	char want[TREE_PATH_SIZE];

	tree_text(*state, "root/fetch-firmware", "#!/bin/sh\n");
	tree_must(chmod(tree_path(*state, "root/fetch-firmware"), 0755) == 0);
	tree_must(setenv("SUDO_UID", "1000", 1) == 0);
	init(*state, NULL, &firmware);
	snprintf(want, sizeof(want), "'sudo %s'", tree_path(*state, "root/fetch-firmware"));
	assert_string_equal(firmware.fetch, want);
	if (geteuid() == 0) { /* a container may have no sudo */
		tree_must(unsetenv("SUDO_UID") == 0);
		init(*state, NULL, &firmware);
		snprintf(want, sizeof(want), "'%s'", tree_path(*state, "root/fetch-firmware"));
		assert_string_equal(firmware.fetch, want);
	}
	tree_text(*state, "root/Makefile", "");
	tree_text(*state, "root/msd/firmware.list", "");
	init(*state, NULL, &firmware);
	snprintf(want, sizeof(want), "'make firmware' in '%s'", tree_path(*state, "root"));
	assert_string_equal(firmware.fetch, want);
}

TEST(an_empty_root_is_skipped)
{
	const struct config config = {0};
	struct firmware firmware;

	tree_must(setenv("RPIBOOT_FIRMWARE", "", 1) == 0);
	firmware_init(&firmware, &config, NULL);
	assert_true(firmware.count >= 3);
	for (size_t i = 0; i < firmware.count; i++)
		assert_int_equal(firmware.roots[i][0], '/');
}

TEST(a_payload_is_found_by_its_name)
{
	static const struct {
		const char *dir, *taken; /* taken: the used directory; NULL: dir itself */
	} rows[] = {
		{"recovery", "root/recovery"},
		{"recovery/", "root/recovery/"},
		{"msd/sub", "root/msd/sub"},
		{"./recovery", NULL},
		{"../recovery", NULL},
		{"msd/../recovery", NULL},
		{"msd/..", NULL},
		{"/recovery", NULL},
		{"here", NULL},	  /* the name also exists in the current directory */
		{"a-link", NULL}, /* a dangling link with this name exists here */
		{"a-file", NULL},
		{"none", NULL},
	};

	tree_parents(*state, "root/recovery/");
	tree_parents(*state, "root/msd/sub/");
	tree_parents(*state, "root/here/");
	tree_parents(*state, "root/a-link/");
	tree_text(*state, "root/a-file", "x");
	tree_parents(*state, "work/here/");
	tree_link(*state, "work/a-link", "nowhere");
	tree_must(chdir(tree_path(*state, "work")) == 0);
	for (size_t i = 0; i < array_size(rows); i++) {
		struct firmware firmware;

		init(*state, rows[i].dir, &firmware);
		assert_string_equal(firmware.dir,
				    rows[i].taken ? tree_path(*state, rows[i].taken) : rows[i].dir);
		if (rows[i].taken)
			assert_non_null(strstr(noted, tree_path(*state, rows[i].taken)));
		else
			assert_string_equal(noted, "");
	}
}
