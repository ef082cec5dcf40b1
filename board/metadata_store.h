/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the properties of boards, as JSON documents, into the directory of the option -j. A
 * separate thread writes each document, because fsync() on a slow disk can take long. */
#ifndef BOARD_METADATA_STORE_H
#define BOARD_METADATA_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct metadata_store;
struct metadata_file;

/* Opens the directory at `path`. Creates the directory and its parents if they are missing. The
 * directory stays open, because the sandbox may forbid a later open. metadata_store_check() reports
 * errors of this function.
 * Returns: the store, or NULL (path is NULL, or memory is exhausted).
 * Ownership: the caller frees the store with metadata_store_free(), which accepts NULL and returns
 * NULL. Files that are still being written do not need the store. */
struct metadata_store *metadata_store_new(const char *path);
struct metadata_store *metadata_store_free(struct metadata_store *store);

/* Checks that the directory of the option -j is open and writable, without writing a file.
 * store: NULL means that metadata_store_new() ran out of memory, so the check fails.
 * Returns: 0, or -Exxx with a sentence that names the directory or the lack of memory. */
int metadata_store_check(const struct metadata_store *store, struct error *err);

/* Reads the file NAME.json in the directory of the option -j, if it is a regular file of at most
 * max_bytes.
 * Returns: 0, -ENOENT (no such file; *err is unchanged), or another -Exxx.
 * Ownership: the caller frees *ret with free(). */
int metadata_store_read(const struct metadata_store *store, const char *name, size_t max_bytes,
			char **ret, size_t *ret_size, struct error *err);

/* Starts a thread that writes text and a newline to the file NAME.json in the directory of the
 * option -j. The file is replaced as a whole or not at all. When the write ends, the thread calls
 * wake(wake_ctx), unless wake is NULL.
 * Returns: 0 or -Exxx (invalid name, no memory, no thread).
 * Ownership: the caller frees the file with metadata_file_free(), which accepts NULL, returns NULL
 * and does not wait for the write. */
int metadata_file_new(struct metadata_file **ret, const struct metadata_store *store,
		      const char *name, const char *text, void (*wake)(void *ctx), void *wake_ctx,
		      struct error *err);
struct metadata_file *metadata_file_free(struct metadata_file *file);

/* Returns: true if the thread has finished writing the file. *ret_err then has code 0 if the file
 * is on the disk, or the error of the write. */
bool metadata_file_ended(struct metadata_file *file, struct error *ret_err);

/* Waits until a file has been saved by its thread, or until util_now_ms() reaches until_ms. The
 * program calls this function before it ends, because its end stops the thread. */
void metadata_file_wait(struct metadata_file *file, uint64_t until_ms);

/* Returns: the path DIR/NAME.json of the file. The string is valid as long as `file` is. */
const char *metadata_file_path(const struct metadata_file *file);

#endif
