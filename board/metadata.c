/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the properties that a board reported (its metadata) on stdout, or saves them to a file in
 * the directory of the option -j. A separate thread writes the file. If it cannot be written, the
 * properties go to stdout instead. */
#include "board/internal.h"

#include "boot/metadata.h"
#include "board/metadata_store.h"
#include "util/util.h"

#include <errno.h>

static bool metadata_is_due(const struct board *board)
{
	const struct metadata *metadata = board->service ? service_metadata(board->service) : NULL;

	return board->context->config->metadata && metadata && metadata_count(metadata) > 0 &&
	       !board->metadata_reported;
}

/* Returns: the JSON document with the properties of a board, or with its record of `rpiboot
 * recover`. NULL if memory is exhausted.
 * ended: true if the result of the board is known. The record then contains the result.
 * Ownership: the caller frees the text with free(). */
static char *document_make(const struct board *board, bool ended, uint64_t now_ms)
{
	if (!board->context->metadata_store)
		return metadata_document(service_metadata(board->service), NULL);
	return board->recovering.kit ? recover_record(board, ended, now_ms)
				     : recover_record_after_boot(board);
}

/* Reports the properties of a board as an event, after they were saved to a file or printed.
 * path: the file with the properties, or NULL if they go to stdout.
 * why: the reason why they were not saved, or NULL. */
static void metadata_report(struct board *board, const char *path, const char *why, uint64_t now_ms)
{
	cleanup_free char *document = document_make(board, true, now_ms);
	struct event event = {
		.type = EVENT_DOCUMENT,
		.document = {.text = document ? document : "{}", .path = path, .why = why},
	};

	if (!document && !path && !why)
		event.document.why = "out of memory for the metadata of the board";
	board->metadata_reported = true;
	board_report(board, &event, now_ms);
}

void board_print_metadata(struct board *board, uint64_t now_ms)
{
	if (!board->context->metadata_store && metadata_is_due(board))
		metadata_report(board, NULL, NULL, now_ms);
}

/* Returns: true if the program must save the record file of this board (option -j). */
static bool file_is_due(const struct board *board)
{
	const struct context *context = board->context;

	if (!context->metadata_store || !context->config->metadata || !board->service)
		return false;
	return board->recovering.kit || metadata_is_due(board);
}

/* Starts a thread that saves the record file of a board (option -j). */
static int file_start(struct board *board, bool ended, struct metadata_file **ret, uint64_t now_ms,
		      struct error *err)
{
	const struct metadata *metadata = service_metadata(board->service);
	const struct context *context = board->context;
	cleanup_free char *document = NULL;

	if (board->recovering.kit)
		recover_find_record(board, now_ms);
	document = document_make(board, ended, now_ms);
	if (!document)
		return error_set(err, -ENOMEM, "out of memory for the metadata of the board");
	return metadata_file_new(ret, context->metadata_store,
				 metadata_name(metadata, board->serial, board->port), document,
				 context->wake, context->wake_ctx, err);
}

/* Starts a thread that saves the properties of a board to a file, after the board has its result.
 * If no thread can start, prints the properties on stdout.
 * Returns: false if no thread could start. */
static bool file_start_last(struct board *board, uint64_t now_ms)
{
	struct error err = {0};

	if (file_start(board, true, &board->metadata_file, now_ms, &err) == 0)
		return true;
	metadata_report(board, NULL, err.text, now_ms);
	return false;
}

static bool interim_is_running(const struct board *board)
{
	struct error err;

	return board->interim_file && !metadata_file_ended(board->interim_file, &err);
}

void board_save_interim(struct board *board, uint64_t now_ms)
{
	board->interim_due = file_is_due(board);
	board_poll_interim(board, now_ms);
}

void board_poll_interim(struct board *board, uint64_t now_ms)
{
	struct error err = {0};

	/* The thread of an earlier save uses the object interim_file. If the board is in the state
	 * BOARD_SAVING, board_poll_metadata() waits for this thread, so do not free the object
	 * here. */
	if (board->state == BOARD_SAVING || interim_is_running(board))
		return;
	if (board->interim_file && metadata_file_ended(board->interim_file, &err) && err.code < 0)
		board_note(board, 0, now_ms, "warning: %s", err.text);
	board->interim_file = metadata_file_free(board->interim_file);
	if (!board->interim_due)
		return;
	board->interim_due = false;
	if (file_start(board, false, &board->interim_file, now_ms, &err) < 0)
		board_note(board, 0, now_ms, "warning: %s", err.text);
}

bool board_saves_interim(const struct board *board)
{
	return board->interim_due || interim_is_running(board);
}

bool board_save_metadata(struct board *board, uint64_t now_ms)
{
	board_print_metadata(board, now_ms);
	if (!file_is_due(board))
		return false;
	/* Two threads must not write the same record file at the same time. If board_save_interim()
	 * has started a thread, wait until it ends. */
	board->interim_due = false;
	return interim_is_running(board) || file_start_last(board, now_ms);
}

bool board_poll_metadata(struct board *board, uint64_t now_ms)
{
	struct error err = {0};

	if (!board->metadata_file) {
		if (!metadata_file_ended(board->interim_file, &err))
			return false;
		return !file_start_last(board, now_ms);
	}
	if (!metadata_file_ended(board->metadata_file, &err))
		return false;
	if (err.code < 0)
		metadata_report(board, NULL, err.text, now_ms);
	else
		metadata_report(board, metadata_file_path(board->metadata_file), NULL, now_ms);
	return true;
}

bool board_is_saving(const struct board *board)
{
	return board->state == BOARD_SAVING;
}

void board_wait_for_metadata(struct board *board, uint64_t until_ms, uint64_t now_ms)
{
	if (!board->metadata_file) {
		metadata_file_wait(board->interim_file, until_ms);
		board_poll_metadata(board, now_ms);
	}
	if (board->metadata_file)
		metadata_file_wait(board->metadata_file, until_ms);
}

void board_metadata_overdue(struct board *board, uint64_t now_ms)
{
	struct error err;

	error_set(&err, -ETIMEDOUT,
		  "writing the metadata file '%s' takes too long; check the disk that stores this "
		  "file",
		  metadata_file_path(board->metadata_file ? board->metadata_file
							  : board->interim_file));
	metadata_report(board, NULL, err.text, now_ms);
}
