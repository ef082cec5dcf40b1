/* SPDX-License-Identifier: Apache-2.0 */
/* Detects boards that restarted by themselves after a successful recovery. A restart and a new
 * connection look alike on USB, as a departure and an arrival, but differ in two ways. A restart
 * takes only a few seconds, so a board that stays away longer was unplugged. A boot ROM that is not
 * served stays on the bus, so a boot ROM that leaves was unplugged. */
#include "board/boards_internal.h"

#include "boot/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The maximum time in milliseconds that a restart keeps a recovered board away from USB. A board
 * that stays away longer was unplugged. A restart takes 1 to 4 s, and longer if the board first
 * tries to boot from other media. */
#define RECOVERED_AWAY_MS 30000

struct recovered {
	struct recovered *next;
	char port[USB_PORT_SIZE];
	/* The serial number that the recovered board reported. The bytes are untrusted. */
	char serial[USB_SERIAL_SIZE];
	/* The time in milliseconds from which the absence of the recovered board counts. It is the
	 * time when a USB device last left the port of the board. If no device has left since the
	 * recovery, it is the time when the recovery ended. */
	uint64_t left_ms;
	/* After its recovery, the board may restart by itself and appear as a boot ROM again. This
	 * is the USB device of that boot ROM, or NULL if none appeared. */
	const struct usb_dev *dev;
};

static struct recovered **recovered_find(struct recovered **list, const char *port)
{
	while (*list && strcmp((*list)->port, port) != 0)
		list = &(*list)->next;
	return list;
}

static void recovered_drop(struct recovered **at)
{
	struct recovered *entry = *at;

	*at = entry->next;
	free(entry);
}

void recovered_add(struct recovered **list, const char *port, const char *serial, uint64_t now_ms)
{
	struct recovered **at = recovered_find(list, port);

	if (!*at)
		*at = calloc(1, sizeof(**at));
	if (!*at)
		return;
	(*at)->dev = NULL;
	snprintf((*at)->port, sizeof((*at)->port), "%s", port);
	snprintf((*at)->serial, sizeof((*at)->serial), "%s", serial);
	(*at)->left_ms = now_ms;
}

void recovered_free(struct recovered *list)
{
	while (list)
		recovered_drop(&list);
}

void recovered_arrived(struct recovered **list, const struct usb_dev *dev, uint64_t now_ms)
{
	const struct usb_id *id = usb_dev_id(dev);
	struct recovered **at = recovered_find(list, id->port);

	if (!*at)
		return;
	if ((*at)->dev || now_ms - (*at)->left_ms >= RECOVERED_AWAY_MS ||
	    wire_stage(id->serial_index) != WIRE_STAGE_ROM)
		recovered_drop(at);
	else
		(*at)->dev = dev;
}

void recovered_left(struct recovered **list, const struct usb_dev *dev, uint64_t now_ms)
{
	struct recovered **at = recovered_find(list, usb_dev_id(dev)->port);

	if (*at && (*at)->dev == dev)
		recovered_drop(at);
	else if (*at)
		(*at)->left_ms = now_ms;
}

const char *recovered_serial(struct recovered *list, const char *port)
{
	const struct recovered *entry = *recovered_find(&list, port);

	return entry && entry->dev ? entry->serial : NULL;
}
