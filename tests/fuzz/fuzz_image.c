/* SPDX-License-Identifier: Apache-2.0 */
/* Images: the facts from their headers and their expanded content, read from a file and from a
 * pipe. */
#include "tests/fuzz/fuzz.h"

#include "image/image.h"
#include "image/probe.h"
#include "image/file.h"

#include <errno.h>

#define READ_MAX (64 * 1024) /* small files can expand to large ones */

/* The result of one pass of at most READ_MAX bytes. */
struct pass {
	ssize_t end; /* 0, -Exxx, or 1: there are more bytes */
	size_t bytes;
	uint8_t content[READ_MAX];
};

static void pass_run(struct pass *ret, struct image *image)
{
	struct image_reader *reader;
	struct error err = {0};
	uint64_t offset, done, total;
	ssize_t n;

	fuzz_check(image_reader_new(&reader, image, &err) == 0);
	for (ret->bytes = 0; ret->bytes < READ_MAX; ret->bytes += (size_t)n) {
		n = image_reader_next(reader, ret->content + ret->bytes, READ_MAX - ret->bytes,
				      &offset, &err);
		if (n <= 0)
			break;
		fuzz_check(offset == ret->bytes && (size_t)n <= READ_MAX - ret->bytes);
	}
	ret->end = ret->bytes == READ_MAX ? 1 : n;
	if (ret->end < 0)
		fuzz_check_error((int)n, &err, -EBADMSG, -EINVAL);
	image_reader_progress(reader, &done, &total);
	fuzz_check(total == 0 || done <= total);
	image_reader_free(reader);
}

static struct image *open_image(const char *path)
{
	struct image_config config = {.path = path, .no_bmap = true};
	struct image *image = NULL;
	struct error err = {0};
	int r = image_new(&image, &config, &err);

	if (r < 0) {
		fuzz_check_error(r, &err, -EBADMSG, -EINVAL);
		fuzz_check(!image && strstr(err.text, path));
	}
	return image;
}

/* Reads the facts from the headers. Returns: 0 or -1. */
static int probe(const char *path, struct image_facts *ret)
{
	struct image_file file;
	struct error err = {0};
	int r = image_file_open(&file, path, NULL, &err);

	if (r == 0)
		r = image_probe(&file, ret, &err);
	if (r < 0)
		fuzz_check_error(r, &err, -EBADMSG, -EINVAL);
	image_file_close(&file);
	return r;
}

static struct image *open_pipe(const uint8_t *data, size_t size)
{
	struct image *image;
	char path[64];
	int fds[2];

	fuzz_check(pipe(fds) == 0 && write(fds[1], data, size) == (ssize_t)size);
	close(fds[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	image = open_image(path);
	close(fds[0]);
	return image;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pass file, piped;
	struct image_facts facts = {0};
	struct image *image;
	char path[64];
	bool zip;
	int fd, r;

	if (size > 32768) /* more than surely fits into a pipe */
		return 0;
	file.end = piped.end = -EBADMSG;
	fd = fuzz_file(data, size, path);
	r = probe(path, &facts);
	image = open_image(path);
	fuzz_check(r == 0 || !image);
	if (image) {
		fuzz_check(image_bytes(image) == facts.bytes);
		fuzz_check(facts.format != IMAGE_RAW || facts.bytes == size);
		pass_run(&file, image);
		/* The size from the headers is correct. */
		fuzz_check(file.end != 0 || !facts.bytes || facts.bytes == file.bytes);
	}
	image_free(image);
	image = open_pipe(data, size);
	zip = image && image_probe_format(data, size) == IMAGE_ZIP;
	if (image)
		pass_run(&piped, image);
	image_free(image);
	/* A zip file is read by its directory, but from a pipe by its first header. */
	if (!zip && file.end >= 0 && piped.end >= 0)
		fuzz_check(file.end == piped.end && file.bytes == piped.bytes &&
			   memcmp(file.content, piped.content, file.bytes) == 0);
	/* An image that is sound through a pipe is sound as a file. */
	if (!zip && piped.end == 0 && piped.bytes > 0)
		fuzz_check(file.end == 0);
	close(fd);
	return 0;
}
