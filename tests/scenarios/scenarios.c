/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios without faults: the request orders of docs/protocol.md (section 4), and the sources of
 * the files (section 5). */
#include "tests/scenarios/scenarios.h"

#define NAME_50	 "0123456789abcdefghijklmnopqrstuvwxyz-0123456789.abc"
#define NAME_255 NAME_50 NAME_50 NAME_50 NAME_50 NAME_50

#define MSD_2835 "bootcode.bin:52000 start.elf:437000"
#define MSD_2711 "bootcode4.bin:73000 start4.elf:537000"
#define LINUX_2835                                                                                 \
	"bootcode.bin:50001 config.txt:300 start_cd.elf:600000 fixup_cd.dat:3000 "                 \
	"kernel.img:3000000 bcm2708-rpi-cm.dtb:24000 overlays/dwc2.dtbo:800"
#define METADATA                                                                                   \
	";meta MAC_ADDR d8:3a:dd:00:00:01;meta1 FACTORY_UUID 19a519a6_19ab520e_1ac0212b;"          \
	"meta BOOT_ROM 0000c8b0;done x"

#define RECOVERY_DOCUMENT                                                                          \
	"{\n  \"USER_SERIAL_NUM\": \"12345678\",\n  \"MAC_ADDR\": \"d8:3a:dd:00:00:01\",\n"        \
	"  \"EEPROM_UPDATE\": \"success\",\n  \"FACTORY_UUID\": \"001000911006186073\"\n}\n"
#define MSD	 .after = EMU_AFTER_MSD
#define GADGET64 .after = EMU_AFTER_GADGET64

const struct scenario scenarios_payloads[] = {
	{
		.name = "2837-msd",
		.board.emu = {.chip = EMU_BCM2837, MSD},
		.files = MSD_2835,
		.script = "@msd",
		.out = "/dev/sda\n",
		.err = "BCM2837|sent bootcode.bin|sent start.elf|/dev/sda is here",
	},
	{
		.name = "2837-msd-two-interfaces",
		.board.emu = {.chip = EMU_BCM2837_STORAGE, MSD},
		.files = MSD_2835,
		.script = "@msd",
		.out = "/dev/sda\n",
	},
	{
		.name = "2835-msd",
		.board.emu = {.chip = EMU_BCM2835, MSD},
		.files = MSD_2835,
		.script = "@msd",
		.out = "/dev/sda\n",
		.err = "BCM2835|full speed|high speed",
	},
	{
		.name = "2835-linux",
		.board.emu = {.chip = EMU_BCM2835, .after = EMU_AFTER_GADGET},
		.files = LINUX_2835,
		.script = "@linux",
		.args = "-v -d DIR",
		.err = "autoboot.txt is missing|cmdline.txt is missing|sent overlays/dwc2.dtbo",
	},
	{
		.name = "2835-linux-disk",
		.board.emu = {.chip = EMU_BCM2835, .after = EMU_AFTER_GADGET},
		.files = LINUX_2835,
		.script = "@linux",
		.args = "-d DIR --expect disk",
		.out = "/dev/sda\n",
		.err = "Linux File-Stor Gadget",
	},
	{
		.name = "2711-msd",
		.board.emu = {.chip = EMU_BCM2711, MSD},
		.files = MSD_2711,
		.script = "@msd",
		.out = "/dev/sda\n",
		.err = "serial 12345678|RPi-MSD- 0001",
	},
	{
		.name = "2711-msd-in-real-time",
		.board.emu = {.chip = EMU_BCM2711, MSD, .gap_ms = 2600, .drop_ms = 100},
		.files = MSD_2711,
		.script = "@msd",
		.out = "/dev/sda\n",
	},
	{
		.name = "2711-gadget64",
		.board.emu = {.chip = EMU_BCM2711, GADGET64},
		.files = "bootcode4.bin:122000 mcb.bin:100 memsys00.bin:40 memsys01.bin:41 "
			 "memsys02.bin:42 memsys03.bin:43 memsys04.bin:44 memsys05.bin:45 "
			 "memsys06.bin:46 memsys07.bin:47 memsys08.bin:48 bootmain:557000 "
			 "config.txt:64 boot.img:29000000",
		.script = "@gadget64",
		.out = "/dev/sda\n",
		.err = "mmcblk0",
	},
	{
		.name = "2711-recovery",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:90000 config.txt:100 pieeprom.bin:524288 pieeprom.sig:100",
		.script = "@recovery",
		.args = "-v -d DIR",
		.err = "reports FACTORY_UUID: 001000911006186073",
		.out = RECOVERY_DOCUMENT,
	},
	{
		.name = "2711-recovery-no-image",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:90000 config.txt:100",
		.script = "ask config.txt;missing pieeprom.bin;missing pieeprom.upd" METADATA,
		.args = "-v -d DIR",
		.err = "pieeprom.upd is missing",
		.out_has = "{|\"MAC_ADDR\": \"d8:3a:dd:00:00:01\"|BOOT_ROM|}",
	},
	{
		.name = "2711-recovery-then-rom-again",
		.board.emu = {.chip = EMU_BCM2711, .after = EMU_AFTER_ROM},
		.files = "bootcode4.bin:90000 config.txt:100 pieeprom.bin:524288 pieeprom.sig:100",
		.script = "@recovery",
		.out = RECOVERY_DOCUMENT,
	},
	{
		.name = "2712-gadget64",
		.board.emu = {.chip = EMU_BCM2712, GADGET64, .disks = 2},
		.files = "bootcode5.bin:78000 mcb.bin:100 memsys00:40 memsys01:41 rp1c0fw1.bin:50 "
			 "memsys02:42 rp1c0fw2.bin:51 memsys03:43 bootmain:300000 config.txt:64 "
			 "boot.img:9000000",
		.script = "@gadget64",
		.out = "/dev/sda\n/dev/sdb\n",
		.err = "mmcblk0|nvme0n1",
	},
	{
		.name = "2712-recovery5",
		.board.emu = {.chip = EMU_BCM2712},
		.files = "bootcode5.bin:78000 config.txt:100 pieeprom.bin:2097152 pieeprom.sig:100",
		.script = "@recovery",
		.out = RECOVERY_DOCUMENT,
	},
	{
		.name = "metadata-to-stdout",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:90000 config.txt:100",
		.script = "ask config.txt" METADATA,
		.args = "-j -d DIR",
		.out_has = "{|MAC_ADDR|d8:3a:dd:00:00:01|001000911006186073|BOOT_ROM|}",
	},
	{
		.name = "metadata-to-directory",
		.board = {.serial = "89abcdef", .emu = {.chip = EMU_BCM2712}},
		.files = "bootcode5.bin:90000 config.txt:100 ../meta/:0",
		.script = "ask config.txt" METADATA,
		.args = "-j WORK/meta -d DIR",
		.makes = "meta/89abcdef.json",
	},
	{
		.name = "metadata-to-directory-that-is-made",
		.board = {.serial = "89abcdef", .emu = {.chip = EMU_BCM2712}},
		.files = "bootcode5.bin:90000 config.txt:100",
		.script = "ask config.txt;meta USER_SERIAL_NUM 1000000089abcdef;done",
		.args = "-q -j WORK/of/2026 -d DIR",
		.err = "",
		.makes = "of/2026/89abcdef.json",
	},
	{
		.name = "metadata-to-directory-json",
		.board = {.serial = "89abcdef", .emu = {.chip = EMU_BCM2712}},
		.files = "bootcode5.bin:90000 config.txt:100",
		.script = "ask config.txt" METADATA,
		.args = "--json -j WORK/meta -d DIR",
		.out_has = "\"event\":\"document\",\"port\":\"90-1.2\",\"path\":|"
			   "/meta/89abcdef.json\",\"text\":\"\"|\"ok\":true",
		.makes = "meta/89abcdef.json",
	},
	{
		/* The board has booted, so it succeeds. */
		.name = "metadata-that-cannot-be-saved",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:90000 config.txt:100 pieeprom.bin:524288 pieeprom.sig:100 "
			 "../meta/12345678.json/in-the-way:1",
		.script = "@recovery",
		.args = "-q -j WORK/meta -d DIR",
		.out = RECOVERY_DOCUMENT,
		.err = "90-1.2: warning: cannot write the metadata file|/meta/12345678.json': |the "
		       "metadata of the board is printed on stdout",
	},
	{
		.name = "metadata-and-a-disk",
		.board.emu = {.chip = EMU_BCM2711, MSD},
		.files = MSD_2711,
		.script = "ask start4.elf;meta MAC_ADDR a;done",
		.out = "{\n  \"MAC_ADDR\": \"a\"\n}\n/dev/sda\n",
	},
	{
		.name = "metadata-as-the-only-result",
		.board.emu = {.chip = EMU_BCM2711, MSD},
		.files = MSD_2711,
		.script = "ask start4.elf;meta MAC_ADDR a;done",
		.args = "-j -d DIR",
		.out = "{\n  \"MAC_ADDR\": \"a\"\n}\n",
		.err = "/dev/sda is here",
	},
	{
		.name = "metadata-quiet",
		.board.emu = {.chip = EMU_BCM2711, MSD},
		.files = MSD_2711,
		.script = "ask start4.elf;meta MAC_ADDR a;done",
		.args = "-q -d DIR",
		.out = "/dev/sda\n",
	},
	{
		.name = "metadata-of-a-board-that-fails",
		.board.emu = {.chip = EMU_BCM2711},
		.files = MSD_2711,
		.script = "ask start4.elf;meta MAC_ADDR a;leave",
		.args = "-d DIR --stage-timeout 2 --expect done",
		.status = 6,
		.out = "{\n  \"MAC_ADDR\": \"a\"\n}\n",
	},
	{
		.name = "metadata-once",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:90000",
		.script = "meta MAC_ADDR a;meta1 MAC_ADDR a;meta MAC_ADDR a;done",
		.args = "--json -d DIR",
		.out_has = "\"event\":\"metadata\"",
	},
	{
		.name = "metadata-hostile",
		.board = {.serial = "../../..", .emu = {.chip = EMU_BCM2711}},
		.files = "bootcode4.bin:90000 ../meta/:0",
		.script = "meta USER_SERIAL_NUM ../../x;meta \\x1b[2J \\x07\\xff;meta X;done",
		.args = "-v -j WORK/meta -d DIR",
		.err = "\\x1b[2J|\\x07\\xff",
		.makes = "meta/90-1.2.json",
	},
	{
		.name = "json-lines",
		.board.emu = {.chip = EMU_BCM2711, MSD},
		.files = MSD_2711,
		.script = "@msd",
		.args = "--json -d DIR",
		.out_has =
			"\"event\":\"waiting\"|\"event\":\"found\"|\"chip\":\"BCM2711\"|"
			"\"stage\":\"rom\"|\"stage\":\"files\"|\"name\":\"start4.elf\"|"
			"\"bytes\":537000|\"event\":\"missing\"|\"event\":\"left\",|\"done\":true|"
			"\"path\":\"/dev/sda\"|\"event\":\"result\"|\"event\":\"summary\"|"
			"\"ok\":1,\"failed\":0",
		.err = "",
	},
	{
		.name = "quiet",
		.board.emu = {.chip = EMU_BCM2711, MSD},
		.files = MSD_2711,
		.script = "@msd",
		.args = "-q -d DIR",
		.out = "/dev/sda\n",
		.err = "",
	},
	{},
};

const struct scenario scenarios_files[] = {
	{
		.name = "file-of-0-bytes",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:1 empty:0 one:1 pieeprom.bin:262144",
		.script = "size empty;read empty;read empty;ask one;ask pieeprom.bin;done",
		.err = "sent empty, 0 bytes",
	},
	{
		.name = "file-of-64-MiB",
		.board.emu = {.chip = EMU_BCM2712, GADGET64},
		.files = "bootcode5.bin:78000 boot.img:67108864",
		.script = "ask boot.img;done",
		.out = "/dev/sda\n",
	},
	{
		.name = "file-with-a-name-of-255-bytes",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:1000 " NAME_255 ":2000",
		.script = "ask " NAME_255 ";done",
		.err = "sent " NAME_255,
	},
	{
		.name = "file-asked-for-often",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:1000 a:70000 b:3",
		.script = "ask a;ask a;ask a;read a;read a;ask b;ask a;read b;read a;done",
	},
	{
		.name = "file-read-without-its-size",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:1000 a:70000 b:512",
		.script = "read b;read a;unread c;size b;read a;done",
		.args = "-v -d DIR",
		.err = "c is missing",
	},
	{
		.name = "file-size-asked-for-twice",
		.board.emu = {.chip = EMU_BCM2837},
		.files = "bootcode.bin:1000 a:70000",
		.script = "size a;size a;read a;missing b;missing b;done",
	},
	{
		.name = "no-report-from-an-old-chip",
		.board.emu = {.chip = EMU_BCM2837},
		.files = "bootcode.bin:1000 *x*y:10",
		.script = "ask *x*y;done",
		.err = "sent *x*y",
	},
	{
		.name = "hostile-names",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:1000 ../secret:100 a..b:20 config.txt:30 a/b:40",
		.script = "missing ../secret;unread ../secret;missing a/../../secret;missing ..;"
			  "missing /../secret;missing x\\x1b[2Jy;missing \\xff\\x80;missing \\x0a;"
			  "unread a\\x7fb;missing .;missing a;ask a..b;ask /config.txt config.txt;"
			  "ask //a/b a/b;done",
		.args = "-v -d DIR",
		.err = "../secret is missing|x\\x1b[2Jy is missing|sent a..b|sent /config.txt",
	},
	{
		.name = "chip-directory",
		.board = {.emu = {.chip = EMU_BCM2711}, .bootcode = "2711/bootcode4.bin"},
		.files = "bootcode4.bin:10 2711/bootcode4.bin:1000 a:10 2711/a:20 b:30 2712/b:40",
		.script = "ask a 2711/a;ask b;done",
	},
	{
		.name = "overlay",
		.board = {.emu = {.chip = EMU_BCM2711}, .bootcode = "bootcode4.bin"},
		.files = "bootcode4.bin:1000 90-1.2/bootcode4.bin:10 a:10 2711/a:20 90-1.2/a:30 "
			 "b:10 2711/b:20 c:10 90-1.3/c:30",
		.script = "ask a 90-1.2/a;ask b 2711/b;ask c;done",
		.args = "-o -d DIR",
	},
	{
		.name = "overlay-not-asked-for",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:1000 a:10 90-1.2/a:30",
		.script = "ask a;done",
	},
	{
		.name = "archive",
		.board = {.emu = {.chip = EMU_BCM2712, GADGET64},
			  .bootcode = "tar/2712/BOOTCODE5.BIN"},
		.files = "@2712/BOOTCODE5.BIN:78000 @2712/MCB.bin:100 @2711/mcb.bin:101 "
			 "@2712/boot.img:5000001 config.txt:10",
		.script = "ask mcb.bin tar/2712/MCB.bin;ask boot.img tar/2712/boot.img;"
			  "ask Config.txt x;ask config.txt;done",
		.out = "/dev/sda\n",
	},
	{
		.name = "archive-and-overlay",
		.board.emu = {.chip = EMU_BCM2712},
		.files = "bootcode5.bin:1000 2712/a:10 @2712/a:20 90-1.2/a:30 a:40 @2712/b:21 "
			 "90-1.2/b:31 b:41 90-1.2/c:32 c:42 d:43",
		.script = "ask a 2712/a;ask b tar/2712/b;ask c 90-1.2/c;ask d;done",
		.args = "-o -d DIR",
	},
	{
		.name = "links-that-leave-the-directory",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "../firmware/b4:73000 bootcode4.bin>../firmware/b4 ../firmware/s:3000 "
			 "start4.elf>../firmware/s ../overlays/x:10 overlays>../overlays",
		.script = "ask start4.elf;ask overlays/x;done",
		.args = "--expect done -d DIR",
	},
	{
		.name = "signed-2837",
		.board.emu = {.chip = EMU_BCM2837},
		.files = "bootcode.bin:52000 bootcode.sig:20 bootsig.bin:1000",
		.script = "ask bootsig.bin;done",
		.args = "-s -d DIR",
		.signature = "bootcode.sig",
	},
	{
		.name = "signed-2837-by-port",
		.board.emu = {.chip = EMU_BCM2837},
		.files = "bootcode.bin:52000 90-1.2/bootcode.bin:51 bootcode.sig:21 "
			 "90-1.2/bootcode.sig:20 90-1.2/bootsig.bin:1000",
		.script = "ask bootsig.bin 90-1.2/bootsig.bin;done",
		.args = "-o -s -d DIR",
		.signature = "90-1.2/bootcode.sig",
	},
	{
		.name = "signed-2837-by-port-only",
		.board.emu = {.chip = EMU_BCM2837},
		.files = "bootcode.bin:52000 90-1.2/bootcode.sig:20",
		.script = "done",
		.args = "-o -s -d DIR",
		.signature = "90-1.2/bootcode.sig",
	},
	{
		.name = "signed-check-by-port-only",
		.no_board = true,
		.files = "bootcode.bin:52000 start.elf:30000 90-1.2/bootcode.sig:20",
		.args = "--check -o -s -d DIR",
		.out_has = "BCM2837",
	},
	{
		.name = "signed-2711-without-boot.sig",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:52000 boot.img:100000",
		.script = "ask boot.img;done",
		.args = "-s -d DIR --expect done",
		.err = "warning: |boot.sig",
	},
	{
		.name = "signed-2711-without-boot.sig-json",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:52000 boot.img:100000",
		.script = "ask boot.img;done",
		.args = "--json -s -d DIR --expect done",
		.out_has =
			"\"event\":\"check\",\"kind\":\"warning\",\"chip\":\"BCM2711\",\"text\":|"
			"boot.sig",
		.err = "",
	},
	{
		.name = "signed-2711-in-the-bootcode-itself",
		.board.emu = {.chip = EMU_BCM2711},
		.files = "bootcode4.bin:52000 bootcode.sig:20",
		.script = "done",
		.args = "-s -d DIR",
	},
	{
		.name = "firmware-found",
		.board = {.emu = {.chip = EMU_BCM2711, MSD}, .bootcode = "msd/bootcode4.bin"},
		.files = "msd/bootcode4.bin:73000 msd/start4.elf:1000",
		.script = "ask start4.elf msd/start4.elf;done",
		.args = "",
		.out = "/dev/sda\n",
	},
	{
		.name = "firmware-found-gadget64-first",
		.board = {.emu = {.chip = EMU_BCM2711, GADGET64},
			  .bootcode = "mass-storage-gadget64/bootcode4.bin"},
		.files = "msd/bootcode4.bin:73000 mass-storage-gadget64/bootcode4.bin:73001 "
			 "mass-storage-gadget64/boot.img:1000",
		.script = "ask boot.img mass-storage-gadget64/boot.img;done",
		.args = "",
		.out = "/dev/sda\n",
		.err = "mass-storage-gadget64",
	},
	{},
};

/* Long scenarios come first: then short ones run beside them. */
static const struct scenario *const parts[] = {
	scenarios_hints, scenarios_lock,     scenarios_faults,	scenarios_payloads,
	scenarios_files, scenarios_ends,     scenarios_boards,	scenarios_bus,
	scenarios_after, scenarios_recovery, scenarios_recover,
};

const struct scenario *scenario_next(const struct scenario *prev)
{
	size_t part = 0;

	if (!prev)
		return parts[0];
	if (prev[1].name)
		return prev + 1;
	for (const struct scenario *row; part < sizeof(parts) / sizeof(parts[0]); part++) {
		for (row = parts[part]; row->name && row != prev; row++)
			;
		if (row == prev)
			break;
	}
	part++;
	return part < sizeof(parts) / sizeof(parts[0]) ? parts[part] : NULL;
}
