/* SPDX-License-Identifier: Apache-2.0 */
/* Determines the names of signature files (.sig), and the time that a new signature file states. */
#include "cli/sign_file.h"

#include "report/output.h"
#include "util/error.h"
#include "util/path.h"
#include "util/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

char *sign_file_path(const char *path)
{
	const char *name = path_name(path), *dot = strrchr(name, '.');
	size_t stem = dot && dot > name ? (size_t)(dot - path) : strlen(path);

	return text_new("%.*s.sig", (int)stem, path);
}

bool sign_file_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int sign_file_time(uint64_t *ret_seconds, struct error *err)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	unsigned long long seconds;
	char *end;

	if (!text || !text[0]) {
		*ret_seconds = (uint64_t)time(NULL);
		return 0;
	}
	errno = 0;
	seconds = strtoull(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' || seconds > INT64_MAX)
		return error_set(
			err, -EINVAL,
			"the variable SOURCE_DATE_EPOCH must be a number of seconds, not '%s'",
			text);
	*ret_seconds = seconds;
	return 0;
}

void sign_file_warn_countersigned(const char *path)
{
	output_message("warning: only boards with this key in their OTP memory will start the "
		       "countersigned %s",
		       path);
}
