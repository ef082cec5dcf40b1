/* SPDX-License-Identifier: Apache-2.0 */
/* Converts untrusted bytes, for example from a board, into text that is safe to print. Also formats
 * text, and converts bytes to and from hexadecimal digits. */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The functions text_utf8() and text_printable() write at most `size` bytes, including the NUL.
 * Each input byte becomes at most TEXT_GROWTH bytes. size must not be 0. Text that does not fit is
 * cut between two characters or escapes. */
#define TEXT_GROWTH 4

/* Converts bytes into valid UTF-8 for JSON. Each byte that is not valid UTF-8 becomes U+FFFD.
 * Control characters stay, because the JSON library and text_json() escape them later. */
void text_utf8(const char *bytes, char *ret, size_t size);

/* Makes text for terminals. Each byte of a character that is not printable becomes \xNN. Such
 * characters are control characters, invisible characters (zero width, change of writing direction,
 * tags), and bytes that are not valid UTF-8. Backslashes are not changed, so that a second call has
 * no effect. */
void text_printable(const char *bytes, char *ret, size_t size);

/* Escapes the invisible characters in a JSON text that the JSON library does not escape, such as
 * DEL, the C1 controls and changes of writing direction. Each of them becomes \uNNNN, so that the
 * meaning of the JSON text does not change.
 * Returns: a new string, or NULL if memory is exhausted.
 * Ownership: the caller frees the string with free(). */
char *text_json(const char *json);

/* Formats text like printf().
 * Returns: a new string, or NULL (out of memory).
 * Ownership: the caller frees the string with free(). */
char *text_new(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Appends formatted text to the string in the buffer ret, which has size bytes. Text that does not
 * fit is cut off. */
void text_add(char *ret, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Converts hexadecimal digits in upper or lower case to `bytes` bytes.
 * Returns: false if text is not exactly 2 * bytes digits, else true. */
bool text_hex(const char *text, uint8_t *ret, size_t bytes);

/* Writes the bytes of data as lower-case hexadecimal digits, two for each byte, followed by a
 * NUL. */
void text_put_hex(const uint8_t *data, size_t bytes, char *ret);

#endif
