/* SPDX-License-Identifier: Apache-2.0 */
/* Files that exist and cannot be served: dangling links, and unusable members of an archive. And
 * the directories of ports. */
#include "diagnose/check.h"
#include "util/error.h"
#include "tests/test.h"
#include "tests/unit/diagnose/check_row.h"
#include "tests/unit/files/tar.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

/* The SHA-256 digest of "image" and zeros, 524288 bytes in all. */
#define IMAGE_SHA256 "01e2afcd8d734aa264d55869c90f5cc5f7163da90b61a3f6acc9c33c0dd0b0cc"

static const struct row rows[] = {
	{"with -o, the files of a port are checked",
	 {{"bootcode4.bin", "\x7f"},
	  {"start4.elf", "\x7f"},
	  {"1-1/config.txt", "program_pubkey=1"},
	  {"1-2.3/pieeprom.bin", "Image+524288"},
	  {"1-2.3/pieeprom.sig", IMAGE_SHA256}},
	 .overlay = true,
	 .code = -EBADMSG,
	 .chips = 1,
	 .errors = 1,
	 .warnings = 1,
	 .message = "1-2.3/pieeprom.bin', whose SHA-256 is"},
	{"damaged files of a port are warnings while serving",
	 {{"bootcode4.bin", "\x7f"},
	  {"start4.elf", "\x7f"},
	  {"1-1/start4.elf", "../firmware/start4.elf"},
	  {"1-2/config.txt", "boot_ramdisk=1"}},
	 .overlay = true,
	 .serving = true,
	 .chips = 1,
	 .warnings = 2,
	 .message = "1-1/start4.elf' contains only a path"},
	{"without -o, the files of a port are ignored",
	 {{"bootcode4.bin", "\x7f"},
	  {"start4.elf", "\x7f"},
	  {"1-1/start4.elf", ""},
	  {"1-1/boot.img", "-> nowhere"},
	  {"1-1/config.txt", "program_pubkey=1"}},
	 .chips = 1},
	{"with -o, a boot.img of a port is enough",
	 {{"bootcode4.bin", "\x7f"},
	  {"1-1/boot.img", "\x7f"},
	  {"1-1/config.txt", "boot_ramdisk=1"}},
	 .overlay = true,
	 .chips = 1},
	{"a link to a missing file has a remedy",
	 {{"bootcode4.bin", "-> ../firmware/2711/recovery.bin"},
	  {"pieeprom.original.bin", "-> ../firmware/2711/pieeprom.bin"}},
	 .code = -EBADMSG,
	 .errors = 1,
	 .warnings = 1,
	 .message =
		 "bootcode4.bin' is a symbolic link to '../firmware/2711/recovery.bin', which does "
		 "not exist; fetch the missing file (in a Git clone, run 'git submodule update "
		 "--init')"},
	{"a link to a dangling link has its target",
	 {{"bootcode4.bin", "-> parts/recovery.bin"},
	  {"parts/recovery.bin", "-> ../../rpi-eeprom/recovery.bin"}},
	 .code = -EBADMSG,
	 .errors = 1,
	 .message = "'parts/recovery.bin', which leads to the missing file "
		    "'parts/../../rpi-eeprom/recovery.bin'"},
	{"a dangling link is a warning beside a good chip",
	 {{"bootcode4.bin", "-> ../firmware/2711/recovery.bin"},
	  {"2712/bootcode5.bin", "\x7f"},
	  {"2712/boot.img", "\x7f"},
	  {"1-1/boot.img", "-> /nonexistent/boot.img"},
	  {"hidden.txt", "-> /dev/null"}},
	 .overlay = true,
	 .chips = 1,
	 .warnings = 2,
	 .message = "1-1/boot.img' is a symbolic link to '/nonexistent/boot.img'"},
};

TEST(a_link_gets_its_verdict)
{
	check_rows(rows, array_size(rows));
}

/* Members of bootfiles.bin that no board can get. */
static const struct {
	const char *what;
	struct tar_member members[6];
	int code;
	unsigned int errors, warnings;
	const char *message;
} archives[] = {
	{.what = "a hard link in an archive has no finding",
	 .members = {{.name = "2711/", .text = NULL, .type = AE_IFDIR},
		     {.name = "./2711/bootcode4.bin", .text = "\x7f"},
		     {.name = "2711/BOOT.IMG", .text = "\x7f"},
		     {.name = "2711/alias.img", .text = "./2711/BOOT.IMG", .hardlink = 1}}},
	{.what = "a bootcode that is a symbolic link is an error",
	 .members = {{.name = "2711/real.bin", .text = "\x7f"},
		     {.name = "2711/bootcode4.bin", .text = "real.bin", .type = AE_IFLNK}},
	 .code = -EBADMSG,
	 .errors = 1,
	 .message =
		 "contains '2711/bootcode4.bin' only as a link to 'real.bin', and rpiboot serves "
		 "no links"},
	{.what = "another symbolic link is a warning",
	 .members = {{.name = "2711/bootcode4.bin", .text = "\x7f"},
		     {.name = "2711/boot.img", .text = "\x7f"},
		     {.name = "2711/logo.bin", .text = "\033[1m", .type = AE_IFLNK}},
	 .warnings = 1,
	 .message = "contains '2711/logo.bin' only as a link to '\\x1b[1m'"},
	{.what = "a dangling hard link is a warning",
	 .members = {{.name = "2711/bootcode4.bin", .text = "\x7f"},
		     {.name = "2711/boot.img", .text = "\x7f"},
		     {.name = "2711/logo.bin", .text = "2712/logo.bin", .hardlink = 1}},
	 .warnings = 1,
	 .message = "'2711/logo.bin' only as a link to '2712/logo.bin'"},
	{.what = "an archive of a parent directory is an error",
	 .members = {{.name = "files/2711/bootcode4.bin", .text = "\x7f"},
		     {.name = "files/2711/boot.img", .text = "\x7f"}},
	 .code = -EBADMSG,
	 .errors = 1,
	 .message = "no board requests 'files/2711/bootcode4.bin' and other members in"},
	{.what = "an invalid member name is a warning",
	 .members = {{.name = "2711/bootcode4.bin", .text = "\x7f"},
		     {.name = "2711/boot.img", .text = "\x7f"},
		     {.name = "2711/../2711/logo.bin", .text = "\x7f"}},
	 .warnings = 1,
	 .message = "no board requests '2711/../2711/logo.bin' in"},
};

TEST(a_member_that_cannot_be_served_is_reported)
{
	for (size_t i = 0; i < array_size(archives); i++) {
		struct findings findings = {0};
		const struct check_config config = {.found = findings_note, .ctx = &findings};
		struct check_result result;
		struct error err = {0};
		char *dir = tree_new();
		int r;

		tar_write(tree_path(dir, "bootfiles.bin"), "gnutar", archives[i].members);
		r = check_dir(dir, &config, &result, &err);
		if (r != archives[i].code || result.errors != archives[i].errors ||
		    result.warnings != archives[i].warnings ||
		    (archives[i].message ? !strstr(findings.text, archives[i].message)
					 : findings.text[0]))
			fail_msg("%s: code %d, %u errors, %u warnings: %s%s", archives[i].what, r,
				 result.errors, result.warnings, findings.text, err.text);
		tree_free(dir);
	}
}

TEST(directories_of_many_ports_are_checked)
{
	const struct check_config config = {.overlay = true};
	struct check_result result;
	struct error err = {0};
	char *dir = tree_new(), name[32];

	tree_text(dir, "bootcode4.bin", "\x7f");
	for (int i = 1; i <= 300; i++) {
		snprintf(name, sizeof(name), "1-%d/boot.img", i);
		tree_text(dir, name, i % 2 ? "\x7f" : "");
	}
	assert_int_equal(check_dir(dir, &config, &result, &err), -EBADMSG);
	assert_int_equal(result.errors, 150);
	assert_int_equal(result.warnings, 0);
	tree_free(dir);
}
