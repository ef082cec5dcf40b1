/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of unknown origin -> text that is safe to show. Knows no terminal and no file format. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/* Both write at most size bytes (size > 0), always NUL-terminated; what does not fit is cut off
 * between two characters or escapes. No input byte ever becomes more than TEXT_GROWTH bytes. */
#define TEXT_GROWTH 4

/* For JSON: valid UTF-8, with U+FFFD for each byte that is not part of it. Control characters stay,
 * the JSON writer and text_json() escape them. */
void text_utf8(const char *bytes, char *ret, size_t size);

/* For terminals: as it is where that is printable, \xNN for every byte of control characters, of
 * invisible ones (zero width, change of writing direction, tags) and of what is not UTF-8.
 * Backslashes stay, so that doing it twice is no harm. */
void text_printable(const char *bytes, char *ret, size_t size);

/* The JSON text with \uNNNN in place of each invisible character that JSON writers leave as it is:
 * DEL, the C1 controls, changes of writing direction, ... It means the same. Returns a new string
 * for free(), or NULL: no memory. */
char *text_json(const char *json);

#endif
