/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the image of --write to a disk of the board: selects the disk, follows the progress of the
 * write, and reports the result. The threads of flash/writer.c do the work. */
#include "board/internal.h"

#include "image/image.h"
#include "flash/target.h"
#include "util/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The time in milliseconds that the program waits for an error of the writer threads after the disk
 * left the bus. This error is the best result, because it names the position of the write. A thread
 * that waits for data of the image gets no error, so the wait must end. */
#define WRITE_GONE_MS 500
#define WRITE_POLL_MS 100

/* Returns: true if the option --to selects the disk, or if the option is not given and the size of
 * the disk is known. A disk whose device node is still missing counts, too. Otherwise rpiboot would
 * take another disk of the board for its only one. */
static bool write_is_meant(const struct board *board, const struct disk *disk)
{
	const char *model = board->context->config->to_model;

	return model ? strcasestr(disk->model, model) != NULL : disk->bytes > 0;
}

/* Counts the disks of the board that may receive the image. With the option --to, these are the
 * disks that the option selects. Otherwise they are the disks whose size is known.
 * ret: receives the disk if the count is 1. */
static size_t write_matches(const struct board *board, const struct disks *disks,
			    const struct disk **ret)
{
	size_t count = 0;

	for (size_t i = 0; i < disks->count; i++)
		if (write_is_meant(board, &disks->disk[i])) {
			*ret = &disks->disk[i];
			count++;
		}
	return count;
}

bool write_waits(const struct board *board, const struct disks *disks)
{
	const struct disk *disk;
	size_t matches = write_matches(board, disks, &disk);

	return !disks->settled || matches == 0 || (matches == 1 && disk->no_node);
}

struct verdict write_choose(struct board *board, const struct disks *disks)
{
	const char *model = board->context->config->to_model;
	const struct disk *disk;
	char list[256] = "";

	if (write_matches(board, disks, &disk) == 1) {
		board->writing.disk = *disk;
		memcpy(board->writing.disk_serial, disks->serial, sizeof(disks->serial));
		return verdict(VERDICT_FINISHED);
	}
	for (size_t i = 0; i < disks->count; i++)
		text_add(list, sizeof(list), "%s%s (%s)", i ? ", " : "", disks->disk[i].path,
			 disks->disk[i].model);
	if (model)
		return verdict_end(STATUS_WRITE_FAILED,
				   "nothing was written, because --to '%s' does not select exactly "
				   "one of the board's disks: %s",
				   model, list);
	return verdict_end(STATUS_WRITE_FAILED,
			   "nothing was written, because the board has several disks; select one "
			   "with --to MODEL: %s",
			   list);
}

/* Closes the USB device of the second-stage bootloader before the program writes the disk. The
 * event that this device has left may be late, and would otherwise look like the departure of the
 * disk. */
static void write_drop_second_stage(struct board *board)
{
	const struct usb_id *id = board->dev ? usb_dev_id(board->dev) : NULL;

	if (!id || !chip_by_id(id->vendor, id->product))
		return;
	board_close_device(board);
}

struct verdict write_start(struct board *board, uint64_t now_ms)
{
	const struct config *config = board->context->config;
	struct writing *writing = &board->writing;
	struct writer_config writer = {
		.image = board->context->image,
		.target.sysroot = config->sysroot,
		.target.procroot = "/proc",
		.target.devroot = "",
		.target.disk = writing->disk,
		.target.after = writing->disk_mark,
		.target.need_bytes = image_bytes(board->context->image),
		.target.unmount_helper = board->context->unmount_helper,
		.open = target_open,
		.verify = !config->no_verify,
		.wake = board->context->wake,
		.wake_ctx = board->context->wake_ctx,
	};
	struct error err = {0};

	memcpy(writer.target.serial, writing->disk_serial, sizeof(writer.target.serial));
	snprintf(writer.target.port, sizeof(writer.target.port), "%s", board->port);
	if (writer_new(&writing->writer, &writer, &err) < 0)
		return verdict_end(STATUS_WRITE_FAILED, "%s", err.text);
	writing->since_ms = writing->poll_ms = now_ms;
	write_drop_second_stage(board);
	return verdict(VERDICT_GOES_ON);
}

static struct verdict write_done(struct board *board, const struct writer_state *state,
				 uint64_t now_ms)
{
	char *sha256 = board->writing.written.sha256;
	struct event event = {
		.type = EVENT_WRITTEN,
		.written.path = board->writing.disk.path,
		.written.bytes = state->written_bytes,
		.written.seconds = (double)(now_ms - board->writing.since_ms) / 1000,
		.written.sha256 = sha256,
		.written.verified = state->verified,
		.written.partitions = state->partitions,
		.written.partition_count = state->partition_count,
	};

	text_put_hex(state->sha256, WRITER_SHA256_SIZE, sha256);
	board->writing.written.done = true;
	board->writing.written.verified = state->verified;
	board->writing.written.bytes = state->written_bytes;
	board_report(board, &event, now_ms);
	for (size_t i = 0; i < state->warning_count; i++)
		board_warn(board, state->warnings[i].code, state->warnings[i].text, now_ms);
	return verdict_end(STATUS_OK, "%s has the image, %s", board->writing.disk.path,
			   state->verified ? "verified" : "not verified");
}

static void write_report_progress(struct board *board, const struct writer_state *state,
				  uint64_t now_ms)
{
	struct event event = {
		.type = EVENT_PROGRESS,
		.progress.phase = state->phase == WRITER_VERIFYING ? "verify" : "write",
		.progress.path = board->writing.disk.path,
		.progress.bytes = state->bytes,
		.progress.total = state->total,
	};

	if (state->phase == WRITER_WRITING || state->phase == WRITER_VERIFYING)
		board_report(board, &event, now_ms);
}

/* Returns: the verb for a message that counts the bytes of a disk, "written" or "verified". */
static const char *write_phase_word(enum writer_phase phase)
{
	return phase == WRITER_VERIFYING ? "verified" : "written";
}

/* Returns: the last part of the error message about an aborted write. It describes the state of the
 * disk, for example "nothing was written to the disk". */
static const char *write_remains(const struct writer_state *state)
{
	return state->write_started ? "the disk is incomplete and will not boot"
				    : "nothing was written to the disk";
}

static struct verdict write_vanished(struct board *board, const struct writer_state *state)
{
	writer_cancel(board->writing.writer);
	return verdict_end(STATUS_VANISHED,
			   "the board left the bus after %" PRIu64 " bytes of %s were %s; %s",
			   state->bytes, board->writing.disk.path, write_phase_word(state->phase),
			   write_remains(state));
}

static struct verdict write_poll(struct board *board, uint64_t now_ms)
{
	struct writing *writing = &board->writing;
	struct writer_state state;
	bool moved;

	writer_look(writing->writer, &state);
	if (state.phase == WRITER_ENDED)
		return state.err.code < 0 ? verdict_end(STATUS_WRITE_FAILED, "%s", state.err.text)
					  : write_done(board, &state, now_ms);
	if (writing->gone_ms && !state.disk_busy && now_ms >= writing->gone_ms + WRITE_GONE_MS)
		return write_vanished(board, &state);
	moved = state.phase != writing->phase || state.bytes != writing->bytes;
	/* The option --stage-timeout limits the time of each disk operation. It does not limit
	 * reading the image, because the image may come from a slow pipe. */
	if (!state.disk_busy || state.disk_operations != writing->disk_operations)
		board->deadline_ms = now_ms + board->context->config->stage_timeout_ms;
	writing->phase = state.phase;
	writing->bytes = state.bytes;
	writing->disk_operations = state.disk_operations;
	if (moved)
		write_report_progress(board, &state, now_ms);
	return verdict(VERDICT_GOES_ON);
}

/* Returns: true while the writer threads of the board run. */
static bool write_is_busy(const struct board *board)
{
	struct writer_state state;

	writer_look(board->writing.writer, &state);
	return state.phase != WRITER_ENDED;
}

void board_stop(struct board *board)
{
	if (board->state == BOARD_WRITING)
		writer_cancel(board->writing.writer);
}

bool board_busy(const struct board *board)
{
	return board->state == BOARD_WRITING && write_is_busy(board);
}

struct verdict write_tick(struct board *board, uint64_t now_ms, uint64_t *ret_due_ms)
{
	struct verdict ret = verdict(VERDICT_GOES_ON);

	if (now_ms >= board->writing.poll_ms || !write_is_busy(board)) {
		board->writing.poll_ms = now_ms + WRITE_POLL_MS;
		ret = write_poll(board, now_ms);
	}
	*ret_due_ms = board->writing.poll_ms;
	return ret;
}

void write_left(struct board *board, uint64_t now_ms)
{
	if (!board->writing.gone_ms)
		board->writing.gone_ms = now_ms;
	board->writing.poll_ms = now_ms;
}

struct verdict write_arrived(struct board *board, struct usb_dev *dev, uint64_t now_ms)
{
	const struct usb_id *id = usb_dev_id(dev);
	struct writer_state state;
	struct verdict ended;

	/* If a new device appears on the port, the disk has normally left. USB events can be late,
	 * however. The "new" device may then be the disk itself, so continue the write. */
	if (!board->writing.gone_ms && !chip_by_id(id->vendor, id->product)) {
		board_set_device(board, dev);
		return verdict(VERDICT_GOES_ON);
	}
	/* The threads that write the disk may have ended since the last check, so check them
	 * now. */
	ended = write_poll(board, now_ms);
	writer_look(board->writing.writer, &state);
	return ended.kind == VERDICT_GOES_ON ? write_vanished(board, &state) : ended;
}

struct verdict write_overdue(struct board *board)
{
	double patience_s = (double)board->context->config->stage_timeout_ms / 1000;
	const struct writing *writing = &board->writing;
	struct writer_state state;

	writer_look(writing->writer, &state);
	writer_cancel(writing->writer);
	if (!state.write_started)
		return verdict_end(STATUS_WRITE_FAILED,
				   "%s could not be opened in %.6g s; %s; check the power "
				   "supply and the cable",
				   writing->disk.path, patience_s, write_remains(&state));
	return verdict_end(STATUS_WRITE_FAILED,
			   "%s did not respond for %.6g s after %" PRIu64
			   " bytes were %s; %s; check the power supply and the cable",
			   writing->disk.path, patience_s, writing->bytes,
			   write_phase_word(writing->phase), write_remains(&state));
}

struct verdict write_interrupted(struct board *board, enum exit_status status, const char *word,
				 uint64_t now_ms)
{
	struct writer_state state;

	writer_look(board->writing.writer, &state);
	if (state.phase == WRITER_ENDED && state.err.code != -ECANCELED)
		return write_poll(board, now_ms); /* the writer finished before the signal */
	return verdict_end(status, "%s after %" PRIu64 " bytes of %s were %s; %s", word,
			   state.phase == WRITER_ENDED ? state.written_bytes : state.bytes,
			   board->writing.disk.path, write_phase_word(state.phase),
			   write_remains(&state));
}
