/* SPDX-License-Identifier: Apache-2.0 */
/* What one board told about itself, and the -j document made of it. All strings are bytes from a
 * board. */
#ifndef METADATA_H
#define METADATA_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct metadata; /* ordered key/value pairs of one board */

/* 0 or -ENOMEM. Ends with metadata_free() (NULL-safe, returns NULL). */
int metadata_new(struct metadata **ret, struct error *err);
struct metadata *metadata_free(struct metadata *metadata);

/* Records a pair; FACTORY_UUID is decoded (duid.h) where it can be. A key that is there already
 * keeps its place and takes the new value. *ret_new: false where exactly this pair was known. 0,
 * -ENOMEM, or -E2BIG past a generous limit (256 pairs). */
int metadata_add(struct metadata *metadata, const char *key, const char *value, bool *ret_new,
		 struct error *err);

size_t metadata_count(const struct metadata *metadata);
const char *metadata_get(const struct metadata *metadata, const char *key); /* NULL: not told */

/* The JSON document (one object, strings escaped, valid UTF-8), as a new string for free(); NULL:
 * no memory. */
char *metadata_document(const struct metadata *metadata);

/* Can documents be written there, as far as can be told without writing one? 0, or -Exxx with a
 * sentence that names it. */
int metadata_check_dir(const char *dir, struct error *err);

/* Writes the document to DIR/SERIAL.json, whole or not at all, replacing an older one. SERIAL is
 * USER_SERIAL_NUM where it was told and is nothing but letters and digits (1 to 64), else
 * usb_serial likewise, else port. *ret_path: for free(). 0 or -Exxx. */
int metadata_save(const struct metadata *metadata, const char *dir, const char *usb_serial,
		  const char *port, char **ret_path, struct error *err);

#endif
