/* SPDX-License-Identifier: Apache-2.0 */
/* The permissions of a sandboxed process. Each case runs in a child, because a process cannot leave
 * its sandbox. */
#include "cli/sandbox.h"

#include "board/board.h"
#include "boot/chip.h"
#include "util/error.h"
#include "files/files.h"
#include "image/image.h"
#include "files/firmware.h"
#include "os/linux/cli/landlock.h"
#include "flash/unmount.h"
#include "tests/test.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { OPENED, DENIED, OTHER };

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EACCES ? DENIED : OTHER;
	close(fd);
	return OPENED;
}

/* A failed check in the child exits with its line number. */
#define child_check(what)                                                                          \
	do {                                                                                       \
		if (!(what))                                                                       \
			_exit(__LINE__ % 250 + 1);                                                 \
	} while (0)

static bool can_enter_sandbox(void)
{
	struct landlock *landlock = NULL;
	bool can = landlock_new(&landlock, NULL) == 0 && landlock;

	landlock_free(landlock);
	return can;
}

static void in_child(void (*fn)(const char *root), const char *root)
{
	int status = 0;
	pid_t pid;

	if (!can_enter_sandbox())
		skip();
	pid = fork();
	if (pid == 0) {
		fn(root);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status))
		fail_msg("the check in line %d, or 250 more, failed", WEXITSTATUS(status) - 1);
}

static struct sandbox *enter_sandbox(struct config *config, const struct image_config *image)
{
	const struct firmware firmware = {.dir = config->dir};
	struct sandbox *sandbox = NULL;
	struct error err = {0};

	config->sysroot = "/sys";
	child_check(sandbox_new(&sandbox, config, &firmware, image, &err) == 0);
	child_check(sandbox);
	child_check(!image->path == !sandbox_unmount_helper(sandbox));
	return sandbox;
}

static int gets_at(struct files *files, const char *port, const char *name, struct error *err)
{
	struct files_query query = {
		.chip = chip_by_id(0x0a5c, 0x2711),
		.port = port,
		.name = name,
	};
	struct file *file = NULL;
	char byte;
	int r = files_get(files, &query, &file, err);

	if (r == 0 && file_read(file, &byte, 1, err) != 1)
		r = -EIO;
	file_free(file);
	return r;
}

static int gets(struct files *files, const char *name, struct error *err)
{
	return gets_at(files, NULL, name, err);
}

static void boots(const char *root)
{
	struct config config = {0};
	struct image_config image = {0};
	struct files *files = NULL;
	struct error err = {0};
	char boot[4096], later[4096], outside[4096], document[4096];

	snprintf(boot, sizeof(boot), "%s/boot", root);
	snprintf(later, sizeof(later), "%s/boot/late.bin", root);
	snprintf(outside, sizeof(outside), "%s/secret/file", root);
	snprintf(document, sizeof(document), "%s/metadata/1.json", root);
	config.dir = boot;
	config.metadata_dir = tree_path(root, "metadata");
	enter_sandbox(&config, &image);
	child_check(files_new(&files, boot, false, &err) == 0);
	/* The files are in the directory, behind a link to a file, behind a link to a directory,
	 * and behind both. */
	child_check(gets(files, "own.bin", &err) == 0);
	child_check(gets(files, "linked.bin", &err) == 0);
	child_check(gets(files, "chip.bin", &err) == 0);
	child_check(gets(files, "far.bin", &err) == 0);
	child_check(gets(files, "none.bin", &err) == -ENOENT);
	/* All other files can be neither read, written, created nor run. */
	child_check(opened(outside, O_RDONLY) == DENIED);
	child_check(opened("/etc/shadow", O_RDONLY) != OPENED);
	child_check(opened("/etc/ld.so.cache", O_RDONLY) == DENIED);
	child_check(opened("/dev/null", O_RDWR) == DENIED || access("/dev/bus/usb", F_OK) < 0);
	child_check(opened(tree_path(boot, "own.bin"), O_RDWR) == DENIED);
	child_check(opened(later, O_WRONLY | O_CREAT) == DENIED);
	child_check(execl("/bin/true", "true", (char *)NULL) < 0 && errno == EACCES);
	/* Metadata can be written. */
	child_check(opened(document, O_WRONLY | O_CREAT | O_EXCL) == OPENED);
	child_check(rename(document, tree_path(root, "metadata/2.json")) == 0);
	child_check(opened("/etc/passwd", O_RDONLY) == OPENED); /* for the names of file owners */
	files_free(files);
	/* A new firmware directory is blocked, and the message has the remedy. */
	child_check(files_new(&files, tree_path(root, "secret"), false, &err) == -EACCES);
	child_check(strstr(err.text, "the sandbox blocks it"));
	child_check(strstr(err.text, "restart rpiboot, or set RPIBOOT_UNCONFINED=1"));
}

/* Links that are made while a station runs. A link within the directory works. A link out of it is
 * refused, and the message names the sandbox and the remedy. */
static void late_links(const char *root)
{
	struct config config = {.dir = tree_path(root, "boot")};
	struct image_config image = {0};
	struct files *files = NULL;
	struct error err = {0};
	pid_t pid;
	int pair[2], status;
	char go;

	child_check(pipe(pair) == 0);
	pid = fork(); /* the child is not sandboxed */
	if (pid == 0) {
		child_check(read(pair[0], &go, 1) == 1);
		tree_link(root, "boot/1-1.1/late.bin", "../own.bin");
		tree_link(root, "boot/1-1.2/late.bin", "../../secret/file");
		tree_link(root, "boot/1-1.3", "../secret");
		_exit(0);
	}
	enter_sandbox(&config, &image);
	child_check(write(pair[1], "", 1) == 1);
	child_check(waitpid(pid, &status, 0) == pid && status == 0);
	child_check(files_new(&files, config.dir, true, &err) == 0);
	child_check(gets_at(files, "1-1.1", "late.bin", &err) == 0);
	child_check(gets_at(files, "1-1.2", "late.bin", &err) == -EACCES);
	child_check(strstr(err.text, "boot/1-1.2/late.bin"));
	child_check(strstr(err.text, "the sandbox blocks"));
	child_check(strstr(err.text, "restart rpiboot, or set RPIBOOT_UNCONFINED=1"));
	child_check(gets_at(files, "1-1.3", "file", &err) == -EACCES);
	child_check(strstr(err.text, "boot/1-1.3/file"));
	child_check(strstr(err.text, "restart rpiboot, or set RPIBOOT_UNCONFINED=1"));
	files_free(files);
}

/* Returns: true if this process holds an O_PATH descriptor of the path with close-on-exec. */
static bool is_held(const char *path)
{
	struct stat want, st;

	for (int fd = 3; stat(path, &want) == 0 && fd < 256; fd++)
		if (fstat(fd, &st) == 0 && st.st_dev == want.st_dev && st.st_ino == want.st_ino &&
		    fcntl(fd, F_GETFL) & O_PATH)
			return fcntl(fd, F_GETFD) & FD_CLOEXEC;
	return false;
}

static void writes(const char *root)
{
	struct config config = {0};
	struct image_config image = {
		.path = tree_path(root, "images/os.img.xz"),
		.spool_dir = tree_path(root, "spool"),
	};
	const char *mounted = tree_path(root, "mounted");
	struct unmount_helper *helper;
	char made[4096];

	snprintf(made, sizeof(made), "%s/spool/made", root);
	config.dir = tree_path(root, "boot");
	/* Use a mount namespace, which ends with the child. In a chroot whose root is no mount
	 * point, other processes would see the mount, so do not mount there. */
	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		child_check(mount("none", mounted, "tmpfs", 0, NULL) == 0);
	else
		mounted = NULL;
	helper = sandbox_unmount_helper(enter_sandbox(&config, &image));
	child_check(opened(image.path, O_RDONLY) == OPENED);
	child_check(opened(tree_path(root, "images/os.img.bmap"), O_RDONLY) == OPENED);
	child_check(opened(tree_path(root, "images/other"), O_RDONLY) == DENIED);
	child_check(opened(image.path, O_RDWR) == DENIED);
	child_check(opened("/dev/null", O_RDWR) == OPENED);
	child_check(opened("/proc/self/mountinfo", O_RDONLY) == OPENED);
	child_check(opened("/proc/1/environ", O_RDONLY) == DENIED);
	child_check(is_held("/proc/self") && is_held("/proc/swaps"));
	child_check(is_held(config.dir) && is_held(tree_path(root, "spool")));
	child_check(!is_held(tree_path(root, "images/other")));
	child_check(opened(made, O_RDWR | O_CREAT | O_EXCL) == OPENED && unlink(made) == 0);
	/* Only the unmount helper can still unmount. */
	if (mounted) {
		child_check(umount2(mounted, 0) < 0 && errno == EPERM);
		child_check(unmount_helper_unmount(helper, mounted) == 0);
		child_check(unmount_helper_unmount(helper, mounted) == -EINVAL);
	}
	child_check(unmount_helper_unmount(helper, tree_path(root, "none")) < 0);
	unmount_helper_free(helper);
}

TEST(a_sandboxed_process_serves_files)
{
	in_child(boots, *state);
}

TEST(a_late_link_within_the_directory_is_served)
{
	in_child(late_links, *state);
}

TEST(a_sandboxed_process_writes_its_disk)
{
	in_child(writes, *state);
}

TEST(the_environment_turns_the_sandbox_off)
{
	struct sandbox *sandbox = NULL;
	struct config config = {.dir = *state, .sysroot = "/sys"};
	const struct firmware firmware = {.dir = *state};
	struct image_config image = {0};

	setenv("RPIBOOT_UNCONFINED", "1", 1);
	assert_int_equal(sandbox_new(&sandbox, &config, &firmware, &image, NULL), 0);
	unsetenv("RPIBOOT_UNCONFINED");
	assert_null(sandbox);
	assert_null(sandbox_unmount_helper(sandbox));
	assert_int_equal(opened("/etc/ld.so.cache", O_RDONLY), OPENED);
	assert_null(sandbox_free(NULL));
	assert_null(unmount_helper_free(NULL));
}

static int setup(void **state)
{
	char *root = tree_new();
	static const char *const files[] = {
		"boot/own.bin",	    "firmware/linked.bin", "chips/2711/chip.bin",
		"far/far.bin",	    "secret/file",	   "metadata/0.json",
		"images/os.img.xz", "images/os.img.bmap",  "images/other",
		"spool/0",	    "mounted/0",
	};

	*state = root;
	unsetenv("RPIBOOT_UNCONFINED"); /* these tests test the sandbox */
	for (size_t i = 0; i < array_size(files); i++)
		tree_text(root, files[i], "x");
	tree_link(root, "boot/linked.bin", "../firmware/linked.bin");
	tree_link(root, "boot/2711", "../chips/2711");
	tree_link(root, "chips/2711/far.bin", "../../far/far.bin");
	return 0;
}

static int teardown(void **state)
{
	tree_free(*state);
	return 0;
}

FIXTURE_EACH(setup, teardown)
