/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the bytes of an image file. The file is either read at offsets by several readers at once,
 * or it is a pipe that is read once and in order. */
#ifndef IMAGE_FILE_H
#define IMAGE_FILE_H

#include "image/layer.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>

struct image_wait;

struct image_file {
	int fd;
	/* The name of the image file in messages, such as "'os.img'" or "standard input". */
	char *name;
	bool at_offsets;
	uint64_t bytes; /* file size; 0 for a pipe */
	/* The result of fstat() when the image file was opened. If a later result differs, the file
	 * has changed. */
	struct stat opened;
	/* A callback that can end the wait for bytes from a pipe while the image file is being
	 * opened. If it is NULL, the wait has no limit. */
	const struct image_wait *wait;
	/* The first bytes of the image file. They are kept because a pipe delivers each byte only
	 * once. If the file has fewer than 4096 bytes, it does not fill the array. */
	unsigned char head[4096];
	size_t head_bytes;
	/* The bytes after the first 4096 that the program has read from a pipe to examine the
	 * image. They are kept because a pipe delivers each byte only once. */
	unsigned char *kept;
	size_t kept_bytes;
};

#define IMAGE_FILE_KEPT_MAX (2 * 1024 * 1024)

/* Opens an image file and reads its first bytes. The path "-" is standard input. If the file is a
 * pipe, the function waits for these bytes until `wait` ends the wait. If `wait` is NULL, the wait
 * has no limit.
 * Returns: 0, -EISDIR (a directory), -EBADMSG (an empty file), -EINVAL (a terminal), the -errno of
 * opening or reading the file, or the error that wait returned.
 * Ownership: the caller closes *ret with image_file_close(), even after an error. ret keeps the
 * pointer `wait`. */
int image_file_open(struct image_file *ret, const char *path, const struct image_wait *wait,
		    struct error *err);
void image_file_close(struct image_file *file);

/* Reads exactly size bytes at an offset of the image file into buf. file->at_offsets must be true,
 * so the file is no pipe.
 * Returns: 0, -EIO (the file has become shorter) or the -errno of reading it. */
int image_file_read_at(const struct image_file *file, void *buf, size_t size, uint64_t offset,
		       struct error *err);

/* Checks whether the image file is unchanged since it was opened.
 * Returns: false if the size or the modification time of a regular file has changed, because its
 * bytes may have changed. Otherwise true, even after a chmod, rename or unlink, and always for
 * files that are not regular. */
bool image_file_is_same(const struct image_file *file);

/* A cursor reads the bytes of an image file in order. It is the first layer whenever an image is
 * read. The struct may be copied.
 *
 * For a pipe, its read() waits until bytes arrive. Its errors are -EIO (the file has become shorter
 * or longer since it was opened); -ECANCELED; -EFBIG (the keeper already holds IMAGE_FILE_KEPT_MAX
 * bytes, and the pipe may have more); or the -errno of reading the file. The cursor can skip bytes
 * if file->at_offsets is true. */
struct image_cursor {
	struct image_layer layer; /* must be first */
	const struct image_file *file;
	const atomic_bool *canceled; /* true cancels the read; may be NULL */
	/* The offset in the image file of the next byte to read. The caller may change this offset
	 * only if the file is not a pipe. */
	uint64_t offset;
	/* If this pointer is not NULL, each byte read from a pipe is appended to the buffer
	 * keeper->kept, so that the byte can be read again. A pipe delivers each byte only once. */
	struct image_file *keeper;
};

/* Initializes a cursor, which reads an image file from its beginning. All pointers of the cursor
 * except `file` are NULL. The cursor needs no cleanup. */
void image_cursor_init(struct image_cursor *ret, const struct image_file *file);

#endif
