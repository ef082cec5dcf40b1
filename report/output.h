/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the results of commands on stdout, and their messages on stderr. Text is made safe for
 * terminals. */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include <stddef.h>

struct error;

/* Prints one line of a result on stdout. */
void output_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints one message on stderr, after the name of the program. */
void output_message(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Writes bytes to stdout without a change. */
void output_bytes(const void *data, size_t size);

/* Flushes stdout. Call this function once, after the last result.
 * Returns: 0, or -EIO (a result could not be written, now or before). */
int output_end(struct error *err);

#endif
