/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a boot directory: each defect a row. */
#include "../check.h"

#include "../chip.h"
#include "../error.h"
#include "../util.h"
#include "tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

/* SHA-256 of "image". */
#define IMAGE_SHA256 "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d"

struct entry {
	const char *name, *text;
};

struct row {
	const char *what;
	struct entry entries[7]; /* until one without name */
	bool signed_boot, serving, overlay;
	int code; /* of check_dir() */
	unsigned int chips, errors, warnings;
	const char *says; /* a part of some finding or of the error; NULL: nothing is said */
};

static const struct row rows[] = {
	{"good", {{"bootcode4.bin", "\x7f code"}, {"start4.elf", "\x7f"}}, .chips = 1},
	{"in the chip's directory",
	 {{"2711/bootcode4.bin", "\x7f code"}, {"2711/start4.elf", "\x7f"}},
	 .chips = 1},
	{"one bootcode for two chips",
	 {{"bootcode.bin", "\x7f code"}, {"start.elf", "\x7f"}},
	 .chips = 2},
	{"nothing", {{"readme", "x"}}, .code = -ENOENT, .says = "bootcode5.bin"},
	{"bootcode of 0 bytes",
	 {{"bootcode4.bin", ""}, {"start4.elf", "\x7f"}},
	 .code = -EBADMSG,
	 .errors = 1,
	 .says = "0 bytes"},
	{"one bad chip beside a good one",
	 {{"bootcode4.bin", ""}, {"bootcode5.bin", "\x7f"}, {"boot.img", "\x7f"}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .says = "bootcode4.bin"},
	{"firmware of 0 bytes",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", ""}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .says = "start4.elf' is empty"},
	{"... which may never be asked for",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", ""}},
	 .serving = true,
	 .chips = 1,
	 .warnings = 1,
	 .says = "start4.elf' is empty"},
	{"an empty text is none",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", "\x7f"}, {"config.txt", ""}},
	 .chips = 1},
	{"a link as text",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", "../firmware/start4.elf"}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .says = "symbolic link"},
	{"a pointer of Git LFS",
	 {{"bootcode4.bin", "\x7f code"},
	  {"boot.img", "version https://git-lfs.github.com/spec/v1\n"}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .says = "LFS"},
	{"an archive that is none",
	 {{"bootcode4.bin", "\x7f code"}, {"bootfiles.bin", "no archive"}},
	 .code = -EBADMSG,
	 .says = "bootfiles.bin"},
	{"a right signature",
	 {{"bootcode4.bin", "\x7f"},
	  {"pieeprom.bin", "image"},
	  {"pieeprom.sig", IMAGE_SHA256 "\nts: 1\n"}},
	 .chips = 1},
	{"... of another image",
	 {{"bootcode4.bin", "\x7f"},
	  {"pieeprom.bin", "Image"},
	  {"pieeprom.sig", IMAGE_SHA256 "\nts: 1\n"}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .says = "another image"},
	{"... that is none",
	 {{"bootcode4.bin", "\x7f"}, {"pieeprom.bin", "image"}, {"pieeprom.sig", "signature"}},
	 .chips = 1,
	 .warnings = 1,
	 .says = "SHA-256"},
	{"a recovery without image",
	 {{"bootcode4.bin", "\x7f"}, {"config.txt", "uart_2ndstage=1\n"}},
	 .chips = 1,
	 .warnings = 1,
	 .says = "recovery"},
	{"bootcode only",
	 {{"bootcode5.bin", "\x7f"}},
	 .chips = 1,
	 .warnings = 1,
	 .says = "nothing that"},
	{"a key for ever",
	 {{"bootcode5.bin", "\x7f"},
	  {"pieeprom.bin", "image"},
	  {"config.txt", "[all]\n program_pubkey = 1 \r\n"}},
	 .chips = 1,
	 .warnings = 1,
	 .says = "program_pubkey, which changes a board for ever"},
	{"two of them, in a shared file",
	 {{"bootcode4.bin", "\x7f"},
	  {"bootcode5.bin", "\x7f"},
	  {"pieeprom.bin", "image"},
	  {"config.txt", "revoke_devkey=1\nprogram_jtag_lock=1"}},
	 .chips = 2,
	 .warnings = 2,
	 .says = "program_jtag_lock"},
	{"keys that are off",
	 {{"bootcode5.bin", "\x7f"},
	  {"pieeprom.bin", "image"},
	  {"config.txt",
	   "program_pubkey=0\n#revoke_devkey=1\nprogram_rpiboot_gpio=\nxprogram_pubkey=1\n"}},
	 .chips = 1},
	{"boot.img that is not signed",
	 {{"bootcode5.bin", "\x7f"}, {"boot.img", "\x7f"}},
	 .signed_boot = true,
	 .chips = 1,
	 .warnings = 1,
	 .says = "boot.sig"},
	{"... beside what -s is for",
	 {{"bootcode5.bin", "\x7f"},
	  {"boot.img", "\x7f"},
	  {"bootcode.bin", "\x7f"},
	  {"bootcode.sig", "01234567890123456789"}},
	 .signed_boot = true,
	 .chips = 3,
	 .warnings = 1,
	 .says = "boot.sig"},
	{"... and is",
	 {{"bootcode5.bin", "\x7f"}, {"boot.img", "\x7f"}, {"boot.sig", "0123/4"}},
	 .signed_boot = true,
	 .chips = 1},
	{"a signed boot ROM without signature",
	 {{"2710/bootcode.bin", "\x7f"}, {"2710/start.elf", "\x7f"}},
	 .signed_boot = true,
	 .code = -EBADMSG,
	 .chips = 2,
	 .errors = 1,
	 .says = "bootcode.sig"},
	{"... which has it by port",
	 {{"bootcode.bin", "\x7f"}, {"start.elf", "\x7f"}, {"1-1.2/bootcode.sig", "signature"}},
	 .signed_boot = true,
	 .overlay = true,
	 .chips = 2},
	{"... without -o",
	 {{"bootcode.bin", "\x7f"}, {"start.elf", "\x7f"}, {"1-1.2/bootcode.sig", "signature"}},
	 .signed_boot = true,
	 .code = -EBADMSG,
	 .chips = 2,
	 .errors = 1,
	 .says = "bootcode.sig"},
	{"... in what is no port path",
	 {{"bootcode.bin", "\x7f"},
	  {"start.elf", "\x7f"},
	  {"1-1.2.old/bootcode.sig", "signature"},
	  {"1-/bootcode.sig", "signature"},
	  {"1/bootcode.sig", "signature"},
	  {"1-2/bootcode.sig/x", "a directory"}},
	 .signed_boot = true,
	 .overlay = true,
	 .code = -EBADMSG,
	 .chips = 2,
	 .errors = 1,
	 .says = "bootcode.sig"},
};

struct said {
	char text[4096];
	unsigned int chips;
};

static void note(void *ctx, const struct check_finding *finding)
{
	struct said *said = ctx;
	size_t used = strlen(said->text);

	if (finding->kind == CHECK_CHIP)
		said->chips += finding->bootcode != NULL;
	else
		snprintf(said->text + used, sizeof(said->text) - used, "%s\n", finding->text);
}

static void check_row(const struct row *row)
{
	struct said said = {0};
	struct check_config config = {.signed_boot = row->signed_boot,
				      .serving = row->serving,
				      .overlay = row->overlay,
				      .found = note,
				      .ctx = &said};
	struct check_result result;
	struct error err = {0};
	char *dir = tree_new();
	int r;

	for (const struct entry *entry = row->entries; entry->name; entry++)
		tree_text(dir, entry->name, entry->text);
	r = check_dir(dir, &config, &result, &err);
	if (r != row->code || result.chips != row->chips || result.errors != row->errors ||
	    result.warnings != row->warnings || said.chips != result.chips)
		fail_msg("%s: code %d, %u chips, %u errors, %u warnings; %s%s", row->what, r,
			 result.chips, result.errors, result.warnings, said.text, err.text);
	if (row->says ? !strstr(said.text, row->says) && !strstr(err.text, row->says)
		      : said.text[0] || err.text[0])
		fail_msg("%s: it says '%s' '%s'", row->what, said.text, err.text);
	tree_free(dir);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(rows); i++)
		check_row(&rows[i]);
}

static void test_no_directory(void **state)
{
	const struct check_config config = {0};
	struct check_result result;
	struct error err = {0};

	(void)state;
	assert_int_equal(check_dir("/nonexistent", &config, &result, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent"));
	assert_int_equal(check_dir("/dev/null", &config, &result, &err), -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
