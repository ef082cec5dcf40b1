/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/scenarios/payload_rows.h"

#include <stdio.h>
#include <string.h>

const struct payload payload_rows[] = {
	{"2837 msd", EMU_BCM2837, "autoboot.txt- config.txt- recovery.elf- start.elf fixup.dat-",
	 EMU_AFTER_MSD, false},
	{"2837 two interfaces", EMU_BCM2837_STORAGE, "config.txt- start.elf", EMU_AFTER_MSD, true},
	{"2835 gadget", EMU_BCM2835,
	 "autoboot.txt- config.txt recovery.elf- start_cd.elf fixup_cd.dat recovery.elf- "
	 "config.txt config.txt dt-blob.bin- config.txt cmdline.txt- kernel.img "
	 "bcm2708-rpi-cm.dtb config.txt overlays/dwc2.dtbo",
	 EMU_AFTER_GADGET, false},
	{"2711 msd", EMU_BCM2711, "config.txt- pieeprom.sig- start4.elf fixup4.dat-", EMU_AFTER_MSD,
	 false},
	{"2711 gadget64", EMU_BCM2711,
	 "mcb.bin memsys00.bin memsys01.bin memsys08.bin bootmain config.txt boot.img",
	 EMU_AFTER_GADGET64, false},
	{"2712 gadget64", EMU_BCM2712,
	 "mcb.bin memsys00 memsys01 rp1c0fw1.bin memsys02 rp1c0fw2.bin memsys03 bootmain "
	 "config.txt boot.img",
	 EMU_AFTER_GADGET64, false},
	{"2712 recovery5", EMU_BCM2712, "config.txt pieeprom.bin pieeprom.sig *", EMU_AFTER_NOTHING,
	 false},
	{0},
};

void payload_text(const struct payload *payload, char *ret, size_t size)
{
	char order[PAYLOAD_TEXT_SIZE], *save = NULL;
	size_t used = 0;

	snprintf(order, sizeof(order), "%s", payload->order);
	for (char *name = strtok_r(order, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		size_t length = strlen(name);

		if (strcmp(name, "*") == 0)
			used += (size_t)snprintf(ret + used, size - used, "meta MAC_ADDR dc:a6;");
		else if (name[length - 1] == '-')
			used += (size_t)snprintf(ret + used, size - used, "missing %.*s;",
						 (int)length - 1, name);
		else
			used += (size_t)snprintf(ret + used, size - used, "size %s;read %s;", name,
						 name);
	}
	snprintf(ret + used, size - used, payload->empty_name ? "end" : "done stale");
}
