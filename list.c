/* SPDX-License-Identifier: Apache-2.0 */
#include "list.h"

#include "boards.h"
#include "chip.h"
#include "flash/disk.h"
#include "report.h"
#include "usb.h"
#include "util.h"
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LIST_MAX 256

static const char *view_stage(const struct usb_view *view)
{
	if (chip_by_id(view->id.vendor, view->id.product))
		return wire_stage(view->id.serial_index) == WIRE_STAGE_ROM ? "rom" : "files";
	return chip_became(view->id.vendor, view->id.product);
}

/* Why it cannot be booted; NULL: it can. */
static const char *view_obstacle(const struct board_config *config, const struct usb_view *view,
				 char *buf, size_t size)
{
	if (!chip_by_id(view->id.vendor, view->id.product))
		return "has been booted: power it off and on to boot it again";
	switch (boards_filter(config, &view->id, view->serial)) {
	case HINT_WANTED:
		break;
	case HINT_OTHER_PORT:
		return "not at the port asked for";
	case HINT_OTHER_SERIAL:
		return "not the serial number asked for";
	case HINT_NO_SERIAL:
		return "its boot ROM has no serial number for -i: use -p";
	}
	if (view->access) {
		snprintf(buf, size, "%s may not be opened: use sudo, or rpiboot --print-udev-rules",
			 view->node);
		return buf;
	}
	if (view->driver[0]) {
		snprintf(buf, size, "in use by %s",
			 strcmp(view->driver, "usbfs") == 0 ? "another program" : view->driver);
		return buf;
	}
	return NULL;
}

static void list_view(const struct board_config *config, const struct usb_view *view,
		      const char *stage, struct report *report)
{
	const struct chip *chip = chip_by_id(view->id.vendor, view->id.product);
	char why[128], paths[256] = "";
	struct disks disks = {0};
	size_t used = 0;
	struct event event = {
		.type = EVENT_BOARD,
		.port = view->id.port,
		.board =
			{
				.chip = chip ? chip->name : "",
				.stage = stage,
				.serial = view->serial,
				.speed = usb_speed_name(view->id.speed),
				.disk = paths,
				.obstacle = view_obstacle(config, view, why, sizeof(why)),
			},
	};

	if (!chip)
		disk_find(config->sysroot, view->id.port, &disks);
	for (size_t i = 0; i < disks.count && used < sizeof(paths); i++)
		used += (size_t)snprintf(paths + used, sizeof(paths) - used, "%s%s", i ? "," : "",
					 disks.disk[i].path);
	report_event(report, &event, 0);
}

unsigned int list_boards(const struct board_config *config, struct report *report)
{
	cleanup_free struct usb_view *views = calloc(LIST_MAX, sizeof(*views));
	size_t count = views ? usb_views(config->sysroot, "", views, LIST_MAX) : 0;
	unsigned int boards = 0;

	for (size_t i = 0; i < count; i++) {
		const char *stage = view_stage(&views[i]);

		if (!stage)
			continue;
		boards++;
		list_view(config, &views[i], stage, report);
	}
	return boards;
}
