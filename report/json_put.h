/* SPDX-License-Identifier: Apache-2.0 */
/* Adds values to JSON objects, and converts an object to one line of text. The values may be
 * untrusted bytes, for example from a board. */
#ifndef REPORT_JSON_PUT_H
#define REPORT_JSON_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

/* Creates an empty JSON object.
 * Returns: the object, or NULL (out of memory).
 * Ownership: the caller frees it with json_put_free(), which accepts NULL. */
struct json_object *json_put_new(void);
void json_put_free(struct json_object *object);

/* The functions below add a value to its parent, which is a JSON object or array. If memory is
 * exhausted, the value is lost, and json_line() later fails for the whole object. A parent that
 * could not be created is NULL, and the functions add nothing to it. */

/* Adds a string to a JSON object. Bytes that are not valid UTF-8 become U+FFFD. If value is NULL,
 * the string is empty. */
void json_put_string(struct json_object *object, const char *key, const char *value);
/* Adds a string of `size` bytes to a JSON object like json_put_string(). The string may contain NUL
 * bytes. */
void json_put_text(struct json_object *object, const char *key, const char *bytes, size_t size);
/* Adds a string to a JSON object like json_put_string(), but only if the string is known. An
 * unknown string is NULL or empty. */
void json_put_known(struct json_object *object, const char *key, const char *value);
void json_put_bool(struct json_object *object, const char *key, bool value);
void json_put_int(struct json_object *object, const char *key, int64_t value);
void json_put_uint(struct json_object *object, const char *key, uint64_t value);

/* Adds a number of seconds with three decimals to a JSON object. A negative number becomes 0. */
void json_put_seconds(struct json_object *object, const char *key, double seconds);

/* Adds bytes to a JSON object as a string of lower-case hexadecimal digits. */
void json_put_hex(struct json_object *object, const char *key, const uint8_t *bytes, size_t size);

/* These functions add an empty object or array to a JSON object, or an empty object to a JSON
 * array.
 * Returns: the new value, or NULL (out of memory).
 * Ownership: the value belongs to its parent. */
struct json_object *json_put_object(struct json_object *object, const char *key);
struct json_object *json_put_array(struct json_object *object, const char *key);
struct json_object *json_put_element(struct json_object *array);

/* Converts a JSON object to one line of text, without a newline at its end. Invisible characters
 * are escaped.
 * Returns: the line, or NULL (out of memory, now or when a value was added).
 * Ownership: the caller frees the line with free(). */
char *json_line(struct json_object *object);

#endif
