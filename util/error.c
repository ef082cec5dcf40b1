/* SPDX-License-Identifier: Apache-2.0 */
/* Stores an error number and a sentence for the user in struct error. */
#include "util/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

int error_copy(struct error *err, const struct error *from)
{
	if (err)
		*err = *from;
	return from->code;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
	char old[ERROR_TEXT_SIZE];
	size_t used;
	va_list ap;

	if (!err)
		return -EIO;
	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", old);
	return err->code;
}
