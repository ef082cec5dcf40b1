/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of the sandbox for access, and its behaviour if one fails. Fakes replace
 * os/linux/cli/landlock.c and the unmount helper. test_sandbox.c tests the real ones. */
#include "cli/sandbox.h"

#include "board/board.h"
#include "util/error.h"
#include "image/image.h"
#include "files/firmware.h"
#include "os/linux/cli/landlock.h"
#include "flash/unmount.h"
#include "tests/test.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>

/* ---- the fake kernel */

static struct {
	bool absent; /* the kernel has no Landlock */
	int new_code, enforce_code, helper_code;
	char list[16384]; /* "READ path\n" and so on, in the order of the requests */
	unsigned int enforced, freed, helpers, helpers_freed;
	bool bus, bus_denied;	    /* the bus exists; it cannot be created */
	unsigned int allowed_since; /* the number of requests after enforcing, which must be 0 */
} fake;

int landlock_new(struct landlock **ret, struct error *err)
{
	if (fake.new_code)
		return error_set(err, fake.new_code, "no ruleset");
	*ret = fake.absent ? NULL : (struct landlock *)&fake;
	return 0;
}

struct landlock *landlock_free(struct landlock *landlock)
{
	fake.freed += landlock != NULL;
	return NULL;
}

int landlock_allow(struct landlock *landlock, const char *path, enum landlock_access access_wanted)
{
	static const char *const names[] = {
		[LANDLOCK_READ] = "READ",
		[LANDLOCK_DEVICES] = "DEVICES",
		[LANDLOCK_FILES] = "FILES",
		[LANDLOCK_DIRECTORIES] = "DIRECTORIES",
	};
	size_t used = strlen(fake.list);

	assert_ptr_equal(landlock, &fake);
	fake.allowed_since += fake.enforced;
	if (strncmp(path, "/dev/bus", 8) == 0 ? !fake.bus : access(path, F_OK) < 0)
		return -ENOENT;
	snprintf(fake.list + used, sizeof(fake.list) - used, "%s %s\n", names[access_wanted], path);
	return 0;
}

int mkdir(const char *path, mode_t mode)
{
	if (strncmp(path, "/dev/bus", 8) != 0)
		return mkdirat(AT_FDCWD, path, mode);
	assert_int_equal(mode, 0755);
	fake.bus = fake.bus || (!fake.bus_denied && strcmp(path, "/dev/bus/usb") == 0);
	return fake.bus ? 0 : -1;
}

int landlock_enforce(struct landlock *landlock, struct error *err)
{
	assert_ptr_equal(landlock, &fake);
	fake.enforced++;
	return fake.enforce_code ? error_set(err, fake.enforce_code, "not enforced") : 0;
}

int unmount_helper_new(struct unmount_helper **ret, struct error *err)
{
	assert_int_equal(fake.enforced, 0);
	if (fake.helper_code)
		return error_set(err, fake.helper_code, "no process");
	fake.helpers++;
	*ret = (struct unmount_helper *)&fake.helpers;
	return 0;
}

struct unmount_helper *unmount_helper_free(struct unmount_helper *helper)
{
	fake.helpers_freed += helper != NULL;
	return NULL;
}

int unmount_helper_unmount(struct unmount_helper *helper, const char *path)
{
	(void)helper, (void)path;
	return -ENOSYS;
}

/* ---- a run and its requests */

static char *root, boot[256]; /* boot is below root */
static struct firmware firmware;
static struct unmount_helper *helper; /* valid until the sandbox is freed */

static int setup(void **state)
{
	(void)state;
	unsetenv("RPIBOOT_UNCONFINED"); /* these tests test the sandbox */
	memset(&fake, 0, sizeof(fake));
	memset(&firmware, 0, sizeof(firmware));
	root = tree_new();
	snprintf(boot, sizeof(boot), "%s/boot", root);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_free(root);
	return 0;
}

FIXTURE_EACH(setup, teardown)

static void enter_sandbox(struct config *config, const struct image_config *image)
{
	struct sandbox *sandbox = NULL;
	struct error err = {0};

	fake.list[0] = '\0';
	fake.enforced = 0;
	config->sysroot = config->sysroot ? config->sysroot : "/sys";
	firmware.dir = config->dir;
	assert_int_equal(sandbox_new(&sandbox, config, &firmware, image, &err), 0);
	assert_non_null(sandbox);
	assert_int_equal(fake.enforced, 1);
	assert_int_equal(fake.allowed_since, 0);
	helper = sandbox_unmount_helper(sandbox);
	sandbox_free(sandbox);
	assert_int_equal(fake.helpers_freed, fake.helpers);
}

/* Returns: true if the sandbox requested access to a name below the test's root. */
static bool asked(const char *access_name, const char *name)
{
	char line[600];

	snprintf(line, sizeof(line), "%s %s%s%s\n", access_name, root, name[0] ? "/" : "", name);
	return strstr(fake.list, line);
}

TEST(sysfs_and_proc_are_always_readable)
{
	struct config config = {.dir = tree_path(root, "none")};
	struct image_config image = {0};

	enter_sandbox(&config, &image);
	assert_non_null(strstr(fake.list, "READ /sys\n"));
	assert_non_null(strstr(fake.list, "READ /proc/self\n"));
	assert_non_null(strstr(fake.list, "READ /dev/urandom\n"));
	assert_null(helper);
	assert_int_equal(fake.helpers, 0);
	assert_null(strstr(fake.list, "FILES"));
	assert_null(strstr(fake.list, "/proc/swaps"));
	assert_null(strstr(fake.list, root));
}

/* If the bus does not exist yet, the sandbox creates its directory. If it cannot, it allows the
 * writes in all of /dev that the process is permitted. */
TEST(a_bus_that_appears_later_is_accessible)
{
	struct config config = {.dir = tree_path(root, "none")};
	struct image_config image = {0};

	for (int i = 0; i < 2; i++) { /* the bus is missing; the bus exists */
		fake.bus = i;
		enter_sandbox(&config, &image);
		assert_non_null(strstr(fake.list, "DEVICES /dev/bus/usb\n"));
		assert_null(strstr(fake.list, "DEVICES /dev\n"));
	}
	fake.bus = false;
	fake.bus_denied = true;
	enter_sandbox(&config, &image);
	assert_null(strstr(fake.list, "/dev/bus/usb"));
	assert_non_null(strstr(fake.list, "DEVICES /dev\n"));
}

/* The directory and the targets of its links are readable. For a file, its whole directory is: a
 * new version of the file replaces it under the same name. */
TEST(targets_of_links_are_readable)
{
	struct config config = {.dir = boot};
	struct image_config image = {0};

	tree_text(root, "boot/own.bin", "x");
	tree_text(root, "boot/overlays/own.dtbo", "x");
	tree_text(root, "firmware/linked.bin", "x");
	tree_text(root, "dtbo/linked.dtbo", "x");
	tree_text(root, "chips/2711/chip.bin", "x");
	tree_text(root, "far/far.bin", "x");
	tree_text(root, "secret/file", "x");
	tree_link(root, "boot/linked.bin", "../firmware/linked.bin");
	tree_link(root, "boot/overlays/linked.dtbo", "../../dtbo/linked.dtbo");
	tree_link(root, "boot/2711", "../chips/2711");
	tree_link(root, "chips/2711/far.bin", "../../far/far.bin");
	tree_link(root, "boot/dangling", "../nowhere");
	/* A link to a device file or to a FIFO makes nothing readable. */
	tree_link(root, "boot/config.txt", "/dev/null");
	tree_must(mkfifo(tree_path(root, "secret/fifo"), 0600) == 0);
	tree_link(root, "boot/cmdline.txt", "../secret/fifo");
	enter_sandbox(&config, &image);
	assert_true(asked("READ", "boot"));
	assert_true(asked("READ", "firmware"));
	assert_true(asked("READ", "dtbo"));
	assert_true(asked("READ", "chips/2711"));
	assert_true(asked("READ", "far"));
	assert_false(asked("READ", "secret"));
	assert_false(asked("READ", "chips"));
	assert_false(asked("READ", ""));
	assert_false(asked("READ", "nowhere"));
	assert_null(strstr(fake.list, "READ /dev/null"));
}

/* A link to its own directory, or too many levels, must not cause an endless search. */
TEST(a_cycle_of_links_ends_the_search)
{
	struct config config = {.dir = boot};
	struct image_config image = {0};

	tree_link(root, "boot/self", "../boot");
	tree_text(root, "near/file", "x");
	tree_text(root, "far/file", "x");
	tree_link(root, "boot/1/2/3/near", "../../../../near");
	tree_link(root, "boot/1/2/3/4/far", "../../../../../far");
	enter_sandbox(&config, &image);
	assert_true(asked("READ", "near"));
	assert_false(asked("READ", "far"));
}

/* Without -d, all firmware directories are readable, but not their siblings. */
TEST(all_firmware_directories_are_readable)
{
	struct config config = {0};
	struct image_config image = {0};

	tree_text(root, "a/msd/bootcode4.bin", "x");
	tree_text(root, "a/mass-storage-gadget64/bootcode5.bin", "x");
	tree_text(root, "b/other", "x");
	firmware.roots[firmware.count++] = tree_path(root, "a");
	firmware.roots[firmware.count++] = tree_path(root, "b");
	enter_sandbox(&config, &image);
	assert_true(asked("READ", "a/msd"));
	assert_true(asked("READ", "a/mass-storage-gadget64"));
	assert_false(asked("READ", "a"));
	assert_false(asked("READ", "b"));
}

/* Only the power switches of the ports of -p are writable in sysfs. */
TEST(the_power_of_the_selected_ports_can_be_switched)
{
	static const char *const ports[] = {"1-1", "1-1.4"};
	struct config config = {.dir = boot, .ports = ports, .port_count = 2};
	struct image_config image = {0};

#define AT_ROOT "sys/bus/usb/devices/usb1/1-0:1.0/usb1-port1/"
#define AT_HUB	"sys/bus/usb/devices/1-1/1-1:1.0/1-1-port4/"
	tree_text(root, AT_ROOT "disable", "0");
	tree_text(root, AT_ROOT "peer/disable", "0");
	tree_text(root, AT_HUB "disable", "0");
	config.sysroot = tree_path(root, "sys");
	enter_sandbox(&config, &image);
	assert_null(strstr(fake.list, "disable"));
	config.power_cycle = true;
	enter_sandbox(&config, &image);
	assert_true(asked("DEVICES", AT_ROOT "disable"));
	assert_true(asked("DEVICES", AT_ROOT "peer/disable"));
	assert_true(asked("DEVICES", AT_HUB "disable"));
	assert_false(asked("DEVICES", "sys"));
}

TEST(the_metadata_directory_is_writable)
{
	struct config config = {.dir = boot};
	struct image_config image = {0};

	config.metadata_dir = tree_path(root, "metadata");
	tree_parents(root, "metadata/");
	enter_sandbox(&config, &image);
	assert_true(asked("FILES", "metadata"));
	assert_false(asked("READ", "metadata"));
}

TEST(the_image_and_its_map_are_readable)
{
	struct config config = {.dir = boot};
	struct image_config image = {0};

	tree_text(root, "os.img.xz", "x");
	tree_text(root, "os.img.bmap", "x");
	tree_text(root, "other.bmap", "x");
	tree_parents(root, "spool/");
	image.path = tree_path(root, "os.img.xz");
	image.spool_dir = tree_path(root, "spool");
	enter_sandbox(&config, &image);
	assert_ptr_equal(helper, &fake.helpers);
	assert_true(asked("READ", "os.img.xz"));
	assert_true(asked("READ", "os.img.bmap"));
	assert_false(asked("READ", "other.bmap"));
	assert_true(asked("FILES", "spool"));
	assert_non_null(strstr(fake.list, "DEVICES /dev\n"));
	/* With --bmap, only that block map is readable; with --no-bmap, none is. */
	image.bmap_path = tree_path(root, "other.bmap");
	enter_sandbox(&config, &image);
	assert_true(asked("READ", "other.bmap"));
	assert_false(asked("READ", "os.img.bmap"));
	image.no_bmap = true;
	enter_sandbox(&config, &image);
	assert_true(asked("READ", "os.img.xz"));
	assert_false(asked("READ", "other.bmap"));
	/* Standard input is open already and has no name, so it has no block map beside it. */
	image = (struct image_config){.path = "-", .spool_dir = tree_path(root, "spool")};
	enter_sandbox(&config, &image);
	assert_false(asked("READ", "os.img.xz"));
	assert_null(strstr(fake.list, "READ -"));
}

/* A command has access to its input and output files only, and not to the boards. */
TEST(a_command_can_access_only_its_files)
{
	const char *const read[] = {tree_path(root, "image"), "-", NULL};
	const char *write[] = {tree_path(root, "new/out"), "-", NULL};
	struct sandbox *sandbox = NULL;

	tree_text(root, "image", "x");
	tree_parents(root, "new/");
	assert_int_equal(sandbox_new_for_files(&sandbox, read, write, NULL, NULL), 0);
	assert_int_equal(fake.enforced, 1);
	assert_true(asked("READ", "image"));
	assert_true(asked("FILES", "new"));
	assert_false(asked("READ", "new"));
	assert_null(strstr(fake.list, "DEVICES"));
	assert_null(strstr(fake.list, "FILES .\n"));
	sandbox_free(sandbox);
	assert_int_equal(fake.freed, 1);
}

/* In the parent of the new directory, a command can create, rename and remove directories, but not
 * files. */
TEST(a_command_fills_a_directory)
{
	const char *const read[] = {tree_path(root, "from"), NULL};
	const char *const write[] = {NULL};
	struct sandbox *sandbox = NULL;

	tree_text(root, "elsewhere/file", "x");
	tree_link(root, "from/link", "../elsewhere/file");
	tree_text(root, "from/file", "x");
	tree_parents(root, "beside/filled/");
	assert_int_equal(sandbox_new_for_files(&sandbox, read, write,
					       tree_path(root, "beside/filled"), NULL),
			 0);
	assert_true(asked("READ", "from"));
	assert_false(asked("READ", "elsewhere"));
	assert_true(asked("FILES", "beside/filled"));
	assert_false(asked("FILES", "beside"));
	assert_true(asked("DIRECTORIES", "beside"));
	sandbox_free(sandbox);
}

TEST(a_command_writes_beside_the_target_of_a_link)
{
	const char *const read[] = {NULL};
	const char *const write[] = {tree_path(root, "link"), NULL};
	struct sandbox *sandbox = NULL;

	tree_text(root, "new/out", "x");
	assert_int_equal(symlink("new/out", write[0]), 0);
	assert_int_equal(sandbox_new_for_files(&sandbox, read, write, NULL, NULL), 0);
	assert_true(asked("FILES", "new"));
	sandbox_free(sandbox);
	setenv("RPIBOOT_UNCONFINED", "1", 1);
	assert_int_equal(sandbox_new_for_files(&sandbox, read, write, NULL, NULL), 0);
	assert_int_equal(fake.enforced, 1);
	unsetenv("RPIBOOT_UNCONFINED");
}

TEST(a_failed_sandbox_frees_its_resources)
{
	struct config config = {.dir = boot, .sysroot = "/sys"};
	struct image_config image = {.path = tree_path(root, "os.img")};
	struct sandbox *sandbox = NULL;
	struct error err = {0};

	fake.new_code = -ENOMEM;
	assert_int_equal(sandbox_new(&sandbox, &config, &firmware, &image, &err), -ENOMEM);
	fake.new_code = 0;
	fake.helper_code = -EAGAIN;
	assert_int_equal(sandbox_new(&sandbox, &config, &firmware, &image, &err), -EAGAIN);
	assert_string_equal(err.text, "no process");
	assert_int_equal(fake.freed, 1);
	assert_int_equal(fake.enforced, 0);
	fake.helper_code = 0;
	fake.enforce_code = -E2BIG;
	assert_int_equal(sandbox_new(&sandbox, &config, &firmware, &image, &err), -E2BIG);
	assert_int_equal(fake.freed, 2);
	assert_int_equal(fake.helpers, 1);
	assert_int_equal(fake.helpers_freed, 1);
	assert_null(sandbox); /* so this process unmounts by itself */
}

/* Without Landlock in the kernel there is no sandbox, and no unmount helper. */
TEST(a_kernel_without_landlock_gives_no_sandbox)
{
	struct config config = {.dir = boot, .sysroot = "/sys"};
	struct image_config image = {.path = tree_path(root, "os.img")};
	struct sandbox *sandbox = NULL;
	struct error err = {0};

	fake.absent = true;
	assert_int_equal(sandbox_new(&sandbox, &config, &firmware, &image, &err), 0);
	assert_int_equal(fake.helpers + fake.enforced, 0);
	assert_null(sandbox_unmount_helper(sandbox));
	sandbox_free(sandbox);
}
