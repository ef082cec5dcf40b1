/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of one board. Every state has a deadline. A board that passes its deadline
 * fails, with a message that names the current step. This file knows no protocol messages.
 *
 *   OPENING -> TALKING (boot ROM) -> RETURNING -> OPENING -> TALKING (second stage) -> LEAVING
 *   LEAVING -> OPENING, with the files of a Linux system: the second stage appears twice
 *   LEAVING -> WRITING, with --write
 *   Any state -> SAVING -> ENDED, if the board reported metadata for a file of -j DIR
 *   Any state -> ENDED, otherwise
 *
 *   OPENING    The device is being opened. An open that fails soon after arrival is repeated.
 *   TALKING    One step of the protocol is in progress (serve.c).
 *   FALTERED   A transfer failed with an error that a departure also causes.
 *   RETURNING  The boot ROM has the bootcode. It leaves, and the second stage appears.
 *   LEAVING    The second stage is done. It leaves, and another device may appear (outcome.c).
 *   WRITING    The image is being written to the disk of the board (write.c).
 *   SAVING     The result is known, and the metadata file is being written (metadata.c). */
#include "board/internal.h"

#include "diagnose/hints.h"
#include "board/metadata_store.h"
#include "usb/serial.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* How long an open is repeated. udev sets the mode of a new device node some milliseconds after the
 * node appeared (libusb issue 1586). */
#define BOARD_OPEN_PATIENCE_MS 2000
#define BOARD_OPEN_RETRY_MS    20
/* How often the host searches for disks on systems without disk events, see board_disk_seen(). */
#define BOARD_DISK_POLL_MS   250
#define BOARD_WRITER_POLL_MS 100
/* The largest number of appearances of the second stage. With the files of a Linux system the
 * second stage appears twice. */
#define BOARD_APPEARANCES_MAX 8

int board_new(struct board **ret, const struct context *context, const struct chip *chip,
	      struct usb_dev *dev, uint64_t now_ms, struct error *err)
{
	const struct usb_id *id = usb_dev_id(dev);
	struct board *board = calloc(1, sizeof(*board));

	if (!board)
		return error_set(err, -ENOMEM, "out of memory");
	board->context = context;
	board->chip = chip;
	board->start_ms = now_ms;
	snprintf(board->port, sizeof(board->port), "%s", id->port);
	board->stage = wire_stage(id->serial_index);
	board->appearances = board->stage == WIRE_STAGE_FILES;
	if (context->image)
		board->disk_mark = target_mark(context->config->sysroot);
	board_open(board, dev, now_ms);
	*ret = board;
	return 0;
}

void board_set_device(struct board *board, struct usb_dev *dev)
{
	if (board->dev)
		usb_dev_set_context(board->dev, NULL);
	board->dev = dev;
	if (dev)
		usb_dev_set_context(dev, board);
}

void board_close_device(struct board *board)
{
	if (board->dev)
		usb_dev_close(board->dev);
	board_set_device(board, NULL);
}

struct board *board_free(struct board *board)
{
	if (!board)
		return NULL;
	board_close_device(board);
	boot_free(board->boot);
	service_free(board->service);
	metadata_file_free(board->metadata_file);
	writer_free(board->writer);
	free(board);
	return NULL;
}

const char *board_port(const struct board *board)
{
	return board->port;
}

bool board_ended(const struct board *board)
{
	return board->state == BOARD_ENDED;
}

bool board_counts(const struct board *board)
{
	return board->state != BOARD_ENDED || board->reported;
}

enum exit_status board_status(const struct board *board)
{
	return board->status;
}

void board_tell(struct board *board, struct event *event, uint64_t now_ms)
{
	event->port = board->port;
	report_event(board->context->report, event, now_ms);
}

void board_note(struct board *board, int level, uint64_t now_ms, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE];
	struct event event = {.type = EVENT_NOTE, .note = {.level = level, .text = text}};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	board_tell(board, &event, now_ms);
}

/* Ends the board with a result. No other function sets a result. */
void board_end(struct board *board, enum exit_status status, const char *text, uint64_t now_ms)
{
	if (board->state == BOARD_SAVING || board->state == BOARD_ENDED)
		return;
	board_close_device(board);
	board->status = status;
	snprintf(board->result, sizeof(board->result), "%s", text);
	if (board_save_metadata(board, now_ms))
		board_set_state(board, BOARD_SAVING,
				now_ms + board->context->config->stage_timeout_ms);
	else
		board_conclude(board, now_ms);
}

void board_fail(struct board *board, enum exit_status status, uint64_t now_ms, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	board_end(board, status, text, now_ms);
}

const char *board_signal_word(enum exit_status status)
{
	return status == STATUS_TERMINATED ? "terminated"
	       : status == STATUS_HUNG_UP  ? "ended by SIGHUP"
					   : "interrupted";
}

void board_set_state(struct board *board, enum board_state state, uint64_t deadline_ms)
{
	board->state = state;
	board->deadline_ms = deadline_ms;
}

void board_open(struct board *board, struct usb_dev *dev, uint64_t now_ms)
{
	board_set_device(board, dev);
	board->away = false;
	board->boot = boot_free(board->boot);
	/* The deadline includes the stage timeout, because an open that is not refused may take
	 * long on a busy machine. */
	board_set_state(board, BOARD_OPENING,
			now_ms + BOARD_OPEN_PATIENCE_MS + board->context->config->stage_timeout_ms);
	board->opening_ms = now_ms;
	board->retry_ms = UINT64_MAX;
	usb_dev_open(dev, !board->opened);
}

/* Returns: true if -i is not given or includes the serial number of the board. A boot ROM may have
 * no serial number. */
static bool board_serial_wanted(const struct board *board)
{
	const struct config *config = board->context->config;

	return config->serial_count == 0 ||
	       usb_serial_is_in(board->serial, config->serials, config->serial_count);
}

/* Ends the board without a result, as if the board had never appeared. */
static void board_forget(struct board *board)
{
	board_close_device(board);
	board->state = BOARD_ENDED;
}

/* Schedules another attempt to open the device.
 * Returns: false if the time for attempts is over. */
static bool board_open_again(struct board *board, uint64_t now_ms)
{
	uint64_t tried_ms = now_ms - board->opening_ms;
	uint64_t pause_ms = tried_ms / 4; /* each pause is longer than the last one */

	if (pause_ms < BOARD_OPEN_RETRY_MS)
		pause_ms = BOARD_OPEN_RETRY_MS;
	if (tried_ms + pause_ms >= BOARD_OPEN_PATIENCE_MS)
		return false;
	board->retry_ms = now_ms + pause_ms;
	return true;
}

static void board_open_failed(struct board *board, const struct error *err, uint64_t now_ms)
{
	if (board_open_again(board, now_ms))
		return;
	board_end(board,
		  err->code == -EACCES || err->code == -EPERM || err->code == -ENOENT
			  ? STATUS_NO_PERMISSION
			  : STATUS_FAILED,
		  err->text, now_ms);
}

/* Handles a serial number that cannot be read. With -i, the device is opened again, because the
 * program must know the serial number. Without -i, the board is served without its serial
 * number. */
static void board_serial_failed(struct board *board, uint64_t now_ms)
{
	if (board->context->config->serial_count > 0 && board_open_again(board, now_ms))
		return;
	board->tells_no_serial = true;
	usb_dev_open(board->dev, false);
}

static void board_tell_found(struct board *board, uint64_t now_ms)
{
	const struct usb_id *id = usb_dev_id(board->dev);
	bool rom = board->stage == WIRE_STAGE_ROM;
	struct hint hint;
	struct event event = {
		.type = EVENT_FOUND,
		.found =
			{
				.chip = board->chip->name,
				.boards = board->chip->boards,
				.stage = rom ? "rom" : "files",
				.serial = board->serial,
				.speed = usb_speed_name(id->speed),
				.firmware = board->service && !board->firmware_told
						    ? service_dir(board->service)
						    : "",
			},
	};

	board->firmware_told = board->service;
	board_tell(board, &event, now_ms);
	if (hint_slow_link(id, &hint)) {
		event = (struct event){
			.type = EVENT_HINT,
			.hint = {.code = hint_name(hint.code), .text = hint.text},
		};
		board_tell(board, &event, now_ms);
	}
}

void board_opened(struct usb_dev *dev, const char *serial, const struct error *err, uint64_t now_ms)
{
	struct board *board = usb_dev_context(dev);
	bool rom = board->stage == WIRE_STAGE_ROM;
	struct error why = {0};
	int r = 0;

	if (board->state != BOARD_OPENING)
		return;
	if (err) {
		board_open_failed(board, err, now_ms);
		return;
	}
	if (!serial) {
		board_serial_failed(board, now_ms);
		return;
	}
	if (!board->opened)
		snprintf(board->serial, sizeof(board->serial), "%s", serial);
	if (!board->opened && !board_serial_wanted(board)) {
		board_note(board, 1, now_ms, "excluded by -i: serial number %s",
			   board->serial[0] ? board->serial : "missing");
		board_forget(board);
		return;
	}
	if (board->alone[0] && !board->opened && strcmp(board->alone, board->serial) == 0) {
		board_note(board, 0, now_ms,
			   "the board was recovered and has restarted by itself, so rpiboot "
			   "ignores it; to recover it again, unplug it and plug it in again");
		board_forget(board);
		return;
	}
	if (!board->service)
		r = service_new(&board->service, board->context, board->chip, board->port, &why);
	if (r == 0 && !board->opened)
		board->usual_disk = service_usual_disk(board->service);
	if (r == 0 && rom)
		r = service_check_rom(board->service, &why);
	board_tell_found(board, now_ms);
	board->opened = true;
	if (r < 0)
		board_end(board, STATUS_NO_FILES, why.text, now_ms);
	else
		board_talk(board, now_ms);
}

void board_returning(struct board *board, uint64_t now_ms)
{
	usb_dev_close(board->dev); /* never use the old address again */
	board_set_state(board, BOARD_RETURNING, now_ms + board->context->config->stage_timeout_ms);
}

/* Handles a departure between two requests. The board may become the expected device, or its second
 * stage may appear again. */
static void board_left_idle(struct board *board, uint64_t now_ms)
{
	board_leaving(board, now_ms);
	board_left_second_stage(board, now_ms);
}

static void board_left_talking(struct board *board, uint64_t now_ms)
{
	switch (boot_phase(board->boot)) {
	case BOOT_PHASE_ROM_SENDING:
	case BOOT_PHASE_ANSWERING:
		board_vanished(board, now_ms);
		return;
	case BOOT_PHASE_ROM_STATUS:
		board_set_state(board, BOARD_RETURNING,
				now_ms + board->context->config->stage_timeout_ms);
		return;
	case BOOT_PHASE_IDLE:
	case BOOT_PHASE_FINISHED:
		board->said_done = board->said_done || boot_said_done(board->boot);
		board_left_idle(board, now_ms);
		return;
	}
}

void board_left(struct board *board, uint64_t now_ms)
{
	enum board_state state = board->state;

	board_set_device(board, NULL);
	switch (state) {
	case BOARD_OPENING:
		if (board->opened) /* the second stage, before its requests */
			board_left_idle(board, now_ms);
		else
			board_forget(board);
		break;
	case BOARD_TALKING:
	case BOARD_FALTERED:
		board_left_talking(board, now_ms);
		break;
	case BOARD_LEAVING:
		/* After the departure of the second stage, other devices may come and go on the
		 * port. */
		if (board->away)
			board_other_left(board);
		else
			board_left_second_stage(board, now_ms);
		break;
	case BOARD_WRITING:
		board_write_left(board, now_ms);
		break;
	case BOARD_RETURNING:
	case BOARD_SAVING:
	case BOARD_ENDED:
		break;
	}
}

void board_arrived(struct board *board, struct usb_dev *dev, uint64_t now_ms)
{
	const struct usb_id *id = usb_dev_id(dev);
	const struct chip *chip = chip_by_id(id->vendor, id->product);

	/* An arrival on a port proves that the previous device has left, even if its departure was
	 * not reported yet. */
	if (board->dev) {
		usb_dev_close(board->dev);
		board_left(board, now_ms);
	}
	if (board->state == BOARD_WRITING)
		board_write_arrived(board, dev, now_ms);
	if (board->state != BOARD_RETURNING && board->state != BOARD_LEAVING)
		return;
	if (!chip) {
		board_other_arrived(board, id, now_ms);
	} else if (wire_stage(id->serial_index) == WIRE_STAGE_ROM) {
		board_rom_again(board, now_ms);
	} else if (chip != board->chip && id->product != board->chip->second_stage_product) {
		board_fail(board, STATUS_VANISHED, now_ms,
			   "a board with another chip (%s) appeared on the port of this %s",
			   chip->name, board->chip->name);
	} else if (++board->appearances > BOARD_APPEARANCES_MAX) {
		board_fail(board, STATUS_VANISHED, now_ms,
			   "the board left its second stage without Done %d times and came back: "
			   "it keeps restarting; check the power supply and the boot files",
			   BOARD_APPEARANCES_MAX);
	} else {
		board->stage = WIRE_STAGE_FILES;
		board_open(board, dev, now_ms);
	}
	if (board->state == BOARD_LEAVING)
		board_set_device(board, dev);
}

void board_disk_seen(struct board *board, uint64_t now_ms)
{
	if (board->state == BOARD_LEAVING)
		board->poll_ms = now_ms;
}

static void board_overdue(struct board *board, uint64_t now_ms)
{
	double patience_s = (double)board->context->config->stage_timeout_ms / 1000;

	switch (board->state) {
	case BOARD_OPENING:
		board_fail(board, STATUS_FAILED, now_ms, "the board could not be opened in time");
		break;
	case BOARD_TALKING:
	case BOARD_FALTERED:
		board_talk_overdue(board, now_ms);
		break;
	case BOARD_RETURNING:
		if (board->dev)
			board_fail(board, STATUS_REFUSED, now_ms,
				   "the boot ROM received %s but did not start it in %.6g s: "
				   "probably the bootcode is for another chip or has a wrong "
				   "signature; power the board off and on before the next try",
				   board->chip->bootcode, patience_s);
		else
			board_fail(board, STATUS_VANISHED, now_ms,
				   "the boot ROM received %s and left, but no second stage "
				   "appeared in %.6g s: check the power supply, the cable and the "
				   "version of the firmware",
				   board->chip->bootcode, patience_s);
		break;
	case BOARD_LEAVING:
		board_after_overdue(board, now_ms);
		break;
	case BOARD_WRITING:
		board_write_overdue(board, now_ms);
		break;
	case BOARD_SAVING:
		board_metadata_overdue(board, now_ms);
		board_conclude(board, now_ms);
		break;
	case BOARD_ENDED:
		break;
	}
}

uint64_t board_tick(struct board *board, uint64_t now_ms)
{
	uint64_t next_ms = board->deadline_ms;

	if (board->state == BOARD_OPENING && board->dev && now_ms >= board->retry_ms) {
		board->retry_ms = UINT64_MAX;
		usb_dev_open(board->dev, !board->opened && !board->tells_no_serial);
	}
	if (board->state == BOARD_LEAVING && board_wants_disk(board)) {
		if (now_ms >= board->poll_ms) {
			board->poll_ms = now_ms + BOARD_DISK_POLL_MS;
			board_poll_disks(board, now_ms);
		}
		next_ms = board->poll_ms < next_ms ? board->poll_ms : next_ms;
	}
	if (board->state == BOARD_WRITING && (now_ms >= board->poll_ms || !board_busy(board))) {
		board->poll_ms = now_ms + BOARD_WRITER_POLL_MS;
		board_poll_writer(board, now_ms);
	}
	if (board->state == BOARD_WRITING)
		next_ms = board->poll_ms < board->deadline_ms ? board->poll_ms : board->deadline_ms;
	if (board->state == BOARD_OPENING && board->retry_ms < next_ms)
		next_ms = board->retry_ms;
	if (board->state == BOARD_SAVING && board_poll_metadata(board, now_ms))
		board_conclude(board, now_ms);
	if (board->state != BOARD_ENDED && now_ms >= board->deadline_ms)
		board_overdue(board, now_ms);
	return board->state == BOARD_ENDED ? UINT64_MAX : next_ms;
}
