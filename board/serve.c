/* SPDX-License-Identifier: Apache-2.0 */
/* Serves a board: provides the transfers, files and metadata that boot/boot.c requests, and names
 * the failed step in messages. This file knows no wire format. */
#include "board/internal.h"

#include "boot/metadata.h"
#include "boot/recovery.h"
#include "util/text.h"
#include "util/util.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How long the hub may take to report a departure after the transfers of the device have failed. */
#define BOARD_FALTER_MS 1500

/* Writes the current step of the board to ret for a message, such as "while the boot ROM was sent
 * bootcode.bin (1024 of 5000 bytes)". */
static void talk_where(const struct board *board, char *ret, size_t size)
{
	switch (boot_phase(board->boot)) {
	case BOOT_PHASE_ROM_SENDING:
		snprintf(ret, size,
			 "while %s was sent to the boot ROM (%" PRIu64 " of %" PRId64 " bytes)",
			 board->last_name, board->xfer.source.read ? board->xfer_bytes : 0,
			 board->file_bytes);
		return;
	case BOOT_PHASE_ROM_STATUS:
		snprintf(ret, size, "after all of %s was sent to the boot ROM", board->last_name);
		return;
	case BOOT_PHASE_ANSWERING:
		snprintf(ret, size,
			 "in the second stage while %s was sent to it (%" PRIu64 " of %" PRId64
			 " bytes)",
			 board->last_name, board->xfer.source.read ? board->xfer_bytes : 0,
			 board->file_bytes > 0 ? board->file_bytes : 0);
		return;
	case BOOT_PHASE_IDLE:
	case BOOT_PHASE_FINISHED:
		break;
	}
	snprintf(ret, size, "in the second stage, idle%s%s", board->last_name[0] ? " after " : "",
		 board->last_name);
}

void board_vanished(struct board *board, uint64_t now_ms)
{
	char where[ERROR_TEXT_SIZE];

	talk_where(board, where, sizeof(where));
	board_fail(board, STATUS_VANISHED, now_ms,
		   "the board left the bus %s: check cable and power", where);
}

/* Opens the file that the board requests, and passes its size to the protocol state. */
static int talk_fetch_file(struct board *board, uint64_t now_ms, struct error *err)
{
	const char *name = boot_name(board->boot);
	int r;

	text_printable(name, board->last_name, sizeof(board->last_name));
	board->file_ms = now_ms;
	r = service_file(board->service, name, board->stage == WIRE_STAGE_ROM, &board->file_bytes,
			 err);
	if (r < 0)
		return r;
	if (board->file_bytes < 0) {
		struct event event = {.type = EVENT_MISSING, .missing = {.name = name}};

		if (board->stage == WIRE_STAGE_ROM)
			return error_set(err, -ENOENT, "%s no longer exists", name);
		board_tell(board, &event, now_ms);
	}
	if (board->stage == WIRE_STAGE_FILES) {
		board->answers++;
		board_asked(board, name, board->file_bytes, now_ms);
	}
	boot_give_file(board->boot, board->file_bytes);
	return 0;
}

static void talk_tell_sent(struct board *board, uint64_t now_ms)
{
	struct event event = {
		.type = EVENT_SENT,
		.sent =
			{
				.name = boot_name(board->boot),
				.bytes = (uint64_t)board->file_bytes,
				.seconds = (double)(now_ms - board->file_ms) / 1000,
			},
	};

	board_tell(board, &event, now_ms);
	if (board->stage == WIRE_STAGE_FILES)
		recovery_sent(service_recovery(board->service));
}

static int talk_record(struct board *board, uint64_t now_ms, struct error *err)
{
	struct metadata *metadata = service_metadata(board->service);
	const char *key = boot_name(board->boot);
	bool is_new = false;
	int r = metadata_add(metadata, key, boot_value(board->boot), &is_new, err);
	struct event event = {
		.type = EVENT_METADATA,
		.metadata = {.key = key, .value = metadata_get(metadata, key)},
	};

	text_printable(key, board->last_name, sizeof(board->last_name));
	board->file_bytes = 0;
	board_asked(board, key, 0, now_ms);
	recovery_tell(service_recovery(board->service), key, boot_value(board->boot));
	if (r == 0 && is_new)
		board_tell(board, &event, now_ms);
	return r;
}

/* Returns: the deadline of the transfer that began at begun_ms. */
static uint64_t talk_deadline_ms(const struct board *board, uint64_t begun_ms)
{
	uint64_t patience_ms = board->context->config->stage_timeout_ms, limit_ms;

	if (board->xfer.timeout_ms && board->xfer.timeout_ms < patience_ms)
		patience_ms = board->xfer.timeout_ms;
	limit_ms = board_headway_limit_ms(board);
	return begun_ms + patience_ms < limit_ms ? begun_ms + patience_ms : limit_ms;
}

static void talk_submit(struct board *board, const struct xfer *xfer, uint64_t now_ms)
{
	uint64_t begun_ms;

	board->xfer = *xfer;
	board->xfer_bytes = 0;
	if (xfer->kind == XFER_BULK_OUT && !xfer->data)
		board->xfer.source = service_source(board->service);
	/* The search for the file and the read of its first bytes may take time. This time does not
	 * count as silence of the board. */
	begun_ms = usb_dev_submit(board->dev, &board->xfer);
	if (begun_ms > now_ms)
		board->headway.since_ms += begun_ms - now_ms;
	board_set_state(board, BOARD_TALKING, talk_deadline_ms(board, begun_ms));
}

/* Fails the board because of a negative result of boot_step() or of talk_record(). */
static void talk_failed(struct board *board, int step, const struct error *err, uint64_t now_ms)
{
	if (step == -EPERM)
		board_fail(board, STATUS_REFUSED, now_ms,
			   "%s: it is for another chip or not signed with this board's key; power "
			   "the board off and on before the next try",
			   err->text);
	else
		board_fail(board, STATUS_FAILED, now_ms, "%s", err->text);
}

static void talk_step(struct board *board, uint64_t now_ms)
{
	struct error err = {0};

	for (;;) {
		struct xfer xfer = {0};
		int r, step = boot_step(board->boot, &xfer, &err);

		if (step < 0) {
			talk_failed(board, step, &err, now_ms);
			return;
		}
		switch ((enum boot_step)step) {
		case BOOT_XFER:
			talk_submit(board, &xfer, now_ms);
			return;
		case BOOT_FILE:
			r = talk_fetch_file(board, now_ms, &err);
			if (r < 0) {
				board_fail(board, STATUS_NO_FILES, now_ms, "%s", err.text);
				return;
			}
			break;
		case BOOT_METADATA:
			r = talk_record(board, now_ms, &err);
			if (r < 0) {
				talk_failed(board, r, &err, now_ms);
				return;
			}
			break;
		case BOOT_SENT:
			talk_tell_sent(board, now_ms);
			break;
		case BOOT_FINISHED:
			if (board->stage == WIRE_STAGE_ROM)
				board_returning(board, now_ms);
			else
				board_finished_talking(board, now_ms);
			return;
		}
	}
}

void board_talk(struct board *board, uint64_t now_ms)
{
	struct boot_config config = {
		.chip = board->chip,
		.stage = board->stage,
		.signature = service_signature(board->service),
	};
	struct error err = {0};

	board->last_name[0] = '\0';
	board->headway = (struct headway){.since_ms = now_ms};
	if (boot_new(&board->boot, &config, &err) < 0)
		board_fail(board, STATUS_FAILED, now_ms, "%s", err.text);
	else
		talk_step(board, now_ms);
}

static void board_tell_sending(struct board *board, uint64_t now_ms)
{
	struct event event = {
		.type = EVENT_SENDING,
		.sending =
			{
				.name = board->stage == WIRE_STAGE_ROM ? board->chip->bootcode
								       : board->last_name,
				.bytes = board->xfer_bytes,
				.total = board->xfer.length,
			},
	};

	board_tell(board, &event, now_ms);
}

void board_progress(struct usb_dev *dev, size_t bytes, uint64_t now_ms)
{
	struct board *board = usb_dev_context(dev);

	if (board->state != BOARD_TALKING)
		return;
	board->xfer_bytes += bytes;
	board_tell_sending(board, now_ms);
	/* Each progress restarts the timeout, because only a silent board fails, not a slow one. */
	board_advanced(board, now_ms);
	board_set_state(board, BOARD_TALKING, talk_deadline_ms(board, now_ms));
}

void board_done(struct usb_dev *dev, size_t actual, const struct error *err, uint64_t now_ms)
{
	struct board *board = usb_dev_context(dev);
	int result = err ? err->code : 0;

	if (board->state != BOARD_TALKING)
		return;
	if (boot_xfer_done(board->boot, result, actual) == 0) {
		talk_step(board, now_ms);
		return;
	}
	if (service_source_failed(board->service)) {
		board_fail(board, STATUS_NO_FILES, now_ms, "%s", err->text);
		return;
	}
	/* A stall may also mean that the device has left. Some host controllers report a stall if a
	 * board, or a hub with its transaction translator, is unplugged. */
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): err is never NULL here */
	board->faltered = *err;
	board_set_state(board, BOARD_FALTERED, now_ms + BOARD_FALTER_MS);
}

void board_talk_overdue(struct board *board, uint64_t now_ms)
{
	char where[ERROR_TEXT_SIZE];
	double patience_s = (double)board->context->config->stage_timeout_ms / 1000;

	/* The transfers report that the device has left, but the hotplug event is late. */
	if (board->state == BOARD_FALTERED && board->faltered.code == -ENODEV) {
		usb_dev_close(board->dev);
		board_left(board, now_ms);
		return;
	}
	/* Only the acknowledgement of Done is missing, and neither side needs it. */
	if (boot_phase(board->boot) == BOOT_PHASE_FINISHED) {
		board_finished_talking(board, now_ms);
		return;
	}
	if (board->state == BOARD_TALKING && board_is_stuck(board, now_ms))
		return;
	talk_where(board, where, sizeof(where));
	if (board->xfer.timeout_ms && board->xfer.timeout_ms < patience_s * 1000)
		patience_s = (double)board->xfer.timeout_ms / 1000;
	if (board->state == BOARD_FALTERED)
		board_fail(board, STATUS_FAILED, now_ms, "%s %s", board->faltered.text, where);
	else if (boot_phase(board->boot) == BOOT_PHASE_ROM_STATUS)
		board_fail(board, STATUS_REFUSED, now_ms,
			   "the boot ROM received %s and then was silent for %.6g s: probably the "
			   "bootcode is for another chip or has a wrong signature; power the board "
			   "off and on before the next try",
			   board->last_name, patience_s);
	else
		board_fail(board, STATUS_FAILED, now_ms,
			   "the board was silent for %.6g s %s: power it off and on", patience_s,
			   where);
}
