/* SPDX-License-Identifier: Apache-2.0 */
/* Stores a decompressed image in an unlinked temporary file. Several readers read the image from
 * the file while it is being written. */
#include "image/spool.h"

#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define SPOOL_PIECE_BYTES (1024 * 1024)

/* A full file system would stop logs, databases and logins. The spool (a temporary file) therefore
 * leaves a part of its file system free: 5 %, but at least 64 MiB and at most 1 GiB. */
#define RESERVE_PART  20
#define RESERVE_LEAST (UINT64_C(64) * 1024 * 1024)
#define RESERVE_MOST  (UINT64_C(1024) * 1024 * 1024)

/* One reader of the spool. */
struct spool_layer {
	struct image_layer layer; /* must be first */
	struct spool *spool;
	const atomic_bool *canceled;
	uint64_t offset; /* the reader's offset in the spool file */
	bool left;	 /* the reader no longer uses the spool */
};

struct spool {
	struct spool_config config;
	atomic_uint owners;
	unsigned int readers;
	/* The descriptor of the file with the decompressed image, or -1 if filling it failed and no
	 * readers are left. */
	int fd;
	pthread_t thread;
	atomic_bool stop;
	/* This mutex protects the members `readers`, `fd`, `end`, `ended` and `err`, which several
	 * threads use. */
	pthread_mutex_t mutex;
	pthread_cond_t more;
	/* The offset up to which the decompressed image has been written to the spool file. */
	uint64_t end;
	/* True if the spool file will not grow any more, because the image has ended or because an
	 * error occurred. After an error, err.code is not 0. */
	bool ended;
	struct error err;
};

/* Returns: true if the file system has room for `bytes` more bytes besides the space that must stay
 * free. The result is also true if the file system does not report its free space. */
static bool spool_has_room(int fd, uint64_t bytes)
{
	uint64_t reserve, total;
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0 || fs.f_frsize == 0 || fs.f_blocks == 0)
		return true;
	total = (uint64_t)fs.f_blocks * fs.f_frsize;
	reserve = total / RESERVE_PART;
	if (reserve < RESERVE_LEAST)
		reserve = RESERVE_LEAST;
	if (reserve > RESERVE_MOST)
		reserve = RESERVE_MOST;
	return (uint64_t)fs.f_bavail >= reserve / fs.f_frsize + bytes / fs.f_frsize + 1;
}

static ssize_t spool_pwrite(int fd, const char *buf, size_t size, uint64_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pwrite(fd, buf + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			done += (size_t)n;
	}
	return (ssize_t)done;
}

/* Gets the next bytes of the image from the callback next() and writes them to the spool file.
 * Returns: the result of the callback, or a negative errno value if the write fails. */
static ssize_t spool_step(struct spool *spool, char *buf, uint64_t *ret_offset, struct error *err)
{
	const struct spool_config *config = &spool->config;
	ssize_t n = config->next(config->ctx, buf, SPOOL_PIECE_BYTES, ret_offset, err), written;

	if (n <= 0)
		return n;
	if (!spool_has_room(spool->fd, (uint64_t)n))
		return error_set(err, -ENOSPC, "no space is left in %s", config->dir);
	written = spool_pwrite(spool->fd, buf, (size_t)n, *ret_offset);
	if (written == -ENOSPC || written == -EDQUOT || written == -EFBIG)
		return error_set(err, -ENOSPC, "no space is left in %s", config->dir);
	if (written < 0)
		return error_set(err, (int)written, "writing a temporary file in %s failed: %s",
				 config->dir, strerror((int)-written));
	return n;
}

/* Closes the spool file, which holds a decompressed image, if filling the file has failed and no
 * readers are left. The caller holds the mutex of the spool. */
static void spool_drop_file(struct spool *spool)
{
	if (spool->ended && spool->err.code < 0 && spool->readers == 0 && spool->fd >= 0) {
		close(spool->fd);
		spool->fd = -1;
	}
}

static void *spool_run(void *arg)
{
	struct spool *spool = arg;
	cleanup_free char *buf = malloc(SPOOL_PIECE_BYTES);
	struct error err = {0};
	ssize_t n = buf ? 1 : error_set(&err, -ENOMEM, "out of memory");
	uint64_t offset = 0;

	while (n > 0 && !atomic_load(&spool->stop)) {
		n = spool_step(spool, buf, &offset, &err);
		pthread_mutex_lock(&spool->mutex);
		if (n > 0)
			spool->end = offset + (uint64_t)n;
		pthread_cond_broadcast(&spool->more);
		pthread_mutex_unlock(&spool->mutex);
	}
	pthread_mutex_lock(&spool->mutex);
	spool->ended = true;
	if (n < 0)
		spool->err = err;
	spool_drop_file(spool);
	pthread_cond_broadcast(&spool->more);
	pthread_mutex_unlock(&spool->mutex);
	return NULL;
}

static int spool_file(const char *dir, uint64_t need_bytes, struct error *err)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char path[4096];

	/* Some file systems, such as 9p, NFS, and old versions of overlay, do not support
	 * O_TMPFILE. On them, create a temporary file with a name and unlink it. */
	if (fd < 0 && snprintf(path, sizeof(path), "%s/rpiboot-XXXXXX", dir) < (int)sizeof(path)) {
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0)
		return error_set(err, -ENOSPC, "cannot create a temporary file in %s: %s", dir,
				 strerror(errno));
	if (spool_has_room(fd, need_bytes))
		return fd;
	close(fd);
	return error_set(err, -ENOSPC,
			 "%s has too little space for the expanded image; set TMPDIR to a "
			 "directory with more space",
			 dir);
}

int spool_new(struct spool **ret, const struct spool_config *config, struct error *err)
{
	struct spool *spool;
	cleanup_fd int fd = spool_file(config->dir, config->need_bytes, err);
	int r;

	if (fd < 0)
		return fd;
	spool = calloc(1, sizeof(*spool));
	if (!spool)
		return error_set(err, -ENOMEM, "out of memory");
	spool->config = *config;
	atomic_init(&spool->owners, 1);
	spool->fd = fd;
	pthread_mutex_init(&spool->mutex, NULL);
	pthread_cond_init(&spool->more, NULL);
	r = pthread_create(&spool->thread, NULL, spool_run, spool);
	if (r != 0) {
		free(spool);
		return error_set(err, -ENOMEM, "cannot start a thread that reads the image: %s",
				 strerror(r));
	}
	fd = -1;
	*ret = spool;
	return 0;
}

struct spool *spool_free(struct spool *spool)
{
	if (!spool || atomic_fetch_sub(&spool->owners, 1) > 1)
		return NULL;
	atomic_store(&spool->stop, true);
	pthread_join(spool->thread, NULL);
	pthread_cond_destroy(&spool->more);
	pthread_mutex_destroy(&spool->mutex);
	if (spool->fd >= 0)
		close(spool->fd);
	if (spool->config.done)
		spool->config.done(spool->config.ctx);
	free(spool);
	return NULL;
}

int spool_failed(struct spool *spool)
{
	int code;

	pthread_mutex_lock(&spool->mutex);
	code = spool->err.code;
	pthread_mutex_unlock(&spool->mutex);
	return code;
}

static ssize_t spool_pread(int fd, char *buf, size_t size, uint64_t offset, struct error *err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = util_pread(fd, buf + done, size - done, offset + done);

		if (n < 0)
			return error_set(err, (int)n, "reading the temporary file failed: %s",
					 strerror((int)-n));
		if (n == 0)
			return error_set(
				err, -EIO,
				"reading the temporary file failed: the data after byte %" PRIu64
				" is missing",
				offset + done);
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* Waits until the spool file contains `size` bytes at `offset`, until no more bytes will be added
 * to the file, or until the reader is canceled.
 * Returns: the number of these bytes that are in the file, or a negative errno value. */
static ssize_t spool_wait(struct spool *spool, size_t size, uint64_t offset,
			  const atomic_bool *canceled, struct error *err)
{
	ssize_t n = (ssize_t)size;

	pthread_mutex_lock(&spool->mutex);
	while (spool->end < offset + size && !spool->ended && !atomic_load(canceled))
		pthread_cond_wait(&spool->more, &spool->mutex);
	if (atomic_load(canceled)) {
		n = error_set(err, -ECANCELED, "canceled");
	} else if (spool->end < offset + size && spool->err.code < 0) {
		/* The bytes in the spool file are valid even after an error. Report the error only
		 * if the reader needs bytes that are not in the file. */
		n = error_copy(err, &spool->err);
	} else if (spool->end < offset + size) {
		n = spool->end > offset ? (ssize_t)(spool->end - offset) : 0;
	}
	pthread_mutex_unlock(&spool->mutex);
	return n;
}

static void spool_leave(struct spool_layer *reader)
{
	struct spool *spool = reader->spool;

	if (reader->left)
		return;
	reader->left = true;
	pthread_mutex_lock(&spool->mutex);
	spool->readers--;
	spool_drop_file(spool);
	pthread_mutex_unlock(&spool->mutex);
}

static ssize_t spool_layer_read(struct image_layer *layer, void *buf, size_t size,
				struct error *err)
{
	struct spool_layer *reader = (struct spool_layer *)layer;
	struct spool *spool = reader->spool;
	ssize_t n = spool_wait(spool, size, reader->offset, reader->canceled, err);

	if (n > 0)
		n = spool_pread(spool->fd, buf, (size_t)n, reader->offset, err);
	if (n > 0)
		reader->offset += (uint64_t)n;
	if (n < 0)
		spool_leave(reader);
	return n;
}

static void spool_layer_skip_to(struct image_layer *layer, uint64_t offset)
{
	((struct spool_layer *)layer)->offset = offset;
}

static void spool_layer_free(struct image_layer *layer)
{
	struct spool_layer *reader = (struct spool_layer *)layer;

	spool_leave(reader);
	spool_free(reader->spool);
	free(reader);
}

struct image_layer *spool_join(struct spool *spool, const atomic_bool *canceled)
{
	struct spool_layer *reader = calloc(1, sizeof(*reader));
	bool failed;

	if (!reader)
		return NULL;
	reader->layer.read = spool_layer_read;
	reader->layer.skip_to = spool_layer_skip_to;
	reader->layer.free = spool_layer_free;
	reader->spool = spool;
	reader->canceled = canceled;
	pthread_mutex_lock(&spool->mutex);
	failed = spool->err.code < 0;
	spool->owners += !failed;
	spool->readers += !failed;
	pthread_mutex_unlock(&spool->mutex);
	if (!failed)
		return &reader->layer;
	free(reader);
	return NULL;
}

void spool_wake(struct spool *spool)
{
	pthread_mutex_lock(&spool->mutex);
	pthread_cond_broadcast(&spool->more);
	pthread_mutex_unlock(&spool->mutex);
}
