/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of unknown origin -> text that is safe to show. Knows no terminal and no file format. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/* Both write at most size bytes (size > 0), always NUL-terminated; what does not fit is cut off
 * between two characters or escapes. No input byte ever becomes more than TEXT_GROWTH bytes. */
#define TEXT_GROWTH 4

/* For JSON: valid UTF-8, with U+FFFD for each byte that is not part of it. Control characters stay,
 * they are the JSON writer's to escape. */
void text_utf8(const char *bytes, char *ret, size_t size);

/* For terminals: as it is where that is printable, \xNN for every byte of control characters, of
 * invisible ones (zero width, change of writing direction) and of what is not UTF-8. Backslashes
 * stay, so that doing it twice is no harm. */
void text_printable(const char *bytes, char *ret, size_t size);

#endif
