/* SPDX-License-Identifier: Apache-2.0 */
/* The spool: readers at different speeds, holes, the ends of its source, and full file systems. */
#include "image/spool.h"

#include "util/error.h"
#include "util/util.h"
#include "tests/test.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <fcntl.h>

#define MIB	   (1024 * 1024)
#define MIB_BLOCKS (MIB / 4096)

/* ---- a fake file system (in place of libc) with a size and a free space; writes do not change it
 */

static struct {
	atomic_bool made_up;
	atomic_uint total, free; /* blocks of 4096 bytes */
} disk;

int fstatvfs(int fd, struct statvfs *ret)
{
	(void)fd;
	if (!disk.made_up)
		disk.total = disk.free = UINT32_MAX;
	*ret = (struct statvfs){
		.f_frsize = 4096,
		.f_bsize = 4096,
		.f_blocks = disk.total,
		.f_bavail = disk.free,
	};
	return 0;
}

/* ---- */

/* Blocks with a known pattern, and a hole after each. The source waits until a block is released.
 */
struct source {
	uint64_t at, hole_bytes, end;
	int end_code;	 /* the result after the last block */
	atomic_uint let; /* number of released blocks */
	atomic_uint given;
};

static char pattern(uint64_t offset)
{
	return (char)(offset / 7 + offset / 4099);
}

static ssize_t source_next(void *ctx, void *buf, size_t size, uint64_t *ret_offset,
			   struct error *err)
{
	struct source *source = ctx;
	char *bytes = buf;

	while (atomic_load(&source->given) >= atomic_load(&source->let))
		sched_yield();
	atomic_fetch_add(&source->given, 1);
	if (source->at >= source->end)
		return source->end_code ? error_set(err, source->end_code, "the source is broken")
					: 0;
	if (size > source->end - source->at)
		size = source->end - source->at;
	for (size_t i = 0; i < size; i++)
		bytes[i] = pattern(source->at + i);
	*ret_offset = source->at;
	source->at += size + source->hole_bytes;
	return (ssize_t)size;
}

struct reader {
	struct spool *spool;
	struct image_layer *layer;
	size_t piece_bytes;
	uint64_t end, hole_bytes;
	uint64_t wrong; /* bytes */
	_Atomic size_t read;
	ssize_t last;
	atomic_bool canceled;
	struct error err;
};

static void *reader_run(void *arg)
{
	struct reader *reader = arg;
	char *buf = malloc(reader->piece_bytes);
	ssize_t n;

	while ((n = image_layer_read(reader->layer, buf, reader->piece_bytes, &reader->err)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			uint64_t offset = reader->read + (uint64_t)i;
			bool hole = offset % (MIB + reader->hole_bytes) >= MIB;

			reader->wrong += buf[i] != (hole ? 0 : pattern(offset));
		}
		reader->read += (uint64_t)n;
	}
	reader->last = n;
	free(buf);
	image_layer_free(reader->layer);
	return NULL;
}

/* Joins the spool before the thread starts: otherwise the spool could have failed before the thread
 * joins. */
static pthread_t reader_start(struct reader *reader)
{
	pthread_t thread;

	reader->layer = spool_join(reader->spool, &reader->canceled);
	assert_non_null(reader->layer);
	assert_int_equal(pthread_create(&thread, NULL, reader_run, reader), 0);
	return thread;
}

static const char *spool_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir ? dir : "/tmp";
}

static struct spool *spool_of(struct source *source)
{
	struct spool_config config = {.dir = spool_dir(), .next = source_next, .ctx = source};
	struct error err = {0};
	struct spool *spool = NULL;

	assert_int_equal(spool_new(&spool, &config, &err), 0);
	return spool;
}

static void check_readers(uint64_t end, uint64_t hole_bytes)
{
	static const size_t sizes[] = {MIB, 4096, 1000003, 3 * MIB};
	struct source source = {.end = end, .hole_bytes = hole_bytes, .let = 1000};
	struct reader readers[array_size(sizes)];
	pthread_t threads[array_size(sizes)];
	struct spool *spool = spool_of(&source);

	for (size_t i = 0; i < array_size(sizes); i++) {
		readers[i] = (struct reader){
			.spool = spool, .piece_bytes = sizes[i], .hole_bytes = hole_bytes};
		threads[i] = reader_start(&readers[i]);
	}
	for (size_t i = 0; i < array_size(sizes); i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(readers[i].last, 0);
		assert_int_equal(readers[i].wrong, 0);
		assert_int_equal(readers[i].read, end);
	}
	spool_free(spool);
}

TEST(each_reader_gets_all_bytes)
{
	check_readers(1, 0);
	check_readers(9 * MIB, 0);
	check_readers(5 * MIB + 17, 0);
	check_readers(11 * MIB, MIB);
}

/* Spooled bytes can be read before the source has ended. Reads of later bytes block. */
TEST(a_reader_follows_the_source)
{
	struct source source = {.end = 3 * MIB, .let = 1};
	struct spool *spool = spool_of(&source);
	struct reader reader = {.spool = spool, .piece_bytes = 4096};
	atomic_bool canceled = false;
	struct image_layer *layer = spool_join(spool, &canceled);
	char buf[4096];
	struct error err = {0};
	pthread_t thread;

	assert_non_null(layer);
	layer->skip_to(layer, 5 * 4096);
	assert_int_equal(image_layer_read(layer, buf, sizeof(buf), &err), sizeof(buf));
	image_layer_free(layer);
	assert_int_equal(buf[9], pattern(5 * 4096 + 9));
	thread = reader_start(&reader);
	atomic_store(&source.let, 100);
	pthread_join(thread, NULL);
	assert_int_equal(reader.read, 3 * MIB);
	assert_int_equal(reader.wrong, 0);
	spool_free(spool);
}

static int count_open(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* After a failure, a new reader is refused. A reader that joined earlier can read the spooled
 * bytes. The file is closed when the last reader has got the error. */
static void check_left(struct spool *spool, struct image_layer *layer, int code)
{
	atomic_bool canceled = false;
	struct error err = {0};
	int before = count_open();
	char byte;

	assert_int_equal(spool_failed(spool), code);
	assert_null(spool_join(spool, &canceled));
	layer->skip_to(layer, MIB);
	assert_int_equal(image_layer_read(layer, &byte, 1, &err), 1);
	assert_int_equal(byte, pattern(MIB));
	assert_int_equal(count_open(), before);
	layer->skip_to(layer, 9 * MIB);
	assert_int_equal(image_layer_read(layer, &byte, 1, &err), code);
	assert_int_equal(count_open(), before - 1);
	assert_int_equal(image_layer_read(layer, &byte, 1, &err), code);
	image_layer_free(layer);
	spool_free(spool);
	assert_int_equal(count_open(), before - 1);
}

static void check_end(int code)
{
	struct source source = {.end = 2 * MIB, .end_code = code, .let = 2};
	struct spool *spool = spool_of(&source);
	struct reader reader = {.spool = spool, .piece_bytes = MIB};
	atomic_bool canceled = false;
	struct image_layer *layer;
	pthread_t thread;

	thread = reader_start(&reader);
	while (atomic_load(&source.given) < 2)
		sched_yield();
	assert_int_equal(spool_failed(spool), 0);
	layer = spool_join(spool, &canceled);
	assert_non_null(layer);
	atomic_store(&source.let, 100);
	pthread_join(thread, NULL);
	assert_int_equal(reader.read, 2 * MIB); /* the bytes before the error are correct */
	assert_int_equal(reader.last, code);
	assert_int_equal(reader.err.code, code);
	assert_non_null(strstr(reader.err.text, "broken"));
	check_left(spool, layer, code);
}

TEST(each_reader_gets_the_error_of_the_source)
{
	check_end(-EBADMSG);
	check_end(-EIO);
}

TEST(a_waiting_reader_can_be_canceled)
{
	struct source source = {.end = MIB, .let = 0};
	struct spool *spool = spool_of(&source);
	struct reader reader = {.spool = spool, .piece_bytes = MIB};
	pthread_t thread;

	thread = reader_start(&reader);
	atomic_store(&reader.canceled, true);
	spool_wake(spool);
	pthread_join(thread, NULL);
	assert_int_equal(reader.last, -ECANCELED);
	atomic_store(&source.let, 100);
	spool_free(spool);
}

TEST(a_spool_needs_a_directory)
{
	struct spool_config config = {.dir = "/nonexistent/directory", .next = source_next};
	struct error err = {0};
	struct spool *spool = NULL;

	assert_int_equal(spool_new(&spool, &config, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "/nonexistent/directory"));
	config.dir = spool_dir();
	config.need_bytes = UINT64_MAX / 2 + 1;
	assert_int_equal(spool_new(&spool, &config, &err), -ENOSPC);
	assert_null(spool);
	assert_null(spool_free(NULL));
}

/* A limit of 2 MiB for files simulates a full disk. */
TEST(a_full_disk_ends_the_spool)
{
	struct source source = {.end = 8 * MIB};
	const struct rlimit limit = {.rlim_cur = 2 * MIB, .rlim_max = RLIM_INFINITY};
	struct rlimit before;
	struct spool *spool;
	struct reader reader = {.piece_bytes = 64 * 1024};
	pthread_t thread;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	spool = spool_of(&source);
	reader.spool = spool;
	thread = reader_start(&reader);
	atomic_store(&source.let, 100);
	pthread_join(thread, NULL);
	spool_free(spool);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(reader.last, -ENOSPC);
	assert_int_equal(reader.read, 2 * MIB);
	assert_int_equal(reader.wrong, 0);
}

/* The reserve of free space is a twentieth of the file system, at least 64 MiB and at most 1 GiB.
 */
TEST(the_spool_leaves_a_reserve)
{
	static const struct {
		uint64_t total, reserve; /* MiB */
	} rows[] = {{200, 64}, {1280, 64}, {10240, 512}, {20480, 1024}, {1024 * 1024, 1024}};

	disk.made_up = true;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct source source = {.end = 8 * MIB};
		struct spool_config config = {.dir = spool_dir(),
					      .next = source_next,
					      .ctx = &source,
					      .need_bytes = 8 * MIB};
		struct spool *spool = NULL;
		struct error err = {0};

		disk.total = (unsigned int)rows[i].total * MIB_BLOCKS;
		disk.free = (unsigned int)(rows[i].reserve + 8) * MIB_BLOCKS;
		assert_int_equal(spool_new(&spool, &config, &err), -ENOSPC);
		disk.free += 1;
		assert_int_equal(spool_new(&spool, &config, &err), 0);
		atomic_store(&source.let, 100);
		spool_free(spool);
	}
	disk.made_up = false;
}

/* The size was unknown, and other processes fill the file system, too. */
TEST(the_spool_ends_at_the_reserve)
{
	struct source source = {.end = 8 * MIB, .let = 2};
	struct spool *spool;
	struct reader reader = {.piece_bytes = MIB};
	atomic_bool canceled = false;
	struct image_layer *layer;
	pthread_t thread;

	disk.made_up = true;
	disk.total = 1280 * MIB_BLOCKS;
	disk.free = 66 * MIB_BLOCKS;
	spool = spool_of(&source);
	reader.spool = spool;
	thread = reader_start(&reader);
	layer = spool_join(spool, &canceled);
	assert_non_null(layer);
	assert_int_equal(spool_failed(spool), 0);
	while (atomic_load(&reader.read) < 2 * MIB)
		sched_yield();
	disk.free = 65 * MIB_BLOCKS;
	atomic_store(&source.let, 100);
	pthread_join(thread, NULL);
	assert_int_equal(reader.last, -ENOSPC);
	assert_int_equal(reader.read, 2 * MIB);
	assert_int_equal(reader.wrong, 0);
	check_left(spool, layer, -ENOSPC);
	disk.made_up = false;
}
