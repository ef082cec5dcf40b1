/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/emulator/emu_chip.h"

#include <stdio.h>
#include <string.h>

struct chip_row {
	uint16_t rom_product, files_product;
	const char *name, *bootcode;
	enum emu_speed rom_speed;
	uint8_t rom_serial_index, files_serial_index;
	unsigned int gap_ms;
	bool quirk, two_interfaces;
};

static const struct chip_row rows[] = {
	[EMU_BCM2835] = {0x2763, 0x2764, "BCM2708 Boot", "bootcode.bin", EMU_SPEED_FULL, 0, 1, 1300,
			 false, false},
	[EMU_BCM2837] = {0x2764, 0x2764, "BCM2710 Boot", "bootcode.bin", EMU_SPEED_HIGH, 0, 1, 700,
			 true, false},
	[EMU_BCM2837_STORAGE] = {0x2764, 0x2764, "BCM2710 Boot", "bootcode.bin", EMU_SPEED_HIGH, 0,
				 1, 700, false, true},
	[EMU_BCM2711] = {0x2711, 0x2711, "BCM2711 Boot", "bootcode4.bin", EMU_SPEED_HIGH, 3, 4,
			 2600, true, false},
	[EMU_BCM2712] = {0x2712, 0x2712, "BCM2712D0 Boot", "bootcode5.bin", EMU_SPEED_HIGH, 3, 4,
			 2000, false, false},
};

const char *emu_bootcode(enum emu_chip chip)
{
	return rows[chip].bootcode;
}

enum emu_speed emu_view_speed(const struct emu_view *view)
{
	if (view->full_speed)
		return EMU_SPEED_FULL;
	return view->face == EMU_FACE_ROM ? rows[view->chip].rom_speed : EMU_SPEED_HIGH;
}

bool emu_view_has_quirk(const struct emu_view *view)
{
	return view->face == EMU_FACE_ROM && rows[view->chip].quirk;
}

bool emu_view_is_disk(const struct emu_view *view)
{
	return view->face == EMU_FACE_AFTER && view->after != EMU_AFTER_FASTBOOT &&
	       view->after != EMU_AFTER_MOUSE;
}

unsigned int emu_view_gap_ms(const struct emu_view *view)
{
	return rows[view->chip].gap_ms;
}

static bool view_two_interfaces(const struct emu_view *view)
{
	return view->face == EMU_FACE_ROM && rows[view->chip].two_interfaces;
}

uint8_t emu_view_endpoint(const struct emu_view *view)
{
	return view_two_interfaces(view) ? 3 : 1;
}

uint8_t emu_view_serial_index(const struct emu_view *view)
{
	switch (view->face) {
	case EMU_FACE_ROM:
		return rows[view->chip].rom_serial_index;
	case EMU_FACE_FILES:
		return rows[view->chip].files_serial_index;
	case EMU_FACE_AFTER:
	case EMU_FACE_OTHER:
		break;
	}
	return 3;
}

size_t emu_view_device(const struct emu_view *view, uint8_t ret[18])
{
	static const uint16_t after[][2] = {
		[EMU_AFTER_NOTHING] = {0, 0},
		[EMU_AFTER_MSD] = {0x0a5c, 0x0001},
		[EMU_AFTER_GADGET64] = {0x0a5c, 0x0104},
		[EMU_AFTER_GADGET] = {0x0525, 0xa4a5},
		[EMU_AFTER_ROM] = {0, 0},
		[EMU_AFTER_FASTBOOT] = {0x18d1, 0x4e40},
		[EMU_AFTER_MOUSE] = {0x046d, 0xc077},
		[EMU_AFTER_STICK] = {0x0781, 0x5567},
	};
	const struct chip_row *row = &rows[view->chip];
	uint16_t vendor = 0x0a5c, product = row->rom_product;

	if (view->face == EMU_FACE_FILES)
		product = row->files_product;
	if (view->face == EMU_FACE_AFTER) {
		vendor = after[view->after][0];
		product = after[view->after][1];
	}
	if (view->face == EMU_FACE_OTHER) {
		vendor = 0x1d6b;
		product = 0x0102;
	}
	const uint8_t desc[18] = {
		18,
		1,
		0x00,
		0x02,
		0,
		0,
		0,
		64,
		(uint8_t)vendor,
		(uint8_t)(vendor >> 8),
		(uint8_t)product,
		(uint8_t)(product >> 8),
		0,
		0,
		1,
		2,
		emu_view_serial_index(view),
		1,
	};
	memcpy(ret, desc, sizeof(desc));
	return sizeof(desc);
}

struct builder {
	uint8_t bytes[512];
	size_t size;
};

static void build(struct builder *b, const uint8_t *bytes, size_t size)
{
	memcpy(b->bytes + b->size, bytes, size);
	b->size += size;
}

static void build_interface(struct builder *b, uint8_t number, uint8_t endpoints, uint8_t class,
			    uint8_t subclass, uint8_t protocol)
{
	const uint8_t desc[] = {9, 4, number, 0, endpoints, class, subclass, protocol, 0};

	build(b, desc, sizeof(desc));
}

static void build_bulk(struct builder *b, uint8_t address, enum emu_speed speed)
{
	uint16_t packet = speed == EMU_SPEED_FULL ? 64 : 512;
	const uint8_t desc[] = {7, 5, address, 2, (uint8_t)packet, (uint8_t)(packet >> 8), 0};

	build(b, desc, sizeof(desc));
}

static unsigned int build_after(struct builder *b, const struct emu_view *view)
{
	static const uint8_t interrupt[] = {7, 5, 0x8a, 3, 16, 0, 9};
	bool gadget64 = view->after == EMU_AFTER_GADGET64;
	unsigned int disks = gadget64 && view->disks ? view->disks : 1, i;

	if (view->after == EMU_AFTER_MOUSE) {
		build_interface(b, 0, 1, 3, 1, 2);
		build(b, interrupt, sizeof(interrupt));
		return 1;
	}
	if (view->after == EMU_AFTER_FASTBOOT) {
		build_interface(b, 0, 2, 0xff, 0x42, 3);
		build_bulk(b, 0x81, EMU_SPEED_HIGH);
		build_bulk(b, 0x01, EMU_SPEED_HIGH);
		return 1;
	}
	for (i = 0; i < disks; i++) {
		build_interface(b, (uint8_t)i, 2, 8, 6, 0x50);
		build_bulk(b, (uint8_t)(0x81 + i), EMU_SPEED_HIGH);
		build_bulk(b, (uint8_t)(0x01 + i), EMU_SPEED_HIGH);
	}
	if (!gadget64)
		return i;
	build_interface(b, (uint8_t)i++, 1, 2, 2, 1); /* CDC-ACM: the board's console */
	build(b, interrupt, sizeof(interrupt));
	build_interface(b, (uint8_t)i++, 2, 10, 0, 0);
	build_bulk(b, 0x8b, EMU_SPEED_HIGH);
	build_bulk(b, 0x0b, EMU_SPEED_HIGH);
	return i;
}

size_t emu_view_config(const struct emu_view *view, uint8_t *ret, size_t size)
{
	enum emu_speed speed = emu_view_speed(view);
	struct builder b = {.size = 9};
	unsigned int interfaces = 1;

	if (view->face == EMU_FACE_AFTER || view->face == EMU_FACE_OTHER) {
		if (view->face == EMU_FACE_AFTER)
			interfaces = build_after(&b, view);
		else
			build_interface(&b, 0, 0, 0xff, 0, 0);
	} else if (view_two_interfaces(view)) {
		interfaces = 2;
		build_interface(&b, 0, 2, 8, 6, 0x50);
		build_bulk(&b, 0x01, speed);
		build_bulk(&b, 0x82, speed);
		build_interface(&b, 1, 2, 0xff, 0, 0);
		build_bulk(&b, 0x03, speed);
		build_bulk(&b, 0x04, speed);
	} else {
		build_interface(&b, 0, 2, 0xff, 0, 0);
		build_bulk(&b, 0x01, speed);
		build_bulk(&b, 0x02, speed); /* real ROMs omit the direction bit */
	}
	const uint8_t head[9] = {
		9, 2, (uint8_t)b.size, (uint8_t)(b.size >> 8), (uint8_t)interfaces, 1, 0, 0xc0, 50};
	memcpy(b.bytes, head, sizeof(head));
	if (size > b.size)
		size = b.size;
	memcpy(ret, b.bytes, size);
	return size;
}

size_t emu_view_string(const struct emu_view *view, uint8_t index, uint8_t *ret, size_t size)
{
	bool board = view->face == EMU_FACE_ROM || view->face == EMU_FACE_FILES;
	uint8_t desc[128] = {4, 3, 0x09, 0x04};
	char text[32] = "";

	if (index == 1)
		strcpy(text, board ? "Broadcom" : "Raspberry Pi");
	else if (index == 2)
		strcpy(text, board ? rows[view->chip].name : "Compute Module");
	else if (index == emu_view_serial_index(view) && board)
		snprintf(text, sizeof(text), "%.16s", view->serial);
	else if (index == emu_view_serial_index(view) && view->other_serial)
		snprintf(text, sizeof(text), "%.16s", view->other_serial);
	else if (index == emu_view_serial_index(view))
		snprintf(text, sizeof(text), "10000000%.16s", view->serial);
	else if (index != 0)
		return 0;
	if (index) {
		desc[0] = (uint8_t)(2 + 2 * strlen(text));
		for (size_t i = 0; text[i]; i++) {
			desc[2 + 2 * i] = (uint8_t)text[i];
			desc[3 + 2 * i] = 0;
		}
	}
	if (size > desc[0])
		size = desc[0];
	memcpy(ret, desc, size);
	return size;
}
