/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the command `rpiboot verify`: parses its command line and verifies single files. */
#include "cli/commands.h"

#include "boot/chip.h"
#include "cli/command_file.h"
#include "cli/internal.h"
#include "cli/key_line.h"
#include "cli/sign_file.h"
#include "cli/verify_dir.h"
#include "eeprom/countersign.h"
#include "eeprom/verify.h"
#include "report/json_put.h"
#include "report/output.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

#define VERIFY_JSON_VERSION 1

struct verify_command {
	const char *path, *sig;
	bool is_json;
	struct json_object *parts; /* NULL without --json */
	struct key_line line;
};

static const struct option_row rows[] = {
	{"Key", 0, "pubkey", "KEY", OPTION_TEXT(struct verify_command, line.access.pubkey),
	 "verify with this public key: a PEM file or pubkey.bin"},
	{"Input", 0, "sig", "FILE", OPTION_TEXT(struct verify_command, sig),
	 "read the signature from FILE (default: the name with\n"
	 "the ending .sig, such as boot.sig for boot.img)"},
	{"Output", 0, "json", NULL, OPTION_FLAG(struct verify_command, is_json),
	 "print the result as one JSON object"},
	{"Other", OPTION_HELP, "help", NULL, 0, "print this help"},
};

static const struct option_table table = {
	.usage = "Usage: rpiboot verify FILE|DIR --pubkey KEY [--sig FILE] [--json]\n"
		 "Verifies the signatures of a file such as boot.img, of countersigned firmware,\n"
		 "of an EEPROM image, or of a boot directory. The exit status is 0 if KEY signed\n"
		 "all parts that secure boot checks.\n",
	.help = "rpiboot verify --help",
	.rows = rows,
	.count = array_size(rows),
	.operands = {OPTION_TEXT(struct verify_command, path)},
};

/* The name of each verdict about a signature, in text output and in JSON output. */
static const struct {
	const char *text, *json;
} verdict_words[] = {
	[VERIFY_SIGNED] = {"signed", "signed"},
	[VERIFY_FAILED] = {"NOT SIGNED", "failed"},
	[VERIFY_DAMAGED] = {"DAMAGED", "damaged"},
	[VERIFY_UNCOVERED] = {"not covered", "uncovered"},
	[VERIFY_WARNING] = {"warning", "warning"},
};

static void command_on_verdict(void *ctx, const char *part, enum verify_verdict verdict,
			       const char *text)
{
	struct verify_command *command = ctx;
	struct json_object *object;

	if (!command->parts) {
		output_line("%s: %s: %s", part, verdict_words[verdict].text, text);
		return;
	}
	object = json_put_element(command->parts);
	json_put_string(object, "part", part);
	json_put_string(object, "verdict", verdict_words[verdict].json);
	json_put_string(object, "text", text);
}

/* Returns: true if the data has the size and the first bytes of an EEPROM image. The size alone
 * proves nothing, because a boot.img may have the same size. */
static bool is_image(const unsigned char *data, size_t size)
{
	static const unsigned char magic[] = {0x55, 0xaa, 0xf0, 0x0f};

	return chip_by_eeprom_bytes(size) && memcmp(data, magic, sizeof(magic)) == 0;
}

static int verify_by_sig(struct verify *verify, const char *path, const char *sig,
			 const unsigned char *data, size_t size, struct error *err)
{
	cleanup_free unsigned char *text = NULL;
	size_t text_size = 0;
	int r = command_file_read(sig, SIGNATURE_FILE_MAX, &text, &text_size, err);

	if (r < 0 && r != -ENOENT)
		return r;
	verify_signature(verify, path, data, size, (const char *)text, text_size);
	return 0;
}

/* Verifies the signatures of a directory or of a file. The content of the file shows whether it is
 * an EEPROM image, a second-stage bootloader, or another file with a .sig file. */
static int verify_file(struct verify *verify, const char *path, const char *sig, struct error *err)
{
	cleanup_free unsigned char *data = NULL;
	struct countersign found;
	size_t size;
	int r;

	if (sign_file_is_dir(path))
		return verify_dir(verify, path, err);
	r = command_file_read(path, SIGN_FILE_MAX, &data, &size, err);

	if (r < 0)
		return r;
	countersign_parse(&found, data, size);
	if (is_image(data, size)) {
		r = verify_image_bytes(verify, path, data, size, err);
	} else if (found.customer.form == COUNTERSIGN_LONG ||
		   found.vendor.form == COUNTERSIGN_LONG) {
		verify_stage(verify, path, data, size);
	} else if (found.vendor.form == COUNTERSIGN_SHORT) {
		verify_report(verify, path, VERIFY_UNCOVERED,
			      "the firmware is for a chip whose firmware cannot be countersigned");
	} else {
		r = verify_by_sig(verify, path, sig, data, size, err);
	}
	return r;
}

/* Verifies the signatures of the file or directory that the command line names, and prints the
 * verdicts.
 * Returns: 0 (*verify counts the verdicts), or -Exxx. */
static int command_verify(struct verify_command *command, struct verify *verify, const char *sig,
			  struct error *err)
{
	struct json_object *json = command->is_json ? json_put_new() : NULL;
	int r;

	if (json) {
		json_put_int(json, "v", VERIFY_JSON_VERSION);
		json_put_string(json, "file", command->path);
		command->parts = json_put_array(json, "parts");
	}
	r = verify_file(verify, command->path, sig, err);
	if (r == 0 && json) {
		json_put_bool(json, "passed", verify_passed(verify));
		return output_json(json, err);
	}
	json_put_free(json);
	return r;
}

enum exit_status verify_command_run(int argc, char **argv)
{
	struct verify_command command = {0};
	struct verify verify = {.on_verdict = command_on_verdict, .ctx = &command};
	cleanup_free char *sig = NULL;
	struct sandbox *sandbox;
	struct key *key = NULL;
	struct error err = {0};
	enum exit_status status;
	int r;

	if (!command_parse(&table, argc, argv, NULL, &command, &status))
		return status;
	if (!command.path || !command.line.access.pubkey) {
		error_set(&err, -EINVAL, "rpiboot verify needs FILE and --pubkey KEY");
		return command_fail(STATUS_USAGE, &err);
	}
	sig = command.sig ? strdup(command.sig) : sign_file_path(command.path);
	r = sig ? key_line_open_any(&command.line, command.line.access.pubkey, &key, &err)
		: error_set(&err, -ENOMEM, "out of memory");
	if (r < 0)
		return command_fail(STATUS_NO_FILES, &err);
	sandbox = command_sandbox((const char *const[]){command.path, sig, NULL},
				  (const char *const[]){NULL}, NULL);
	verify.key = key;
	r = command_verify(&command, &verify, sig, &err);
	status = verify_passed(&verify) ? STATUS_OK : STATUS_FAILED;
	return command_finish(r, status, key, sandbox, &err);
}
