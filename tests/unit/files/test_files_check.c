/* SPDX-License-Identifier: Apache-2.0 */
/* The check of a boot directory, its kind of payload, and the choice of firmware without -d. */
#include "boot/chip.h"
#include "util/error.h"
#include "files/files.h"
#include "files/firmware.h"
#include "tests/test.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>

static const struct chip chip0 = {.name = "BCM2837", .dir = "2710", .bootcode = "bootcode.bin"};
static const struct chip chip4 = {.name = "BCM2711", .dir = "2711", .bootcode = "bootcode4.bin"};

FIXTURE_EACH(tree_setup, tree_teardown)

/* Opens and checks the directory. Each of the words must be in the message. */
static int check(const char *dir, const struct chip *chip, const char *const *words)
{
	struct error err = {};
	struct files *files = NULL;
	int r = files_new(&files, dir, true, &err);

	if (r == 0)
		r = files_check(files, chip, &err);
	assert_int_equal(err.code, r);
	for (; words && *words; words++)
		if (!strstr(err.text, *words))
			fail_msg("no '%s' in: %s", *words, err.text);
	files_free(files);
	return r;
}

#define words(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

TEST(a_chip_needs_its_bootcode)
{
	const char *dir = *state;

	tree_text(dir, "1-1/bootcode4.bin", "overlay"); /* an overlay never has a bootcode */
	assert_int_equal(check(dir, &chip4,
			       words("no bootcode4.bin for BCM2711 in '", dir,
				     tree_path(dir, "2711/bootcode4.bin, "),
				     tree_path(dir, "bootcode4.bin)"))),
			 -ENOENT);
	tree_text(dir, "bootcode4.bin", "\x7f");
	assert_int_equal(check(dir, &chip4, NULL), 0);
	assert_int_equal(check(dir, &chip0, words("no bootcode.bin", "are for BCM2711")), -ENOENT);
	/* The directory of the chip has priority, even if its file is damaged. */
	tree_text(dir, "2711/bootcode4.bin", "");
	assert_int_equal(check(dir, &chip4, words(tree_path(dir, "2711/bootcode4.bin"), "empty")),
			 -ENODATA);
	tree_text(dir, "2711/bootcode4.bin", "x");
	assert_int_equal(check(dir, &chip4, NULL), 0);
}

TEST(a_damaged_bootcode_is_explained)
{
	static const struct {
		const char *content, *word;
	} rows[] = {
		{"version https://git-lfs.example/spec/v1\noid sha256:00\nsize 5\n",
		 "git lfs pull"},
		{"../firmware/2711/bootcode4.bin", "symbolic link"},
		{"../firmware/2711/bootcode4.bin\n", "symbolic link"},
		/* small, but without known damage */
		{"bootcode4.bin", NULL},
		{"a/b c", NULL},
		{"a/\x01", NULL},
		{"stand-in for the bootcode\n", NULL},
		{"\n", NULL},
		{"/\n/\n", NULL},
	};
	char path[1100];

	for (size_t i = 0; i < array_size(rows); i++) {
		const char *expected[] = {rows[i].word, tree_path(*state, "bootcode4.bin"), NULL};

		tree_text(*state, "bootcode4.bin", rows[i].content);
		assert_int_equal(check(*state, &chip4, rows[i].word ? expected : NULL),
				 rows[i].word ? -EBADMSG : 0);
	}
	memset(path, 'a', sizeof(path)); /* longer than any link can be */
	path[0] = '/';
	tree_write(*state, "bootcode4.bin", path, sizeof(path));
	assert_int_equal(check(*state, &chip4, NULL), 0);
}

TEST(a_broken_link_is_named)
{
	tree_link(*state, "bootcode4.bin", "../firmware/2711/bootcode4.bin");
	assert_int_equal(check(*state, &chip4,
			       words("bootcode4.bin is a symbolic link to "
				     "'../firmware/2711/bootcode4.bin', which "
				     "does not exist")),
			 -ENOENT);
	tree_must(unlink(tree_path(*state, "bootcode4.bin")) == 0);
	tree_link(*state, "2711/bootcode4.bin", "nowhere");
	assert_int_equal(check(*state, &chip4, words("; 2711/bootcode4.bin is a symbolic link")),
			 -ENOENT);
	tree_link(*state, "bootfiles.bin", "../firmware/bootfiles.bin");
	assert_int_equal(check(*state, &chip4, words("; bootfiles.bin is a symbolic link")),
			 -ENOENT);
	tree_must(unlink(tree_path(*state, "2711/bootcode4.bin")) == 0);
	tree_link(*state, "2711/bootcode4.bin", "bootcode4.bin");
	assert_int_equal(check(*state, &chip4, words(tree_path(*state, "2711/bootcode4.bin"))),
			 -ELOOP);
}

static int check_unreadable(void *dir)
{
	struct error err = {};
	struct files *files = NULL;
	int r = files_new(&files, dir, false, &err);

	if (r == 0)
		r = files_check(files, &chip4, &err);
	files_free(files);
	return !(r == -EACCES && err.code == r && strstr(err.text, "bootcode4.bin"));
}

TEST(an_unreadable_bootcode_is_an_error)
{
	tree_text(*state, "2711/bootcode4.bin", "code");
	tree_text(*state, "bootcode4.bin", "code"); /* not a fallback */
	tree_must(chmod(tree_path(*state, "2711/bootcode4.bin"), 0) == 0);
	assert_true(tree_fork(check_unreadable, *state, true));
}

/* A long directory name must not overflow the message. */
TEST(a_long_directory_name_fits_the_message)
{
	char name[802] = "", *p = name;

	for (int i = 0; i < 4; i++, p += 200) {
		memset(p, 'd', 199);
		p[199] = '/';
	}
	*p = '\0';
	tree_parents(*state, name);
	assert_int_equal(check(tree_path(*state, name), &chip4, words("no bootcode4.bin for")),
			 -ENOENT);
}

TEST(boot_images_announce_a_disk)
{
	static const struct {
		const char *names[6];
		bool disk;
	} rows[] = {
		{{NULL}, false},
		{{"bootcode4.bin"}, false},
		{{"boot.img"}, true},
		{{"2711/boot.img"}, true},
		{{"2712/boot.img"}, false},
		{{"boot.img/"}, false},
		{{"start4.elf"}, true},
		{{"start.elf"}, true},
		{{"2711/start4.elf"}, true},
		{{"start_cd.elf"}, false},
		{{"start4cd.elf", "xstart.elf", "start.elf.bak"}, false},
		{{"start4.elf", "kernel.img"}, false},
		{{"start4.elf", "2711/kernel8.img"}, false},
		{{"2711/start4.elf", "kernel7l.img"}, false},
		{{"start4.elf", "kernel8.img/"}, true},
		{{"start4.elf", "kernel"}, true},
		{{"start4.elf", "kernel.img.gz", "mykernel.img"}, true},
		{{"start4.elf", "2712/kernel8.img"}, true},
		{{"boot.img", "kernel8.img"}, true},
		{{"boot.img", "pieeprom.bin"}, false},
		{{"start4.elf", "pieeprom.upd"}, false},
		{{"start4.elf", "2711/pieeprom.sig"}, false},
		{{"start4.elf", "pieeprom.original.bin"}, false},
		{{"start4.elf", "1-1/pieeprom.bin"}, false},
		{{"start4.elf", "1-2/pieeprom.bin"}, true},
		{{"start4.elf", "1-1/kernel8.img"}, false},
		{{"start4.elf", "1-2/kernel8.img"}, true},
		{{"start4.elf", "vmlinuz"}, false},
		{{"start4.elf", "Image", "bcm2711-rpi-cm4.dtb"}, false},
		{{"start4.elf", "x.dtbo"}, true},
		{{"START4.ELF"}, false},
		{{"config.txt", "recovery.bin", "pieeprom.bin", "bootcode4.bin"}, false},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct files *files;
		const char *path;
		char dir[16];

		snprintf(dir, sizeof(dir), "%zu/", i);
		tree_parents(*state, dir);
		path = tree_path(*state, dir);
		for (const char *const *name = rows[i].names; *name; name++) {
			if ((*name)[strlen(*name) - 1] == '/')
				tree_parents(path, *name);
			else
				tree_text(path, *name, "x");
		}
		assert_int_equal(files_new(&files, path, true, NULL), 0);
		if (files_payload_is_disk(files, &chip4, "1-1") != rows[i].disk)
			fail_msg("row %zu, with %s", i, rows[i].names[0]);
		files_free(files);
	}
}

/* taken: the expected directory below the tree; NULL: none. */
static int find(const char *dir, const struct chip *chip, const char *taken, struct error *err)
{
	struct firmware firmware = {
		.roots = {tree_path(dir, "none"), tree_path(dir, "a"), tree_path(dir, "b/")},
		.count = 3,
		.fetch = "'make x'",
	};
	struct files *files = NULL;
	int r = files_find(&files, &firmware, chip, err);

	if (r == 0) {
		assert_string_equal(files_dir(files), tree_path(dir, taken));
		assert_int_equal(err->code, 0); /* skipped directories leave no error */
		assert_string_equal(err->text, "");
	} else {
		assert_null(files);
	}
	files_free(files);
	return r;
}

TEST(the_first_firmware_of_a_chip_is_found)
{
	struct error err = {};

	tree_text(*state, "a/msd", "a file");
	assert_int_equal(find(*state, &chip4, "none", &err), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_non_null(strstr(err.text, "BCM2711"));
	assert_non_null(strstr(err.text, "fetch them with 'make x'"));
	assert_non_null(strstr(err.text, "-d DIR"));
	assert_non_null(strstr(err.text, tree_path(*state, "none, ")));
	assert_non_null(strstr(err.text, tree_path(*state, "a, ")));
	assert_non_null(strstr(err.text, tree_path(*state, "b/)")));

	err = (struct error){};
	tree_text(*state, "b/msd/bootcode.bin", "code");
	tree_text(*state, "b/msd/2711/bootcode4.bin", "code");
	assert_int_equal(find(*state, &chip4, "b/msd", &err), 0);
	assert_int_equal(find(*state, &chip0, "b/msd", &err), 0);
	tree_text(*state, "b/mass-storage-gadget64/bootcode4.bin", "code");
	assert_int_equal(find(*state, &chip4, "b/mass-storage-gadget64", &err), 0);
	assert_int_equal(find(*state, &chip0, "b/msd", &err), 0);
	/* An earlier root has priority, even over a preferred payload in a later root. */
	tree_must(unlink(tree_path(*state, "a/msd")) == 0);
	tree_text(*state, "a/msd/bootcode4.bin", "code");
	assert_int_equal(find(*state, &chip4, "a/msd", &err), 0);
	assert_int_equal(find(*state, &chip0, "b/msd", &err), 0);
}

/* Damaged firmware is an error; other firmware is not used instead. */
TEST(damaged_firmware_is_an_error)
{
	struct error err = {};

	tree_text(*state, "a/msd/bootcode4.bin", "");
	tree_text(*state, "b/msd/bootcode4.bin", "code");
	tree_text(*state, "b/msd/bootcode.bin", "code");
	assert_int_equal(find(*state, &chip4, "none", &err), -ENODATA);
	assert_non_null(strstr(err.text, tree_path(*state, "a/msd/bootcode4.bin")));
	err = (struct error){};
	assert_int_equal(find(*state, &chip0, "b/msd", &err), 0);
	tree_text(*state, "a/mass-storage-gadget64/bootfiles.bin", "garbage");
	assert_int_equal(find(*state, &chip4, "none", &err), -EBADMSG);
	assert_non_null(
		strstr(err.text, tree_path(*state, "a/mass-storage-gadget64/bootfiles.bin")));
}

TEST(firmware_without_roots_is_not_found)
{
	struct firmware firmware = {.fetch = "'make x'"};
	struct files *files = NULL;
	struct error err = {};

	assert_int_equal(files_find(&files, &firmware, &chip4, &err), -ENOENT);
	assert_non_null(strstr(err.text, "fetch them with 'make x'"));
}
