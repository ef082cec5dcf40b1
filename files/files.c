/* SPDX-License-Identifier: Apache-2.0 */
/* Searches boot directories for the files that boards request, checks the names of these files, and
 * checks whether a boot directory is usable. dir.c and tar.c open the files. */
#include "files/files.h"

#include "boot/chip.h"
#include "util/error.h"
#include "files/internal.h"
#include "util/path.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* The size of a buffer that can hold the path of a requested file, relative to the boot directory.
 * The path may begin with the directory of a chip or of one USB port. */
#define PLACE_NAME_SIZE 512

struct files {
	char *dir;
	int fd;
	bool overlay;
};

/* The places in which rpiboot searches for a file that a board requests. The paths below contain
 * DIR (the boot directory), P (the USB port path of the board), C (the directory of its chip) and N
 * (the name of the file). */
enum place {
	PLACE_OVERLAY, /* DIR/P/N, with -o */
	PLACE_CHIP,    /* DIR/C/N */
	PLACE_ARCHIVE, /* C/N in DIR/bootfiles.bin */
	PLACE_DIR,     /* DIR/N */
	PLACE_END,
};

static const enum place order_plain[] = {PLACE_OVERLAY, PLACE_CHIP, PLACE_DIR, PLACE_END};
static const enum place order_archive[] = {PLACE_CHIP, PLACE_ARCHIVE, PLACE_OVERLAY, PLACE_DIR,
					   PLACE_END};

int files_no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory while looking for boot files");
}

char *files_path_new(const char *dir, const char *name)
{
	return text_new("%s%s%s", dir, *path_name(dir) ? "/" : "", name);
}

static int dir_error(int code, const char *dir, struct error *err)
{
	if (code == ENOENT)
		return error_set(err, -ENOENT, "the directory '%s' does not exist", dir);
	if (code == ENOTDIR)
		return error_set(err, -ENOTDIR, "'%s' is not a directory", dir);
	/* Opening the directory failed, although its permissions allow reading it. The cause is the
	 * sandbox (cli/sandbox.h). */
	if (code == EACCES && faccessat(AT_FDCWD, dir, R_OK, AT_EACCESS) == 0)
		return error_set(err, -EACCES,
				 "cannot read the directory '%s': it was created after rpiboot "
				 "started, and the sandbox blocks it; restart rpiboot, or set "
				 "RPIBOOT_UNCONFINED=1 to run without the sandbox",
				 dir);
	if (code == EACCES)
		return error_set(err, -EACCES,
				 "cannot read the directory '%s': permission denied; use sudo, or "
				 "change its permissions",
				 dir);
	return error_set(err, -code, "cannot open the directory '%s': %s", dir, strerror(code));
}

static int files_open(struct files *files, const char *dir, struct error *err)
{
	cleanup_free char *archive = files_path_new(dir, FILES_ARCHIVE_NAME);
	int r;

	files->dir = strdup(dir);
	if (!files->dir || !archive)
		return files_no_memory(err);
	files->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (files->fd < 0)
		return dir_error(errno, dir, err);
	r = files_tar_check(files->fd, FILES_ARCHIVE_NAME, archive, err);
	return r == -ENOENT ? 0 : r;
}

int files_new(struct files **ret, const char *dir, bool overlay, struct error *err)
{
	struct files *files = calloc(1, sizeof(*files));
	int r;

	if (!files)
		return files_no_memory(err);
	files->fd = -1;
	files->overlay = overlay;
	r = files_open(files, dir, err);
	*ret = r < 0 ? files_free(files) : files;
	return r;
}

struct files *files_free(struct files *files)
{
	if (!files)
		return NULL;
	if (files->fd >= 0)
		close(files->fd);
	free(files->dir);
	free(files);
	return NULL;
}

const char *files_dir(const struct files *files)
{
	return files->dir;
}

/* Removes the leading slashes from the name of a file that a board requests, because the name is
 * relative to the boot directory. */
static const char *name_relative(const char *name)
{
	return name + strspn(name, "/");
}

bool files_name_ok(const char *name)
{
	name = name_relative(name);
	if (!*name)
		return false;
	for (const char *p = name; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			return false;
	for (const char *part = name; *part; part += part[0] == '/') {
		size_t length = strcspn(part, "/");

		if (length == 2 && part[0] == '.' && part[1] == '.')
			return false;
		part += length;
	}
	return true;
}

/* Composes the path of a requested file in one of the places in which rpiboot searches.
 * Returns: false if the file cannot be in this place. */
static bool place_name(const struct files *files, enum place place, const struct files_query *query,
		       char ret[PLACE_NAME_SIZE])
{
	const char *name = name_relative(query->name), *dir = NULL;
	int length;

	switch (place) {
	case PLACE_OVERLAY:
		if (!files->overlay || !query->port || strcmp(name, query->chip->bootcode) == 0)
			return false;
		dir = query->port;
		break;
	case PLACE_CHIP:
	case PLACE_ARCHIVE:
		dir = query->chip->dir;
		break;
	case PLACE_DIR:
	case PLACE_END:
		break;
	}
	length = snprintf(ret, PLACE_NAME_SIZE, "%s%s%s", dir ? dir : "", dir ? "/" : "", name);
	return length < PLACE_NAME_SIZE;
}

static int place_get(struct files *files, enum place place, const struct files_query *query,
		     struct file **ret, struct error *err)
{
	char name[PLACE_NAME_SIZE];
	cleanup_free char *path = NULL;

	if (!place_name(files, place, query, name))
		return -ENOENT;
	path = files_path_new(files->dir, place == PLACE_ARCHIVE ? FILES_ARCHIVE_NAME : name);
	if (!path)
		return files_no_memory(err);
	if (place == PLACE_ARCHIVE)
		return files_tar_get(files->fd, FILES_ARCHIVE_NAME, path, name, ret, err);
	return files_dir_get(files->fd, name, path, ret, err);
}

/* Selects the order of the places in which rpiboot searches for a boot file. The order depends on
 * whether the archive bootfiles.bin exists. rpiboot checks this for each file that a board
 * requests, because the archive may appear or disappear. */
static int files_order(struct files *files, const enum place **ret, struct error *err)
{
	cleanup_free char *path = files_path_new(files->dir, FILES_ARCHIVE_NAME);
	cleanup_fd int fd = -1;
	uint64_t bytes;
	int r;

	if (!path)
		return files_no_memory(err);
	r = files_dir_open(files->fd, FILES_ARCHIVE_NAME, path, &fd, &bytes, err);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret = r == 0 ? order_archive : order_plain;
	return 0;
}

int files_get(struct files *files, const struct files_query *query, struct file **ret,
	      struct error *err)
{
	const enum place *place;
	int r;

	if (!files_name_ok(query->name))
		return -ENOENT;
	r = files_order(files, &place, err);
	if (r < 0)
		return r;
	for (; *place != PLACE_END; place++) {
		r = place_get(files, *place, query, ret, err);
		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

int files_dir_fd(const struct files *files)
{
	return files->fd;
}

/* Returns: true if the name is a USB port path, such as "1-2.4". In a boot directory, a directory
 * with such a name contains the files for one port (option -o). */
static bool is_port_path(const char *name)
{
	size_t bus = strspn(name, "0123456789");
	char separator = '-';

	for (name += bus; bus && *name == separator; separator = '.') {
		size_t port = strspn(name + 1, "0123456789");

		if (!port)
			return false;
		name += 1 + port;
		if (!*name)
			return true;
	}
	return false;
}

struct ports {
	void (*fn)(const char *port, void *ctx);
	void *ctx;
};

static void ports_dir(const char *name, void *ctx)
{
	struct ports *ports = ctx;

	if (is_port_path(name))
		ports->fn(name, ports->ctx);
}

void files_ports(const struct files *files, void (*fn)(const char *port, void *ctx), void *ctx)
{
	struct ports ports = {.fn = fn, .ctx = ctx};

	if (files->overlay)
		files_dir_each(files->fd, ".", S_IFDIR, ports_dir, &ports);
}

bool files_port_has(const struct files *files, const char *port, const char *name)
{
	cleanup_free char *path = files_path_new(port, name);
	struct stat st;

	return path && fstatat(files->fd, path, &st, 0) == 0 && S_ISREG(st.st_mode);
}

static void file_free_ptr(struct file **file)
{
	*file = file_free(*file);
}

/* Adds the reason why a boot directory has no bootcode to an error message. Examples are a symbolic
 * link without a target, or files for another chip. */
static void add_reason(struct files *files, const struct files_query *query,
		       char looked[ERROR_TEXT_SIZE])
{
	const char *names[] = {FILES_ARCHIVE_NAME, query->name, NULL};
	char chip_name[PLACE_NAME_SIZE], target[FILES_LINK_TEXT_SIZE];
	unsigned int found = 0;

	if (place_name(files, PLACE_CHIP, query, chip_name))
		names[2] = chip_name;
	for (size_t i = 0; i < array_size(names) && names[i]; i++)
		if (files_link_dangles(files->fd, names[i], target, sizeof(target)))
			text_add(looked, ERROR_TEXT_SIZE, "; %s is a symbolic link to %s", names[i],
				 target);
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip)) {
		struct files_query other = {.chip = chip, .name = chip->bootcode};
		cleanup(file_free_ptr) struct file *file = NULL;

		if (files_get(files, &other, &file, NULL) == 0)
			text_add(looked, ERROR_TEXT_SIZE, "%s%s",
				 found++ ? ", " : "; its boot files are for ", chip->name);
	}
}

static int check_missing(struct files *files, const struct files_query *query, struct error *err)
{
	char looked[ERROR_TEXT_SIZE] = "";
	const enum place *place;
	int r = files_order(files, &place, err);

	if (r < 0)
		return r;
	for (; *place != PLACE_END; place++) {
		char name[PLACE_NAME_SIZE];
		cleanup_free char *path = NULL;
		bool archive = *place == PLACE_ARCHIVE;

		if (!place_name(files, *place, query, name))
			continue;
		path = files_path_new(files->dir, archive ? FILES_ARCHIVE_NAME : name);
		if (!path)
			return files_no_memory(err);
		text_add(looked, ERROR_TEXT_SIZE, "%s%s%s%s", looked[0] ? ", " : "", path,
			 archive ? ":" : "", archive ? name : "");
	}
	text_add(looked, ERROR_TEXT_SIZE, ")");
	add_reason(files, query, looked);
	return error_set(err, -ENOENT, "no %s for %s in '%s' (searched for %s", query->name,
			 query->chip->name, files->dir, looked);
}

int files_check(struct files *files, const struct chip *chip, struct error *err)
{
	const struct files_query query = {.chip = chip, .name = chip->bootcode};
	cleanup(file_free_ptr) struct file *file = NULL;
	char head[1024];
	const char *damage;
	ssize_t n;
	int r = files_get(files, &query, &file, err);

	if (r == -ENOENT)
		return check_missing(files, &query, err);
	if (r < 0)
		return r;
	if (file_size(file) == 0)
		return error_set(
			err, -ENODATA,
			"'%s' is empty (0 bytes) but should be the bootcode for %s; fetch it again",
			file_path(file), chip->name);
	n = file_read(file, head, sizeof(head), err);
	if (n < 0)
		return (int)n;
	damage = file_damage(head, (size_t)n, (uint64_t)n == file_size(file));
	if (damage)
		return error_set(err, -EBADMSG, "'%s' %s", file_path(file), damage);
	return 0;
}

/* The kinds of files that a boot directory contains. files_payload_is_disk() uses them to guess
 * whether a board with these files becomes a disk. */
struct payload_names {
	const char *dir; /* the directory of the chip in bootfiles.bin */
	bool boot_img, start_elf, kernel, eeprom;
};

static bool name_starts(const char *name, const char *start)
{
	return strncmp(name, start, strlen(start)) == 0;
}

static bool name_ends(const char *name, const char *end)
{
	size_t length = strlen(name), end_length = strlen(end);

	return length > end_length && strcmp(name + length - end_length, end) == 0;
}

/* Returns: true if a file with this name shows that the boot files contain a Linux kernel: the file
 * is a kernel, or a device tree (.dtb) for one. */
static bool is_kernel(const char *name)
{
	return (name_starts(name, "kernel") && name_ends(name, ".img")) ||
	       name_starts(name, "vmlinu") || name_ends(name, ".dtb");
}

static void payload_note(const char *name, void *ctx)
{
	struct payload_names *names = ctx;

	if (strcmp(name, "boot.img") == 0)
		names->boot_img = true;
	else if (strcmp(name, "start.elf") == 0 || strcmp(name, "start4.elf") == 0)
		names->start_elf = true;
	else if (is_kernel(name))
		names->kernel = true;
	else if (name_starts(name, "pieeprom."))
		names->eeprom = true;
}

/* Adds the kind of a file in the archive bootfiles.bin to a struct payload_names if the file is
 * for the given chip. The case of file names is ignored. */
static void payload_note_member(const char *member, void *ctx)
{
	struct payload_names *names = ctx;
	size_t dir_length = strlen(names->dir), length;
	char name[256];

	if (strncasecmp(member, names->dir, dir_length) != 0 || member[dir_length] != '/')
		return;
	member += dir_length + 1;
	length = strlen(member);
	if (length >= sizeof(name))
		return;
	for (size_t i = 0; i <= length; i++)
		name[i] = (char)(member[i] >= 'A' && member[i] <= 'Z' ? member[i] - 'A' + 'a'
								      : member[i]);
	payload_note(name, names);
}

bool files_payload_is_disk(struct files *files, const struct chip *chip, const char *port)
{
	struct payload_names names = {.dir = chip->dir};

	if (files->overlay && port)
		files_dir_each(files->fd, port, S_IFREG, payload_note, &names);
	files_dir_each(files->fd, chip->dir, S_IFREG, payload_note, &names);
	files_tar_names(files->fd, FILES_ARCHIVE_NAME, payload_note_member, &names);
	files_dir_each(files->fd, ".", S_IFREG, payload_note, &names);
	return !names.eeprom && (names.boot_img || (names.start_elf && !names.kernel));
}
