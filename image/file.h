/* SPDX-License-Identifier: Apache-2.0 */
/* The file of an image as bytes: one that is read at offsets, by many at once, or a pipe that is
 * read once and in order. Knows no formats. */
#ifndef FLASH_IMAGE_SOURCE_H
#define FLASH_IMAGE_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct error;
struct image_wait;

struct image_source {
	int fd;
	char *said; /* how sentences call it: "'os.img'", "standard input" */
	bool at_offsets;
	uint64_t bytes;	    /* of the file; 0: not known (a pipe) */
	struct stat opened; /* what the file was then */
	/* What may end a wait for a pipe that nobody can cancel; NULL: nothing. */
	const struct image_wait *wait;
	/* The first bytes: of a pipe they have been taken out of it already. Fewer than that only
	 * where there are no more. */
	unsigned char head[4096];
	size_t head_bytes;
	/* The bytes behind the head that passes with a keeper have taken out of a pipe. */
	unsigned char *kept;
	size_t kept_bytes, kept_room;
};

#define IMAGE_SOURCE_KEPT_MAX (2 * 1024 * 1024)

/* Opens path ("-": standard input) and reads its head; a pipe is waited for, as wait has it (NULL:
 * for ever). wait stays in ret. 0, or -Exxx: cannot be opened, a directory, empty, a terminal, what
 * wait gave. Ends with image_source_close(), also after an error. */
int image_source_open(struct image_source *ret, const char *path, const struct image_wait *wait,
		      struct error *err);
void image_source_close(struct image_source *source);

/* Exactly size bytes at offset, of a source that can do that. 0 or -Exxx; -EIO: it has become
 * shorter. */
int image_source_get(const struct image_source *source, void *buf, size_t size, uint64_t offset,
		     struct error *err);

/* False: the size or the modification time of the file changed since it was opened, so its bytes
 * may have changed. True for whatever else happens to it (chmod, rename, unlink), and for
 * everything but a regular file. */
bool image_source_is_same(const struct image_source *source);

/* One pass over it. May be copied. */
struct image_input {
	const struct image_source *source;
	const atomic_bool *canceled; /* NULL: cannot be */
	uint64_t offset;	     /* of what comes next; to be set only where at_offsets */
	/* The source, where bytes of a pipe must stay there for a later pass; NULL: this is the
	 * last one. */
	struct image_source *keeper;
};

/* The next 1..size bytes, waiting for them; 0 at the end; or -Exxx: cannot be read, has become
 * shorter or longer in the meantime, -ECANCELED, -EFBIG (a keeper has IMAGE_SOURCE_KEPT_MAX bytes
 * and the pipe may have more). */
ssize_t image_input_read(struct image_input *input, void *buf, size_t size, struct error *err);

#endif
