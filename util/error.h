/* SPDX-License-Identifier: Apache-2.0 */
/* Defines struct error, which has a negative errno for the program and a message for the user. */
#ifndef UTIL_ERROR_H
#define UTIL_ERROR_H

/* The size of a message. It has room for two paths of 900 bytes and the sentence about them. */
#define ERROR_TEXT_SIZE 2048

struct error {
	int code; /* negative errno, or 0 for no error */
	char text[ERROR_TEXT_SIZE];
};

/* Stores `code`, a negative errno, and a formatted error message in *err, unless err is NULL.
 * Returns: `code`. */
int error_set(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Copies the error *from to *err, unless err is NULL.
 * Returns: the code of the error. */
int error_copy(struct error *err, const struct error *from);

/* Puts the formatted text, for example a file name, and ": " before the error message in *err.
 * Returns: the code of the error, or -EIO if err is NULL. */
int error_wrap(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
