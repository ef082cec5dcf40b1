/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the supported chips, and the USB devices that boards become after their boot. */
#include "boot/chip.h"

#include "util/util.h"

static const struct chip chips[] = {
	{
		.product = 0x2763,
		.second_stage_product = 0x2764,
		.name = "BCM2835",
		.revision_processor = 0,
		.boards = "CM1, Pi Zero, 1A+",
		.dir = "2710",
		.bootcode = "bootcode.bin",
		.models = "pi0 pi0w pi1 cm1",
		.rom_full_speed = true,
		.rom_signature = true,
	},
	{
		.product = 0x2764,
		.second_stage_product = 0x2764,
		.name = "BCM2837",
		.revision_processor = 2,
		.boards = "CM3, CM3+, 3A+, Zero 2 W",
		.dir = "2710",
		.bootcode = "bootcode.bin",
		.models = "pi0 pi02 pi2 pi3 pi3+ cm0 cm3 cm3+",
		.rom_signature = true,
	},
	{
		.product = 0x2711,
		.second_stage_product = 0x2711,
		.name = "BCM2711",
		.revision_processor = 3,
		.boards = "CM4, CM4S, Pi 4, 400",
		.dir = "2711",
		.bootcode = "bootcode4.bin",
		.models = "pi4 pi4b pi400 cm4 cm4s",
		.eeprom_bytes = 512 * 1024,
		.recovery_reports_since = 1764248255,
		.has_rpiboot_gpio = true,
		.boot_image_max_bytes = 128 * 1024 * 1024,
		.boot_image_warn_bytes = 96 * 1024 * 1024,
		.boot_image_skips = "bootcode.bin start.elf start_*.elf fixup.dat fixup_*.dat "
				    "kernel.img kernel7.img kernel_2712.img initramfs initramfs7 "
				    "initramfs_2712 bcm2708* bcm2709* bcm2710* bcm2712*",
		.boot_image_needs = "start4*.elf fixup4*.dat kernel*.img|vmlinu* bcm2711*.dtb",
		.rom_has_serial = true,
		.metadata = true,
	},
	{
		.product = 0x2712,
		.second_stage_product = 0x2712,
		.name = "BCM2712",
		.revision_processor = 4,
		.boards = "CM5, Pi 5, 500",
		.dir = "2712",
		.bootcode = "bootcode5.bin",
		.models = "pi5 pi500 cm5",
		.eeprom_bytes = 2048 * 1024,
		.recovery_reports_since = 1764250826,
		.boot_image_warn_bytes = 96 * 1024 * 1024,
		.boot_image_skips = "bootcode.bin start*.elf fixup*.dat kernel.img kernel7*.img "
				    "initramfs initramfs7* bcm2708* bcm2709* bcm2710* bcm2711*",
		.boot_image_needs = "config.txt kernel*.img|vmlinu* bcm2712*.dtb",
		.customer_block = true,
		.rom_has_serial = true,
		.metadata = true,
	},
};

const struct chip *chip_by_id(uint16_t vendor, uint16_t product)
{
	for (size_t i = 0; vendor == CHIP_VENDOR && i < array_size(chips); i++)
		if (chips[i].product == product)
			return &chips[i];
	return NULL;
}

const struct chip *chip_by_eeprom_bytes(uint64_t bytes)
{
	for (size_t i = 0; bytes && i < array_size(chips); i++)
		if (chips[i].eeprom_bytes == bytes)
			return &chips[i];
	return NULL;
}

const struct chip *chip_next(const struct chip *prev)
{
	if (!prev)
		return &chips[0];
	return prev + 1 < chips + array_size(chips) ? prev + 1 : NULL;
}

static const struct {
	uint16_t vendor, product;
	enum usb_id_role what;
	bool board_serial; /* see usb_id_has_board_serial() */
} became[] = {
	{0x0a5c, 0x0001, CHIP_DISK, false},	/* legacy mass storage */
	{0x0a5c, 0x0104, CHIP_DISK, true},	/* mass-storage-gadget64 */
	{0x0525, 0xa4a5, CHIP_DISK, false},	/* Linux gadget (node-raspberrypi-usbboot) */
	{0x18d1, 0x4e40, CHIP_FASTBOOT, false}, /* fastboot gadget */
};

enum usb_id_role usb_id_role(uint16_t vendor, uint16_t product)
{
	for (size_t i = 0; i < array_size(became); i++)
		if (became[i].vendor == vendor && became[i].product == product)
			return became[i].what;
	return CHIP_NOTHING;
}

bool usb_id_has_board_serial(uint16_t vendor, uint16_t product)
{
	for (size_t i = 0; i < array_size(became); i++)
		if (became[i].vendor == vendor && became[i].product == product)
			return became[i].board_serial;
	return false;
}
