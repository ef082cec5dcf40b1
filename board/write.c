/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the image of --write: selects the disk of the board, follows the progress of the writer,
 * and reports the result. The threads of flash/writer.c do the work. */
#include "board/internal.h"

#include "image/image.h"
#include "flash/target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How long the writer gets to detect by itself that its disk has left. The message of the writer
 * then names the position of the write. A writer that waits for its image does not detect the
 * departure. */
#define BOARD_GONE_MS 500

/* Writes the device nodes and models of the disks of a board to ret, for a message. */
static void board_list_disks(const struct disks *disks, char *ret, size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < disks->count && used < size; i++)
		used += (size_t)snprintf(ret + used, size - used, "%s%s (%s)", i ? ", " : "",
					 disks->disk[i].path, disks->disk[i].model);
}

static bool board_is_meant(const struct board *board, const struct disk *disk)
{
	const char *model = board->context->config->to_model;

	return model ? strcasestr(disk->model, model) != NULL : disk->bytes > 0;
}

bool board_write_waits(const struct board *board, const struct disks *disks)
{
	bool any = false;

	for (size_t i = 0; i < disks->count; i++)
		any = any || board_is_meant(board, &disks->disk[i]);
	return !disks->settled || !any;
}

/* Returns: the disk that the user selected. NULL: no disk matches, or more than one. */
static const struct disk *board_choose_disk(const struct board *board, const struct disks *disks)
{
	const struct disk *found = NULL;

	for (size_t i = 0; i < disks->count; i++) {
		const struct disk *disk = &disks->disk[i];

		if (!board_is_meant(board, disk))
			continue;
		if (found)
			return NULL;
		found = disk;
	}
	return found;
}

static void board_refuse_disks(struct board *board, const struct disks *disks, uint64_t now_ms)
{
	const char *model = board->context->config->to_model;
	char list[256];

	board_list_disks(disks, list, sizeof(list));
	if (model)
		board_fail(board, STATUS_WRITE_FAILED, now_ms,
			   "nothing is written: --to '%s' does not select exactly one disk of the "
			   "board: %s",
			   model, list);
	else
		board_fail(board, STATUS_WRITE_FAILED, now_ms,
			   "nothing is written: the board has several disks; select one with --to "
			   "MODEL: %s",
			   list);
}

/* Closes the device of the second stage before a write starts. Its hotplug event may be late, and
 * must not look like the departure of the disk. */
static void board_drop_second_stage(struct board *board)
{
	const struct usb_id *id = board->dev ? usb_dev_id(board->dev) : NULL;

	if (!id || !chip_by_id(id->vendor, id->product))
		return;
	board_close_device(board);
}

void board_write(struct board *board, const struct disks *disks, uint64_t now_ms)
{
	const struct config *config = board->context->config;
	const struct disk *disk = board_choose_disk(board, disks);
	struct writer_config writer = {
		.image = board->context->image,
		.target =
			{
				.sysroot = config->sysroot,
				.procroot = "/proc",
				.devroot = "",
				.after = board->disk_mark,
				.need_bytes = image_bytes(board->context->image),
				.unmount_helper = board->context->unmount_helper,
			},
		.open = target_open,
		.verify = !config->no_verify,
		.wake = board->context->wake,
		.wake_ctx = board->context->wake_ctx,
	};
	struct error err = {0};

	if (!disk) {
		board_refuse_disks(board, disks, now_ms);
		return;
	}
	writer.target.disk = *disk;
	snprintf(writer.target.port, sizeof(writer.target.port), "%s", board->port);
	snprintf(board->disk, sizeof(board->disk), "%s", disk->path);
	if (writer_new(&board->writer, &writer, &err) < 0) {
		board_end(board, STATUS_WRITE_FAILED, err.text, now_ms);
		return;
	}
	board->write_ms = now_ms;
	board->poll_ms = now_ms;
	board->writing = WRITER_OPENING;
	board->written_bytes = 0;
	board->disk_operations = 0;
	board->gone_ms = 0;
	board_drop_second_stage(board);
	board_set_state(board, BOARD_WRITING, now_ms + config->stage_timeout_ms);
}

static void board_written(struct board *board, const struct writer_state *state, uint64_t now_ms)
{
	char sha256[2 * WRITER_SHA256_SIZE + 1];
	struct event event = {
		.type = EVENT_WRITTEN,
		.written =
			{
				.path = board->disk,
				.bytes = state->written_bytes,
				.seconds = (double)(now_ms - board->write_ms) / 1000,
				.sha256 = sha256,
				.verified = state->verified,
				.partitions = state->partitions,
				.partition_count = state->partition_count,
			},
	};
	char text[ERROR_TEXT_SIZE];

	for (size_t i = 0; i < WRITER_SHA256_SIZE; i++)
		snprintf(sha256 + 2 * i, 3, "%02x", state->sha256[i]);
	board_tell(board, &event, now_ms);
	for (size_t i = 0; i < state->warning_count; i++) {
		event = (struct event){.type = EVENT_WARNING};
		event.warning.code = state->warnings[i].code;
		event.warning.text = state->warnings[i].text;
		board_tell(board, &event, now_ms);
	}
	snprintf(text, sizeof(text), "%s has the image, %s", board->disk,
		 state->verified ? "verified" : "not verified");
	board_end(board, STATUS_OK, text, now_ms);
}

static void board_tell_progress(struct board *board, const struct writer_state *state,
				uint64_t now_ms)
{
	struct event event = {
		.type = EVENT_PROGRESS,
		.progress =
			{
				.phase = state->phase == WRITER_VERIFYING ? "verify" : "write",
				.path = board->disk,
				.bytes = state->bytes,
				.total = state->total,
			},
	};

	if (state->phase == WRITER_WRITING || state->phase == WRITER_VERIFYING)
		board_tell(board, &event, now_ms);
}

/* Returns: what the writer did with the counted bytes, for a message. */
static const char *board_phase_word(enum writer_phase phase)
{
	return phase == WRITER_VERIFYING ? "verified" : "written";
}

/* Returns: the state of the disk after an aborted write, for a message. */
static const char *board_disk_state(const struct writer_state *state)
{
	return state->write_started ? "the disk is incomplete and will not boot"
				    : "nothing was written to it";
}

static void board_write_vanished(struct board *board, const struct writer_state *state,
				 uint64_t now_ms)
{
	writer_cancel(board->writer);
	board_fail(board, STATUS_VANISHED, now_ms,
		   "the board left after %" PRIu64 " bytes of %s were %s; %s", state->bytes,
		   board->disk, board_phase_word(state->phase), board_disk_state(state));
}

void board_poll_writer(struct board *board, uint64_t now_ms)
{
	struct writer_state state;
	bool moved;

	writer_look(board->writer, &state);
	if (state.phase == WRITER_ENDED) {
		if (state.err.code < 0)
			board_end(board, STATUS_WRITE_FAILED, state.err.text, now_ms);
		else
			board_written(board, &state, now_ms);
		return;
	}
	if (board->gone_ms && !state.disk_busy && now_ms >= board->gone_ms + BOARD_GONE_MS) {
		board_write_vanished(board, &state, now_ms);
		return;
	}
	moved = state.phase != board->writing || state.bytes != board->written_bytes;
	/* The image may be slow without a limit, because it may come from a pipe, or because its
	 * decoder may produce a long range that is not written. Only the disk has a timeout. */
	if (!state.disk_busy || state.disk_operations != board->disk_operations)
		board->deadline_ms = now_ms + board->context->config->stage_timeout_ms;
	board->writing = state.phase;
	board->written_bytes = state.bytes;
	board->disk_operations = state.disk_operations;
	if (moved)
		board_tell_progress(board, &state, now_ms);
}

void board_write_left(struct board *board, uint64_t now_ms)
{
	if (!board->gone_ms)
		board->gone_ms = now_ms;
	board->poll_ms = now_ms;
}

void board_write_arrived(struct board *board, struct usb_dev *dev, uint64_t now_ms)
{
	const struct usb_id *id = usb_dev_id(dev);
	struct writer_state state;

	/* The device that arrived may be the disk's own device, if its hotplug event is late. */
	if (!board->gone_ms && !chip_by_id(id->vendor, id->product)) {
		board_set_device(board, dev);
		return;
	}
	board_poll_writer(board, now_ms); /* the writer may have ended just now */
	if (board->state != BOARD_WRITING)
		return;
	writer_look(board->writer, &state);
	board_write_vanished(board, &state, now_ms);
}

void board_write_overdue(struct board *board, uint64_t now_ms)
{
	double patience_s = (double)board->context->config->stage_timeout_ms / 1000;
	struct writer_state state;

	writer_look(board->writer, &state);
	writer_cancel(board->writer);
	if (!state.write_started)
		board_fail(board, STATUS_WRITE_FAILED, now_ms,
			   "%s could not be opened in %.6g s: check power and cable; %s",
			   board->disk, patience_s, board_disk_state(&state));
	else
		board_fail(board, STATUS_WRITE_FAILED, now_ms,
			   "%s has not responded for %.6g s, after %" PRIu64
			   " bytes were %s: check power and cable; %s",
			   board->disk, patience_s, board->written_bytes,
			   board_phase_word(board->writing), board_disk_state(&state));
}

void board_stop(struct board *board)
{
	if (board->state == BOARD_WRITING)
		writer_cancel(board->writer);
}

bool board_busy(const struct board *board)
{
	struct writer_state state;

	if (board->state != BOARD_WRITING)
		return false;
	writer_look(board->writer, &state);
	return state.phase != WRITER_ENDED;
}

void board_write_interrupted(struct board *board, enum exit_status status, uint64_t now_ms)
{
	struct writer_state state;

	writer_look(board->writer, &state);
	if (state.phase == WRITER_ENDED && state.err.code != -ECANCELED) {
		board_poll_writer(board, now_ms); /* the writer has ended by itself */
		return;
	}
	board_fail(board, status, now_ms, "%s after %" PRIu64 " bytes of %s were %s; %s",
		   board_signal_word(status),
		   state.phase == WRITER_ENDED ? state.written_bytes : state.bytes, board->disk,
		   board_phase_word(state.phase), board_disk_state(&state));
}

void board_interrupt(struct board *board, enum exit_status status, uint64_t now_ms)
{
	if (board->state == BOARD_WRITING) {
		board_write_interrupted(board, status, now_ms);
		return;
	}
	board_fail(board, status, now_ms, "%s while it was %s", board_signal_word(status),
		   board->state == BOARD_OPENING     ? "being opened"
		   : board->state == BOARD_RETURNING ? "starting its second stage"
		   : board->state == BOARD_LEAVING   ? "starting the program that it received"
						     : "being served");
}
