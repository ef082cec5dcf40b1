/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, as a value: a code for the program, a sentence for the person. Prints nothing.
 */
#ifndef ERROR_H
#define ERROR_H

#define ERROR_TEXT_SIZE 512

struct error {
	int code; /* negative errno; 0 while nothing went wrong */
	char text[ERROR_TEXT_SIZE];
};

/* Writes the sentence and the code (-Exxx) and returns the code. err may be NULL: then only the
 * code is returned. */
int error_set(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "fmt: " before the sentence that is there already; returns the code that is there. NULL-safe
 * (returns -EIO). */
int error_wrap(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
