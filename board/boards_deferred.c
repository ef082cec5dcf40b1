/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a list of the USB devices to serve later, in the order of their arrival. */
#include "board/boards_internal.h"

#include <stdlib.h>
#include <string.h>

void deferred_add(struct deferred **list, struct usb_dev *dev)
{
	struct deferred *deferred = calloc(1, sizeof(*deferred)), **at = list;

	if (!deferred)
		return;
	deferred->dev = dev;
	while (*at)
		at = &(*at)->next;
	*at = deferred;
}

void deferred_drop(struct deferred **list, const struct usb_dev *dev, const char *port)
{
	struct deferred **at = list;

	while (*at) {
		struct deferred *deferred = *at;

		if (deferred->dev == dev ||
		    (port && strcmp(usb_dev_id(deferred->dev)->port, port) == 0)) {
			*at = deferred->next;
			free(deferred);
		} else {
			at = &deferred->next;
		}
	}
}

void deferred_free(struct deferred *list)
{
	while (list)
		deferred_drop(&list, list->dev, NULL);
}
