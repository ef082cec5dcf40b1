/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the results of commands such as `rpiboot eeprom` on stdout, and their messages on stderr.
 * Characters that could control the terminal are escaped. */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct json_object;

/* Prints one line with a result of a command, such as `rpiboot eeprom`, on stdout. */
void output_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints one message on stderr, which begins with "rpiboot: ". */
void output_message(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints a message with output_message(), unless `quiet` (the option -q) is true. Do not use this
 * function for errors, which -q does not hide. */
void output_note(bool quiet, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes bytes to stdout as they are, for example the content of a file. */
void output_bytes(const void *data, size_t size);

/* Writes a JSON object as one line to stdout.
 * Returns: 0, or -ENOMEM.
 * Ownership: the function frees the object. */
int output_json(struct json_object *object, struct error *err);

/* Flushes stdout after the last result of the program. `what` names the result in the error
 * message.
 * Returns: 0, or -EIO (this result or an earlier one could not be written). */
int output_end(const char *what, struct error *err);

#endif
