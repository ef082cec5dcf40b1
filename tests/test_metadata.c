/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"
#include "metadata.h"
#include "tests/tree.h"
#include "util.h"

#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

struct test {
	char *dir;
	struct metadata *metadata;
};

static int setup(void **state)
{
	struct test *test = calloc(1, sizeof(*test));

	test->dir = tree_new();
	tree_must(metadata_new(&test->metadata, NULL) == 0);
	*state = test;
	return 0;
}

static int teardown(void **state)
{
	struct test *test = *state;

	assert_null(metadata_free(test->metadata));
	tree_free(test->dir);
	free(test);
	return 0;
}

/* Returns whether the pair was new. */
static bool add(struct metadata *metadata, const char *key, const char *value)
{
	struct error err = {};
	bool new;

	assert_int_equal(metadata_add(metadata, key, value, &new, &err), 0);
	assert_int_equal(err.code, 0);
	return new;
}

static void test_add(void **state)
{
	struct metadata *metadata = ((struct test *)*state)->metadata;

	assert_int_equal(metadata_count(metadata), 0);
	assert_null(metadata_get(metadata, "MAC_ADDR"));
	assert_true(add(metadata, "MAC_ADDR", "aa"));
	assert_true(add(metadata, "BOOT_ROM", "1"));
	assert_false(add(metadata, "MAC_ADDR", "aa"));
	assert_true(add(metadata, "MAC_ADDR", "bb"));
	assert_false(add(metadata, "MAC_ADDR", "bb"));
	assert_true(add(metadata, "mac_addr", "bb"));
	assert_true(add(metadata, "EMPTY", ""));
	assert_false(add(metadata, "EMPTY", ""));
	assert_int_equal(metadata_count(metadata), 4);
	assert_string_equal(metadata_get(metadata, "MAC_ADDR"), "bb");
	assert_string_equal(metadata_get(metadata, "EMPTY"), "");
	assert_null(metadata_get(metadata, "MAC"));
	assert_null(metadata_free(NULL));
}

static void test_uuid(void **state)
{
	struct metadata *metadata = ((struct test *)*state)->metadata;

	assert_true(add(metadata, "FACTORY_UUID", "19a519a6_19ab520e_1ac0212b"));
	assert_string_equal(metadata_get(metadata, "FACTORY_UUID"), "001000911006186073");
	assert_false(add(metadata, "FACTORY_UUID", "19a519a6_19ab520e_1ac0212b"));
	/* What is not of that form stays as it came; other keys do in any case */
	assert_true(add(metadata, "FACTORY_UUID", "19a519a6-19ab520e"));
	assert_string_equal(metadata_get(metadata, "FACTORY_UUID"), "19a519a6-19ab520e");
	assert_true(add(metadata, "OTHER", "19a519a6"));
	assert_string_equal(metadata_get(metadata, "OTHER"), "19a519a6");
}

static void test_limit(void **state)
{
	struct metadata *metadata = ((struct test *)*state)->metadata;
	struct error err = {};
	bool new;
	char key[16];

	for (int i = 0; i < 256; i++) {
		snprintf(key, sizeof(key), "K%d", i);
		assert_true(add(metadata, key, "v"));
	}
	assert_int_equal(metadata_add(metadata, "K256", "v", &new, &err), -E2BIG);
	assert_non_null(strstr(err.text, "256"));
	assert_int_equal(metadata_count(metadata), 256);
	assert_true(add(metadata, "K0", "w")); /* what is known may still change */
	assert_false(add(metadata, "K255", "v"));
}

static void test_document(void **state)
{
	static const struct {
		const char *key, *value, *json_key, *json_value;
	} rows[] = {
		{"Z_FIRST", "1", "Z_FIRST", "1"},
		{"A_SECOND", "a/b \"q\" \\", "A_SECOND", "a/b \"q\" \\"},
		{"CONTROL", "a\x1b[2J\n\x01z", "CONTROL", "a\x1b[2J\n\x01z"},
		{"BYTES", "a\xff\xfez", "BYTES", "a\xef\xbf\xbd\xef\xbf\xbdz"},
		{"K\x80", "M\xc3\xbcller", "K\xef\xbf\xbd", "M\xc3\xbcller"},
		{"\"}", "\"},", "\"}", "\"},"},
		{"", "", "", ""},
	};
	struct metadata *metadata = ((struct test *)*state)->metadata;
	char *text = metadata_document(metadata);
	struct json_object *document;
	size_t i = 0;

	document = json_tokener_parse(text);
	assert_true(json_object_is_type(document, json_type_object));
	assert_int_equal(json_object_object_length(document), 0);
	json_object_put(document);
	free(text);
	for (i = 0; i < array_size(rows); i++)
		add(metadata, rows[i].key, rows[i].value);
	add(metadata, "Z_FIRST", "changed"); /* keeps its place */
	text = metadata_document(metadata);
	for (const char *p = text; *p; p++)
		assert_true((unsigned char)*p >= 0x20 || *p == '\n');
	document = json_tokener_parse(text);
	assert_non_null(document);
	i = 0;
	json_object_object_foreach(document, key, value)
	{
		assert_true(i < array_size(rows));
		assert_string_equal(key, rows[i].json_key);
		assert_string_equal(json_object_get_string(value),
				    i ? rows[i].json_value : "changed");
		i++;
	}
	assert_int_equal(i, array_size(rows));
	json_object_put(document);
	free(text);
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

/* Entries of the directory, hidden ones included. */
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

static void test_save(void **state)
{
	struct test *test = *state;
	struct error err = {};
	char *path = NULL, *document, text[4096];
	struct stat st;
	mode_t mask = umask(027);
	int fds = tree_fd_count();

	add(test->metadata, "USER_SERIAL_NUM", "a1B2");
	assert_int_equal(metadata_save(test->metadata, test->dir, "usb", "1-1", &path, &err), 0);
	umask(mask);
	assert_string_equal(path, tree_path(test->dir, "a1B2.json"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	document = metadata_document(test->metadata);
	read_text(path, text);
	assert_int_equal(strlen(text), strlen(document) + 1);
	assert_memory_equal(text, document, strlen(document));
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(document);
	free(path);
	/* Replaces an older one, and nothing is left beside it */
	add(test->metadata, "MORE", "yes");
	assert_int_equal(
		metadata_save(test->metadata, tree_path(test->dir, "/"), NULL, "1-1", &path, &err),
		0);
	read_text(path, text);
	assert_non_null(strstr(text, "MORE"));
	assert_int_equal(entry_count(test->dir), 1);
	assert_int_equal(tree_fd_count(), fds);
	free(path);
}

/* 64 letters are a serial number, 65 are not. */
#define LONG_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"

static void test_save_name(void **state)
{
	static const struct {
		const char *told, *usb, *name;
	} rows[] = {
		{"10000000abcdef01", "usb1", "10000000abcdef01"},
		{NULL, "usb1", "usb1"},
		{NULL, NULL, "1-1.2"},
		{NULL, "", "1-1.2"},
		{"", "", "1-1.2"},
		{"../../x", "usb1", "usb1"},
		{"../../x", "../../y", "1-1.2"},
		{"/etc/x", NULL, "1-1.2"},
		{".", "..", "1-1.2"},
		{"a.b", "a-b", "1-1.2"},
		{"a\nb", "a b", "1-1.2"},
		{"\xc3\xbc", "\xff", "1-1.2"},
		{LONG_64, NULL, LONG_64},
		{LONG_64 "0", "usb1", "usb1"},
		{"x/", "x\\", "1-1.2"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct test *test;
		struct error err = {};
		char *path = NULL, name[128];

		setup(state);
		test = *state;
		snprintf(name, sizeof(name), "in/%s.json", rows[i].name);
		if (rows[i].told)
			add(test->metadata, "USER_SERIAL_NUM", rows[i].told);
		tree_parents(test->dir, "in/");
		assert_int_equal(metadata_save(test->metadata, tree_path(test->dir, "in"),
					       rows[i].usb, "1-1.2", &path, &err),
				 0);
		assert_string_equal(path, tree_path(test->dir, name));
		assert_int_equal(access(path, R_OK), 0);
		assert_int_equal(entry_count(tree_path(test->dir, "in")), 1);
		assert_int_equal(entry_count(test->dir), 1);
		free(path);
		teardown(state);
	}
}

static void test_save_port(void **state)
{
	struct test *test = *state;
	struct error err = {};
	char *path = NULL;

	assert_int_equal(metadata_save(test->metadata, test->dir, NULL, "../x", &path, &err),
			 -EINVAL);
	assert_null(path);
	assert_int_equal(entry_count(test->dir), 0);
}

static void test_save_dir(void **state)
{
	struct test *test = *state;
	struct error err = {};
	char *path = NULL;
	const char *none = tree_path(test->dir, "none"), *file = tree_path(test->dir, "file");

	tree_text(test->dir, "file", "x");
	assert_int_equal(metadata_save(test->metadata, none, NULL, "1-1", &path, &err), -ENOENT);
	assert_non_null(strstr(err.text, none));
	assert_int_equal(access(none, F_OK), -1);
	assert_int_equal(metadata_save(test->metadata, file, NULL, "1-1", &path, &err), -ENOTDIR);
	assert_non_null(strstr(err.text, file));
	assert_int_equal(metadata_save(test->metadata, "", NULL, "1-1", &path, &err), -ENOENT);
	assert_null(path);
	assert_int_equal(metadata_check_dir(none, &err), -ENOENT);
	assert_non_null(strstr(err.text, none));
	assert_int_equal(metadata_check_dir(file, &err), -ENOTDIR);
	assert_non_null(strstr(err.text, file));
	assert_int_equal(metadata_check_dir(test->dir, &err), 0);
	assert_int_equal(entry_count(test->dir), 1);
}

/* A link under the document's name is replaced, what it leads to is not written to. */
static void test_save_link(void **state)
{
	struct test *test = *state;
	struct error err = {};
	char *path = NULL, text[4096];
	struct stat st;

	tree_text(test->dir, "precious", "untouched");
	tree_link(test->dir, "1-1.json", "precious");
	assert_int_equal(metadata_save(test->metadata, test->dir, NULL, "1-1", &path, &err), 0);
	read_text(tree_path(test->dir, "precious"), text);
	assert_string_equal(text, "untouched");
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	free(path);
}

/* A directory is in the way: the last step fails. */
static void test_save_in_the_way(void **state)
{
	struct test *test = *state;
	struct error err = {};
	char *path = NULL;
	int r;

	tree_text(test->dir, "1-1.json/x", "");
	r = metadata_save(test->metadata, test->dir, NULL, "1-1", &path, &err);
	assert_true(r < 0);
	assert_int_equal(err.code, r);
	assert_non_null(strstr(err.text, tree_path(test->dir, "1-1.json")));
	assert_null(path);
	assert_int_equal(entry_count(test->dir), 1);
}

/* The disk is full after some bytes. */
static int save_limited(void *ctx)
{
	struct test *test = ctx;
	const struct rlimit limit = {.rlim_cur = 100, .rlim_max = 100};
	struct error err = {};
	char *path = NULL;

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 1;
	if (metadata_save(test->metadata, test->dir, NULL, "1-1", &path, &err) != -EFBIG)
		return 2;
	return path || err.code != -EFBIG || !strstr(err.text, "1-1.json");
}

static void test_save_full(void **state)
{
	struct test *test = *state;
	char key[16], text[4096];

	for (int i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "K%d", i);
		add(test->metadata, key, "value");
	}
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
	struct error err = {};
	char *path = NULL;

	if (metadata_check_dir(test->dir, &err) != -EACCES || !strstr(err.text, test->dir))
		return 1;
	return metadata_save(test->metadata, test->dir, NULL, "1-1", &path, &err) != -EACCES ||
	       !strstr(err.text, test->dir);
}

static void test_save_denied(void **state)
{
	struct test *test = *state;

	tree_must(chmod(test->dir, 0555) == 0);
	assert_true(tree_fork(save_denied, test, true));
	assert_int_equal(entry_count(test->dir), 0);
	tree_must(chmod(test->dir, 0755) == 0);
}

#define metadata_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		metadata_test(test_add),       metadata_test(test_uuid),
		metadata_test(test_limit),     metadata_test(test_document),
		metadata_test(test_save),      cmocka_unit_test(test_save_name),
		metadata_test(test_save_port), metadata_test(test_save_dir),
		metadata_test(test_save_link), metadata_test(test_save_in_the_way),
		metadata_test(test_save_full), metadata_test(test_save_denied),
	};

	return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
