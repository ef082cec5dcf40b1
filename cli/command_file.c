/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a whole file into memory, or writes one from memory. */
#include "cli/command_file.h"

#include "report/output.h"
#include "util/error.h"
#include "util/new_file.h"
#include "util/path.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define READ_STEP_BYTES (64 * 1024)

char *command_file_path(const char *dir, const char *name)
{
	return text_new("%s/%s", dir, name);
}

/* Opens a file for reading. The file may be a named pipe, but not a directory. *ret_bytes is the
 * size of a regular file, and 0 for any other file. */
static int input_open(const char *path, size_t *ret_bytes, struct error *err)
{
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					: open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st = {0};

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		fd = -1;
		errno = EISDIR;
	}
	*ret_bytes = S_ISREG(st.st_mode) ? (size_t)st.st_size : 0;
	if (fd < 0)
		return error_set(err, -errno, "cannot open '%s': %s", path, strerror(errno));
	return fd;
}

static int read_too_large(const char *path, size_t max_bytes, struct error *err)
{
	return error_set(err, -EFBIG, "'%s' is too large: it has more than %zu bytes", path,
			 max_bytes);
}

int command_file_read(const char *path, size_t max_bytes, unsigned char **ret, size_t *ret_size,
		      struct error *err)
{
	size_t size = 0, room = 0, file_bytes = 0;
	cleanup_fd int fd = input_open(path, &file_bytes, err);
	cleanup_free unsigned char *data = NULL;
	struct stat st;

	if (fd < 0)
		return fd;
	if (file_bytes > max_bytes)
		return read_too_large(path, max_bytes, err);
	for (;;) {
		ssize_t n;

		if (size == room) {
			/* After the last byte of the file, one more read() must return 0. It needs
			 * a free byte in the buffer, so reserve one more byte than the file has. */
			size_t step = room ? 0 : file_bytes + 1;
			unsigned char *grown;

			step = step > READ_STEP_BYTES ? step : READ_STEP_BYTES;
			grown = realloc(data, room + step + 1);

			if (!grown)
				return error_set(err, -ENOMEM, "out of memory");
			data = grown;
			room += step;
		}
		n = read(fd, data + size, room - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, -errno, "cannot read '%s': %s", path,
					 strerror(errno));
		if (n == 0)
			break;
		size += (size_t)n;
		if (size > max_bytes)
			return read_too_large(path, max_bytes, err);
	}
	if (file_bytes && fstat(fd, &st) == 0 && (size_t)st.st_size != size)
		return error_set(err, -EBUSY, "'%s' changed while it was read", path);
	data[size] = '\0';
	*ret = take_ptr(data);
	*ret_size = size;
	return 0;
}

/* Reads back from the disk the file that was just written, and compares its bytes with the data. */
static int new_file_check(const struct new_file *file, const unsigned char *data, size_t size)
{
	unsigned char buf[16384];

	for (size_t at = 0; at < size;) {
		size_t want = size - at < sizeof(buf) ? size - at : sizeof(buf);
		ssize_t n = util_pread(file->fd, buf, want, at);

		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		if (memcmp(buf, data + at, (size_t)n) != 0)
			return -EIO;
		at += (size_t)n;
	}
	return 0;
}

static int file_replace(int dir_fd, const char *name, const void *data, size_t size)
{
	struct new_file file;
	int r = new_file_create(&file, dir_fd, name);

	if (r == 0)
		r = new_file_write(&file, data, size);
	if (r == 0)
		r = new_file_check(&file, data, size);
	if (r == 0)
		r = new_file_commit(&file);
	new_file_end(&file);
	return r;
}

int command_file_fail(const char *path, int code, struct error *err)
{
	return error_set(err, code, "cannot write '%s': %s", path, strerror(-code));
}

int command_file_write(const char *path, const void *data, size_t size, struct error *err)
{
	cleanup_free char *real = realpath(path, NULL);
	const char *final = real ? real : path;
	cleanup_fd int dir_fd = -1;
	struct stat st;
	int r;

	if (strcmp(path, "-") == 0) {
		output_bytes(data, size);
		return 0;
	}
	if (real && stat(real, &st) == 0 && !S_ISREG(st.st_mode))
		return error_set(err, -EISDIR, "cannot write '%s': it is not a regular file", path);
	if (!real && lstat(path, &st) == 0)
		return error_set(err, -ENOENT,
				 "cannot write '%s': it is a symbolic link without a target", path);
	r = dir_fd = path_dir_open(final);
	if (r >= 0)
		r = file_replace(dir_fd, path_name(final), data, size);
	return r < 0 ? command_file_fail(path, r, err) : 0;
}

int command_file_check_output(const char *output, const char *input, struct error *err)
{
	struct stat to, from;

	if (!output || !input || stat(output, &to) < 0 || stat(input, &from) < 0 ||
	    to.st_dev != from.st_dev || to.st_ino != from.st_ino || !S_ISREG(to.st_mode))
		return 0;
	return error_set(err, -EINVAL,
			 "'%s' is an input of this command and would be replaced; write to another "
			 "file",
			 input);
}
