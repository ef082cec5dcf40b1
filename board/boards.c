/* SPDX-License-Identifier: Apache-2.0 */
/* Serves all boards of one run of the program. Creates a board for each USB device that arrives,
 * limits the number of boards, and determines the exit status. */
#include "board/boards_internal.h"

#include "diagnose/filter.h"
#include "diagnose/held.h"
#include "diagnose/watch.h"
#include "boot/chip.h"
#include "util/error.h"
#include "report/report.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

#define BOARDS_TICK_MS 1000
/* If boards_tick() runs at least this many milliseconds after its planned time, the process was
 * stopped or blocked. Shorter delays are normal on a busy machine or with a slow disk. */
#define BOARDS_LATE_MS 1000
/* The maximum time in milliseconds for which the program delays its end until the files with the
 * properties of boards are saved. */
#define BOARDS_SAVE_MS 1000

struct boards_entry {
	struct boards_entry *next;
	struct board *board;
	/* The file descriptor that holds the lock of the board's USB port, or -1 if the port could
	 * not be locked. */
	int lock;
};

struct boards {
	const struct context *context;
	struct boards_entry *entries; /* the boards that are being served */
	struct deferred *deferred;    /* devices to serve later, oldest first */
	struct recovered *recovered;
	struct power_cycle *power; /* the ports that are switched off */
	uint64_t start_ms;
	/* The time in milliseconds at which the timeout of the run (option --timeout) began. It is
	 * the start of the run, or the time when the program last finished with a board. */
	uint64_t idle_ms;
	/* The time of the last call of boards_tick(), and the time at which the next call is due,
	 * in milliseconds. Both are 0 before the first call. */
	uint64_t ticked_ms, due_ms;
	bool waiting; /* EVENT_WAITING was reported */
	struct held *held;
	struct watch *watch;
	bool out_of_time;
	unsigned int ok, failed;
	/* The combined exit status of all boards with which the program has finished. It is
	 * STATUS_OK if no board has failed. */
	enum exit_status status;
};

/* Combines the exit statuses of two boards into one exit status. If both boards failed for
 * different reasons, the result is STATUS_FAILED. */
static enum exit_status boards_merge(enum exit_status a, enum exit_status b)
{
	if (a == STATUS_OK || a == b)
		return b;
	return b == STATUS_OK ? a : STATUS_FAILED;
}

int boards_new(struct boards **ret, const struct context *context, uint64_t now_ms,
	       enum exit_status *ret_status, struct error *err)
{
	struct boards *boards;
	int r;

	r = boards_check(context, ret_status, err);
	if (r < 0)
		return r;
	boards = calloc(1, sizeof(*boards));
	if (!boards) {
		*ret_status = STATUS_FAILED;
		return error_set(err, -ENOMEM, "out of memory");
	}
	boards->context = context;
	r = held_new(&boards->held, context->config, context->report, err);
	if (r == 0)
		r = watch_new(&boards->watch, context->config, context->report, boards->held,
			      now_ms, err);
	if (r == 0)
		r = power_cycles_start(&boards->power, context, now_ms, err);
	if (r < 0) {
		*ret_status = r == -EACCES ? STATUS_NO_PERMISSION : STATUS_FAILED;
		boards_free(boards);
		return r;
	}
	boards->start_ms = now_ms;
	boards->idle_ms = now_ms;
	*ret = boards;
	return 0;
}

static void boards_entry_free(struct boards_entry *entry)
{
	board_free(entry->board);
	util_close_fd(&entry->lock);
	free(entry);
}

struct boards *boards_free(struct boards *boards)
{
	if (!boards)
		return NULL;
	while (boards->entries) {
		struct boards_entry *entry = boards->entries;

		boards->entries = entry->next;
		boards_entry_free(entry);
	}
	deferred_free(boards->deferred);
	recovered_free(boards->recovered);
	power_cycles_free(boards->power);
	watch_free(boards->watch);
	held_free(boards->held);
	free(boards);
	return NULL;
}

static unsigned int boards_count(const struct boards *boards)
{
	unsigned int count = boards->ok + boards->failed;

	for (const struct boards_entry *entry = boards->entries; entry; entry = entry->next)
		count += board_counts(entry->board);
	return count;
}

static bool boards_full(const struct boards *boards)
{
	unsigned int most = boards->context->config->count;

	return most && boards_count(boards) >= most;
}

static void boards_add(struct boards *boards, struct usb_dev *dev, uint64_t now_ms)
{
	struct boards_entry *entry, **at = &boards->entries;
	const char *recovered = recovered_serial(boards->recovered, usb_dev_id(dev)->port);
	struct error err = {0};
	int lock;

	if (!held_admit(boards->held, dev, &lock, now_ms))
		return;
	entry = calloc(1, sizeof(*entry));
	if (!entry || board_new(&entry->board, boards->context, dev, now_ms, &err) < 0) {
		util_close_fd(&lock);
		free(entry);
		return;
	}
	entry->lock = lock;
	if (recovered)
		board_leave_alone(entry->board, recovered);
	while (*at)
		at = &(*at)->next;
	*at = entry;
}

static void boards_remember(struct boards *boards, const struct board *board, uint64_t now_ms)
{
	const char *serial = board_recovered_serial(board);

	if (serial)
		recovered_add(&boards->recovered, board_port(board), serial, now_ms);
}

/* Counts the results of the ended boards, and removes these boards from the list. The program may
 * serve boards for months, so a list of all boards would fill the memory. */
static void boards_reap(struct boards *boards, uint64_t now_ms)
{
	struct boards_entry **at = &boards->entries, *entry;

	while ((entry = *at)) {
		if (!board_ended(entry->board)) {
			at = &entry->next;
			continue;
		}
		if (board_counts(entry->board)) {
			watch_served(boards->watch, board_port(entry->board));
			if (!recovered_serial(boards->recovered, board_port(entry->board)))
				boards_remember(boards, entry->board, now_ms);
			boards->ok += board_status(entry->board) == STATUS_OK;
			boards->failed += board_status(entry->board) != STATUS_OK;
			boards->status = boards_merge(boards->status, board_status(entry->board));
			boards->idle_ms = now_ms;
			boards->waiting = false;
		}
		*at = entry->next;
		boards_entry_free(entry);
	}
}

/* Returns: the board at this USB port that has no result yet or, with `saving`, the board whose
 * file with its properties is still being saved. The next board at the port waits meanwhile, so
 * that messages about the two boards do not mix. NULL if there is no such board. */
static struct board *boards_by_port(const struct boards *boards, const char *port, bool saving)
{
	for (struct boards_entry *entry = boards->entries; entry; entry = entry->next)
		if (!board_ended(entry->board) && board_is_saving(entry->board) == saving &&
		    strcmp(board_port(entry->board), port) == 0)
			return entry->board;
	return NULL;
}

/* Checks whether the options select a board. If they do not, prints a note with the USB port of the
 * ignored board. */
static bool boards_wanted(struct boards *boards, const struct usb_id *id, uint64_t now_ms)
{
	const enum hint_filter filter = boards_filter(boards->context->config, id, NULL);
	struct event event = {
		.type = EVENT_NOTE,
		.port = id->port,
		.note.level = 1,
		.note.text = "the option -p, or an option from -0 to -98, excludes this port",
	};

	if (filter == HINT_WANTED)
		return true;
	if (filter == HINT_NO_SERIAL) {
		event.note.level = 0;
		event.note.text = "the option -i excludes this board, because its boot ROM has no "
				  "serial number; use -p with this port path";
	}
	report_event(boards->context->report, &event, now_ms);
	return false;
}

static void boards_take_deferred(struct boards *boards, uint64_t now_ms)
{
	struct deferred **at = &boards->deferred, *deferred;

	while ((deferred = *at) && !boards_full(boards)) {
		const struct usb_id *id = usb_dev_id(deferred->dev);

		if (boards_by_port(boards, id->port, true)) {
			at = &deferred->next;
			continue;
		}
		*at = deferred->next;
		if (boards_wanted(boards, id, now_ms))
			boards_add(boards, deferred->dev, now_ms);
		free(deferred);
	}
}

/* Serves the devices that were held back, if the program may serve them now. A device is held back
 * while the system has not authorised it, or while another rpiboot process serves its port.
 * Returns: the time in milliseconds of the next attempt to serve the devices that are still held
 * back. */
static uint64_t boards_take_held(struct boards *boards, uint64_t now_ms)
{
	struct usb_dev *dev;
	uint64_t next_ms;

	while ((dev = held_tick(boards->held, now_ms, &next_ms)))
		if (!boards_full(boards))
			boards_add(boards, dev, now_ms);
	return next_ms;
}

static void boards_on_arrived(void *ctx, struct usb_dev *dev, uint64_t now_ms)
{
	struct boards *boards = ctx;
	const struct usb_id *id = usb_dev_id(dev);
	bool is_board = chip_by_id(id->vendor, id->product);
	struct board *board = boards_by_port(boards, id->port, false);

	watch_seen(boards->watch, id->port);
	deferred_drop(&boards->deferred, NULL, id->port);
	if (board) {
		board_arrived(board, dev, now_ms);
		if (!board_ended(board) && !board_is_saving(board))
			return;
		boards_remember(boards, board, now_ms);
	}
	recovered_arrived(&boards->recovered, dev, now_ms);
	/* If another board was at this USB port before, it is finished. The device that arrived
	 * belongs to a new board. */
	if (is_board && (boards_full(boards) || boards_by_port(boards, id->port, true)))
		deferred_add(&boards->deferred, dev);
	else if (is_board && boards_wanted(boards, id, now_ms))
		boards_add(boards, dev, now_ms);
}

static void boards_on_left(void *ctx, struct usb_dev *dev, uint64_t now_ms)
{
	struct boards *boards = ctx;
	struct board *board = usb_dev_context(dev);

	deferred_drop(&boards->deferred, dev, NULL);
	recovered_left(&boards->recovered, dev, now_ms);
	held_left(boards->held, dev);
	if (board)
		board_left(board, now_ms);
}

static void boards_on_disk(void *ctx, const char *port, uint64_t now_ms)
{
	struct board *board = boards_by_port(ctx, port, false);

	if (board)
		board_disk_seen(board, now_ms);
}

const struct usb_handler boards_usb_handler = {
	.arrived = boards_on_arrived,
	.left = boards_on_left,
	.opened = board_opened,
	.progress = board_progress,
	.done = board_done,
	.disk = boards_on_disk,
};

/* If this function runs much later than planned, the process was stopped (Ctrl-Z, a freezer) or
 * waited for a slow disk. The function then moves the deadlines of all boards by the lost time, so
 * that no board fails because of the delay. CLOCK_MONOTONIC itself stops while the system
 * sleeps. */
static void boards_catch_up(struct boards *boards, uint64_t events_until_ms)
{
	uint64_t lost_ms = events_until_ms - boards->ticked_ms;

	/* Start the timeout of the run (option --timeout) at the first call of boards_tick() and
	 * not at the start of the program, because opening the USB bus takes time. */
	if (!boards->due_ms)
		boards->idle_ms = events_until_ms;
	if (!boards->due_ms || events_until_ms < boards->due_ms + BOARDS_LATE_MS)
		return;
	for (struct boards_entry *entry = boards->entries; entry; entry = entry->next)
		board_postpone(entry->board, lost_ms, events_until_ms);
	boards->idle_ms = boards->idle_ms + lost_ms < events_until_ms ? boards->idle_ms + lost_ms
								      : events_until_ms;
}

/* Switches the USB ports on that --power-cycle has kept off for long enough. The time of --timeout
 * begins when all ports are on, because no board can appear before. */
static uint64_t boards_switch_on(struct boards *boards, bool all, uint64_t now_ms)
{
	unsigned int failed = 0;
	uint64_t due_ms;

	if (!boards->power)
		return UINT64_MAX;
	due_ms = power_cycles_tick(&boards->power, boards->context->report, all, now_ms, &failed);
	if (failed)
		boards->status = boards_merge(boards->status, STATUS_FAILED);
	boards->failed += failed;
	boards->idle_ms = now_ms;
	return due_ms;
}

int boards_tick(struct boards *boards, uint64_t events_until_ms)
{
	uint64_t next_ms = events_until_ms + BOARDS_TICK_MS;
	uint64_t timeout_ms = boards->context->config->timeout_ms;
	struct event event = {.type = EVENT_WAITING};
	uint64_t due_ms;

	boards_catch_up(boards, events_until_ms);
	for (struct boards_entry *entry = boards->entries; entry; entry = entry->next) {
		due_ms = board_tick(entry->board, events_until_ms);
		watch_rest(boards->watch, events_until_ms);
		next_ms = due_ms < next_ms ? due_ms : next_ms;
	}
	boards_reap(boards, events_until_ms);
	boards_take_deferred(boards, events_until_ms);
	due_ms = boards_take_held(boards, events_until_ms);
	next_ms = due_ms < next_ms ? due_ms : next_ms;
	due_ms = boards_switch_on(boards, false, events_until_ms);
	next_ms = due_ms < next_ms ? due_ms : next_ms;
	if (!boards->entries && !boards->power && !boards_full(boards)) {
		if (!boards->waiting)
			report_event(boards->context->report, &event, events_until_ms);
		boards->waiting = true;
		due_ms = watch_tick(boards->watch, events_until_ms);
		next_ms = due_ms < next_ms ? due_ms : next_ms;
		if (timeout_ms && events_until_ms >= boards->idle_ms + timeout_ms)
			boards->out_of_time = true;
		else if (timeout_ms && boards->idle_ms + timeout_ms < next_ms)
			next_ms = boards->idle_ms + timeout_ms;
	}
	boards->ticked_ms = events_until_ms;
	boards->due_ms = next_ms > events_until_ms ? next_ms : events_until_ms;
	return (int)(boards->due_ms - events_until_ms);
}

bool boards_finished(const struct boards *boards)
{
	return boards->out_of_time || (!boards->entries && boards_full(boards));
}

bool boards_stop(struct boards *boards)
{
	bool busy = false;

	for (struct boards_entry *entry = boards->entries; entry; entry = entry->next) {
		board_stop(entry->board);
		busy = board_busy(entry->board) || busy;
	}
	return busy;
}

void boards_none(struct report *report, uint64_t now_ms)
{
	const struct event event = {.type = EVENT_SUMMARY};

	report_event(report, &event, now_ms);
}

/* Returns: the last part of the message that no board appeared. It mentions the options that select
 * boards, such as -p. They may have excluded a board, and with -q the user does not see the note
 * about it. */
static const char *boards_excluder(const struct config *config)
{
	bool by_port = config->port_count || config->port_number >= 0;

	if (by_port && config->serial_count)
		return ", or the options for the port and the serial number excluded it";
	if (config->serial_count)
		return ", or the option -i excluded it";
	return by_port ? ", or the option for the port excluded it" : "";
}

enum exit_status boards_end(struct boards *boards, enum exit_status reason, uint64_t now_ms)
{
	unsigned int asked = boards->context->config->count;
	struct event event = {.type = EVENT_SUMMARY};
	struct error none = {0};
	char why[128];

	for (struct boards_entry *entry = boards->entries; entry; entry = entry->next)
		if (reason != STATUS_OK && !board_ended(entry->board) && board_counts(entry->board))
			board_interrupt(entry->board, reason, now_ms);
	for (struct boards_entry *entry = boards->entries; entry; entry = entry->next)
		board_finish_saving(entry->board, now_ms + BOARDS_SAVE_MS, now_ms);
	boards_reap(boards, now_ms);
	boards_switch_on(boards, true, now_ms);
	/* The run fails if the time of the option --timeout expired before the program served the
	 * requested number of boards. With the option -l, which requests no number, one served
	 * board is enough. */
	if (boards->out_of_time && boards_count(boards) < (asked ? asked : 1)) {
		double seconds = (double)boards->context->config->timeout_ms / 1000;

		if (held_why(boards->held, why, sizeof(why)))
			error_set(&none, -ETIMEDOUT, "no board could be served in %.6g s: %s",
				  seconds, why);
		else
			error_set(&none, -ETIMEDOUT,
				  "no board in USB boot mode appeared in %.6g s%s", seconds,
				  boards_excluder(boards->context->config));
		report_error(boards->context->report, &none);
		boards->status = boards_merge(boards->status, STATUS_NONE_IN_TIME);
	}
	event.summary.ok = boards->ok;
	event.summary.failed = boards->failed;
	event.summary.seconds = (double)(now_ms - boards->start_ms) / 1000;
	report_event(boards->context->report, &event, now_ms);
	return reason != STATUS_OK ? reason : boards->status;
}
