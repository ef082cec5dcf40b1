/* SPDX-License-Identifier: Apache-2.0 */
/* Detects a board that makes no progress. A second-stage bootloader may request a missing file
 * again and again. Such a board always answers in time, so the timeout for silent boards never
 * expires. */
#include "board/internal.h"

#include "util/text.h"

#include <string.h>

/* The number of repeated requests of a board after which the program reports a missing file to the
 * user. Boards request some optional files a few times and then go on without them. */
#define HEADWAY_ASKS_REPORTED 4
/* A board that requests the same files in a loop makes no progress. If it has repeated this number
 * of requests, the file data that it receives no longer counts as progress. */
#define HEADWAY_REPEATS_MAX 64

#define MISSING_UNKNOWN                                                                            \
	"the board does not continue without this file; add the file, or use boot files that do "  \
	"not need it"

/* Computes the FNV-1a digest of the name of a requested file. If two names have the same digest,
 * the request for the second name counts as a repeated request. */
static uint64_t name_digest(const char *name)
{
	uint64_t digest = UINT64_C(14695981039346656037);

	for (; *name; name++)
		digest = (digest ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return digest;
}

/* Returns: true if the board requests this file name for the first time. If the table of names is
 * full, no name counts as new, because a board may request an unlimited number of names. */
static bool headway_is_new(struct headway *headway, const char *name)
{
	uint64_t digest = name_digest(name);

	for (size_t i = 0; i < headway->name_count; i++)
		if (headway->names[i] == digest)
			return false;
	if (headway->name_count == HEADWAY_NAMES_MAX)
		return false;
	headway->names[headway->name_count++] = digest;
	return true;
}

/* Returns: the last part of the message about a missing file. It states the reason for the
 * request and the remedy. NULL if the message needs no such part. */
static const char *missing_meaning(const char *name)
{
	if (strcmp(name, "boot.sig") == 0)
		return "the board enforces signed boot; sign boot.img with the key of the board, "
		       "which creates boot.sig";
	return NULL;
}

/* Reports that the boot directory lacks a file that the board requests. The user gets this message
 * while the board still runs, because the board itself shows no message. */
static void headway_report_missing(struct board *board, uint64_t now_ms)
{
	struct headway *headway = &board->serving.headway;
	const char *meaning = missing_meaning(headway->missing);

	if (headway->missing_reported || (!meaning && headway->asks < HEADWAY_ASKS_REPORTED))
		return;
	headway->missing_reported = true;
	board_note(board, 0, now_ms, "the board requests %s, which is missing in '%s': %s",
		   headway->missing, service_dir(board->service),
		   meaning ? meaning : MISSING_UNKNOWN);
}

void board_asked(struct board *board, const char *name, int64_t bytes, uint64_t now_ms)
{
	struct headway *headway = &board->serving.headway;

	headway->asks++;
	headway->repeats++;
	if (headway_is_new(headway, name)) {
		headway->asks = headway->repeats = 0;
		headway->since_ms = now_ms;
		headway->missing[0] = '\0';
	}
	if (bytes >= 0)
		return;
	text_printable(name + strspn(name, "/"), headway->missing, sizeof(headway->missing));
	headway_report_missing(board, now_ms);
}

void board_advanced(struct board *board, uint64_t now_ms)
{
	if (board->serving.headway.repeats > HEADWAY_REPEATS_MAX)
		return;
	board->serving.headway.asks = 0;
	board->serving.headway.since_ms = now_ms;
}

uint64_t board_headway_limit_ms(const struct board *board)
{
	/* A board that repeats the same requests is not silent, so the timeout for silent boards
	 * never expires. Limit the time that such a board has to make progress. */
	if (board->stage == WIRE_STAGE_ROM || board->serving.headway.asks < HEADWAY_ASKS_REPORTED)
		return UINT64_MAX;
	return board->serving.headway.since_ms + board->context->config->stage_timeout_ms;
}

struct verdict board_stuck(const struct board *board, uint64_t now_ms)
{
	const struct headway *headway = &board->serving.headway;
	const char *meaning = missing_meaning(headway->missing);
	double patience_s = (double)board->context->config->stage_timeout_ms / 1000;

	if (now_ms < board_headway_limit_ms(board))
		return verdict(VERDICT_GOES_ON);
	if (headway->missing[0])
		return verdict_end(STATUS_NO_FILES,
				   "the board requested %s repeatedly for %.6g s, but the file is "
				   "missing in '%s': %s",
				   headway->missing, patience_s, service_dir(board->service),
				   meaning ? meaning : MISSING_UNKNOWN);
	return verdict_end(STATUS_FAILED,
			   "the board requested %s repeatedly for %.6g s and made no other "
			   "request; power the board off and on, and check the boot files",
			   board->serving.last_name, patience_s);
}

/* Postpones the time `ms`, for example a deadline, because this process was stopped for lost_ms. A
 * time that was set after the stop must not move by all of lost_ms, so most_ms limits the result.
 * Returns: the new time, which is never earlier than `ms`. */
static uint64_t later(uint64_t ms, uint64_t lost_ms, uint64_t most_ms)
{
	uint64_t postponed_ms = ms + lost_ms < most_ms ? ms + lost_ms : most_ms;

	return postponed_ms > ms ? postponed_ms : ms;
}

void board_postpone(struct board *board, uint64_t lost_ms, uint64_t now_ms)
{
	board->deadline_ms = later(board->deadline_ms, lost_ms,
				   now_ms + board->context->config->stage_timeout_ms);
	board->opening.since_ms = later(board->opening.since_ms, lost_ms, now_ms);
	if (board->opening.save_until_ms)
		board->opening.save_until_ms =
			later(board->opening.save_until_ms, lost_ms, now_ms + OPENING_SAVE_MS);
	board->serving.headway.since_ms = later(board->serving.headway.since_ms, lost_ms, now_ms);
	if (board->awaiting.first_disk_ms)
		board->awaiting.first_disk_ms =
			later(board->awaiting.first_disk_ms, lost_ms, now_ms);
}
