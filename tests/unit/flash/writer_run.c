/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/flash/writer_run.h"

/* ---- disks */

char *run_root;

const char *disk_new(void)
{
	const char *path = tree_path(run_root, "disk");
	cleanup_fd int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	cleanup_free char *old = malloc(DISK_BYTES);

	tree_must(fd >= 0 && old);
	memset(old, OLD, DISK_BYTES);
	tree_must(write(fd, old, DISK_BYTES) == DISK_BYTES);
	return path;
}

int disk_open(struct target *ret, const struct target_config *config, struct error *err)
{
	*ret = (struct target){.fd = open(config->disk.path, O_RDWR | O_CLOEXEC),
			       .bytes = config->disk.bytes,
			       .block_bytes = 512};
	snprintf(ret->path, sizeof(ret->path), "/dev/test");
	return ret->fd >= 0 ? 0 : error_set(err, -errno, "cannot be opened");
}

int disk_open_read_only(struct target *ret, const struct target_config *config, struct error *err)
{
	int r = disk_open(ret, config, err);

	close(ret->fd);
	ret->fd = open(config->disk.path, O_RDONLY | O_CLOEXEC);
	return r;
}

int disk_open_not(struct target *ret, const struct target_config *config, struct error *err)
{
	(void)config;
	ret->fd = -1;
	return error_set(err, -EBUSY, "/dev/test is mounted");
}

uint8_t *disk_read(void)
{
	cleanup_fd int fd = open(tree_path(run_root, "disk"), O_RDONLY | O_CLOEXEC);
	uint8_t *bytes = malloc(DISK_BYTES);

	tree_must(fd >= 0 && bytes && read(fd, bytes, DISK_BYTES) == DISK_BYTES);
	return bytes;
}

bool bytes_are(const uint8_t *bytes, uint64_t from, uint64_t to, int value)
{
	for (uint64_t i = from; i < to; i++)
		if (bytes[i] != (value < 0 ? image_byte(i) : value))
			return false;
	return true;
}

bool no_first_mib(void)
{
	cleanup_free uint8_t *disk = disk_read();

	return bytes_are(disk, 0, MIB, 0);
}

/* ---- runs */

static void run_wake(void *ctx)
{
	struct run *run = ctx;

	pthread_mutex_lock(&run->mutex);
	run->wakes++;
	pthread_cond_signal(&run->woken);
	pthread_mutex_unlock(&run->mutex);
}

struct writer *run_start_on(const char *disk, struct image *image, struct run *run, bool verify,
			    int (*open_fn)(struct target *, const struct target_config *,
					   struct error *))
{
	struct writer_config config = {.image = image,
				       .open = open_fn,
				       .verify = verify,
				       .wake = run_wake,
				       .wake_ctx = run};
	struct writer *writer = NULL;
	struct error err = {0};

	*run = (struct run){.mutex = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER};
	snprintf(config.target.disk.path, sizeof(config.target.disk.path), "%s",
		 tree_path(run_root, disk));
	config.target.disk.bytes = DISK_BYTES;
	assert_int_equal(writer_new(&writer, &config, &err), 0);
	return writer;
}

struct writer *run_start(struct image *image, struct run *run, bool verify,
			 int (*open_fn)(struct target *, const struct target_config *,
					struct error *))
{
	return run_start_on("disk", image, run, verify, open_fn);
}

struct writer *run_hold(struct image *image, struct run *run, struct writer_state *state)
{
	struct writer *writer;

	atomic_store(&image->hold_at_end, true);
	disk_new();
	*state = (struct writer_state){0};
	writer = run_start(image, run, true, disk_open);
	while (state->bytes < image->bytes) {
		poll(NULL, 0, 1); /* poll less often, so that the writer runs */
		writer_look(writer, state);
		assert_int_not_equal(state->phase, WRITER_ENDED);
	}
	return writer;
}

void run_wait(struct writer *writer, struct run *run, struct writer_state *state)
{
	pthread_mutex_lock(&run->mutex);
	while (!run->wakes)
		pthread_cond_wait(&run->woken, &run->mutex);
	pthread_mutex_unlock(&run->mutex);
	writer_look(writer, state);
	assert_int_equal(state->phase, WRITER_ENDED);
	assert_int_equal(run->wakes, 1);
}

int run_setup(void **state)
{
	return (void)state, run_root = tree_new(), 0;
}

int run_teardown(void **state)
{
	return (void)state, tree_free(run_root), 0;
}
