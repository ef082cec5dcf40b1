/* SPDX-License-Identifier: Apache-2.0 */
/* Composes the result of a board if a signal ends the program before the board has a result. */
#include "board/internal.h"

struct verdict interrupt_verdict(struct board *board, enum exit_status status, uint64_t now_ms)
{
	const char *doing = "being served", *word = status == STATUS_TERMINATED ? "terminated"
						    : status == STATUS_HUNG_UP	? "ended by SIGHUP"
										: "interrupted";

	switch (board->state) {
	case BOARD_OPENING:
		doing = "being opened";
		break;
	case BOARD_REENUMERATING:
		doing = "starting its second stage";
		break;
	case BOARD_AWAITING_OUTCOME:
		doing = "starting the program that it received";
		break;
	case BOARD_RETURNING:
		doing = "returning to its boot ROM";
		break;
	case BOARD_WRITING:
		return write_interrupted(board, status, word, now_ms);
	case BOARD_SERVING:
	case BOARD_SUSPECT:
	case BOARD_SAVING:
	case BOARD_ENDED:
		break;
	}
	return verdict_end(status, "%s while the board was %s", word, doing);
}
