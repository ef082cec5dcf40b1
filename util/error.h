/* SPDX-License-Identifier: Apache-2.0 */
/* An error as a value. It has a code for the program and a sentence for the user. This file prints
 * nothing. */
#ifndef UTIL_ERROR_H
#define UTIL_ERROR_H

#define ERROR_TEXT_SIZE 512

struct error {
	int code; /* a negative errno; 0 if there is no error */
	char text[ERROR_TEXT_SIZE];
};

/* Sets the code and the sentence of an error.
 * err: may be NULL.
 * Returns: code. */
int error_set(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Inserts the formatted text and ": " before the sentence of an error.
 * Returns: the code of the error, or -EIO if err is NULL. */
int error_wrap(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
