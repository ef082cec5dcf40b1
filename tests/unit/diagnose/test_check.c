/* SPDX-License-Identifier: Apache-2.0 */
/* Defects of a boot directory, one in each row. */
#include "diagnose/check.h"
#include "util/error.h"
#include "tests/test.h"
#include "tests/unit/diagnose/check_row.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

static const struct row rows[] = {
	{"good", {{"bootcode4.bin", "\x7f code"}, {"start4.elf", "\x7f"}}, .chips = 1},
	{"in the chip's directory",
	 {{"2711/bootcode4.bin", "\x7f code"}, {"2711/start4.elf", "\x7f"}},
	 .chips = 1},
	{"one bootcode for two chips",
	 {{"bootcode.bin", "\x7f code"}, {"start.elf", "\x7f"}},
	 .chips = 2},
	{"nothing",
	 {{"readme", "x"}},
	 .code = -ENOENT,
	 .message =
		 "there is no bootcode*.bin in this directory, in 2710/, 2711/, 2712/ or in boot"},
	{"bootcode of 0 bytes",
	 {{"bootcode4.bin", ""}, {"start4.elf", "\x7f"}},
	 .code = -EBADMSG,
	 .errors = 1,
	 .message = "0 bytes"},
	{"one bad chip beside a good one",
	 {{"bootcode4.bin", ""}, {"bootcode5.bin", "\x7f"}, {"boot.img", "\x7f"}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .message = "bootcode4.bin"},
	{"firmware of 0 bytes",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", ""}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .message = "start4.elf' is empty"},
	{"... which may never be asked for",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", ""}},
	 .serving = true,
	 .chips = 1,
	 .warnings = 1,
	 .message = "start4.elf' is empty"},
	{"an empty text is none",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", "\x7f"}, {"config.txt", ""}},
	 .chips = 1},
	{"a link as text",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", "../firmware/start4.elf"}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .message = "symbolic link"},
	{"a pointer of Git LFS",
	 {{"bootcode4.bin", "\x7f code"},
	  {"boot.img", "version https://git-lfs.github.com/spec/v1\n"}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .message = "LFS"},
	{"an archive that is none",
	 {{"bootcode4.bin", "\x7f code"}, {"bootfiles.bin", "no archive"}},
	 .code = -EBADMSG,
	 .message = "bootfiles.bin"},
	{"bootcode only",
	 {{"bootcode5.bin", "\x7f"}},
	 .chips = 1,
	 .warnings = 1,
	 .message = "but no file to boot after it"},
	{"boot.img that is not signed",
	 {{"bootcode5.bin", "\x7f"}, {"boot.img", "\x7f"}},
	 .signed_boot = true,
	 .chips = 1,
	 .warnings = 1,
	 .message = "boot.sig"},
	{"... beside what -s is for",
	 {{"bootcode5.bin", "\x7f"},
	  {"boot.img", "\x7f"},
	  {"bootcode.bin", "\x7f"},
	  {"bootcode.sig", "01234567890123456789"}},
	 .signed_boot = true,
	 .chips = 3,
	 .warnings = 1,
	 .message = "boot.sig"},
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
	 .message = "bootcode.sig"},
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
	 .message = "bootcode.sig"},
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
	 .message = "bootcode.sig"},
};

TEST(a_directory_gets_its_verdict)
{
	check_rows(rows, array_size(rows));
}

TEST(a_check_needs_a_directory)
{
	const struct check_config config = {0};
	struct check_result result;
	struct error err = {0};

	assert_int_equal(check_dir("/nonexistent", &config, &result, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent"));
	assert_int_equal(check_dir("/dev/null", &config, &result, &err), -ENOTDIR);
}
