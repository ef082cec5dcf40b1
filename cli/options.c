/* SPDX-License-Identifier: Apache-2.0 */
/* Contains the table of all options for booting boards. The parser of the command line and the text
 * of --help use this table. */
#include "cli/options.h"

#include "boot/chip.h"
#include "report/output.h"
#include "cli/commands.h"
#include "cli/internal.h"
#include "util/text.h"
#include "util/util.h"

#include <assert.h>
#include <string.h>

#ifndef RPIBOOT_VERSION
#define RPIBOOT_VERSION "unknown"
#endif
#ifndef RPIBOOT_DATE
#define RPIBOOT_DATE "unknown"
#endif

static const struct option_row rows[] = {
	{"Boot files", OPTION_DIRECTORY, "directory", "DIR", OPTION_TEXT(struct options, board.dir),
	 "serve the boot files in DIR (default: files that make\nthe storage of the board appear "
	 "as a disk)"},
	{NULL, OPTION_OVERLAY, "overlay", NULL, OPTION_FLAG(struct options, board.overlay),
	 "search DIR/PORT-PATH before DIR (needs -d)"},
	{NULL, OPTION_SIGNED, "signed", NULL, OPTION_FLAG(struct options, board.signed_boot),
	 "boot with signed files (chips 2835, 2836, 2837)"},
	{"Boards (PATH is a USB port path, such as 1-1.2)", OPTION_PORT_PATH, "port-path", "PATH",
	 0, "serve only the board at PATH; may be repeated"},
	{NULL, OPTION_SERIAL, "serial", "SERIAL", 0,
	 "serve only the board with serial number SERIAL;\nmay be repeated"},
	{NULL, OPTION_PORT_NUMBER, NULL, NULL, 0,
	 "serve only boards on this port of a hub; -2 is port 2"},
	{NULL, OPTION_POWER_CYCLE, "power-cycle", NULL,
	 OPTION_FLAG(struct options, board.power_cycle),
	 "first switch the power of each -p port off and on"},
	{NULL, OPTION_LOOP, "loop", NULL, OPTION_FLAG(struct options, loop),
	 "serve all boards in parallel, until interrupted"},
	{NULL, OPTION_COUNT, "count", "COUNT", 0,
	 "serve COUNT boards in parallel, then exit (default: 1)"},
	{"Timeouts and success", OPTION_TIMEOUT, "timeout", "S", 0,
	 "exit if no board appears in S seconds (default: never)"},
	{NULL, OPTION_STAGE_TIMEOUT, "stage-timeout", "S", 0,
	 "fail a board that is silent for S seconds; default: 60"},
	{NULL, OPTION_EXPECT, "expect", "END", 0,
	 "define success as 'disk' (a disk appears), 'done' (the\n"
	 "board sends Done) or 'any' (Done or leaving the bus);\n"
	 "default: 'disk', but 'done' for -d without --write"},
	{NULL, OPTION_DELAY, "delay", "DELAY", 0,
	 "ignored; accepted for scripts of the usbboot tool"},
	{"Writing an image", OPTION_WRITE, "write", "IMAGE",
	 OPTION_TEXT(struct options, image.path),
	 "write IMAGE to the disk of each board and verify it;\n"
	 "raw, xz, gz, bz2, zst or zip; - is standard input"},
	{NULL, OPTION_RAW, "raw", NULL, OPTION_FLAG(struct options, image.raw),
	 "write IMAGE as it is, without checking its content"},
	{NULL, OPTION_NO_VERIFY, "no-verify", NULL, OPTION_FLAG(struct options, board.no_verify),
	 "do not read the disk back to verify it"},
	{NULL, OPTION_BMAP, "bmap", "FILE", OPTION_TEXT(struct options, image.bmap_path),
	 "write only the ranges that the block map FILE lists"},
	{NULL, OPTION_NO_BMAP, "no-bmap", NULL, OPTION_FLAG(struct options, image.no_bmap),
	 "ignore the block map IMAGE.bmap; write all of IMAGE"},
	{NULL, OPTION_TO, "to", "MODEL", OPTION_TEXT(struct options, board.to_model),
	 "if a board has several disks, write the disk MODEL"},
	{"Output", OPTION_METADATA, "metadata", "[DIR]", 0,
	 "write the properties of each board to DIR or to stdout"},
	{NULL, OPTION_JSON, "json", NULL, 0, "print events as JSON lines on stdout"},
	{NULL, OPTION_VERBOSE, "verbose", NULL, 0, "print more; -vv prints everything"},
	{NULL, OPTION_QUIET, "quiet", NULL, OPTION_FLAG(struct options, quiet),
	 "print only errors and results"},
	{"Actions that boot no board", OPTION_LIST, "list", NULL, 0,
	 "list the boards on the bus and their disks"},
	{NULL, OPTION_CHECK, "check", NULL, 0,
	 "check the boot files in DIR, or the default firmware"},
	{NULL, OPTION_UDEV_RULES, "print-udev-rules", NULL, 0,
	 "print udev rules that let a user boot without sudo"},
	{NULL, OPTION_VERSION, "version", NULL, 0, "print the version"},
	{NULL, OPTION_HELP, "help", NULL, 0, "print this help"},
};

static_assert(array_size(rows) <= OPTIONS_ROWS_MAX,
	      "the table rows[] has more rows than OPTIONS_ROWS_MAX");

const struct option_table options_table = {
	.rows = rows,
	.count = array_size(rows),
	.digits = true,
	.help = "rpiboot --help",
};

static void help_row(const struct option_row *row, FILE *out)
{
	char left[64] = "";
	const char *help = row->help;

	if (!row->name)
		snprintf(left, sizeof(left), "-0 .. -%d", OPTIONS_PORT_NUMBER_MAX);
	else if (option_has_letter(row))
		snprintf(left, sizeof(left), "-%c, --%s", (int)row->code, row->name);
	else
		snprintf(left, sizeof(left), "    --%s", row->name);
	if (row->arg)
		text_add(left, sizeof(left), " %s", row->arg);
	for (;;) {
		int line = (int)strcspn(help, "\n");

		fprintf(out, "  %-22s  %.*s\n", left, line, help);
		if (!help[line])
			return;
		left[0] = '\0';
		help += line + 1;
	}
}

static void help_table(const struct option_table *table, FILE *out)
{
	for (const struct option_row *row = table->rows; row < table->rows + table->count; row++) {
		if (row->heading)
			fprintf(out, "\n%s:\n", row->heading);
		help_row(row, out);
	}
}

void options_command_help(const struct option_table *table, FILE *out)
{
	fputs(table->usage, out);
	help_table(table, out);
}

void options_help(FILE *out)
{
	fputs("Usage: rpiboot [OPTION]...\n"
	      "Boots Raspberry Pi boards over USB. The storage of a board appears as a disk.\n",
	      out);
	help_table(&options_table, out);
	fputs("\nCommands (rpiboot COMMAND --help):", out);
	for (const struct command *command = command_next(NULL); command;
	     command = command_next(command))
		fprintf(out, " %s", command->name);
	fputs("\nResults go to stdout and messages to stderr: disk=$(sudo rpiboot -q)\n", out);
}

void options_version(FILE *out)
{
	/* The second line of --version must keep its form, because packages of the usbboot tool
	 * depend on it. */
	fprintf(out, "rpiboot %s\nRPIBOOT: build-date %s pkg-version %s\n", RPIBOOT_VERSION,
		RPIBOOT_DATE, RPIBOOT_VERSION);
}

static void udev_rule_device(uint16_t product, FILE *out)
{
	fprintf(out,
		"SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", ATTR{idVendor}==\"%04x\", "
		"ATTR{idProduct}==\"%04x\", TAG+=\"uaccess\"\n",
		CHIP_VENDOR, product);
}

/* Prints a udev rule that keeps the kernel's storage driver away from a board in its boot ROM. The
 * rule takes the authorization from the storage interface of the board. It does not unbind the
 * driver, because the driver may attach before or after udev runs. */
static void udev_rule_storage(FILE *out)
{
	const char *separator = "";

	fputs("\n# The boot ROM of some boards also shows an empty disk. This rule keeps the\n"
	      "# storage driver away from it. It does not affect the boot, which uses another\n"
	      "# interface, or the disk of a booted board, which has another product id.\n"
	      "ACTION==\"add\", SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_interface\", ",
	      out);
	fprintf(out, "ATTRS{idVendor}==\"%04x\", ATTRS{idProduct}==\"", CHIP_VENDOR);
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip)) {
		fprintf(out, "%s%04x", separator, chip->product);
		separator = "|";
	}
	fputs("\", ATTR{bInterfaceClass}==\"08\", ATTR{authorized}=\"0\"\n", out);
}

void options_udev_rules(FILE *out)
{
	fputs("# These rules let a user boot Raspberry Pi boards without sudo. The user must be\n"
	      "# logged in at the screen of this machine, not over ssh. Save the rules in\n"
	      "# /etc/udev/rules.d/70-rpiboot.rules: the name must sort before "
	      "73-seat-late.rules,\n"
	      "# which grants the access. Then run: sudo udevadm control --reload\n",
	      out);
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip)) {
		fprintf(out, "\n# %s: %s\n", chip->name, chip->boards);
		udev_rule_device(chip->product, out);
		if (!chip_by_id(CHIP_VENDOR, chip->second_stage_product))
			udev_rule_device(chip->second_stage_product, out);
	}
	udev_rule_storage(out);
}

int options_print(const struct options *options, struct error *err)
{
	static const struct {
		const char *name;
		void (*print)(FILE *out);
	} texts[] = {
		[OPTIONS_HELP] = {"help", options_help},
		[OPTIONS_VERSION] = {"version", options_version},
		[OPTIONS_UDEV_RULES] = {"udev rules", options_udev_rules},
	};

	if (options->action == OPTIONS_HELP && options->table->usage)
		options_command_help(options->table, stdout);
	else
		texts[options->action].print(stdout);
	return output_end(texts[options->action].name, err);
}
