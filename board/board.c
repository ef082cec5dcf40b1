/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of one board. Every state has a deadline. A board that passes its deadline
 * fails, with a message that names the current step.
 *
 * Each other file of this directory handles the events of one state and returns a struct verdict.
 * Only this file changes the state and ends the board. */
/* clang-format off */
/*
 *                    the boot ROM has its bootcode
 *     OPENING ----> SERVING ---------------------> REENUMERATING
 *      ^   ^           |                                 |
 *      |   |           | the second stage is done        | the second stage appears
 *      |   |           v                                 |
 *      |   +--- AWAITING_OUTCOME ----> WRITING           |
 *      |    it appears again     with --write            |
 *      +-------------------------------------------------+
 *
 *     AWAITING_OUTCOME ----> RETURNING ----> OPENING     between two steps of `rpiboot recover`
 *     SERVING   ----> SUSPECT ----> as from SERVING      if a transfer fails
 *     any state ----> SAVING ----> ENDED                 if metadata go to a file of -j DIR
 *     any state ----> ENDED                              otherwise
 *
 *   OPENING           The device is being opened (opening.c).
 *   SERVING           One step of the protocol is in progress (serve.c).
 *   SUSPECT           A transfer failed, perhaps because the device left the bus.
 *   REENUMERATING     The boot ROM has the bootcode. It leaves, and the second stage appears.
 *   AWAITING_OUTCOME  The second stage is done. It leaves; another device may appear (outcome.c).
 *   RETURNING         A step of the recovery is done. The boot ROM appears again (recover_return.c).
 *   WRITING           The image is being written to the disk of the board (write.c).
 *   SAVING            The result is known, and the metadata file is being written (metadata.c).
 */
/* clang-format on */
#include "board/internal.h"

#include "board/metadata_store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The maximum number of times that a board's second-stage bootloader may appear on USB. If it
 * appears more often, the board restarts endlessly, and its result is a failure. The files of a
 * Linux system cause two appearances (docs/protocol.md, section 4). */
#define BOARD_APPEARANCES_MAX 8

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
	boot_free(board->serving.boot);
	service_free(board->service);
	metadata_file_free(board->metadata_file);
	metadata_file_free(board->interim_file);
	free(board->recovering.earlier);
	free(board->recovering.earlier_text);
	usb_power_free(board->recovering.power);
	writer_free(board->writing.writer);
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
	return board->result.status;
}

void board_report(struct board *board, struct event *event, uint64_t now_ms)
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
	board_report(board, &event, now_ms);
}

void board_warn(struct board *board, const char *code, const char *text, uint64_t now_ms)
{
	struct event event = {.type = EVENT_WARNING, .warning = {.code = code, .text = text}};

	board_report(board, &event, now_ms);
}

struct verdict verdict(enum verdict_kind kind)
{
	return (struct verdict){.kind = kind};
}

struct verdict verdict_end(enum exit_status status, const char *fmt, ...)
{
	struct verdict ret = {.kind = VERDICT_ENDED, .status = status};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ret.text, sizeof(ret.text), fmt, ap);
	va_end(ap);
	return ret;
}

static void board_set_state(struct board *board, enum board_state state, uint64_t now_ms)
{
	board->state = state;
	board->deadline_ms = now_ms + board->context->config->stage_timeout_ms;
}

/* Reports the final result of a board: a success, or a failure with its reason. Call this function
 * after the properties that the board reported were saved or printed. */
static void board_conclude(struct board *board, uint64_t now_ms)
{
	struct event event = {
		.type = EVENT_RESULT,
		.result.ok = board->result.status == STATUS_OK,
		.result.code = (int)board->result.status,
		.result.text = board->result.text,
		.result.seconds = (double)(now_ms - board->start_ms) / 1000,
	};

	board->state = BOARD_ENDED;
	board->reported = true;
	board_report(board, &event, now_ms);
}

static void board_end(struct board *board, const struct verdict *result, uint64_t now_ms)
{
	if (board->state == BOARD_SAVING || board->state == BOARD_ENDED)
		return;
	board_close_device(board);
	board->result = *result;
	recover_power_on(board, now_ms);
	recover_finish(board, &board->result, now_ms);
	if (board_save_metadata(board, now_ms))
		board_set_state(board, BOARD_SAVING, now_ms);
	else
		board_conclude(board, now_ms);
}

static void board_open(struct board *board, struct usb_dev *dev, uint64_t now_ms)
{
	board_set_device(board, dev);
	board->awaiting.away = false;
	board_set_state(board, BOARD_OPENING, now_ms);
	opening_start(board, now_ms);
}

void board_await_outcome(struct board *board, uint64_t now_ms)
{
	board_set_state(board, BOARD_AWAITING_OUTCOME, now_ms);
	outcome_start(board, now_ms);
}

/* Moves the board to its next state and starts the work of that state.
 * Returns: VERDICT_GOES_ON, or VERDICT_ENDED with a failure (the work cannot start). */
static struct verdict board_next(struct board *board, uint64_t now_ms)
{
	switch (board->state) {
	case BOARD_OPENING:
		board_set_state(board, BOARD_SERVING, now_ms);
		return serve_start(board, now_ms);
	case BOARD_SERVING:
	case BOARD_SUSPECT:
		if (board->dev)
			/* The board returns with a new address, so close its old USB device. */
			usb_dev_close(board->dev);
		if (board->stage == WIRE_STAGE_ROM)
			board_set_state(board, BOARD_REENUMERATING, now_ms);
		else
			board_await_outcome(board, now_ms);
		break;
	case BOARD_AWAITING_OUTCOME:
		board_set_state(board, BOARD_WRITING, now_ms);
		return write_start(board, now_ms);
	case BOARD_REENUMERATING:
	case BOARD_RETURNING:
	case BOARD_WRITING:
	case BOARD_SAVING:
	case BOARD_ENDED:
		break;
	}
	return verdict(VERDICT_GOES_ON);
}

/* Acts on a verdict about a board: changes the state of the board, or stops serving it. */
static void board_follow(struct board *board, struct verdict verdict, uint64_t now_ms)
{
	while (verdict.kind == VERDICT_FINISHED)
		verdict = board_next(board, now_ms);
	switch (verdict.kind) {
	case VERDICT_GOES_ON:
	case VERDICT_FINISHED:
		break;
	case VERDICT_SUSPECT:
		board->state = BOARD_SUSPECT;
		break;
	case VERDICT_ENDED:
		board_end(board, &verdict, now_ms);
		break;
	case VERDICT_NEXT_STEP:
		board_set_state(board, BOARD_RETURNING, now_ms);
		board_save_interim(board, now_ms);
		recover_await_return(board, now_ms);
		break;
	case VERDICT_FORGOTTEN: /* serving ends without a result */
		board_close_device(board);
		board->state = BOARD_ENDED;
		break;
	}
}

int board_new(struct board **ret, const struct context *context, struct usb_dev *dev,
	      uint64_t now_ms, struct error *err)
{
	const struct usb_id *id = usb_dev_id(dev);
	struct board *board = calloc(1, sizeof(*board));

	if (!board)
		return error_set(err, -ENOMEM, "out of memory");
	board->context = context;
	board->chip = chip_by_id(id->vendor, id->product);
	board->start_ms = now_ms;
	snprintf(board->port, sizeof(board->port), "%s", id->port);
	board->stage = wire_stage(id->serial_index);
	board->appearances = board->stage == WIRE_STAGE_FILES;
	if (context->image)
		board->writing.disk_mark = target_mark(context->config->sysroot);
	board_open(board, dev, now_ms);
	*ret = board;
	return 0;
}

void board_opened(struct usb_dev *dev, const char *serial, const struct error *err, uint64_t now_ms)
{
	struct board *board = usb_dev_context(dev);

	if (board->state == BOARD_OPENING)
		board_follow(board, opening_done(board, serial, err, now_ms), now_ms);
}

void board_done(struct usb_dev *dev, size_t actual, const struct error *err, uint64_t now_ms)
{
	struct board *board = usb_dev_context(dev);

	if (board->state == BOARD_SERVING)
		board_follow(board, serve_done(board, actual, err, now_ms), now_ms);
}

void board_progress(struct usb_dev *dev, size_t bytes, uint64_t now_ms)
{
	struct board *board = usb_dev_context(dev);

	if (board->state == BOARD_SERVING)
		serve_progress(board, bytes, now_ms);
}

void board_left(struct board *board, uint64_t now_ms)
{
	board_set_device(board, NULL);
	switch (board->state) {
	case BOARD_OPENING:
		board_follow(board, opening_left(board), now_ms);
		if (board->state != BOARD_OPENING)
			break;
		/* The second-stage bootloader left the bus before it requested a file. The board
		 * may still become a disk or another device, so the program waits for that. */
		board_await_outcome(board, now_ms);
		board_follow(board, outcome_left(board, now_ms), now_ms);
		break;
	case BOARD_SERVING:
	case BOARD_SUSPECT:
		board_follow(board, serve_left(board), now_ms);
		if (board->state != BOARD_AWAITING_OUTCOME)
			break;
		/* fall through */
	case BOARD_AWAITING_OUTCOME:
		board_follow(board, outcome_left(board, now_ms), now_ms);
		break;
	case BOARD_WRITING:
		write_left(board, now_ms);
		break;
	case BOARD_REENUMERATING:
	case BOARD_RETURNING:
	case BOARD_SAVING:
	case BOARD_ENDED:
		break;
	}
}

/* Handles a device that appears on the port of a board while `rpiboot recover` waits for the boot
 * ROM of the board. Opens this boot ROM. If it is another device, continues to wait, or ends the
 * board with a failure. */
static void board_returned(struct board *board, struct usb_dev *dev, uint64_t now_ms)
{
	struct verdict verdict = recover_returned(board, usb_dev_id(dev));

	if (verdict.kind == VERDICT_FINISHED) {
		board->stage = WIRE_STAGE_ROM;
		board->appearances = 0;
		board_open(board, dev, now_ms);
		return;
	}
	board_set_device(board, dev);
	board_follow(board, verdict, now_ms);
}

void board_arrived(struct board *board, struct usb_dev *dev, uint64_t now_ms)
{
	const struct usb_id *id = usb_dev_id(dev);
	const struct chip *chip = chip_by_id(id->vendor, id->product);
	struct verdict verdict;

	/* A new device on a USB port proves that the previous device has left the bus, even if no
	 * event has reported its departure. */
	if (board->dev) {
		usb_dev_close(board->dev);
		board_left(board, now_ms);
	}
	if (board->state == BOARD_WRITING)
		board_follow(board, write_arrived(board, dev, now_ms), now_ms);
	if (board->state == BOARD_RETURNING)
		board_returned(board, dev, now_ms);
	if (board->state != BOARD_REENUMERATING && board->state != BOARD_AWAITING_OUTCOME)
		return;
	if (!chip || wire_stage(id->serial_index) == WIRE_STAGE_ROM) {
		verdict = board->state == BOARD_REENUMERATING ? serve_wrong_stage(board, id)
							      : outcome_arrived(board, id, now_ms);
	} else if (chip != board->chip && id->product != board->chip->second_stage_product) {
		verdict = verdict_end(STATUS_VANISHED,
				      "a board with another chip (%s) replaced this %s on its port",
				      chip->name, board->chip->name);
	} else if (++board->appearances > BOARD_APPEARANCES_MAX) {
		verdict = verdict_end(
			STATUS_VANISHED,
			"the board keeps restarting: it left its second stage %d times without the "
			"message Done; check the power supply and the boot files",
			BOARD_APPEARANCES_MAX);
	} else {
		board->stage = WIRE_STAGE_FILES;
		board_open(board, dev, now_ms);
		return;
	}
	board_follow(board, verdict, now_ms);
	if (board->state == BOARD_AWAITING_OUTCOME)
		board_set_device(board, dev);
	else if (board->state == BOARD_RETURNING)
		board_returned(board, dev, now_ms);
}

void board_disk_seen(struct board *board, uint64_t now_ms)
{
	if (board->state == BOARD_AWAITING_OUTCOME)
		board->awaiting.poll_ms = now_ms;
}

static void board_overdue(struct board *board, uint64_t now_ms)
{
	switch (board->state) {
	case BOARD_OPENING:
		board_follow(board, opening_overdue(board, now_ms), now_ms);
		break;
	case BOARD_SUSPECT:
		/* The USB device has left the bus, but no event has reported its departure. */
		if (board->serving.fault.code == -ENODEV) {
			usb_dev_close(board->dev);
			board_left(board, now_ms);
			break;
		}
		/* fall through */
	case BOARD_SERVING:
		board_follow(board,
			     recover_is_proved(board) ? verdict(VERDICT_FINISHED)
						      : serve_overdue(board, now_ms),
			     now_ms);
		break;
	case BOARD_REENUMERATING:
		board_follow(board, serve_no_stage(board), now_ms);
		break;
	case BOARD_AWAITING_OUTCOME:
		board_follow(board, outcome_overdue(board, now_ms), now_ms);
		break;
	case BOARD_RETURNING:
		board_follow(board, recover_no_return(board, now_ms), now_ms);
		break;
	case BOARD_WRITING:
		board_follow(board, write_overdue(board), now_ms);
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
	const enum board_state state = board->state;
	uint64_t due_ms = UINT64_MAX;

	board_poll_interim(board, now_ms);
	switch (state) {
	case BOARD_OPENING:
		board_follow(board, opening_tick(board, now_ms, &due_ms), now_ms);
		break;
	case BOARD_AWAITING_OUTCOME:
		board_follow(board, outcome_tick(board, now_ms, &due_ms), now_ms);
		break;
	case BOARD_WRITING:
		board_follow(board, write_tick(board, now_ms, &due_ms), now_ms);
		break;
	case BOARD_SAVING:
		if (board_poll_metadata(board, now_ms))
			board_conclude(board, now_ms);
		break;
	case BOARD_SERVING:
	case BOARD_SUSPECT:
	case BOARD_REENUMERATING:
	case BOARD_RETURNING:
	case BOARD_ENDED:
		break;
	}
	if (board->state != BOARD_ENDED && now_ms >= board->deadline_ms)
		board_overdue(board, now_ms);
	if (board->state == BOARD_ENDED)
		return UINT64_MAX;
	if (board->state != state)
		/* The board has just entered a new state, which may have work to do at once. Make
		 * the caller call board_tick() again without a wait. */
		return now_ms;
	return due_ms < board->deadline_ms ? due_ms : board->deadline_ms;
}

void board_interrupt(struct board *board, enum exit_status status, uint64_t now_ms)
{
	board_follow(board, interrupt_verdict(board, status, now_ms), now_ms);
}

void board_finish_saving(struct board *board, uint64_t until_ms, uint64_t now_ms)
{
	if (board->state != BOARD_SAVING)
		return;
	board_wait_for_metadata(board, until_ms, now_ms);
	if (!board_poll_metadata(board, now_ms))
		board_metadata_overdue(board, now_ms);
	board_conclude(board, now_ms);
}
