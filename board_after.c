/* SPDX-License-Identifier: Apache-2.0 */
/* What follows a board's second stage: it leaves, and what the payload makes of it appears on the
 * same port. Judges by --expect which of that is success. */
#include "board_private.h"

#include <stdio.h>
#include <string.h>

/* A board that said Done and stays on the bus has done what was asked all the same. */
#define BOARD_LEAVE_MS 2000
/* Without Done the second stage may come again, with --expect any, too: PROTOCOL.md section 4. */
#define BOARD_AGAIN_MS 5000
/* Disks that come with the first one: the kernel looks at several interfaces one after another. */
#define BOARD_MORE_DISKS_MS 5000

enum board_expect board_choose_expectation(const struct board *board)
{
	const struct board_config *config = board->env->config;

	if (config->image)
		return BOARD_EXPECT_DISK;
	if (config->expect != BOARD_EXPECT_AUTO)
		return config->expect;
	if (!config->dir || service_makes_disk(board->service))
		return BOARD_EXPECT_DISK;
	return BOARD_EXPECT_DONE;
}

/* What the board needs after its second stage is over, in time; a disk may need all of a Linux
 * boot. */
void board_leaving(struct board *board, uint64_t now_ms)
{
	uint64_t patience_ms = board->env->config->stage_timeout_ms, most_ms = patience_ms;

	if (board->said_done && board->expect != BOARD_EXPECT_DISK)
		most_ms = BOARD_LEAVE_MS;
	else if (board->expect == BOARD_EXPECT_ANY)
		most_ms = BOARD_AGAIN_MS;
	if (patience_ms > most_ms)
		patience_ms = most_ms;
	board_set_state(board, BOARD_LEAVING, now_ms + patience_ms);
	board->poll_ms = now_ms;
	board->first_disk_ms = 0;
}

void board_finished_talking(struct board *board, uint64_t now_ms)
{
	board->said_done = board->said_done || boot_said_done(board->boot);
	usb_dev_close(board->dev);
	board_leaving(board, now_ms);
}

void board_succeed(struct board *board, uint64_t now_ms)
{
	board_end(board, BOARD_OK,
		  board->said_done ? "booted: the board has all it asked for"
				   : "booted: the board left after it was served",
		  now_ms);
}

static void board_tell_left(struct board *board, uint64_t now_ms)
{
	struct event event = {.type = EVENT_LEFT, .left = {.done = board->said_done}};

	if (!board->away)
		board_tell(board, &event, now_ms);
	board->away = true;
}

/* The second stage's device is gone: an end, or the way to the next appearance? */
void board_left_second_stage(struct board *board, uint64_t now_ms)
{
	board_tell_left(board, now_ms);
	if (board->said_done && board->expect != BOARD_EXPECT_DISK)
		board_succeed(board, now_ms);
}

/* All that was asked for is there, whatever follows. */
static bool board_is_met(const struct board *board)
{
	return (board->said_done && board->expect != BOARD_EXPECT_DISK) ||
	       (board->answers > 0 && board->expect == BOARD_EXPECT_ANY);
}

/* What --expect is was not said: the boot directory suggests it. */
static bool board_expects_by_itself(const struct board *board)
{
	const struct board_config *config = board->env->config;

	return !config->image && config->expect == BOARD_EXPECT_AUTO;
}

/* No disk is expected, and here is a device: of the board, or of somebody who took its port? */
static bool board_is_followed(const struct board *board, const struct usb_id *id)
{
	return board_is_met(board) || chip_became(id->vendor, id->product) != CHIP_NOTHING ||
	       (board_expects_by_itself(board) && board->answers > 0);
}

/* It has no disk, and gets none: a success only where a directory was served of which nobody said
 * more than its name. */
static void board_is_fastboot(struct board *board, const struct usb_id *id, uint64_t now_ms)
{
	char text[ERROR_TEXT_SIZE];

	if (board_expects_by_itself(board) && board->env->config->dir) {
		snprintf(text, sizeof(text),
			 "booted: the board is a fastboot device now (%04x:%04x)", id->vendor,
			 id->product);
		board_end(board, BOARD_OK, text, now_ms);
		return;
	}
	board_fail(board, BOARD_NO_DISK, now_ms,
		   "the board is a fastboot device now (%04x:%04x) and shows no disk: '%s' is no "
		   "mass-storage payload",
		   id->vendor, id->product, service_dir(board->service));
}

/* Nothing that boots: the payload runs, or somebody plugged in something else. */
void board_other_arrived(struct board *board, const struct usb_id *id, uint64_t now_ms)
{
	enum chip_became became = chip_became(id->vendor, id->product);

	if (board->state == BOARD_RETURNING) {
		board_fail(board, BOARD_VANISHED, now_ms,
			   "the boot ROM took %s and left, but then another device (%04x:%04x) "
			   "appeared on its port instead of the second stage",
			   board->chip->bootcode, id->vendor, id->product);
		return;
	}
	if (board->expect == BOARD_EXPECT_DISK && board->said_done && became == CHIP_FASTBOOT)
		board_is_fastboot(board, id, now_ms);
	else if (board->expect == BOARD_EXPECT_DISK)
		board_leaving(board, now_ms);
	else if (board_is_followed(board, id))
		board_succeed(board, now_ms);
}

void board_rom_again(struct board *board, uint64_t now_ms)
{
	if (board->state == BOARD_RETURNING)
		board_fail(board, BOARD_VANISHED, now_ms,
			   "the board took %s but came back as boot ROM: it lost power or the "
			   "bootcode crashed; check the power supply and the firmware's age",
			   board->chip->bootcode);
	else if (board_is_met(board))
		board_succeed(board, now_ms);
	else if (!board->said_done)
		board_fail(board, BOARD_VANISHED, now_ms,
			   "the board left its second stage without Done and came back as boot "
			   "ROM: it lost power or what it was sent crashed");
	else
		board_fail(board, BOARD_NO_DISK, now_ms,
			   "the board said Done but came back as boot ROM and shows no disk");
}

static void board_tell_disks(struct board *board, const struct disks *disks, uint64_t now_ms)
{
	char text[ERROR_TEXT_SIZE] = "booted";
	size_t used = strlen(text);

	for (size_t i = 0; i < disks->count; i++) {
		const struct disk *disk = &disks->disk[i];
		struct event event = {
			.type = EVENT_DISK,
			.disk =
				{
					.path = disk->path,
					.bytes = disk->bytes,
					.model = disk->model,
				},
		};

		if (disk->bytes == 0)
			continue;
		board_tell(board, &event, now_ms);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
					 strcmp(text, "booted") == 0 ? ": " : ", ", disk->path);
	}
	if (board->env->config->image)
		board_write(board, disks, now_ms);
	else
		board_end(board, BOARD_OK, text, now_ms);
}

/* For disks that are to be expected. What is written must not be just the one that was first. */
static bool board_waits_for_more(const struct board *board, const struct disks *disks,
				 uint64_t now_ms)
{
	if (now_ms >= board->deadline_ms)
		return false;
	if (board->env->config->image)
		return board_write_waits(board, disks);
	return !disks->settled && now_ms < board->first_disk_ms + BOARD_MORE_DISKS_MS;
}

bool board_poll_disks(struct board *board, uint64_t now_ms)
{
	struct disks disks;
	bool any = false;

	disk_find(board->env->config->sysroot, board->port, &disks);
	for (size_t i = 0; i < disks.count; i++)
		any = any || disks.disk[i].bytes > 0;
	if (!any)
		return false;
	if (!board->first_disk_ms)
		board->first_disk_ms = now_ms;
	if (board_waits_for_more(board, &disks, now_ms))
		return false;
	board_tell_left(board, now_ms); /* the bus may be late to tell it */
	board_tell_disks(board, &disks, now_ms);
	return true;
}

void board_after_overdue(struct board *board, uint64_t now_ms)
{
	double patience_s = (double)board->env->config->stage_timeout_ms / 1000;

	if (board->first_disk_ms && board_poll_disks(board, now_ms))
		return;
	if (board_is_met(board))
		board_succeed(board, now_ms);
	else if (board->said_done)
		board_fail(board, BOARD_NO_DISK, now_ms,
			   "the board said Done but no disk appeared in %.3g s: is '%s' a "
			   "mass-storage payload, and does the board have storage?",
			   patience_s, service_dir(board->service));
	else
		board_fail(board, BOARD_VANISHED, now_ms,
			   "the board left its second stage without Done%s%s, and nothing "
			   "followed in %.3g s",
			   board->last_name[0] ? " after " : "", board->last_name, patience_s);
}
