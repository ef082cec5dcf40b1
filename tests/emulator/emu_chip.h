/* SPDX-License-Identifier: Apache-2.0 */
/* The USB descriptors and properties of each chip, from docs/protocol.md and not from chip.c. Only
 * emu.c includes this header. */
#ifndef EMU_CHIP_H
#define EMU_CHIP_H

#include "tests/emulator/emu.h"

enum emu_face { EMU_FACE_ROM, EMU_FACE_FILES, EMU_FACE_AFTER, EMU_FACE_OTHER };

/* The parts of a configuration that affect its descriptors. */
struct emu_view {
	enum emu_chip chip;
	enum emu_face face;
	enum emu_after after;
	unsigned int disks;
	const char *serial, *other_serial;
	bool full_speed; /* even if the chip supports high speed */
};

enum emu_speed emu_view_speed(const struct emu_view *view);
bool emu_view_has_quirk(
	const struct emu_view *view); /* the first configuration descriptor has 55 bytes */
bool emu_view_is_disk(const struct emu_view *view);
unsigned int emu_view_gap_ms(const struct emu_view *view); /* ROM gone -> second stage present */
uint8_t emu_view_serial_index(const struct emu_view *view);
uint8_t emu_view_endpoint(const struct emu_view *view); /* bulk OUT of the boot protocol */
size_t emu_view_device(const struct emu_view *view, uint8_t ret[18]);
size_t emu_view_config(const struct emu_view *view, uint8_t *ret, size_t size);
/* Writes the string descriptor `index`. Returns: its size, or 0 (there is none). */
size_t emu_view_string(const struct emu_view *view, uint8_t index, uint8_t *ret, size_t size);

#endif
