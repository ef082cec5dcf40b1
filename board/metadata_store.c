/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the properties of boards, as JSON documents, into one directory. A separate thread writes
 * each document. */
#include "board/metadata_store.h"

#include "util/error.h"
#include "util/new_file.h"
#include "util/path.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_SIZE 128 /* for "NAME.json" */

struct metadata_store {
	char *path;
	/* The file descriptor of the directory, or -1 if it could not be opened. In that case, the
	 * member err contains the cause. */
	int fd;
	struct error err;
};

struct metadata_file {
	/* The file descriptor of the directory for the JSON file. It is a duplicate, because struct
	 * metadata_store may be freed before the thread writes the file. */
	int dir_fd;
	char *dir, *path, *text;
	char name[NAME_SIZE];
	void (*wake)(void *ctx);
	void *wake_ctx;
	pthread_t thread;

	pthread_mutex_t mutex; /* protects the members below */
	pthread_cond_t changed;
	/* `owned` is true until the caller of metadata_file_new() frees the struct, and `ended` is
	 * false until the thread that writes the JSON file of a board needs it no more. The last of
	 * the two frees the memory. */
	bool owned, ended;
	struct error err;
};

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory while saving the metadata of boards");
}

/* ---- the directory of the store */

/* Creates a directory and its missing parents, like mkdir -p. The error is that of the first
 * directory that cannot be created, because it shows the cause. */
static int dir_make(const char *path)
{
	cleanup_free char *copy = strdup(path);
	int first = 0;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; copy[i]; i++) {
		if (i == 0 || !path_separates(copy[i]))
			continue;
		copy[i] = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST && first == 0)
			first = -errno;
		copy[i] = path[i];
	}
	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return 0;
	return errno == ENOENT && first < 0 ? first : -errno;
}

static int dir_open(const char *path, struct error *err)
{
	int r = 0, fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) {
		r = dir_make(path);
		if (r < 0)
			return error_set(err, r,
					 "cannot create the directory '%s' for metadata: %s", path,
					 strerror(-r));
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return error_set(err, -errno, "cannot open the directory '%s' for metadata: %s",
				 path, strerror(errno));
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0) {
		r = error_set(err, -errno, "cannot write into the directory '%s' for metadata: %s",
			      path, strerror(errno));
		close(fd);
		return r;
	}
	return fd;
}

struct metadata_store *metadata_store_new(const char *path)
{
	struct metadata_store *store = path ? calloc(1, sizeof(*store)) : NULL;

	if (!store)
		return NULL;
	store->path = strdup(path);
	store->fd = store->path ? dir_open(path, &store->err) : no_memory(&store->err);
	return store;
}

struct metadata_store *metadata_store_free(struct metadata_store *store)
{
	if (!store)
		return NULL;
	if (store->fd >= 0)
		close(store->fd);
	free(store->path);
	free(store);
	return NULL;
}

int metadata_store_check(const struct metadata_store *store, struct error *err)
{
	if (!store)
		return no_memory(err);
	return store->fd < 0 ? error_copy(err, &store->err) : 0;
}

/* ---- the files in the directory */

static int file_load(int fd, size_t max_bytes, char **ret, size_t *ret_size)
{
	cleanup_free char *text = NULL;
	struct stat st;
	size_t used = 0;
	ssize_t n = 1;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size < 0 || (uint64_t)st.st_size > max_bytes)
		return -EFBIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (n > 0 && used < (size_t)st.st_size) {
		n = read(fd, text + used, (size_t)st.st_size - used);
		if (n < 0)
			return -errno;
		used += (size_t)n;
	}
	text[used] = '\0';
	*ret_size = used;
	*ret = take_ptr(text);
	return 0;
}

int metadata_store_read(const struct metadata_store *store, const char *name, size_t max_bytes,
			char **ret, size_t *ret_size, struct error *err)
{
	char file_name[NAME_SIZE];
	cleanup_fd int fd = -1;
	int r;

	if (!store || store->fd < 0)
		return -ENOENT;
	snprintf(file_name, sizeof(file_name), "%s.json", name);
	/* O_NONBLOCK prevents openat() from blocking if the name belongs to a FIFO. */
	fd = openat(store->fd, file_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	r = fd < 0 ? -errno : file_load(fd, max_bytes, ret, ret_size);
	if (r < 0 && r != -ENOENT)
		return error_set(err, r, "cannot read '%s/%s': %s", store->path, file_name,
				 strerror(-r));
	return r;
}

/* Replaces the JSON file of a board atomically. After an error, the old file is unchanged. */
static int file_replace(int dir_fd, const char *name, const char *text)
{
	struct new_file file;
	int r = new_file_create(&file, dir_fd, name);

	if (r == 0)
		r = new_file_write(&file, text, strlen(text));
	if (r == 0)
		r = new_file_commit(&file);
	new_file_end(&file);
	return r;
}

/* Returns: true if the directory of the option -j is still at its path. Otherwise, the user would
 * not find the JSON file of a board at the reported path. */
static bool file_dir_is_there(const struct metadata_file *file)
{
	struct stat held, named;

	return fstat(file->dir_fd, &held) == 0 && stat(file->dir, &named) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static void file_write(const struct metadata_file *file, struct error *err)
{
	int r;

	if (!file_dir_is_there(file)) {
		error_set(err, -ENOENT,
			  "cannot write the metadata file '%s': the directory was moved, removed "
			  "or replaced after rpiboot started",
			  file->path);
		return;
	}
	r = file_replace(file->dir_fd, file->name, file->text);
	if (r < 0)
		error_set(err, r, "cannot write the metadata file '%s': %s", file->path,
			  strerror(-r));
}

static void file_destroy(struct metadata_file *file)
{
	pthread_mutex_destroy(&file->mutex);
	pthread_cond_destroy(&file->changed);
	if (file->dir_fd >= 0)
		close(file->dir_fd);
	free(file->dir);
	free(file->path);
	free(file->text);
	free(file);
}

static void *file_run(void *arg)
{
	struct metadata_file *file = arg;
	struct error err = {0};
	bool owned;

	file_write(file, &err);
	close(file->dir_fd);
	file->dir_fd = -1;
	pthread_mutex_lock(&file->mutex);
	file->err = err;
	file->ended = true;
	pthread_cond_broadcast(&file->changed);
	owned = file->owned;
	if (owned && file->wake)
		file->wake(file->wake_ctx);
	pthread_mutex_unlock(&file->mutex);
	if (!owned)
		file_destroy(file);
	return NULL;
}

/* Allocates a struct metadata_file and initialises only its mutex, its condition variable and its
 * owner. */
static struct metadata_file *file_allocate(void)
{
	struct metadata_file *file = calloc(1, sizeof(*file));
	pthread_condattr_t attr;

	if (!file)
		return NULL;
	file->dir_fd = -1;
	file->owned = true;
	pthread_mutex_init(&file->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&file->changed, &attr);
	pthread_condattr_destroy(&attr);
	return file;
}

static int file_fill(struct metadata_file *file, const struct metadata_store *store,
		     const char *name, const char *text, struct error *err)
{
	int r = snprintf(file->name, sizeof(file->name), "%s.json", name);
	const char *slash = *path_name(store->path) ? "/" : "";

	if (r >= (int)sizeof(file->name) || path_name(name) != name)
		return error_set(err, -EINVAL,
				 "a metadata file cannot have the name '%s', which is too long or "
				 "contains a '/'",
				 name);
	file->dir = strdup(store->path);
	file->path = text_new("%s%s%s", store->path, slash, file->name);
	file->text = text_new("%s\n", text);
	if (!file->dir || !file->path || !file->text)
		return no_memory(err);
	file->dir_fd = fcntl(store->fd, F_DUPFD_CLOEXEC, 0);
	if (file->dir_fd < 0)
		return error_set(err, -errno, "cannot write the metadata file '%s': %s", file->path,
				 strerror(errno));
	return 0;
}

static int file_start(struct metadata_file *file, struct error *err)
{
	int r = pthread_create(&file->thread, NULL, file_run, file);

	if (r == 0)
		return 0;
	return error_set(err, -r, "cannot start a thread to write the metadata file '%s': %s",
			 file->path, strerror(r));
}

int metadata_file_new(struct metadata_file **ret, const struct metadata_store *store,
		      const char *name, const char *text, void (*wake)(void *ctx), void *wake_ctx,
		      struct error *err)
{
	struct metadata_file *file = file_allocate();
	int r;

	if (!file)
		return no_memory(err);
	file->wake = wake;
	file->wake_ctx = wake_ctx;
	r = file_fill(file, store, name, text, err);
	if (r == 0)
		r = file_start(file, err);
	if (r < 0) {
		file_destroy(file);
		return r;
	}
	*ret = file;
	return 0;
}

struct metadata_file *metadata_file_free(struct metadata_file *file)
{
	bool ended;

	if (!file)
		return NULL;
	pthread_mutex_lock(&file->mutex);
	file->owned = false;
	ended = file->ended;
	if (!ended)
		pthread_detach(file->thread);
	pthread_mutex_unlock(&file->mutex);
	if (ended) {
		pthread_join(file->thread, NULL); /* the thread ends without more I/O */
		file_destroy(file);
	}
	return NULL;
}

bool metadata_file_ended(struct metadata_file *file, struct error *ret_err)
{
	bool ended;

	pthread_mutex_lock(&file->mutex);
	ended = file->ended;
	if (ended)
		*ret_err = file->err;
	pthread_mutex_unlock(&file->mutex);
	return ended;
}

void metadata_file_wait(struct metadata_file *file, uint64_t until_ms)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000) * 1000000,
	};
	int r = 0;

	pthread_mutex_lock(&file->mutex);
	while (!file->ended && r == 0)
		r = pthread_cond_timedwait(&file->changed, &file->mutex, &until);
	pthread_mutex_unlock(&file->mutex);
}

const char *metadata_file_path(const struct metadata_file *file)
{
	return file->path;
}
