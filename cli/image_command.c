/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the command `rpiboot image`, which makes a boot.img from a directory and, with a key,
 * its signature file. */
#include "cli/commands.h"

#include "boot/chip.h"
#include "cli/command_file.h"
#include "cli/image_files.h"
#include "cli/internal.h"
#include "cli/key_line.h"
#include "cli/sign_file.h"
#include "eeprom/fat.h"
#include "report/output.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

#define IMAGE_FOR 0x200

struct image_command {
	const char *dir, *output;
	const struct chip *chip;
	struct key_line line;
};

static const struct option_row rows[] = {
	{"Image", 'o', "output", "FILE", OPTION_TEXT(struct image_command, output),
	 "write the image to FILE; - is stdout"},
	{NULL, IMAGE_FOR, "for", "BOARD", 0,
	 "make the image for this board or chip, such as cm4;\n"
	 "leave out files that only other chips use"},
	KEY_LINE_KEY_ROWS("Key (with --key, the command also writes a .sig file)",
			  struct image_command, line),
	{"Other", OPTION_HELP, "help", NULL, 0, "print this help"},
};

static const struct option_table table = {
	.usage =
		"Usage: rpiboot image DIR -o FILE --for BOARD [--key KEY]\n"
		"Makes a boot.img, a FAT file system, of the files in DIR. All files in the image\n"
		"get the time in the environment variable SOURCE_DATE_EPOCH, or 1980-01-01, so\n"
		"that the same files make the same image.\n",
	.help = "rpiboot image --help",
	.rows = rows,
	.count = array_size(rows),
	.operands = {OPTION_TEXT(struct image_command, dir)},
};

/* Finds a chip by its name, such as BCM2711, or by the name of a board with this chip, such as
 * cm4. */
static int chip_find(const char *name, const struct chip **ret, struct error *err)
{
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip)) {
		if (strcasecmp(chip->name, name) != 0 && strcmp(chip->dir, name) != 0 &&
		    !image_files_match(chip->models, " ", name))
			continue;
		if (!chip->boot_image_skips)
			return error_set(err, -EINVAL,
					 "--for does not take '%s', because boards with the chip "
					 "%s do not boot from a boot.img",
					 name, chip->name);
		*ret = chip;
		return 0;
	}
	return error_set(
		err, -EINVAL,
		"--for takes a board such as cm4 or pi5, or the name of its chip, not '%s'", name);
}

static int command_take(void *ctx, int code, const char *arg, struct error *err)
{
	struct image_command *command = ctx;

	return code == IMAGE_FOR ? chip_find(arg, &command->chip, err)
				 : key_line_timeout(&command->line, arg, err);
}

static int command_check(const struct image_command *command, struct error *err)
{
	if (!command->dir || !command->output || !command->chip)
		return error_set(err, -EINVAL, "rpiboot image needs DIR, -o FILE and --for BOARD");
	if (command->line.key && strcmp(command->output, "-") == 0)
		return error_set(
			err, -EINVAL,
			"--key writes a .sig file beside the image, so -o must name a file");
	return 0;
}

static int image_check_size(const struct image_command *command, size_t size, struct error *err)
{
	const struct chip *chip = command->chip;

	if (chip->boot_image_max_bytes && size > chip->boot_image_max_bytes)
		return error_set(err, -EFBIG,
				 "the image has %zu bytes, but the firmware of %s loads at most %u",
				 size, chip->name, chip->boot_image_max_bytes);
	if (size > chip->boot_image_warn_bytes)
		output_message(
			"warning: the image has %zu bytes, but firmware may refuse more than %u",
			size, chip->boot_image_warn_bytes);
	return 0;
}

static int image_make(const struct image_command *command, const char *sig, uint64_t sign_seconds,
		      unsigned char **ret, size_t *ret_size, struct error *err)
{
	const char *const outputs[] = {command->output, sig, NULL};
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	struct fat *fat = NULL;
	int r = fat_new(&fat, err);

	if (r == 0)
		r = image_files_add(fat, command->dir, command->chip, outputs, err);
	if (r == 0)
		r = fat_make(fat, epoch && epoch[0] ? sign_seconds : 0, ret, ret_size, err);
	fat_free(fat);
	return r < 0 ? r : image_check_size(command, *ret_size, err);
}

static int image_write(const struct image_command *command, const struct key *key, const char *sig,
		       struct error *err)
{
	cleanup_free unsigned char *data = NULL;
	struct signature signature = {.has_time = true};
	char text[SIGNATURE_TEXT_SIZE];
	size_t size = 0;
	int r = sign_file_time(&signature.time_seconds, err);

	if (r == 0)
		r = image_make(command, sig, signature.time_seconds, &data, &size, err);
	if (r == 0 && key)
		r = signature_make(&signature, data, size, key, err);
	if (r == 0)
		r = command_file_write(command->output, data, size, err);
	if (r == 0 && key)
		r = command_file_write(sig, text, signature_format(&signature, text), err);
	if (r == 0 && key)
		output_message("signed: %s", sig);
	return r;
}

enum exit_status image_command_run(int argc, char **argv)
{
	struct image_command command = {0};
	cleanup_free char *sig = NULL;
	struct sandbox *sandbox;
	struct key *key = NULL;
	struct error err = {0};
	enum exit_status status;
	int r;

	if (!command_parse(&table, argc, argv, command_take, &command, &status))
		return status;
	if (command_check(&command, &err) < 0)
		return command_fail(STATUS_USAGE, &err);
	sig = sign_file_path(command.output);
	if (key_line_check_output(&command.line, command.output, &err) < 0 ||
	    key_line_check_output(&command.line, sig, &err) < 0)
		return command_fail(STATUS_USAGE, &err);
	r = sig ? key_line_open(&command.line, &key, &err)
		: error_set(&err, -ENOMEM, "out of memory");
	if (r < 0)
		return command_fail(STATUS_NO_FILES, &err);
	sandbox = command_sandbox((const char *const[]){command.dir, NULL},
				  (const char *const[]){command.output, NULL}, NULL);
	r = image_write(&command, key, sig, &err);
	return command_finish(r, STATUS_OK, key, sandbox, &err);
}
