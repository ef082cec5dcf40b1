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
	{"a bootcode and its firmware have no finding",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", "\x7f"}},
	 .chips = 1},
	{"the chip's directory can have both files",
	 {{"2711/bootcode4.bin", "\x7f code"}, {"2711/start4.elf", "\x7f"}},
	 .chips = 1},
	{"a bootcode can serve two chips",
	 {{"bootcode.bin", "\x7f code"}, {"start.elf", "\x7f"}},
	 .chips = 2},
	{"a directory without bootcode is refused",
	 {{"readme", "x"}},
	 .code = -ENOENT,
	 .message =
		 "there is no bootcode*.bin in this directory, in 2710/, 2711/, 2712/ or in boot"},
	{"an empty bootcode is an error",
	 {{"bootcode4.bin", ""}, {"start4.elf", "\x7f"}},
	 .code = -EBADMSG,
	 .errors = 1,
	 .message = "0 bytes"},
	{"a damaged bootcode is an error beside a good one",
	 {{"bootcode4.bin", ""}, {"bootcode5.bin", "\x7f"}, {"boot.img", "\x7f"}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .message = "bootcode4.bin"},
	{"empty firmware is an error",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", ""}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .message = "start4.elf' is empty"},
	{"empty firmware is a warning while serving",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", ""}},
	 .serving = true,
	 .chips = 1,
	 .warnings = 1,
	 .message = "start4.elf' is empty"},
	{"an empty config.txt has no finding",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", "\x7f"}, {"config.txt", ""}},
	 .chips = 1},
	{"the text of a symbolic link is an error",
	 {{"bootcode4.bin", "\x7f code"}, {"start4.elf", "../firmware/start4.elf"}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .message = "symbolic link"},
	{"a pointer of Git LFS is an error",
	 {{"bootcode4.bin", "\x7f code"},
	  {"boot.img", "version https://git-lfs.github.com/spec/v1\n"}},
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .message = "LFS"},
	{"a bootfiles.bin in another format is refused",
	 {{"bootcode4.bin", "\x7f code"}, {"bootfiles.bin", "no archive"}},
	 .code = -EBADMSG,
	 .message = "bootfiles.bin"},
	{"a bootcode alone has a warning",
	 {{"bootcode5.bin", "\x7f"}},
	 .chips = 1,
	 .warnings = 1,
	 .message = "but no file to boot after it"},
	{"with -s, a boot.img needs boot.sig",
	 {{"bootcode5.bin", "\x7f"}, {"boot.img", "\x7f"}},
	 .signed_boot = true,
	 .chips = 1,
	 .warnings = 1,
	 .message = "boot.sig"},
	{"with -s, a boot.img needs boot.sig beside bootcode.sig",
	 {{"bootcode5.bin", "\x7f"},
	  {"boot.img", "\x7f"},
	  {"bootcode.bin", "\x7f"},
	  {"bootcode.sig", "01234567890123456789"}},
	 .signed_boot = true,
	 .chips = 3,
	 .warnings = 1,
	 .message = "boot.sig"},
	{"with -s, a signed boot.img has no finding",
	 {{"bootcode5.bin", "\x7f"}, {"boot.img", "\x7f"}, {"boot.sig", "0123/4"}},
	 .signed_boot = true,
	 .chips = 1},
	{"with -s, bootcode.bin needs bootcode.sig",
	 {{"2710/bootcode.bin", "\x7f"}, {"2710/start.elf", "\x7f"}},
	 .signed_boot = true,
	 .code = -EBADMSG,
	 .chips = 2,
	 .errors = 1,
	 .message = "bootcode.sig"},
	{"with -o, bootcode.sig can be at a port",
	 {{"bootcode.bin", "\x7f"}, {"start.elf", "\x7f"}, {"1-1.2/bootcode.sig", "signature"}},
	 .signed_boot = true,
	 .overlay = true,
	 .chips = 2},
	{"without -o, bootcode.sig at a port does not count",
	 {{"bootcode.bin", "\x7f"}, {"start.elf", "\x7f"}, {"1-1.2/bootcode.sig", "signature"}},
	 .signed_boot = true,
	 .code = -EBADMSG,
	 .chips = 2,
	 .errors = 1,
	 .message = "bootcode.sig"},
	{"bootcode.sig in another directory does not count",
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
