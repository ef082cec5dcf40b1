/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the command line of `rpiboot recover`. */
#include "cli/recover_line.h"

#include "cli/options.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

enum recover_option {
	RECOVER_WRITE_PROTECT = OPTION_COMMAND,
	RECOVER_LOCK,
	RECOVER_GPIO,
};

static const struct option_row own_rows[] = {
	{"EEPROM image", 0, "firmware", "DIR", OPTION_TEXT(struct recover_line, firmware),
	 "use the newest recovery firmware and EEPROM images in\nDIR (default: those found "
	 "on this host)"},
	EEPROM_LINE_ROWS(NULL),
	KEY_LINE_KEY_ROWS(NULL, struct recover_line, eeprom.key_line),
	{NULL, 0, "locked", NULL, OPTION_FLAG(struct recover_line, locked),
	 "also sign the recovery firmware and the bootloaders,\nfor boards that are locked to KEY"},
	{NULL, 0, "erase", NULL, OPTION_FLAG(struct recover_line, erase),
	 "erase the EEPROM instead of writing an image"},
	{NULL, RECOVER_WRITE_PROTECT, "write-protect", "on|off", 0,
	 "set or clear the write protection of the EEPROM"},
	{NULL, 0, "dry-run", "DIR", OPTION_TEXT(struct recover_line, dry_run),
	 "write the recovery files into the new directory DIR,\nand boot no board"},
	{"Changes that no later step can undo", RECOVER_LOCK, "lock", "HASH8", 0,
	 "lock the board to KEY; HASH8 is the first 8 digits of\n"
	 "the OTP hash that 'rpiboot key show' prints for KEY"},
	{NULL, 0, "lock-jtag", NULL, OPTION_FLAG(struct recover_line, lock_jtag),
	 "disable the debug port of a locked board"},
	{NULL, RECOVER_GPIO, "rpiboot-gpio", "N", 0,
	 "let the GPIO pin N select USB boot (Pi 4, Pi 400);\nN is 2, 4, 5, 6, 7 or 8"},
	{"Boot files for --write", OPTION_DIRECTORY, "directory", "DIR",
	 OPTION_TEXT(struct options, board.dir),
	 "serve the boot files in DIR, which make the storage of\nthe board appear as a disk "
	 "(default: installed files)"},
};

/* These options of `rpiboot` also belong to `rpiboot recover`. */
static const int boot_codes[] = {
	OPTION_WRITE,	OPTION_RAW,	  OPTION_NO_VERIFY,	OPTION_BMAP,	    OPTION_NO_BMAP,
	OPTION_TO,	OPTION_PORT_PATH, OPTION_SERIAL,	OPTION_POWER_CYCLE, OPTION_LOOP,
	OPTION_COUNT,	OPTION_TIMEOUT,	  OPTION_STAGE_TIMEOUT, OPTION_METADATA,    OPTION_JSON,
	OPTION_VERBOSE, OPTION_QUIET,	  OPTION_HELP,
};

static const char usage[] =
	"Usage: rpiboot recover [IMAGE]... [OPTION]...\n"
	"Writes the bootloader EEPROM of boards over USB (Pi 4, Pi 5, CM4, CM5) and\n"
	"checks the result. The option --write then also writes the disk of each board.\n"
	"IMAGE is an EEPROM image or recovery firmware (recovery.bin). By default, the\n"
	"newest ones of this host are used.\n"
	"\n"
	"  rpiboot recover --set BOOT_ORDER=0xf416      update, and change a setting\n"
	"  rpiboot recover -n 4 --write os.img.xz       update and write four boards\n"
	"  rpiboot recover --firmware DIR --dry-run OUT only write recovery files to OUT\n";

static void table_make(struct recover_line *line)
{
	size_t count = array_size(own_rows);

	memcpy(line->rows, own_rows, sizeof(own_rows));
	for (size_t i = 0; i < array_size(boot_codes); i++)
		for (size_t j = 0; j < options_table.count; j++)
			if (options_table.rows[j].code == boot_codes[i])
				line->rows[count++] = options_table.rows[j];
	line->table = (struct option_table){
		.usage = usage,
		.help = "rpiboot recover --help",
		.rows = line->rows,
		.count = count,
	};
}

static int line_take(void *ctx, int code, const char *arg, struct error *err)
{
	struct recover_line *line = ctx;

	switch (code) {
	case OPTION_OPERAND:
		if (line->file_count == array_size(line->files))
			return error_set(err, -EINVAL, "at most %zu images can be given",
					 array_size(line->files));
		line->files[line->file_count++] = arg;
		return 0;
	case RECOVER_WRITE_PROTECT:
		if (strcmp(arg, "on") != 0 && strcmp(arg, "off") != 0)
			return error_set(err, -EINVAL, "--write-protect takes on or off, not '%s'",
					 arg);
		line->write_protect = arg;
		return 0;
	case RECOVER_LOCK:
		if (strlen(arg) != 8 || strspn(arg, "0123456789abcdefABCDEF") != 8)
			return error_set(err, -EINVAL,
					 "--lock takes the first 8 digits of the OTP hash of KEY, "
					 "not '%s'; rpiboot key show KEY prints the hash",
					 arg);
		line->lock = arg;
		return 0;
	case RECOVER_GPIO:
		if (strlen(arg) != 1 || !strchr("245678", arg[0]))
			return error_set(err, -EINVAL,
					 "--rpiboot-gpio takes 2, 4, 5, 6, 7 or 8, not '%s'", arg);
		line->gpio = (unsigned int)(arg[0] - '0');
		return 0;
	}
	return eeprom_line_take(&line->eeprom, code, arg, err);
}

/* Rejects options of `rpiboot recover` that contradict each other, or that need an option which is
 * missing. */
static int line_check(const struct recover_line *line, const struct options *options,
		      struct error *err)
{
	bool changes = line->eeprom.file_count || line->eeprom.edit_count;

	if ((line->lock || line->locked) && !line->eeprom.key_line.key)
		return error_set(err, -EINVAL, "%s needs --key KEY",
				 line->lock ? "--lock" : "--locked");
	if (line->lock_jtag && !line->lock && !line->locked)
		return error_set(err, -EINVAL,
				 "--lock-jtag needs --lock or --locked, because it is only for "
				 "boards that are locked to a key");
	if (line->erase && (changes || line->lock))
		return error_set(err, -EINVAL, "--erase cannot be used together with %s",
				 line->lock ? "--lock" : "changes of the configuration");
	if (line->dry_run && (line->lock || line->lock_jtag || line->gpio))
		return error_set(err, -EINVAL,
				 "--dry-run cannot be used together with a permanent change, "
				 "because the files in the directory of --dry-run would "
				 "permanently change every board that later receives them");
	if (options->board.dir && !options->image.path)
		return error_set(err, -EINVAL,
				 "-d needs --write IMAGE, because the boot files in DIR only make "
				 "the disk of the board appear");
	if (options->image.path && line->dry_run)
		return error_set(err, -EINVAL, "--dry-run and --write cannot be used together");
	if (options->image.path && (line->lock || line->locked) && !options->board.dir)
		return error_set(err, -EINVAL,
				 "--write on a locked board needs signed boot files; sign them "
				 "with 'rpiboot sign', and name their directory with -d DIR");
	return key_line_check(&line->eeprom.key_line, err);
}

int recover_line_parse(struct recover_line *ret, struct options *ret_options, int argc, char **argv,
		       struct error *err)
{
	const struct options_command command = {
		.table = &ret->table,
		.take = line_take,
		.ctx = ret,
	};
	int r;

	*ret = (struct recover_line){0};
	table_make(ret);
	r = options_parse(ret_options, &command, argc, argv, err);
	ret->eeprom.quiet = ret->eeprom.key_line.quiet = ret_options->quiet;
	ret->has_records = ret_options->board.metadata_dir;
	return r == 0 && ret_options->action == OPTIONS_BOOT ? line_check(ret, ret_options, err)
							     : r;
}
