/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all options. getopt's tables (options_parse.c) and the text of --help are generated
 * from its rows. This file also prints the texts that replace a boot, such as --help. It knows no
 * USB and no boards. */
#include "cli/options.h"

#include "boot/chip.h"
#include "util/error.h"
#include "cli/commands.h"
#include "cli/internal.h"
#include "util/util.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#ifndef RPIBOOT_VERSION
#define RPIBOOT_VERSION "unknown"
#endif
#ifndef RPIBOOT_DATE
#define RPIBOOT_DATE "unknown"
#endif

static const struct option_row rows[] = {
	{"What to serve", OPTION_DIRECTORY, "directory", "DIR",
	 "serve the files of DIR; without it the firmware that\n"
	 "makes the board's storage appear as a disk"},
	{NULL, OPTION_OVERLAY, "overlay", NULL, "files from DIR/PORT-PATH first (needs -d)"},
	{NULL, OPTION_SIGNED, "signed", NULL, "signed boot (2835/6/7: bootcode.sig, bootsig.bin)"},
	{"Which boards (none of these: the first that appears)", OPTION_PORT_PATH, "port-path",
	 "PATH", "only at this port path, as 1-1.2; may be repeated"},
	{NULL, OPTION_SERIAL, "serial", "SERIAL",
	 "only this serial number (8 or 16 digits); repeatable"},
	{NULL, OPTION_PORT_NUMBER, NULL, NULL, "only on ports with this number"},
	{NULL, OPTION_LOOP, "loop", NULL, "every board that appears, for ever, in parallel"},
	{NULL, OPTION_COUNT, "count", "COUNT", "COUNT boards (1 to 9999), in parallel, then exit"},
	{"When to stop", OPTION_TIMEOUT, "timeout", "S",
	 "no board in S seconds: give up (default: never)"},
	{NULL, OPTION_STAGE_TIMEOUT, "stage-timeout", "S",
	 "a board silent for S seconds has failed (default: 60)"},
	{NULL, OPTION_EXPECT, "expect", "END",
	 "success is: disk (a disk appeared), done (the board\n"
	 "said Done) or any (it left after being served);\n"
	 "default: disk for mass-storage files, else done"},
	{"Writing an image", OPTION_WRITE, "write", "IMAGE",
	 "write IMAGE to the disk of each board and read it\n"
	 "back; raw, xz, gz, bz2, zst or zip; - is stdin"},
	{NULL, OPTION_RAW, "raw", NULL, "write IMAGE as it is, whatever its content is"},
	{NULL, OPTION_NO_VERIFY, "no-verify", NULL, "do not read it back"},
	{NULL, OPTION_BMAP, "bmap", "FILE", "only what this block map lists (default: IMAGE.bmap)"},
	{NULL, OPTION_NO_BMAP, "no-bmap", NULL, "write all of IMAGE"},
	{NULL, OPTION_TO, "to", "MODEL", "of several disks of a board the one of this model"},
	{"What to tell", OPTION_METADATA, "metadata", "[DIR]",
	 "what the board reports about itself, as JSON, to\n"
	 "DIR/SERIAL.json (DIR is made) or stdout"},
	{NULL, OPTION_JSON, "json", NULL, "events as JSON lines on stdout"},
	{NULL, OPTION_VERBOSE, "verbose", NULL, "tell more; -vv: everything"},
	{NULL, OPTION_QUIET, "quiet", NULL, "tell only errors and results"},
	{"Else", OPTION_LIST, "list", NULL, "the boards on the bus and the disks they became"},
	{NULL, OPTION_CHECK, "check", NULL, "are the files of DIR, or the firmware found, usable?"},
	{NULL, OPTION_UDEV_RULES, "print-udev-rules", NULL, "the rules that make sudo unnecessary"},
	{NULL, OPTION_DELAY, "delay", "DELAY", "accepted for old scripts, unused"},
	{NULL, OPTION_VERSION, "version", NULL, "the version"},
	{NULL, OPTION_HELP, "help", NULL, "this help"},
};

static_assert(array_size(rows) <= OPTIONS_ROWS_MAX, "getopt's tables are too small");

const struct option_table *options_table(void)
{
	static const struct option_table table = {
		.rows = rows,
		.count = array_size(rows),
		.digits = true,
		.help = "rpiboot --help",
	};

	return &table;
}

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
	if (row->arg) {
		size_t used = strlen(left);

		snprintf(left + used, sizeof(left) - used, " %s", row->arg);
	}
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
	      "Boots a Raspberry Pi that is in USB boot mode. Its storage appears as a disk.\n",
	      out);
	help_table(options_table(), out);
	fputs("\nCommands, each with a --help of its own:", out);
	for (const struct command *command = command_next(NULL); command;
	     command = command_next(command))
		fprintf(out, " %s", command->name);
	fputs("\nResults go to stdout, all else to stderr, so that disk=$(sudo rpiboot -q) "
	      "works.\n",
	      out);
}

void options_version(FILE *out)
{
	/* Packages of the usbboot tool test the form of the second line. */
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

/* Prints a rule that keeps the storage driver away from the boot ROM. The rule does not unbind the
 * driver, because the driver may attach before or after udev runs. */
static void udev_rule_storage(FILE *out)
{
	const char *separator = "";

	fputs("\n# The boot ROM of some boards also shows a disk with nothing on it, which is\n"
	      "# to stay without a driver. They are booted by another interface, and the disk\n"
	      "# that a booted board becomes has another product number.\n"
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
	fputs("# Raspberry Pi boards in USB boot mode: a user who is logged in at the screen of "
	      "this\n"
	      "# machine (not over ssh) may boot them without sudo. udev acts on the tag in\n"
	      "# 73-seat-late.rules, so the name of this file must sort before that, such as\n"
	      "# /etc/udev/rules.d/70-rpiboot.rules. Then: sudo udevadm control --reload\n",
	      out);
	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip)) {
		fprintf(out, "\n# %s: %s\n", chip->name, chip->boards);
		udev_rule_device(chip->product, out);
		if (!chip_by_id(CHIP_VENDOR, chip->second_stage_product))
			udev_rule_device(chip->second_stage_product, out);
	}
	udev_rule_storage(out);
}

int options_print(enum options_action action, FILE *out, struct error *err)
{
	static const char *const names[] = {
		[OPTIONS_HELP] = "help",
		[OPTIONS_VERSION] = "version",
		[OPTIONS_UDEV_RULES] = "udev rules",
	};

	switch (action) {
	case OPTIONS_HELP:
		options_help(out);
		break;
	case OPTIONS_VERSION:
		options_version(out);
		break;
	case OPTIONS_UDEV_RULES:
		options_udev_rules(out);
		break;
	case OPTIONS_BOOT:
	case OPTIONS_LIST:
	case OPTIONS_CHECK:
		return 0;
	}
	errno = 0;
	if (fflush(out) == 0 && !ferror(out))
		return 0;
	return error_set(err, -EIO, "the %s cannot be written to stdout: %s", names[action],
			 errno ? strerror(errno) : "an earlier write failed");
}
