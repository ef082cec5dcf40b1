/* SPDX-License-Identifier: Apache-2.0 */
/* eeprom_files DIR FIRMWARE: makes small files for emulated boards that keep an EEPROM. DIR/2711
 * and DIR/2712 get recovery firmware and an EEPROM image, for `rpiboot recover --firmware DIR`.
 * FIRMWARE/2711 and FIRMWARE/2712 get the second stage of the boot files: the boot ROM of such a
 * board starts only a second stage that has the form of its chip. */
#include "tests/emulator/made_eeprom.h"
#include "tests/unit/tree.h"

#include <errno.h>

#define BUILT_S 1785000000 /* 2026-07-25: such recovery firmware reports results */

static void made_write(const char *dir, const char *name, struct made made)
{
	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		perror(dir);
	tree_write(dir, name, made.bytes, made.size);
	free(made.bytes);
}

int main(int argc, char **argv)
{
	static const char config[] = "[all]\nBOOT_UART=1\nBOOT_ORDER=0xf41\n";

	if (argc != 3) {
		fprintf(stderr, "usage: eeprom_files DIR FIRMWARE\n");
		return 2;
	}
	made_write(argv[1], "2711/recovery.bin", made_code(EMU_BCM2711, true, BUILT_S));
	made_write(argv[1], "2711/pieeprom.bin", made_image(EMU_BCM2711, BUILT_S, config, NULL));
	made_write(argv[1], "2712/recovery.bin", made_code(EMU_BCM2712, true, BUILT_S));
	made_write(argv[1], "2712/pieeprom.bin", made_image(EMU_BCM2712, BUILT_S, config, NULL));
	made_write(argv[2], "2711/bootcode4.bin", made_code(EMU_BCM2711, false, BUILT_S));
	made_write(argv[2], "2712/bootcode5.bin", made_code(EMU_BCM2712, false, BUILT_S));
	return 0;
}
