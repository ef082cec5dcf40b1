/* SPDX-License-Identifier: Apache-2.0 */
/* Compares a board with the options that select boards: the port paths, the serial numbers and the
 * port number. */
#include "diagnose/filter.h"

#include "boot/chip.h"
#include "usb/serial.h"
#include "boot/wire.h"

#include <string.h>

enum hint_filter boards_filter(const struct config *config, const struct usb_id *id,
			       const char *serial)
{
	const struct chip *chip = chip_by_id(id->vendor, id->product);
	bool wanted = config->port_count == 0;

	for (size_t i = 0; i < config->port_count; i++)
		wanted = wanted || strcmp(config->ports[i], id->port) == 0;
	if (config->port_number >= 0 && config->port_number != id->port_number)
		wanted = false;
	if (!wanted)
		return HINT_OTHER_PORT;
	if (config->serial_count == 0)
		return HINT_WANTED;
	if (chip && !chip->rom_has_serial && wire_stage(id->serial_index) == WIRE_STAGE_ROM)
		return HINT_NO_SERIAL;
	if (!serial)
		return HINT_WANTED;
	return usb_serial_is_in(serial, config->serials, config->serial_count) ? HINT_WANTED
									       : HINT_OTHER_SERIAL;
}
