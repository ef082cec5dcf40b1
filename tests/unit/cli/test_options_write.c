/* SPDX-License-Identifier: Apache-2.0 */
/* --write and its related options on the command line. */
#include "tests/test.h"
#include "tests/unit/cli/option_rows.h"

#include "util/util.h"

TEST(options_of_an_image_are_accepted)
{
	static const struct option_line rows[] = {
		{"--write os.img", "no-metadata write=os.img"},
		{"--write=os.img.xz --no-verify", "no-metadata no-verify write=os.img.xz"},
		{"--raw --write os.qcow2", "no-metadata write=os.qcow2 raw"},
		{"--write - --bmap os.bmap", "no-metadata write=- bmap=os.bmap"},
		{"--write os.img --no-bmap --to nvme0n1",
		 "no-metadata to=nvme0n1 write=os.img no-bmap"},
		{"--write os.img -n 2", "count=2 no-metadata write=os.img shared"},
		{"-l --write os.img", "count=0 no-metadata write=os.img shared"},
		{"--write os.img -j", "write=os.img document"},
		{"--write - -n 1", "no-metadata write=-"},
		{"--write os.img --expect disk", "no-metadata expect=disk write=os.img"},
		{"-d boot --write os.img", "dir=boot no-metadata write=os.img"},
	};

	option_lines_check(rows, array_size(rows));
}

TEST(options_of_an_image_need_the_image)
{
	static const struct option_line rows[] = {
		{"--write", "! option '--write' needs an argument: IMAGE"},
		{"--write=", "! the argument of '--write' is empty"},
		{"--no-verify", "! --no-verify needs --write IMAGE"},
		{"--bmap os.bmap", "! --bmap needs --write IMAGE"},
		{"--raw", "! --raw needs --write IMAGE"},
		{"--no-bmap", "! --no-bmap needs --write IMAGE"},
		{"--to nvme0n1", "! --to needs --write IMAGE"},
		{"--write os.img --bmap a --no-bmap",
		 "! --bmap and --no-bmap cannot be used together"},
		{"--write os.img --expect done",
		 "! --write needs a disk; use --expect disk, or leave out --expect"},
		{"--write - -n 2", "! --write - works for only one board, because standard input "
				   "can be read only once; for several boards, give a file"},
		{"--write - -l", "! --write - works for only one board, because standard input can "
				 "be read only once; for several boards, give a file"},
	};

	option_lines_check(rows, array_size(rows));
}
