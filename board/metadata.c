/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the metadata that a board reported on stdout, or saves them to a file in the directory of
 * the option -j. A separate thread writes the file. If it cannot be written, the metadata go to
 * stdout instead. */
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

/* Reports the metadata document of a board as an event. path is the file that contains the
 * document, or NULL if the document goes to stdout. why is the reason why the document was not
 * saved, or NULL. */
static void metadata_report(struct board *board, const char *path, const char *why, uint64_t now_ms)
{
	cleanup_free char *document = metadata_document(service_metadata(board->service));
	struct event event = {
		.type = EVENT_DOCUMENT,
		.document = {.text = document ? document : "{}", .path = path, .why = why},
	};

	if (!document && !path && !why)
		event.document.why = "out of memory for the metadata document";
	board->metadata_reported = true;
	board_report(board, &event, now_ms);
}

void board_print_metadata(struct board *board, uint64_t now_ms)
{
	if (!board->context->metadata_store && metadata_is_due(board))
		metadata_report(board, NULL, NULL, now_ms);
}

bool board_save_metadata(struct board *board, uint64_t now_ms)
{
	const struct context *context = board->context;
	cleanup_free char *document = NULL;
	const struct metadata *metadata;
	struct error err = {0};

	board_print_metadata(board, now_ms);
	if (!metadata_is_due(board))
		return false;
	metadata = service_metadata(board->service);
	document = metadata_document(metadata);
	if (!document)
		error_set(&err, -ENOMEM, "out of memory for the metadata document");
	else if (metadata_file_new(&board->metadata_file, context->metadata_store,
				   metadata_name(metadata, board->serial, board->port), document,
				   context->wake, context->wake_ctx, &err) == 0)
		return true;
	metadata_report(board, NULL, err.text, now_ms);
	return false;
}

bool board_poll_metadata(struct board *board, uint64_t now_ms)
{
	struct error err = {0};

	if (!metadata_file_ended(board->metadata_file, &err))
		return false;
	if (err.code < 0)
		metadata_report(board, NULL, err.text, now_ms);
	else
		metadata_report(board, metadata_file_path(board->metadata_file), NULL, now_ms);
	return true;
}

void board_metadata_overdue(struct board *board, uint64_t now_ms)
{
	struct error err;

	error_set(&err, -ETIMEDOUT,
		  "writing the metadata file '%s' takes too long: check the disk of this file",
		  metadata_file_path(board->metadata_file));
	metadata_report(board, NULL, err.text, now_ms);
}
