/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the results of commands on stdout, and messages on stderr. */
#include "report/output.h"

#include "report/json_put.h"
#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 3, 0)))
line_print(FILE *out, const char *prefix, const char *fmt, va_list ap)
{
	cleanup_free char *line = NULL, *safe = NULL;
	size_t size;

	if (vasprintf(&line, fmt, ap) < 0)
		line = NULL;
	size = line ? strlen(line) * TEXT_GROWTH + 1 : 0;
	safe = line ? malloc(size) : NULL;
	if (!safe) {
		fputs("rpiboot: out of memory\n", stderr);
		/* This line cannot be printed. Set the error flag of the stream, so that
		 * output_end() reports the failure. C has no function for this. A read from the
		 * stream sets the flag, because the stream is open only for writing. */
		fgetc(out);
		return;
	}
	text_printable(line, safe, size);
	fprintf(out, "%s%s\n", prefix, safe);
}

void output_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_print(stdout, "", fmt, ap);
	va_end(ap);
}

void output_message(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_print(stderr, "rpiboot: ", fmt, ap);
	va_end(ap);
}

void output_note(bool quiet, const char *fmt, ...)
{
	va_list ap;

	if (quiet)
		return;
	va_start(ap, fmt);
	line_print(stderr, "rpiboot: ", fmt, ap);
	va_end(ap);
}

void output_bytes(const void *data, size_t size)
{
	fwrite(data, 1, size, stdout);
}

int output_json(struct json_object *object, struct error *err)
{
	cleanup_free char *line = json_line(object);

	json_put_free(object);
	if (!line)
		return error_set(err, -ENOMEM, "out of memory");
	printf("%s\n", line);
	return 0;
}

int output_end(const char *what, struct error *err)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return error_set(err, -EIO, "cannot write the %s to stdout: %s", what,
			 errno ? strerror(errno) : "an earlier write failed");
}
