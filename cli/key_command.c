/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the command `rpiboot key`, which shows the public part of an RSA key and converts it
 * to other file formats. */
#include "cli/commands.h"

#include "cli/command_file.h"
#include "cli/internal.h"
#include "cli/key_line.h"
#include "report/json_put.h"
#include "report/output.h"
#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define KEY_JSON_VERSION 1

struct key_command {
	const char *action, *output;
	bool pem, json;
	struct key_line line;
};

static const struct option_row rows[] = {
	{"Output", 'o', "output", "FILE", OPTION_TEXT(struct key_command, output),
	 "write the public key to FILE in the form that boards\nread (pubkey.bin); - is stdout"},
	{NULL, 0, "pem", NULL, OPTION_FLAG(struct key_command, pem),
	 "write the public key in the form PEM instead"},
	{NULL, 0, "json", NULL, OPTION_FLAG(struct key_command, json),
	 "print the description of the key as one JSON object"},
	{"Other", 0, "passin", "FROM", OPTION_TEXT(struct key_command, line.access.passin),
	 "read the passphrase of KEY from pass:TEXT, env:NAME,\nfile:PATH, fd:NUMBER or stdin "
	 "(default: the terminal)"},
	{NULL, OPTION_HELP, "help", NULL, 0, "print this help"},
};

static const struct option_table table = {
	.usage =
		"Usage: rpiboot key show KEY [-o FILE] [OPTION]...\n"
		"Shows a key of secure boot: its size, and the hash that boards hold in OTP.\n"
		"KEY is the path of a PEM file with a private or public key, or of a pubkey.bin.\n",
	.help = "rpiboot key --help",
	.rows = rows,
	.count = array_size(rows),
	.operands = {OPTION_TEXT(struct key_command, action),
		     OPTION_TEXT(struct key_command, line.key)},
};

static int key_print_json(const struct key_command *command, const struct key *key,
			  const unsigned char hash[KEY_HASH_SIZE], struct error *err)
{
	cleanup_free char *name = key_spec_name(command->line.key);
	struct json_object *object = json_put_new();

	json_put_int(object, "v", KEY_JSON_VERSION);
	json_put_string(object, "key", name);
	json_put_string(object, "type", "RSA");
	json_put_int(object, "bits", KEY_BITS);
	json_put_bool(object, "private", key_is_private(key));
	json_put_uint(object, "exponent", key_exponent(key));
	json_put_hex(object, "otp_hash", hash, KEY_HASH_SIZE);
	return output_json(object, err);
}

static int key_print(const struct key_command *command, const struct key *key, struct error *err)
{
	unsigned char hash[KEY_HASH_SIZE];
	char text[2 * KEY_HASH_SIZE + 1];
	int r = key_otp_hash(key, hash, err);

	if (r < 0)
		return r;
	if (command->json)
		return key_print_json(command, key, hash, err);
	text_put_hex(hash, sizeof(hash), text);
	output_line("type: RSA %d, %s", KEY_BITS, key_is_private(key) ? "private" : "public");
	output_line("exponent: %" PRIu64, key_exponent(key));
	output_line("otp-hash: %s", text);
	return 0;
}

static int key_write(const struct key_command *command, const struct key *key, struct error *err)
{
	const char *path = command->output ? command->output : "-";
	unsigned char bytes[KEY_PUBLIC_SIZE];
	cleanup_free char *pem = NULL;
	int r;

	if (command->pem) {
		r = key_public_pem(key, &pem, err);
		return r < 0 ? r : command_file_write(path, pem, strlen(pem), err);
	}
	key_public_bytes(key, bytes);
	return command_file_write(path, bytes, sizeof(bytes), err);
}

/* Returns: true if `rpiboot key` writes the public key to standard output. */
static bool key_is_to_stdout(const struct key_command *command)
{
	return command->output ? strcmp(command->output, "-") == 0 : command->pem;
}

static int key_show(const struct key_command *command, const struct key *key, struct error *err)
{
	int r = 0;

	if (command->output || command->pem)
		r = key_write(command, key, err);
	/* Print the description of the key only if standard output does not already carry the key
	 * itself. */
	if (r == 0 && !key_is_to_stdout(command))
		r = key_print(command, key, err);
	return r;
}

enum exit_status key_command_run(int argc, char **argv)
{
	struct key_command command = {0};
	struct sandbox *sandbox;
	struct key *key = NULL;
	struct error err = {0};
	enum exit_status status;
	int r;

	if (!command_parse(&table, argc, argv, NULL, &command, &status))
		return status;
	if (!command.action || strcmp(command.action, "show") != 0 || !command.line.key) {
		error_set(&err, -EINVAL, "rpiboot key needs the action show and a KEY");
		return command_fail(STATUS_USAGE, &err);
	}
	if (command.json && key_is_to_stdout(&command)) {
		error_set(&err, -EINVAL,
			  "--json prints to stdout, so write the key to a file with -o FILE");
		return command_fail(STATUS_USAGE, &err);
	}
	if (key_line_check_output(&command.line, command.output, &err) < 0)
		return command_fail(STATUS_USAGE, &err);
	r = key_line_open_any(&command.line, command.line.key, &key, &err);
	if (r < 0)
		return command_fail(STATUS_NO_FILES, &err);
	sandbox = command_sandbox((const char *const[]){NULL},
				  (const char *const[]){command.output, NULL}, NULL);
	r = key_show(&command, key, &err);
	return command_finish(r, STATUS_OK, key, sandbox, &err);
}
