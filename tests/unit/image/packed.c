/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/image/packed.h"

#include "tests/unit/tree.h"

#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>

const enum image_format packed_formats[] = {IMAGE_RAW,	 IMAGE_XZ,   IMAGE_GZIP,
					    IMAGE_BZIP2, IMAGE_ZSTD, IMAGE_ZIP};

struct packed packed_content(size_t size)
{
	struct packed packed = {.bytes = malloc(size + 1), .size = size};
	uint32_t random = 1;

	tree_must(packed.bytes);
	for (size_t i = 0; i < size; i++) {
		random = random * 1664525 + 1013904223;
		packed.bytes[i] = i % 384 < 128 ? (unsigned char)(random >> 24)
						: (unsigned char)(' ' + i / 64 % 64);
	}
	packed.bytes[0] |= 0x80; /* the first byte is no text, either */
	return packed;
}

char *packed_file(const char *dir, const char *name)
{
	char *path = strdup(tree_path(dir, name));

	tree_must(path);
	return path;
}

void packed_shell(const char *dir, const char *fmt, ...)
{
	char command[1024], all[2048];
	va_list args;

	va_start(args, fmt);
	tree_must(vsnprintf(command, sizeof(command), fmt, args) < (int)sizeof(command));
	va_end(args);
	tree_must(snprintf(all, sizeof(all), "cd '%s' && { %s; }", dir, command) <
		  (int)sizeof(all));
	tree_must(system(all) == 0);
}

struct packed packed_read(const char *dir, const char *name)
{
	int fd = open(tree_path(dir, name), O_RDONLY | O_CLOEXEC);
	struct packed packed = {0};
	struct stat st;

	tree_must(fd >= 0 && fstat(fd, &st) == 0);
	packed.size = (size_t)st.st_size;
	packed.bytes = malloc(packed.size + 1);
	tree_must(packed.bytes && read(fd, packed.bytes, packed.size) == (ssize_t)packed.size);
	close(fd);
	return packed;
}

struct packed packed_new(const char *dir, enum image_format format, const char *options,
			 const struct packed *content)
{
	tree_write(dir, "packed-in", content->bytes, content->size);
	switch (format) {
	case IMAGE_RAW:
		packed_shell(dir, "cp packed-in packed-out");
		break;
	case IMAGE_XZ:
		packed_shell(dir, "xz -c %s <packed-in >packed-out", options);
		break;
	case IMAGE_GZIP:
		packed_shell(dir, "gzip -c %s <packed-in >packed-out", options);
		break;
	case IMAGE_BZIP2:
		packed_shell(dir, "bzip2 -c %s <packed-in >packed-out", options);
		break;
	case IMAGE_ZSTD:
		packed_shell(dir, "zstd -q -c %s <packed-in >packed-out", options);
		break;
	case IMAGE_ZIP:
		packed_shell(dir,
			     "rm -f packed.zip && zip -q %s packed.zip packed-in && "
			     "mv packed.zip packed-out",
			     options);
		break;
	}
	return packed_read(dir, "packed-out");
}

size_t packed_zip_directory(const struct packed *zip)
{
	size_t offset = zip->size - 4;

	while (memcmp(zip->bytes + offset, "PK\1\2", 4) != 0)
		offset--;
	return offset;
}

void packed_free(struct packed *packed)
{
	free(packed->bytes);
	*packed = (struct packed){0};
}

void packed_append(struct packed *packed, const void *bytes, size_t size)
{
	unsigned char *more = malloc(packed->size + size + 1); /* bytes can be part of packed */

	tree_must(more);
	if (packed->size)
		memcpy(more, packed->bytes, packed->size);
	if (size)
		memcpy(more + packed->size, bytes, size);
	free(packed->bytes);
	packed->bytes = more;
	packed->size += size;
}

const char *packed_path(const struct packed *packed, bool as_pipe, int *ret_fd)
{
	static char path[64];
	int fds[2] = {-1, -1};

	if (as_pipe) {
		tree_must(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
		tree_must(fcntl(fds[1], F_SETPIPE_SZ, PACKED_PIPE_BYTES) >= PACKED_PIPE_BYTES);
		tree_must(write(fds[1], packed->bytes, packed->size) == (ssize_t)packed->size);
		close(fds[1]);
	} else {
		fds[0] = memfd_create("packed", MFD_CLOEXEC);
		tree_must(fds[0] >= 0);
		tree_must(write(fds[0], packed->bytes, packed->size) == (ssize_t)packed->size);
	}
	*ret_fd = fds[0];
	tree_must(snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]) < (int)sizeof(path));
	return path;
}
