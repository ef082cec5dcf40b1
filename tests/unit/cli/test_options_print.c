/* SPDX-License-Identifier: Apache-2.0 */
/* The output of --help, --version and --print-udev-rules. The options are typed again here,
 * independently of the table under test. */
#include "cli/options.h"
#include "cli/internal.h"
#include "util/util.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const options_wanted[] = {
	"  -d, --directory DIR ",
	"  -o, --overlay ",
	"  -s, --signed ",
	"  -p, --port-path PATH ",
	"  -i, --serial SERIAL ",
	"  -0 .. -98 ",
	"  -l, --loop ",
	"  -n, --count COUNT ",
	"  -j, --metadata [DIR] ",
	"  -m, --delay DELAY ",
	"  -v, --verbose ",
	"  -q, --quiet ",
	"  -V, --version ",
	"  -h, --help ",
	"      --timeout S ",
	"      --stage-timeout S ",
	"      --expect END ",
	"      --write IMAGE ",
	"      --raw ",
	"      --no-verify ",
	"      --bmap FILE ",
	"      --no-bmap ",
	"      --to MODEL ",
	"      --json ",
	"      --power-cycle ",
	"      --list ",
	"      --check ",
	"      --print-udev-rules ",
};

static char *printed(void (*print)(FILE *out))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	print(out);
	fclose(out);
	assert_true(size > 0);
	assert_int_equal(text[size - 1], '\n');
	return text;
}

static size_t count_of(const char *text, const char *piece)
{
	size_t count = 0;

	for (text = strstr(text, piece); text; text = strstr(text + 1, piece))
		count++;
	return count;
}

/* The help fits into a terminal of 80 columns and 50 lines. */
TEST(help_fits_a_terminal)
{
	cleanup_free char *help = printed(options_help);
	size_t lines = 0;

	for (const char *line = help; *line; lines++) {
		size_t width = strcspn(line, "\n");

		if (width > 80 || (width && line[width - 1] == ' '))
			fail_msg("bad line in --help: '%.*s'", (int)width, line);
		for (size_t i = 0; i < width; i++)
			assert_true(line[i] >= ' ' && line[i] <= '~');
		line += width + 1;
	}
	assert_true(lines >= array_size(options_wanted) && lines <= 50);
}

TEST(help_names_each_option_once)
{
	cleanup_free char *help = printed(options_help);

	for (size_t i = 0; i < array_size(options_wanted); i++)
		if (count_of(help, options_wanted[i]) != 1)
			fail_msg("--help does not have '%s' once", options_wanted[i]);
	assert_int_equal(options_table.count, array_size(options_wanted));
	assert_int_equal(strncmp(help, "Usage: rpiboot [OPTION]...\n", 27), 0);
}

/* The descriptions of all options start in one column. */
TEST(help_begins_in_one_column)
{
	cleanup_free char *help = printed(options_help);

	for (char *state_line = NULL, *line = strtok_r(help, "\n", &state_line); line;
	     line = strtok_r(NULL, "\n", &state_line))
		if (line[0] == ' ' && (strlen(line) < 27 || line[25] != ' ' || line[26] == ' '))
			fail_msg("not in its column: '%s'", line);
}

TEST(version_prints_two_lines)
{
	cleanup_free char *version = printed(options_version);

	assert_int_equal(strncmp(version, "rpiboot ", 8), 0);
	assert_true(strlen(version) > strlen("rpiboot \n"));
	assert_int_equal(count_of(version, "\n"), 2);
	/* Packages of the usbboot tool test for this line. */
	assert_int_equal(count_of(version, "\nRPIBOOT: build-date "), 1);
	assert_int_equal(count_of(version, " pkg-version "), 1);
}

TEST(udev_rules_name_each_board)
{
	static const char *const products[] = {"2763", "2764", "2711", "2712"};
	static const char storage[] =
		"\nACTION==\"add\", SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_interface\", "
		"ATTRS{idVendor}==\"0a5c\", ATTRS{idProduct}==\"2763|2764|2711|2712\", "
		"ATTR{bInterfaceClass}==\"08\", ATTR{authorized}=\"0\"\n";
	cleanup_free char *rules = printed(options_udev_rules);
	size_t count = 0;

	for (size_t i = 0; i < array_size(products); i++) {
		char rule[256];

		snprintf(rule, sizeof(rule),
			 "\nSUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", "
			 "ATTR{idVendor}==\"0a5c\", ATTR{idProduct}==\"%s\", TAG+=\"uaccess\"\n",
			 products[i]);
		assert_int_equal(count_of(rules, rule), 1);
	}
	assert_int_equal(count_of(rules, "73-seat-late.rules"), 1);
	assert_int_equal(count_of(rules, storage), 1);
	for (char *state_line = NULL, *line = strtok_r(rules, "\n", &state_line); line;
	     line = strtok_r(NULL, "\n", &state_line))
		count += line[0] != '#';
	assert_int_equal(count, array_size(products) + 1);
}
