/* SPDX-License-Identifier: Apache-2.0 */
/* Implements the options --list, which lists the boards on the USB bus, and --check, which checks
 * the boot files. */
#include "diagnose/list.h"

#include "diagnose/filter.h"
#include "diagnose/check.h"
#include "boot/chip.h"
#include "util/error.h"
#include "files/files.h"
#include "files/firmware.h"
#include "flash/disk.h"
#include "report/report.h"
#include "usb.h"
#include "util/text.h"
#include "util/util.h"
#include "boot/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define INSPECT_MAX 256

static const char *view_stage(const struct usb_sysfs *view)
{
	static const char *const booted[] = {
		[CHIP_NOTHING] = NULL, /* no board */
		[CHIP_DISK] = "disk",
		[CHIP_FASTBOOT] = "fastboot",
	};

	if (chip_by_id(view->id.vendor, view->id.product))
		return wire_stage(view->id.serial_index) == WIRE_STAGE_ROM ? "rom" : "files";
	return booted[usb_id_role(view->id.vendor, view->id.product)];
}

/* Returns: the reason why a board cannot be booted, as a text for the user, or NULL if it can be
 * booted. */
static const char *view_obstacle(const struct config *config, const struct usb_sysfs *view,
				 char *buf, size_t size)
{
	static const char *const excluded[] = {
		[HINT_OTHER_PORT] = "excluded by the option -p, or by an option from -0 to -98",
		[HINT_OTHER_SERIAL] = "excluded by the option -i",
		[HINT_NO_SERIAL] = "excluded by the option -i, because the boot ROM reports no "
				   "serial number; select the board with -p",
	};
	const enum hint_filter filter = boards_filter(config, &view->id, view->serial);

	if (view->access == -ENOENT && !usb_is_shown(config->sysroot, view->id.port))
		return "left the bus just now";
	if (!chip_by_id(view->id.vendor, view->id.product))
		return "already booted; power the board off and on to boot it again";
	if (filter != HINT_WANTED)
		return excluded[filter];
	if (view->unauthorized)
		return "the system has not authorised this USB device; allow the device in "
		       "USBGuard";
	if (view->access == -ENOENT)
		snprintf(buf, size,
			 "the device file %s does not exist; a container needs /dev/bus/usb of the "
			 "host",
			 view->node);
	else if (view->access)
		snprintf(buf, size,
			 "no permission to open %s; use sudo, or the rules of rpiboot "
			 "--print-udev-rules",
			 view->node);
	else if (view->driver[0])
		snprintf(buf, size, "in use by %s",
			 strcmp(view->driver, "usbfs") == 0 ? "another program" : view->driver);
	else
		return NULL;
	return buf;
}

static void view_report(const struct config *config, const struct usb_sysfs *view,
			const char *stage, struct report *report)
{
	const struct chip *chip = chip_by_id(view->id.vendor, view->id.product);
	char why[256], paths[256] = "";
	struct disks disks = {0};
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
	for (size_t i = 0; i < disks.count; i++)
		text_add(paths, sizeof(paths), "%s%s", i ? "," : "", disks.disk[i].path);
	report_event(report, &event, 0);
}

enum exit_status inspect_bus(const struct config *config, struct report *report)
{
	cleanup_free struct usb_sysfs *views = calloc(INSPECT_MAX, sizeof(*views));
	size_t count = views ? usb_sysfs_list(config->sysroot, "", views, INSPECT_MAX) : 0;
	struct error none;
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		const char *stage = view_stage(&views[i]);

		if (stage)
			view_report(config, &views[i], stage, report);
		any = any || stage;
	}
	if (!any) {
		error_set(&none, -ENODEV, "no board is on the bus");
		report_error(report, &none);
	}
	return any ? STATUS_OK : STATUS_NONE_IN_TIME;
}

/* Checks the firmware that rpiboot would use for each chip. A chip without firmware is no error.
 * Returns: true if at least one chip has usable firmware and there are no errors. */
static bool inspect_firmware(const struct firmware *firmware, const struct check_config *check,
			     struct report *report)
{
	unsigned int chips = 0, errors = 0;
	struct files *any = NULL;
	struct error err = {0};

	for (const struct chip *chip = chip_next(NULL); chip; chip = chip_next(chip)) {
		struct check_finding finding = {.kind = CHECK_CHIP, .chip = chip};
		struct check_result result = {0};
		struct files *files = NULL;
		int r = files_find(&files, firmware, chip, &err);

		if (r == 0) {
			check_files(files, chip, check, &result, NULL);
		} else {
			if (r != -ENOENT) { /* The boot files for the chip have errors. */
				finding.kind = CHECK_ERROR;
				finding.text = err.text;
				errors++;
			}
			check_report(report, &finding);
		}
		files_free(files);
		chips += result.chips;
		errors += result.errors;
	}
	if (chips == 0 && errors == 0) { /* Errors were reported as findings. */
		files_find(&any, firmware, NULL, &err);
		files_free(any);
		report_error(report, &err);
	}
	return chips && !errors;
}

enum exit_status inspect_files(const struct config *config, const struct firmware *firmware,
			       struct report *report)
{
	const struct check_config check = {
		.signed_boot = config->signed_boot,
		.overlay = config->overlay,
		.found = check_report,
		.ctx = report,
	};
	struct check_result result;
	struct error err = {0};
	int r;

	if (!firmware->dir)
		return inspect_firmware(firmware, &check, report) ? STATUS_OK : STATUS_NO_FILES;
	r = check_dir(firmware->dir, &check, &result, &err);
	if (r < 0 && result.errors == 0) /* file errors were already reported */
		report_error(report, &err);
	return r < 0 ? STATUS_NO_FILES : STATUS_OK;
}
