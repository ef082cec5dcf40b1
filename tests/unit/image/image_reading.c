/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/image/image_reading.h"

#include "tests/test.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <signal.h>

#define READING_HOLE 0xee

static void reading_note(struct reading *reading, const void *buf, size_t size, uint64_t offset)
{
	size_t end = (size_t)offset + size;

	if (end > reading->room_bytes) {
		reading->room_bytes = 2 * end;
		reading->content.bytes = realloc(reading->content.bytes, reading->room_bytes);
		tree_must(reading->content.bytes);
	}
	if (end > reading->content.size) {
		memset(reading->content.bytes + reading->content.size, READING_HOLE,
		       end - reading->content.size);
		reading->content.size = end;
	}
	memcpy(reading->content.bytes + offset, buf, size);
	reading->disorder |= offset < reading->last_end;
	reading->last_end = end;
	reading->bytes += size;
	reading->pieces++;
	reading->short_pieces += size < reading->piece_bytes;
}

static void reading_go(struct reading *reading)
{
	char *buf;
	uint64_t offset, done;
	ssize_t n;

	if (!reading->reader)
		return;
	buf = malloc(reading->piece_bytes);
	tree_must(buf);
	while ((n = image_reader_next(reading->reader, buf, reading->piece_bytes, &offset,
				      &reading->err)) > 0) {
		reading_note(reading, buf, (size_t)n, offset);
		image_reader_progress(reading->reader, &done, &reading->total);
		reading->progress_wrong |=
			done < reading->done || (reading->total && done > reading->total);
		reading->done = done;
		reading->estimate = image_reader_estimate(reading->reader);
		reading->progress_wrong |= reading->estimate && reading->estimate < reading->bytes;
	}
	/* Later reads return the same end or error. */
	reading->end = n;
	tree_must(image_reader_next(reading->reader, buf, reading->piece_bytes, &offset, NULL) ==
		  n);
	image_reader_progress(reading->reader, &reading->done, &reading->total);
	reading->estimate = image_reader_estimate(reading->reader);
	free(buf);
}

struct image *reading_image(const struct image_config *config)
{
	struct image *image = NULL;
	struct error err = {0};

	if (image_new(&image, config, &err) != 0)
		fail_msg("%s", err.text);
	return image;
}

static void reading_open(struct reading *reading, struct image *image, size_t piece_bytes)
{
	*reading = (struct reading){.piece_bytes = piece_bytes};
	reading->end = image_reader_new(&reading->reader, image, &reading->err);
}

ssize_t reading_run(struct reading *reading, struct image *image, size_t piece_bytes)
{
	reading_open(reading, image, piece_bytes);
	reading_go(reading);
	reading->reader = image_reader_free(reading->reader);
	return reading->end;
}

void reading_check(const struct reading *reading, const struct packed *content)
{
	if (reading->end != 0)
		fail_msg("%s", reading->err.text);
	assert_int_equal(reading->content.size, content->size);
	assert_memory_equal(reading->content.bytes, content->bytes, content->size);
	assert_int_equal(reading->bytes, content->size);
	assert_false(reading->disorder);
	assert_false(reading->progress_wrong);
}

ssize_t reading_drain(struct image_reader *reader, struct error *err)
{
	char buf[4096];
	uint64_t offset;
	ssize_t n;

	while ((n = image_reader_next(reader, buf, sizeof(buf), &offset, err)) > 0)
		;
	return n;
}

void reading_done(struct reading *reading)
{
	packed_free(&reading->content);
}

static void *reading_thread(void *arg)
{
	reading_go(arg);
	return NULL;
}

void reading_start(struct reading *reading, struct image *image, size_t piece_bytes)
{
	reading_open(reading, image, piece_bytes);
	tree_must(pthread_create(&reading->thread, NULL, reading_thread, reading) == 0);
}

void reading_join(struct reading *reading)
{
	tree_must(pthread_join(reading->thread, NULL) == 0);
	reading->reader = image_reader_free(reading->reader);
}

/* Writes in parts of an odd size. */
static void *feeder_run(void *arg)
{
	struct feeder *feeder = arg;
	ssize_t n = 1;

	feeder->hold_fd = open(feeder->path, O_WRONLY | O_CLOEXEC);
	tree_must(feeder->hold_fd >= 0);
	for (size_t done = 0; done < feeder->packed->size && n > 0; done += (size_t)n) {
		size_t size = feeder->packed->size - done;

		n = write(feeder->hold_fd, feeder->packed->bytes + done, size < 999 ? size : 999);
	}
	atomic_store(&feeder->fed, true);
	if (!feeder->hold)
		close(feeder->hold_fd);
	return NULL;
}

void feeder_start(struct feeder *feeder, const char *path, const struct packed *packed, bool hold)
{
	signal(SIGPIPE, SIG_IGN); /* the reader may have closed the pipe */
	*feeder = (struct feeder){.path = path, .packed = packed, .hold = hold};
	tree_must(mkfifo(path, 0600) == 0);
	tree_must(pthread_create(&feeder->thread, NULL, feeder_run, feeder) == 0);
}

void feeder_end(struct feeder *feeder)
{
	tree_must(pthread_join(feeder->thread, NULL) == 0);
	if (feeder->hold)
		close(feeder->hold_fd);
	unlink(feeder->path);
}
