/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the command `rpiboot sign`: parses its command line and signs single files. */
#include "cli/commands.h"

#include "boot/chip.h"
#include "cli/command_file.h"
#include "cli/internal.h"
#include "cli/key_line.h"
#include "cli/sign_dir.h"
#include "cli/sign_file.h"
#include "eeprom/countersign.h"
#include "report/output.h"
#include "util/error.h"
#include "util/new_dir.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum sign_option {
	SIGN_VERSION = 0x200,
	SIGN_TARGET,
};

struct sign_command {
	const char *path, *output;
	bool countersign, has_version;
	unsigned int version;
	const struct chip *target;
	struct key_line line;
};

static const struct option_row rows[] = {
	{"Output", 'o', "output", "FILE", OPTION_TEXT(struct sign_command, output),
	 "write the result to FILE; - is stdout (default: FILE\n"
	 "with the ending .sig, such as boot.sig for boot.img).\n"
	 "For a directory DIR, -o names a new directory for the\n"
	 "signed copy. Without -o, files in DIR are replaced."},
	KEY_LINE_KEY_ROWS(
		"Key (without --key, a .sig file has the digest of FILE, but no signature)",
		struct sign_command, line),
	{"Content of a .sig file", SIGN_TARGET, "target-soc", "CHIP", 0,
	 "name CHIP in the line target-soc of the .sig file"},
	{"Firmware", 0, "countersign", NULL, OPTION_FLAG(struct sign_command, countersign),
	 "copy the firmware FILE (bootcode5.bin, recovery.bin),\n"
	 "and add a signature by KEY (needs -o). Boards without\n"
	 "the hash of KEY in OTP do not start the copy"},
	{NULL, SIGN_VERSION, "rollback-version", "N", 0,
	 "store the rollback version N (0 to 32, default: 0) in\n"
	 "the signature of the firmware"},
	{"Other", OPTION_HELP, "help", NULL, 0, "print this help"},
};

static const struct option_table table = {
	.usage = "Usage: rpiboot sign FILE [--key KEY] [-o FILE]\n"
		 "       rpiboot sign DIR --key KEY [-o DIR]\n"
		 "       rpiboot sign --countersign FILE --key KEY -o FILE\n"
		 "Signs a file for secure boot. If DIR is a boot directory, the command signs all\n"
		 "files whose signature a board checks. The option --countersign signs a copy of\n"
		 "the firmware FILE, for boards that are locked to KEY.\n",
	.help = "rpiboot sign --help",
	.rows = rows,
	.count = array_size(rows),
	.operands = {OPTION_TEXT(struct sign_command, path)},
};

/* Finds a chip by its name, such as BCM2712, or by the digits of its name, such as 2712. */
static const struct chip *target_find(const char *name)
{
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip))
		if (chip->eeprom_bytes &&
		    (strcasecmp(chip->name, name) == 0 || strcmp(chip->dir, name) == 0))
			return chip;
	return NULL;
}

/* Stores the error message that the argument of --target-soc is no chip with a bootloader EEPROM.
 * Returns: -EINVAL. */
static int target_refuse(const char *arg, struct error *err)
{
	char names[64] = "";

	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip))
		if (chip->eeprom_bytes)
			text_add(names, sizeof(names), "%s%s", names[0] ? " or " : "", chip->dir);
	return error_set(err, -EINVAL, "--target-soc takes %s, not '%s'", names, arg);
}

static int command_take(void *ctx, int code, const char *arg, struct error *err)
{
	struct sign_command *command = ctx;

	switch (code) {
	case SIGN_VERSION:
		command->has_version = true;
		if (option_number(arg, 0, COUNTERSIGN_VERSION_MAX, &command->version))
			return 0;
		return error_set(err, -EINVAL,
				 "--rollback-version takes a number from 0 to %d, not '%s'",
				 COUNTERSIGN_VERSION_MAX, arg);
	case SIGN_TARGET:
		command->target = target_find(arg);
		return command->target ? 0 : target_refuse(arg, err);
	}
	return key_line_timeout(&command->line, arg, err);
}

static int command_check(const struct sign_command *command, struct error *err)
{
	if (!command->path)
		return error_set(err, -EINVAL, "rpiboot sign needs a FILE or DIR");
	if (command->countersign && (!command->line.key || !command->output))
		return error_set(err, -EINVAL, "--countersign needs --key and -o");
	if (command->countersign && command->target)
		return error_set(err, -EINVAL,
				 "--countersign writes no .sig, so --target-soc has no effect");
	if (sign_file_is_dir(command->path) && (command->countersign || command->target))
		return error_set(
			err, -EINVAL,
			"'%s' is a directory, so --countersign and --target-soc cannot be used",
			command->path);
	if (sign_file_is_dir(command->path) && command->output && strcmp(command->output, "-") == 0)
		return error_set(err, -EINVAL, "a signed directory cannot be written to stdout");
	if (!command->countersign && command->has_version)
		return error_set(err, -EINVAL, "--rollback-version needs --countersign");
	return 0;
}

/* Checks that a file did not change while it was signed. A pipe is not checked, because it can be
 * read only once. */
static int file_check(const char *path, const struct signature *signature, struct error *err)
{
	cleanup_free unsigned char *data = NULL;
	struct stat st;
	size_t size;
	int r;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return 0;
	r = strcmp(path, "-") == 0 ? 0 : command_file_read(path, SIGN_FILE_MAX, &data, &size, err);
	if (r < 0 || !data || signature_is_of(signature, data, size))
		return r;
	return error_set(err, -EBUSY, "'%s' changed while it was signed; run the command again",
			 path);
}

static int sign_file(const struct sign_command *command, const struct key *key, const char *output,
		     struct error *err)
{
	cleanup_free unsigned char *data = NULL;
	struct signature signature = {.has_time = true};
	char text[SIGNATURE_TEXT_SIZE];
	size_t size;
	int r = sign_file_time(&signature.time_seconds, err);

	if (r == 0)
		r = command_file_read(command->path, SIGN_FILE_MAX, &data, &size, err);
	if (command->target)
		signature.target_soc = (unsigned int)strtoul(command->target->dir, NULL, 10);
	if (r == 0)
		r = signature_make(&signature, data, size, key, err);
	if (r == 0)
		r = file_check(command->path, &signature, err);
	return r < 0 ? r
		     : command_file_write(output, text, signature_format(&signature, text), err);
}

static int countersign_file(const struct sign_command *command, const struct key *key,
			    struct error *err)
{
	cleanup_free unsigned char *data = NULL, *file = NULL;
	size_t size, file_size = 0;
	int r = command_file_read(command->path, COUNTERSIGN_FILE_MAX, &data, &size, err);

	if (r == 0)
		r = countersign_append(&file, &file_size, data, size, command->path, key,
				       command->version, err);
	if (r < 0)
		return r;
	sign_file_warn_countersigned(command->output);
	return command_file_write(command->output, file, file_size, err);
}

static int command_sign(const struct sign_command *command, const struct key *key,
			const char *output, struct new_dir *to, struct error *err)
{
	int r;

	if (sign_file_is_dir(command->path))
		return sign_dir(command->path, to->temporary ? to : NULL, key, err);
	r = command->countersign ? countersign_file(command, key, err)
				 : sign_file(command, key, output, err);
	if (r == 0 && strcmp(output, "-") != 0)
		output_message("%s %s", key ? "signed:" : "digest without a signature:", output);
	return r;
}

/* Returns: the path of a file that `rpiboot sign` writes, so that the sandbox can permit writing in
 * its directory. If the command signs a whole directory DIR in place, the path is DIR/boot.sig. */
static char *command_output(const struct sign_command *command)
{
	if (command->output)
		return strdup(command->output);
	if (!sign_file_is_dir(command->path))
		return sign_file_path(command->path);
	return command_file_path(command->path, "boot.sig");
}

/* Refuses an output file that would replace an input file of the command. Only --countersign may
 * replace the file that it signs. If the input is a directory, its files are inputs and outputs, so
 * nothing is refused. */
static int output_check(const struct sign_command *command, const char *output, struct error *err)
{
	int r;

	if (sign_file_is_dir(command->path))
		return 0;
	r = key_line_check_output(&command->line, output, err);
	if (r == 0 && !command->countersign)
		r = command_file_check_output(output, command->path, err);
	return r;
}

/* Creates the directory for the signed copy of a boot directory, if the user requested a copy. Call
 * this function before the sandbox becomes active.
 * Returns: 0, or -Exxx. ret->temporary is the path of the new directory, or NULL if no copy was
 * requested. */
static int new_dir_prepare(struct new_dir *ret, const struct sign_command *command,
			   struct error *err)
{
	int r;

	if (!command->output || !sign_file_is_dir(command->path))
		return 0;
	r = new_dir_create(ret, command->output);
	if (r == -EEXIST)
		return error_set(err, r,
				 "'%s' already exists; -o takes the name of a new directory",
				 command->output);
	return r < 0 ? error_set(err, r, "cannot create '%s': %s", command->output, strerror(-r))
		     : 0;
}

enum exit_status sign_command_run(int argc, char **argv)
{
	struct sign_command command = {0};
	struct new_dir to = {.parent_fd = -1};
	cleanup_free char *output = NULL;
	struct sandbox *sandbox = NULL;
	struct key *key = NULL;
	struct error err = {0};
	enum exit_status status;
	int r;

	if (!command_parse(&table, argc, argv, command_take, &command, &status))
		return status;
	if (command_check(&command, &err) < 0)
		return command_fail(STATUS_USAGE, &err);
	output = command_output(&command);
	if (output_check(&command, output, &err) < 0)
		return command_fail(STATUS_USAGE, &err);
	r = output ? key_line_open(&command.line, &key, &err)
		   : error_set(&err, -ENOMEM, "out of memory");
	if (r == 0)
		r = new_dir_prepare(&to, &command, &err);
	if (r == 0) {
		sandbox = command_sandbox((const char *const[]){command.path, NULL},
					  (const char *const[]){to.temporary ? NULL : output, NULL},
					  to.temporary);
		r = command_sign(&command, key, output, &to, &err);
	}
	status = command_finish(r, STATUS_OK, key, sandbox, &err);
	new_dir_end(&to);
	return status;
}
