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

/* The name of the document's file, without ".json": usb_serial if it is nothing but letters and
 * digits (1 to 64), else USER_SERIAL_NUM likewise, else port. usb_serial may be NULL. Returns one
 * of the arguments, or what is valid as long as metadata does not change. */
const char *metadata_name(const struct metadata *metadata, const char *usb_serial,
			  const char *port);

#endif
