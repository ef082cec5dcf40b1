/* SPDX-License-Identifier: Apache-2.0 */
/* A list of the devices of boards that are served later, in the order of their arrival. */
#include "board/boards_internal.h"

#include <stdlib.h>
#include <string.h>

void passed_add(struct passed **list, struct usb_dev *dev)
{
	struct passed *passed = calloc(1, sizeof(*passed)), **at = list;

	if (!passed)
		return;
	passed->dev = dev;
	while (*at)
		at = &(*at)->next;
	*at = passed;
}

void passed_drop(struct passed **list, const struct usb_dev *dev, const char *port)
{
	struct passed **at = list;

	while (*at) {
		struct passed *passed = *at;

		if (passed->dev == dev ||
		    (port && strcmp(usb_dev_id(passed->dev)->port, port) == 0)) {
			*at = passed->next;
			free(passed);
		} else {
			at = &passed->next;
		}
	}
}

void passed_free(struct passed *list)
{
	while (list) {
		struct passed *passed = list;

		list = passed->next;
		free(passed);
	}
}
