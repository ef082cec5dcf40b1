/* SPDX-License-Identifier: Apache-2.0 */
/* Stores the properties that one board reported, and builds the JSON document of the option -j from
 * them. All strings are untrusted bytes from the board. */
#ifndef BOOT_METADATA_H
#define BOOT_METADATA_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct json_object;
struct metadata; /* properties of one board, oldest first */

/* Creates an empty list for the properties of one board.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with metadata_free(), which accepts NULL and returns NULL. */
int metadata_new(struct metadata **ret, struct error *err);
struct metadata *metadata_free(struct metadata *metadata);

/* Records a property of the board. An existing key keeps its place and receives the new value. The
 * value of FACTORY_UUID is decoded (boot/duid.h) if it is valid.
 * ret_new: receives false if the same key and value were recorded before.
 * Returns: 0, -ENOMEM, or -E2BIG (more than 256 properties). */
int metadata_add(struct metadata *metadata, const char *key, const char *value, bool *ret_new,
		 struct error *err);

size_t metadata_count(const struct metadata *metadata);
/* Returns: the value of the property with this key, or NULL if the board did not report it. */
const char *metadata_get(const struct metadata *metadata, const char *key);

/* Builds a JSON object with all properties of the board. The text is valid UTF-8, and invisible
 * characters are escaped.
 * metadata: NULL if the board reported no properties.
 * record: NULL, or the value of one more member, whose name is METADATA_RECORD. This member
 * replaces a property that the board reported with the same name.
 * Returns: a new string, or NULL if memory is exhausted.
 * Ownership: the caller frees the string with free(). The function takes the ownership of record,
 * also after an error. */
#define METADATA_RECORD "rpiboot"
char *metadata_document(const struct metadata *metadata, struct json_object *record);

/* Returns: true if the serial number can be the name of a file, because it consists of 1 to 64
 * ASCII letters and digits. serial may be NULL. */
bool metadata_serial_ok(const char *serial);

/* Selects the name for the JSON file of a board, without ".json". The name is the first of these
 * that can be a file name: usb_serial, the property USER_SERIAL_NUM, and port.
 * usb_serial: may be NULL.
 * Returns: the name. The string is valid until an argument is freed or metadata changes. */
const char *metadata_name(const struct metadata *metadata, const char *usb_serial,
			  const char *port);

#endif
