/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the command-line options that name an RSA key, such as --key, and opens the key. */
#include "cli/key_line.h"

#include "cli/command_file.h"
#include "report/output.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

int key_line_timeout(struct key_line *line, const char *arg, struct error *err)
{
	if (option_number(arg, 1, OPTIONS_SECONDS_MAX, &line->access.timeout_s))
		return 0;
	return error_set(err, -EINVAL,
			 "--sign-timeout takes a number of seconds from 1 to %d, not '%s'",
			 OPTIONS_SECONDS_MAX, arg);
}

int key_line_open_any(const struct key_line *line, const char *spec, struct key **ret,
		      struct error *err)
{
	cleanup_free char *name = key_spec_name(spec);
	int r = key_open(ret, spec, &line->access, err);

	if (r == 0 && key_exponent(*ret) != KEY_EXPONENT)
		output_note(line->quiet,
			    "warning: %s has the public exponent %" PRIu64
			    ", but boards are only known to accept %d",
			    name ? name : "the key", key_exponent(*ret), KEY_EXPONENT);
	return r;
}

int key_line_check(const struct key_line *line, struct error *err)
{
	bool is_program = line->key && strncmp(line->key, "exec:", 5) == 0;

	if (line->access.pubkey && !is_program)
		return error_set(err, -EINVAL, "--pubkey can be used only with --key exec:PROGRAM");
	if (!line->key && (line->access.timeout_s || line->access.passin))
		return error_set(err, -EINVAL, "%s needs --key KEY",
				 line->access.passin ? "--passin" : "--sign-timeout");
	return 0;
}

int key_line_open(const struct key_line *line, struct key **ret, struct error *err)
{
	int r = key_line_check(line, err);

	if (r == 0 && line->key)
		r = key_line_open_any(line, line->key, ret, err);
	if (r < 0 || !*ret || key_is_private(*ret))
		return r;
	*ret = key_free(*ret);
	return error_set(err, -EINVAL, "%s is a public key, but --key needs the private key",
			 line->key);
}

int key_line_check_output(const struct key_line *line, const char *output, struct error *err)
{
	const char *passin = line->access.passin;
	const char *const inputs[] = {line->key, line->access.pubkey,
				      passin && strncmp(passin, "file:", 5) == 0 ? passin + 5
										 : NULL};
	int r = 0;

	for (size_t i = 0; r == 0 && i < array_size(inputs); i++)
		r = command_file_check_output(output, inputs[i], err);
	return r;
}
