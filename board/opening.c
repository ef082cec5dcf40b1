/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the USB device of a board. If this fails soon after the device arrived, the program tries
 * again. When the device is open, its serial number decides whether the program serves the
 * board. */
#include "board/internal.h"

#include "boot/metadata.h"
#include "diagnose/hints.h"
#include "usb/serial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The time in milliseconds during which the program tries again to open a USB device. udev sets the
 * permissions of a new device node some milliseconds after the node appeared (libusb issue
 * 1586). */
#define OPENING_PATIENCE_MS 2000
#define OPENING_RETRY_MS    20
/* The interval in milliseconds between two attempts to open a USB device that the system has not
 * authorised. */
#define OPENING_WITHHELD_RETRY_MS 200
/* The time in milliseconds that a board waits until the system authorises its USB device, before
 * the user gets a hint. */
#define OPENING_HINT_MS 2000

struct verdict opening_left(const struct board *board)
{
	if (!board->opened)
		return verdict(VERDICT_FORGOTTEN);
	/* Before the next step of `rpiboot recover`, the boot ROM of a board may appear on the bus
	 * and leave it several times. Wait until it appears again. */
	if (board->recovering.kit && board->stage == WIRE_STAGE_ROM)
		return verdict(VERDICT_NEXT_STEP);
	return verdict(VERDICT_GOES_ON);
}

/* Returns: true if the program needs the serial number of the USB device that it opens. `rpiboot
 * recover` needs the number of every device, because a person may have plugged another board into
 * the USB port. */
static bool opening_wants_serial(const struct board *board)
{
	return (!board->opened || board->recovering.kit) && !board->opening.no_serial;
}

/* Returns: true if `rpiboot recover` waits for the boot ROM of a board whose serial number it
 * knows. A boot ROM with another serial number belongs to another board. */
static bool opening_is_return(const struct board *board)
{
	return board->opened && board->recovering.kit && board->stage == WIRE_STAGE_ROM &&
	       board->serial[0];
}

/* Sets the time limit for opening the USB device. The program starts attempts for up to
 * OPENING_PATIENCE_MS. The last attempt may take seconds on a busy machine, so the limit includes
 * the time of --stage-timeout for it. */
static void opening_begin(struct board *board, uint64_t now_ms)
{
	board->opening.since_ms = now_ms;
	board->deadline_ms =
		now_ms + OPENING_PATIENCE_MS + board->context->config->stage_timeout_ms;
}

/* Checks whether the system has authorised the USB device. A board may have waited for this, for
 * example with USBGuard. The time limit for opening its device then starts now.
 * ret_attribute: receives the sysfs file that states it (see usb_is_authorized()) */
static bool opening_is_authorized(struct board *board, char *ret_attribute, size_t size,
				  uint64_t now_ms)
{
	if (!usb_is_authorized(board->context->config->sysroot, board->port, ret_attribute, size))
		return false;
	if (board->opening.withheld_ms)
		opening_begin(board, now_ms);
	board->opening.withheld_ms = 0;
	return true;
}

void opening_start(struct board *board, uint64_t now_ms)
{
	board->serving.boot = boot_free(board->serving.boot);
	board->opening = (struct opening){
		.retry_ms = UINT64_MAX,
		.no_serial = board->opening.no_serial && !board->recovering.kit,
	};
	opening_begin(board, now_ms);
	usb_dev_open(board->dev, opening_wants_serial(board));
}

/* Returns: VERDICT_GOES_ON while the record file of the board (option -j) is being saved, but at
 * most until the time limit for the save. After that, VERDICT_FINISHED. */
static struct verdict opening_saved(const struct board *board, uint64_t now_ms)
{
	return verdict(board_saves_interim(board) && now_ms < board->opening.save_until_ms
			       ? VERDICT_GOES_ON
			       : VERDICT_FINISHED);
}

struct verdict opening_tick(struct board *board, uint64_t now_ms, uint64_t *ret_due_ms)
{
	if (board->opening.save_until_ms) {
		*ret_due_ms = board->opening.save_until_ms;
		return opening_saved(board, now_ms);
	}
	if (board->dev && now_ms >= board->opening.retry_ms) {
		board->opening.retry_ms = UINT64_MAX;
		if (board->opening.withheld_ms)
			opening_is_authorized(board, NULL, 0, now_ms);
		usb_dev_open(board->dev, opening_wants_serial(board));
	}
	*ret_due_ms = board->opening.retry_ms;
	return verdict(VERDICT_GOES_ON);
}

struct verdict opening_overdue(const struct board *board, uint64_t now_ms)
{
	const struct opening *opening = &board->opening;

	if (opening->withheld_ms)
		return verdict_end(STATUS_NO_PERMISSION,
				   "the system has not authorised the USB device of the board in "
				   "%.0f s; allow the device in USBGuard, and boot the board again",
				   (double)(now_ms - opening->withheld_ms) / 1000);
	return verdict_end(STATUS_FAILED, "the USB device of the board could not be opened in "
					  "time; plug it in again");
}

/* Saves a record that no longer claims a proof, before the board gets the files that change its
 * EEPROM. Otherwise, a program that is killed would leave the record of an earlier image. A board
 * whose file name is not known yet keeps its record.
 * Returns: VERDICT_FINISHED if the board need not wait. */
static struct verdict opening_save(struct board *board, uint64_t now_ms)
{
	if (!recover_is_active(board) || board->stage != WIRE_STAGE_ROM ||
	    board->recovering.step != RECOVER_FLASH || !metadata_serial_ok(board->serial))
		return verdict(VERDICT_FINISHED);
	board_save_interim(board, now_ms);
	board->opening.save_until_ms = now_ms + OPENING_SAVE_MS;
	board->deadline_ms =
		board->opening.save_until_ms + board->context->config->stage_timeout_ms;
	return opening_saved(board, now_ms);
}

/* Returns: true if the option -i is not given or lists the serial number of the board. With -i, the
 * result is false for a board whose boot ROM reports no serial number. */
static bool opening_serial_wanted(const struct board *board)
{
	const struct config *config = board->context->config;

	return config->serial_count == 0 ||
	       usb_serial_is_in(board->serial, config->serials, config->serial_count);
}

/* Schedules another attempt to open the USB device of the board.
 * Returns: false if there is no time for another attempt. */
static bool opening_again(struct board *board, uint64_t now_ms)
{
	uint64_t tried_ms = now_ms - board->opening.since_ms;
	uint64_t pause_ms = tried_ms / 4; /* the pauses between the attempts grow */

	if (pause_ms < OPENING_RETRY_MS)
		pause_ms = OPENING_RETRY_MS;
	if (tried_ms + pause_ms >= OPENING_PATIENCE_MS)
		return false;
	board->opening.retry_ms = now_ms + pause_ms;
	return true;
}

/* Waits if the system has not authorised the USB device. Such a device can be opened, but not used.
 * With USBGuard, a person may have to allow each USB device that the board becomes, so the wait
 * ends only at the deadline of the board (docs/protocol.md, section 8).
 * Returns: false if the device is authorised. */
static bool opening_is_withheld(struct board *board, uint64_t now_ms)
{
	struct opening *opening = &board->opening;
	char attribute[128];
	struct hint hint;

	if (opening_is_authorized(board, attribute, sizeof(attribute), now_ms))
		return false;
	if (!opening->withheld_ms)
		opening->withheld_ms = now_ms;
	if (!opening->hinted && now_ms - opening->withheld_ms >= OPENING_HINT_MS) {
		opening->hinted = true;
		hint_not_authorized(board->port, attribute, &hint);
		hint_report(board->context->report, &hint, now_ms);
	}
	opening->retry_ms = now_ms + OPENING_WITHHELD_RETRY_MS;
	return true;
}

static struct verdict opening_failed(struct board *board, const struct error *err, uint64_t now_ms)
{
	bool denied = err->code == -EACCES || err->code == -EPERM || err->code == -ENOENT;

	if (!denied && opening_is_withheld(board, now_ms))
		return verdict(VERDICT_GOES_ON);
	if (opening_again(board, now_ms))
		return verdict(VERDICT_GOES_ON);
	return verdict_end(denied ? STATUS_NO_PERMISSION : STATUS_FAILED, "%s", err->text);
}

/* Handles a board whose serial number cannot be read. The program opens the USB device again if the
 * option -i selects boards by serial number, or if the device is a boot ROM between two recovery
 * steps. In other cases, and after the last attempt, the program opens the board without a serial
 * number. */
static struct verdict opening_serial_failed(struct board *board, uint64_t now_ms)
{
	if ((board->context->config->serial_count > 0 || opening_is_return(board)) &&
	    opening_again(board, now_ms))
		return verdict(VERDICT_GOES_ON);
	board->opening.no_serial = true;
	usb_dev_open(board->dev, false);
	return verdict(VERDICT_GOES_ON);
}

static void opening_report(struct board *board, uint64_t now_ms)
{
	const struct usb_id *id = usb_dev_id(board->dev);
	bool rom = board->stage == WIRE_STAGE_ROM;
	struct hint hint;
	struct event event = {
		.type = EVENT_FOUND,
		.found.chip = board->chip->name,
		.found.boards = board->chip->boards,
		.found.stage = rom ? "rom" : "files",
		.found.serial = board->serial,
		.found.speed = usb_speed_name(id->speed),
		.found.firmware = board->service && !board->firmware_reported
					  ? service_dir(board->service)
					  : "",
	};

	board->firmware_reported = board->service;
	board_report(board, &event, now_ms);
	if (hint_slow_link(id, &hint))
		hint_report(board->context->report, &hint, now_ms);
}

struct verdict opening_done(struct board *board, const char *serial, const struct error *err,
			    uint64_t now_ms)
{
	struct verdict begun = verdict(VERDICT_FINISHED);
	struct error why = {0};
	int r = 0;

	if (err)
		return opening_failed(board, err, now_ms);
	if (!serial)
		return opening_serial_failed(board, now_ms);
	if (!board->opened) {
		snprintf(board->serial, sizeof(board->serial), "%s", serial);
		board->serial_is_of_rom = board->stage == WIRE_STAGE_ROM;
	}
	if (!board->opened && !opening_serial_wanted(board)) {
		board_note(board, 1, now_ms,
			   "the option -i excludes this board: its serial number is %s",
			   board->serial[0] ? board->serial : "missing");
		return verdict(VERDICT_FORGOTTEN);
	}
	if (board->alone[0] && !board->opened && strcmp(board->alone, board->serial) == 0) {
		board_note(board, 0, now_ms,
			   "rpiboot ignores this board, because it restarted by itself after its "
			   "recovery; to recover the board again, unplug it and plug it in again");
		return verdict(VERDICT_FORGOTTEN);
	}
	if (opening_is_return(board) && !recover_is_same_board(board, serial))
		return recover_other_board(board, serial);
	if (!board->service)
		r = service_new(&board->service, board->context, board->chip, board->port, &why);
	if (r == 0 && board->context->recover && !board->opened)
		begun = recover_begin(board, now_ms);
	if (r == 0 && board->recovering.kit && board->stage == WIRE_STAGE_ROM)
		r = recover_start_step(board, &why);
	if (r == 0 && !board->opened)
		board->usual_disk = service_usual_disk(board->service);
	if (r == 0 && board->stage == WIRE_STAGE_ROM)
		r = service_check_rom(board->service, &why);
	opening_report(board, now_ms);
	board->opened = true;
	if (r < 0)
		return verdict_end(STATUS_NO_FILES, "%s", why.text);
	return begun.kind == VERDICT_FINISHED ? opening_save(board, now_ms) : begun;
}
