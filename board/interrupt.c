/* SPDX-License-Identifier: Apache-2.0 */
/* When a signal ends the program, creates the results of the boards that are not finished. */
#include "board/internal.h"

#include "util/util.h"

#include <assert.h>

struct verdict interrupt_verdict(struct board *board, enum exit_status status, uint64_t now_ms)
{
	static const char *const doing[] = {
		[BOARD_OPENING] = "being opened",
		[BOARD_SERVING] = "being served",
		[BOARD_SUSPECT] = "being served",
		[BOARD_REENUMERATING] = "starting its second stage",
		[BOARD_AWAITING_OUTCOME] = "starting the program that it received",
		[BOARD_RETURNING] = "returning to its boot ROM",
		[BOARD_SAVING] = "being served",
		[BOARD_ENDED] = "being served",
	};
	static_assert(array_size(doing) == BOARD_ENDED + 1,
		      "the table doing[] has no text for a value of enum board_state");
	const char *word = status == STATUS_TERMINATED ? "terminated"
			   : status == STATUS_HUNG_UP  ? "ended by SIGHUP"
						       : "interrupted";

	if (board->state == BOARD_WRITING)
		return write_interrupted(board, status, word, now_ms);
	return verdict_end(status, "%s while the board was %s", word, doing[board->state]);
}
