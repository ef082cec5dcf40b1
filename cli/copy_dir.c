/* SPDX-License-Identifier: Apache-2.0 */
/* Copies a directory with everything below it. Refuses links that lead out of the directory. */
#include "cli/copy_dir.h"

#include "cli/command_file.h"
#include "util/error.h"
#include "util/new_file.h"
#include "util/path.h"
#include "util/signals.h"
#include "util/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK_BYTES (64 * 1024)
/* The maximum depth of a copied directory, and the maximum number of its entries. Without these
 * limits, a link to a parent directory would make the copy endless. */
#define DEPTH_MAX   16
#define ENTRIES_MAX 20000

struct copy {
	/* The path of the directory to copy, with all symbolic links resolved. */
	const char *root;
	unsigned int entries;
	unsigned char block[BLOCK_BYTES];
};

static int entry_copy(struct copy *copy, const char *from, const char *to, unsigned int depth,
		      struct error *err);

static int copy_fail(const char *from, int code, struct error *err)
{
	return error_set(err, code, "cannot copy '%s': %s", from, strerror(-code));
}

/* Copies the bytes of a regular file to a new file.
 * real: the path of the regular file, without symbolic links. */
static int file_copy(struct copy *copy, const char *real, const char *to, mode_t mode)
{
	cleanup_fd int in = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	cleanup_fd int fd = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	struct new_file out = {.fd = fd};
	ssize_t n = fd < 0 ? -1 : 1;
	int r = 0;

	while (n > 0 && r == 0) {
		n = read(in, copy->block, sizeof(copy->block));
		if (signals_waiting())
			r = -EINTR;
		else if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			r = new_file_write(&out, copy->block, (size_t)n);
	}
	return n < 0 ? -errno : r;
}

static int entries_copy(struct copy *copy, const char *from, const char *to, unsigned int depth,
			struct error *err)
{
	DIR *list = opendir(from);
	struct dirent *entry;
	int r = 0;

	if (!list)
		return copy_fail(from, -errno, err);
	while (r == 0 && (errno = 0, entry = readdir(list))) {
		cleanup_free char *inside = command_file_path(from, entry->d_name);
		cleanup_free char *outside = command_file_path(to, entry->d_name);

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = inside && outside ? entry_copy(copy, inside, outside, depth, err)
				      : error_set(err, -ENOMEM, "out of memory");
	}
	if (r == 0 && errno)
		r = copy_fail(from, -errno, err);
	closedir(list);
	return r;
}

static bool is_inside(const char *root, const char *real)
{
	size_t size = strlen(root);

	return strncmp(root, real, size) == 0 &&
	       (!real[size] || path_separates(real[size]) || path_separates(root[size - 1]));
}

static int entry_copy(struct copy *copy, const char *from, const char *to, unsigned int depth,
		      struct error *err)
{
	cleanup_free char *real = realpath(from, NULL);
	struct stat st;
	int r;

	if (!real || lstat(real, &st) < 0)
		return copy_fail(from, -errno, err);
	if (!is_inside(copy->root, real))
		return error_set(err, -EXDEV,
				 "'%s' is a link that leads out of the directory; replace the link "
				 "by its target",
				 from);
	if (depth == DEPTH_MAX || ++copy->entries > ENTRIES_MAX)
		return error_set(err, -ELOOP,
				 "cannot copy '%s': the directory has more than %d levels or %d "
				 "entries; check whether a link leads to its own parent directory",
				 from, DEPTH_MAX, ENTRIES_MAX);
	if (S_ISDIR(st.st_mode)) {
		r = mkdir(to, (st.st_mode & 0777) | S_IRWXU);
		return r < 0 ? copy_fail(from, -errno, err)
			     : entries_copy(copy, from, to, depth + 1, err);
	}
	if (!S_ISREG(st.st_mode))
		return error_set(err, -EINVAL, "'%s' is neither a file nor a directory", from);
	r = file_copy(copy, real, to, st.st_mode & 0777);
	return r < 0 ? copy_fail(from, r, err) : 0;
}

int copy_dir(const char *from, const char *to, struct error *err)
{
	cleanup_free char *root = realpath(from, NULL), *inside = realpath(to, NULL);
	cleanup_free struct copy *copy = NULL;

	if (!root || !inside)
		return copy_fail(root ? to : from, -errno, err);
	if (is_inside(root, inside))
		return error_set(err, -EINVAL,
				 "the copy of '%s' cannot be inside of this directory", from);
	copy = calloc(1, sizeof(*copy));
	if (!copy)
		return error_set(err, -ENOMEM, "out of memory");
	copy->root = root;
	return entries_copy(copy, from, to, 0, err);
}
