/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for the boot ROM of a board between two steps of the command `rpiboot recover`. A board
 * that does not restart by itself needs a power cycle. With the option --power-cycle, the program
 * switches the power of the USB port. Otherwise, or if the hub cannot switch the port, the program
 * asks the user for a power cycle. */
#include "board/internal.h"

#include "diagnose/hints.h"

#include <stdio.h>
#include <string.h>

/* The time in milliseconds that a board has to restart. When the time expires, the program switches
 * the power of its USB port off and on, or asks the user for a power cycle. A restart takes 1 to 4
 * s, with or without a power cycle. */
#define RETURN_MS 10000

/* Switches the USB port of the board off. The kernel needs some hundred milliseconds for this. The
 * program does not serve other boards during this time, which is far shorter than their timeouts.
 * Returns: 0, or a negative errno with a sentence that names the hub. */
static int power_off(struct board *board, uint64_t now_ms, struct error *err)
{
	const struct config *config = board->context->config;
	struct recovering *recovering = &board->recovering;
	struct event event = {.type = EVENT_POWER, .power = {.on = false}};
	int r = usb_power_new(&recovering->power, config->sysroot, config->devroot, board->port,
			      err);

	if (r == 0)
		r = usb_power_off(recovering->power, now_ms, err);
	if (r < 0) {
		recovering->power = usb_power_free(recovering->power);
		return r;
	}
	board_report(board, &event, now_ms);
	board->deadline_ms = usb_power_on_ms(recovering->power);
	return 0;
}

void recover_power_on(struct board *board, uint64_t now_ms)
{
	struct recovering *recovering = &board->recovering;
	struct event event = {.type = EVENT_POWER, .power = {.on = true}};
	struct error err = {0};

	if (!recovering->power)
		return;
	if (usb_power_on(recovering->power, &err) < 0)
		board_note(board, 0, now_ms, "warning: %s", err.text);
	else
		board_report(board, &event, now_ms);
	recovering->power = usb_power_free(recovering->power);
}

/* Sets the deadline of the wait for the boot ROM. A boot ROM that appears and leaves again does not
 * extend the deadline, so a board cannot delay the recovery forever. */
static void return_until(struct board *board, uint64_t deadline_ms)
{
	board->recovering.return_ms = board->deadline_ms = deadline_ms;
}

void recover_await_return(struct board *board, uint64_t now_ms)
{
	struct recovering *recovering = &board->recovering;

	board->deadline_ms = recovering->return_ms;
	if (recovering->return_ms)
		return;
	recovering->power_cycled = !board->context->config->power_cycle;
	recovering->asked_for_power = false;
	return_until(board, now_ms + RETURN_MS);
}

struct verdict recover_returned(struct board *board, const struct usb_id *id)
{
	const struct chip *chip = chip_by_id(id->vendor, id->product);

	if (!chip || board->recovering.power)
		return verdict(VERDICT_GOES_ON); /* keep waiting for the boot ROM */
	if (chip != board->chip)
		return verdict_end(
			STATUS_VANISHED,
			"a board with another chip (%s) appeared on the port before this %s was "
			"finished; connect the earlier board again, and start again",
			chip->name, board->chip->name);
	if (wire_stage(id->serial_index) != WIRE_STAGE_ROM)
		return verdict_end(
			STATUS_FAILED,
			"the board returned with its second-stage bootloader instead of its boot "
			"ROM; switch the power of the board off and on, and start again");
	return verdict(VERDICT_FINISHED);
}

bool recover_is_same_board(const struct board *board, const char *serial)
{
	return !board->serial[0] || strcmp(board->serial, serial) == 0;
}

struct verdict recover_other_board(const struct board *board, const char *serial)
{
	if (!serial[0])
		return verdict_end(
			STATUS_VANISHED,
			"rpiboot could not read the serial number of the boot ROM that appeared on "
			"the port, so it cannot know whether this is still the board with serial "
			"number %.20s; switch the power of the board off and on, and start again",
			board->serial);
	return verdict_end(STATUS_VANISHED,
			   "another board (serial number %.20s) appeared on the port before the "
			   "board with serial number %.20s was finished; connect the earlier board "
			   "again, and start again",
			   serial, board->serial);
}

/* Asks the user to switch the power of the board off and on.
 * why: the reason why the program cannot switch the power itself, or an empty text. */
static void power_ask(struct board *board, const char *why, uint64_t now_ms)
{
	uint64_t timeout_ms = board->context->config->timeout_ms;
	char text[2 * ERROR_TEXT_SIZE];
	struct event event = {
		.type = EVENT_HINT,
		.hint = {.code = hint_name(HINT_POWER_CYCLE), .text = text},
	};

	snprintf(text, sizeof(text),
		 "%s%sswitch the power of the board off and on, because the next step starts in "
		 "its boot ROM",
		 why, why[0] ? "; " : "");
	board->recovering.asked_for_power = true;
	return_until(board, timeout_ms ? now_ms + timeout_ms : UINT64_MAX);
	board_report(board, &event, now_ms);
}

struct verdict recover_no_return(struct board *board, uint64_t now_ms)
{
	struct recovering *recovering = &board->recovering;
	struct error err = {0};

	if (recovering->power) {
		recover_power_on(board, now_ms);
		return_until(board, now_ms + RETURN_MS);
		return verdict(VERDICT_GOES_ON);
	}
	if (recovering->asked_for_power)
		return verdict_end(
			STATUS_VANISHED,
			"the board did not return to its boot ROM in %.6g s; start again, and "
			"switch its power off and on when rpiboot asks for it",
			(double)board->context->config->timeout_ms / 1000);
	if (!recovering->power_cycled) {
		recovering->power_cycled = true;
		if (power_off(board, now_ms, &err) == 0)
			return verdict(VERDICT_GOES_ON);
	}
	power_ask(board, err.text, now_ms);
	return verdict(VERDICT_GOES_ON);
}
