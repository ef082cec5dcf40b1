/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of the bootloader as rows: the results of changes, and the findings of lint. */
#include "eeprom/config.h"
#include "eeprom/config_keys.h"
#include "eeprom/config_lint.h"

#include "boot/chip.h"
#include "tests/test.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- changes */

/* "K" removes the setting, "K=V" sets it. */
static char *changed(const char *text, const char *arg, struct config_effect *effect)
{
	struct config_edit edit;
	struct error err = {0};
	char *result = NULL;
	size_t size = 0;

	if (config_edit_parse(&edit, arg, !strchr(arg, '='), &err) < 0 ||
	    config_edit_apply(&edit, text, strlen(text), &result, &size, effect, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(strlen(result), size);
	return result;
}

TEST(a_setting_changes_where_it_is)
{
	static const struct {
		const char *text, *arg, *result;
	} rows[] = {
		{"A=1\nB=2\n", "A=3", "A=3\nB=2\n"},
		{"[all]\nA=1\n", "A=", "[all]\nA=\n"},
		{"[all]\nA=1", "A=22", "[all]\nA=22"},
		/* The last line of a setting applies. */
		{"A=1\nB=2\nA=3\n", "A=4", "A=1\nB=2\nA=4\n"},
		/* Each filter has its own line for the setting. */
		{"A=1\n[cm4]\nA=2\n", "A=3", "A=3\n[cm4]\nA=2\n"},
		{"A=1\n[cm4]\nA=2\n", "[cm4]A=3", "A=1\n[cm4]\nA=3\n"},
		{"A=1\n[cm4]\nA=2\n[all]\nB=1\n", "A=3", "A=3\n[cm4]\nA=2\n[all]\nB=1\n"},
		{"A=1\n[cm4]\nA=2\n[all]\nA=4\n", "A=3", "A=1\n[cm4]\nA=2\n[all]\nA=3\n"},
		{"A=1\n[cm4]\nA=2\n", "[all]A=3", "A=3\n[cm4]\nA=2\n"},
		/* Filters of different kinds apply together; filters of one kind replace each
		 * other. */
		{"[cm4]\n[gpio4=1]\nA=1\n", "[gpio4=1]A=2",
		 "[cm4]\n[gpio4=1]\nA=1\n[all]\n[gpio4=1]\nA=2\n"},
		{"[cm4]\n[pi4]\nA=1\n", "[pi4]A=2", "[cm4]\n[pi4]\nA=2\n"},
		/* Names are case-sensitive, and comments are ignored. */
		{"a=1\n#A=1\n", "A=2", "a=1\n#A=1\nA=2\n"},
		/* Other lines keep all their bytes. */
		{"A=1\r\n\t\nB = 2\n", "A=2", "A=2\r\n\t\nB = 2\n"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct config_effect effect;
		cleanup_free char *result = changed(rows[i].text, rows[i].arg, &effect);

		assert_string_equal(result, rows[i].result);
	}
}

TEST(a_new_setting_goes_to_the_lines_of_its_filter)
{
	static const struct {
		const char *text, *arg, *result;
	} rows[] = {
		{"", "A=1", "A=1\n"},
		{"[all]\nB=1\n", "A=1", "[all]\nB=1\nA=1\n"},
		{"[all]\nB=1", "A=1", "[all]\nB=1\nA=1\n"},
		/* before the following filters and before blank lines */
		{"[all]\nB=1\n\n\n[cm4]\nC=1\n", "A=1", "[all]\nB=1\nA=1\n\n\n[cm4]\nC=1\n"},
		{"[all]\nB=1\n   \n \n", "A=1", "[all]\nB=1\nA=1\n   \n \n"},
		{"[cm4]\nC=1\n", "A=1", "A=1\n[cm4]\nC=1\n"},
		{"[cm4]\nC=1\n[all]\n", "A=1", "[cm4]\nC=1\n[all]\nA=1\n"},
		{"[cm4]\nC=1\n[pi5]\nD=1\n", "[cm4]A=1", "[cm4]\nC=1\nA=1\n[pi5]\nD=1\n"},
		{"[all]\nB=1\n", "[cm4]A=1", "[all]\nB=1\n[cm4]\nA=1\n"},
		{"[pi5]\nB=1\n", "[cm4]A=1", "[pi5]\nB=1\n[all]\n[cm4]\nA=1\n"},
		{"", "[cm4]A=1", "[cm4]\nA=1\n"},
		/* never in the lines for the operating system */
		{"B=1\n[config.txt]\nA=5\n", "A=1", "B=1\nA=1\n[config.txt]\nA=5\n"},
		{"[pi5]\nB=1\n\n[config.txt]\n[cm4]\nA=5\n", "[cm4]A=1",
		 "[pi5]\nB=1\n[all]\n[cm4]\nA=1\n\n[config.txt]\n[cm4]\nA=5\n"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct config_effect effect;
		cleanup_free char *result = changed(rows[i].text, rows[i].arg, &effect);

		assert_string_equal(result, rows[i].result);
		assert_null(effect.old.at);
	}
}

TEST(a_setting_is_removed_wherever_its_filter_applies)
{
	static const struct {
		const char *text, *arg, *result;
		unsigned int removed;
	} rows[] = {
		{"A=1\nB=2\n", "A", "B=2\n", 1},
		{"A=1\nB=2\nA=3", "A", "B=2\n", 2},
		{"A=1\n[cm4]\nA=2\n", "A", "[cm4]\nA=2\n", 1},
		{"A=1\n[cm4]\nA=2\n", "[cm4]A", "A=1\n[cm4]\n", 1},
		{"A=1\n[config.txt]\nA=2\n", "A", "[config.txt]\nA=2\n", 1},
		{"B=1\n", "A", "B=1\n", 0},
		{"", "A", "", 0},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct config_effect effect;
		cleanup_free char *result = changed(rows[i].text, rows[i].arg, &effect);

		assert_string_equal(result, rows[i].result);
		assert_int_equal(effect.removed, rows[i].removed);
	}
}

TEST(the_effect_has_the_old_value_and_other_lines)
{
	struct config_effect effect;

	free(changed("A=old\n[cm4]\nA=2\n", "A=new", &effect));
	assert_true(config_span_is(effect.old, "old"));
	assert_int_equal(effect.other.number, 3);
	assert_true(config_span_is(effect.other.filter, "cm4"));
	free(changed("A=old\n[cm4]\nA=2\n", "[cm4]A=new", &effect));
	assert_true(config_span_is(effect.old, "2"));
	assert_int_equal(effect.other.number, 1);
	assert_int_equal(effect.other.filter_count, 0);
}

TEST(changes_of_a_wrong_form_are_refused)
{
	static const char *const sets[] = {"",	       "A",	"=1",	   "A B=1",
					   "[cm4A=1",  "[]A=1", "[cm4]=1", "[config.txt]A=1",
					   "A=1\nB=2", "A=1\r", "#A=1"};
	static const char *const unsets[] = {"", "A=1", "[cm4]", "A B"};
	struct config_edit edit;

	for (size_t i = 0; i < array_size(sets); i++)
		assert_int_equal(config_edit_parse(&edit, sets[i], false, NULL), -EINVAL);
	for (size_t i = 0; i < array_size(unsets); i++)
		assert_int_equal(config_edit_parse(&edit, unsets[i], true, NULL), -EINVAL);
}

/* ---- findings */

struct findings {
	char text[8192];
	unsigned int errors;
};

static void finding_add(void *ctx, enum lint_level level, unsigned int line, const char *text)
{
	static const char letters[] = {
		[LINT_NOTE] = 'N',
		[LINT_WARNING] = 'W',
		[LINT_ERROR] = 'E',
	};
	struct findings *findings = ctx;
	size_t used = strlen(findings->text);

	findings->errors += level == LINT_ERROR;
	snprintf(findings->text + used, sizeof(findings->text) - used, "%c%u %s\n", letters[level],
		 line, text);
}

static const struct chip *chip_named(const char *name)
{
	const struct chip *chip = chip_next(NULL);

	while (strcmp(chip->name, name) != 0)
		chip = chip_next(chip);
	return chip;
}

/* Asserts that the text has exactly the findings of `wanted`, given by their beginnings or ends. */
static void finds(const char *chip, const char *text, const char *wanted)
{
	struct findings findings = {0};
	unsigned int errors =
		config_lint(text, strlen(text), chip_named(chip), finding_add, &findings);

	assert_int_equal(errors, findings.errors);
	if (strcmp(findings.text, wanted) != 0)
		fail_msg("'%s' has the findings:\n%snot:\n%s", text, findings.text, wanted);
}

TEST(sound_configurations_have_no_finding)
{
	finds("BCM2711", "[all]\nBOOT_UART=1\nTFTP_IP=192.0.2.1\nMAX_RESTARTS=-1\n", "");
	finds("BCM2712",
	      "# comment\n\n[pi5]\nPSU_MAX_CURRENT=5000\n[all]\nPCIE_PROBE=1\n[config.txt]\nx "
	      "y\r\n",
	      "");
	finds("BCM2712", "[board-type=0x14]\n[0xabcdef]\n[gpio4=1]\n[tryboot]\n[partition=2]\n",
	      "");
	finds("BCM2712", "[bootvar0&0x10]\n[boot_count>3]\n[none]\nSIGNED_BOOT=0x1\n", "");
}

TEST(unknown_settings_have_a_suggestion)
{
	finds("BCM2711", "BOOT_ODER=1\n",
	      "W1 unknown setting 'BOOT_ODER'; the most similar one is BOOT_ORDER\n");
	finds("BCM2711", "boot_uart=1\n",
	      "W1 unknown setting 'boot_uart'; the most similar one is BOOT_UART\n");
	finds("BCM2711", "SOMETHING_NEW=1\n", "W1 unknown setting 'SOMETHING_NEW'\n");
	finds("BCM2711", "XY=1\n", "W1 unknown setting 'XY'\n");
	finds("BCM2711", "VL804=1\n",
	      "W1 unknown setting 'VL804'; the most similar one is VL805\n");
}

TEST(values_are_checked)
{
	finds("BCM2711", "BOOT_UART=2\n",
	      "W1 BOOT_UART=2 is out of range: the value must be from 0 to 1\n");
	finds("BCM2711", "BOOT_UART=on\n", "E1 BOOT_UART is not a number: 'on'\n");
	finds("BCM2711", "BOOT_UART=\n", "E1 BOOT_UART is not a number: ''\n");
	finds("BCM2711", "BOOT_UART=0x\n", "E1 BOOT_UART is not a number: '0x'\n");
#define FOLLOWED(value)                                                                            \
	"W1 " value " is followed by spaces or a comment, which the bootloader may take as a "     \
	"part of the value: "
	finds("BCM2711", "BOOT_UART=1 \n", FOLLOWED("BOOT_UART=1") "'1 '\n");
	finds("BCM2711", "BOOT_UART=1#on\n", FOLLOWED("BOOT_UART=1") "'1#on'\n");
	finds("BCM2711", "TFTP_IP=192.0.2.1\t# ours\n",
	      FOLLOWED("TFTP_IP=192.0.2.1") "'192.0.2.1\t# ours'\n");
	finds("BCM2711", "BOOT_UART=on #\n",
	      FOLLOWED("BOOT_UART=on") "'on #'\nE1 BOOT_UART is not a number: 'on'\n");
	finds("BCM2711", "BOOT_UART= 1\n",
	      "W1 spaces at the beginning of the line or beside '=' are not allowed\n");
	finds("BCM2711", "DHCP_TIMEOUT=10\n",
	      "W1 DHCP_TIMEOUT=10 is out of range: the value must be from 5000 to 2147483647\n");
	finds("BCM2711", "TFTP_IP=\nCLIENT_IP=\r\n",
	      "W2 the line ends with a carriage return, as in files of Windows, but the bootloader "
	      "expects only a line feed\n");
	finds("BCM2711", "TFTP_IP= \n",
	      "W1 spaces at the beginning of the line or beside '=' are not allowed\n");
	finds("BCM2711", "BOOT_ORDER=\n", "E1 BOOT_ORDER is not a number: ''\n");
	finds("BCM2711", "TFTP_IP=192.0.2\n",
	      "E1 TFTP_IP must be an IPv4 address such as 192.0.2.1, not '192.0.2'\n");
	finds("BCM2711", "TFTP_IP=192.0.2.256\n",
	      "E1 TFTP_IP must be an IPv4 address such as 192.0.2.1, not '192.0.2.256'\n");
	finds("BCM2711", "TFTP_IP=1.2.3.4.5\n",
	      "E1 TFTP_IP must be an IPv4 address such as 192.0.2.1, not '1.2.3.4.5'\n");
	finds("BCM2711", "TFTP_IP=1..3.4\n",
	      "E1 TFTP_IP must be an IPv4 address such as 192.0.2.1, not '1..3.4'\n");
	finds("BCM2711", "BOOTVAR0=99999999999999999999\n",
	      "E1 BOOTVAR0 is not a number: '99999999999999999999'\n");
}

TEST(boot_orders_are_explained)
{
	finds("BCM2711", "BOOT_ORDER=0xf41\n",
	      "N1 BOOT_ORDER tries: SD card or eMMC, USB disk, start again\n");
	finds("BCM2712", "BOOT_ORDER=0xe7265430\n",
	      "W1 the bootloader never leaves the boot mode 3 of BOOT_ORDER (boot by rpiboot over "
	      "USB), so the digits to the left of the 3 have no effect\n"
	      "N1 BOOT_ORDER tries: SD card (waits for one), USB boot (rpiboot), USB disk, USB 2 "
	      "disk, NVMe, network, HTTP, stop\n");
	finds("BCM2711", "BOOT_ORDER=0x3\n", "N1 BOOT_ORDER tries: USB boot (rpiboot)\n");
	finds("BCM2711", "BOOT_ORDER=0x1f4\n",
	      "N1 BOOT_ORDER tries: USB disk, start again\nW1 the bootloader reads BOOT_ORDER from "
	      "right to left and stops at the digit e or f, so the digits to the left of it have "
	      "no effect\n");
	finds("BCM2711", "BOOT_ORDER=0xf91\n",
	      "W1 BOOT_ORDER has the unknown digit 9\n"
	      "N1 BOOT_ORDER tries: SD card or eMMC, unknown, start again\n");
	finds("BCM2711", "BOOT_ORDER=f41\n", "E1 BOOT_ORDER is not a number: 'f41'\n");
	finds("BCM2711", "BOOT_ORDER=0xf41f41f41\n",
	      "E1 BOOT_ORDER has more than 8 digits: '0xf41f41f41'\n");
}

TEST(settings_of_other_chips_are_found)
{
	finds("BCM2711", "PCIE_PROBE=1\n", "W1 PCIE_PROBE has no effect on BCM2711\n");
	finds("BCM2712", "VL805=1\n", "W1 VL805 has no effect on BCM2712\n");
}

TEST(lines_are_checked)
{
	cleanup_free char *line = NULL, *long_line = NULL;

	finds("BCM2711", "", "W0 the configuration is empty\n");
	finds("BCM2711", "[all]\nBOOT_UART=1\r\n[all]\r\n",
	      "W2 the line ends with a carriage return, as in files of Windows, but the bootloader "
	      "expects only a line feed\n");
	finds("BCM2711", "BOOT_UART = 1\n",
	      "W1 spaces at the beginning of the line or beside '=' are not allowed\n");
	finds("BCM2711", " BOOT_UART=1\n",
	      "W1 spaces at the beginning of the line or beside '=' are not allowed\n");
	finds("BCM2711", "[cm9]\n", "W1 unknown filter '[cm9]'\n");
	finds("BCM2711", "[all\n",
	      "W1 '[all' is neither KEY=VALUE nor a filter such as [cm4], so it has no effect\n");
	finds("BCM2711", "include x\n",
	      "W1 'include x' is neither KEY=VALUE nor a filter such as [cm4], so it has no "
	      "effect\n");
	finds("BCM2711", "TFTP_PREFIX_STR=\"a\"\n",
	      "W1 the quotes become a part of the value of TFTP_PREFIX_STR\n");
	finds("BCM2711", "BOOT_UART=1\nHDMI_DELAY=1\nBOOT_UART=0\n",
	      "W1 'BOOT_UART' has no effect, because line 3 sets it again\n");
	finds("BCM2711", "BOOT_UART=1\n[cm4]\nBOOT_UART=0\n", "");
	finds("BCM2711", "#\x01\n", "W1 the line has a control character (0x01)\n");
	assert_true(asprintf(&line, "HTTP_PATH=%088d\n", 0) > 0);
	finds("BCM2711", line, "");
	assert_true(asprintf(&long_line, "HTTP_PATH=%089d\n", 0) > 0);
	finds("BCM2711", long_line,
	      "W1 the line has 99 characters, but the bootloader reads only 98\n");
}

TEST(a_huge_text_is_checked_in_time)
{
	struct findings findings = {0};
	size_t size = 2 * 1024 * 1024;
	char *text = malloc(size);

	for (size_t i = 0; i + 4 <= size; i += 4)
		memcpy(text + i, "A=1\n", 4);
	config_lint(text, size, chip_named("BCM2711"), finding_add, &findings);
	assert_non_null(strstr(findings.text, "checked only the first 16384 for mistakes"));
	free(text);
}

TEST(similar_names_are_found)
{
	static const struct {
		const char *name, *nearest;
	} rows[] = {
		{"BOOT_ORDER", "BOOT_ORDER"},
		{"BOOTORDER", "BOOT_ORDER"},
		{"WAKE_ON_GPOI", "WAKE_ON_GPIO"},
		{"", NULL},
		{"A", NULL},
		{"QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ", NULL},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		const struct config_key *key = config_key_nearest(
			(struct config_span){rows[i].name, strlen(rows[i].name)});

		if (!rows[i].nearest)
			assert_null(key);
		else
			assert_string_equal(key->name, rows[i].nearest);
	}
}
