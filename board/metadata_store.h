/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of -j DIR and the documents on their way into it. A document takes its way in a
 * thread of its own, since a disk may need long for fsync(). */
#ifndef METADATA_STORE_H
#define METADATA_STORE_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct metadata_store;
struct metadata_file;

/* Opens the directory, and makes it and those above it if they are missing. Holds it open, since a
 * sandbox may forbid to open it later. Keeps what failed for metadata_store_check().
 * Returns: NULL if path is NULL, or there is no memory. Ends with metadata_store_free() (NULL-safe,
 * returns NULL); files on their way do not need it any more. */
struct metadata_store *metadata_store_new(const char *path);
struct metadata_store *metadata_store_free(struct metadata_store *store);

/* Can documents be written there, as far as that shows without writing one? store may be NULL: no
 * memory. Returns: 0 or -Exxx with a sentence that names the directory. */
int metadata_store_check(const struct metadata_store *store, struct error *err);

/* Begins to write text and a newline to NAME.json in the store, whole or not at all, replacing an
 * older one. Calls wake(wake_ctx), if there is one, from another thread at the end.
 * Returns: 0 or -Exxx (bad name, no memory, no thread). Ends with metadata_file_free() (NULL-safe,
 * returns NULL), which does not wait. */
int metadata_file_new(struct metadata_file **ret, const struct metadata_store *store,
		      const char *name, const char *text, void (*wake)(void *ctx), void *wake_ctx,
		      struct error *err);
struct metadata_file *metadata_file_free(struct metadata_file *file);

/* True: it is at its end, and *ret_err has code 0 (the file is durable) or why it failed. */
bool metadata_file_ended(struct metadata_file *file, struct error *ret_err);

/* Blocks until its end, at most until until_ms (util_now_ms()): for the end of the program, which
 * would stop it. */
void metadata_file_wait(struct metadata_file *file, uint64_t until_ms);

/* DIR/NAME.json, valid as long as file is. */
const char *metadata_file_path(const struct metadata_file *file);

#endif
