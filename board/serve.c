/* SPDX-License-Identifier: Apache-2.0 */
/* Serves a board: performs the USB transfers of the boot protocol (boot/boot.c), and provides the
 * files that the board requests. If a step fails, the error message names the step. */
#include "board/internal.h"

#include "boot/metadata.h"
#include "boot/recovery.h"
#include "util/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* After a USB transfer failed, the program waits this time in milliseconds for the event that the
 * device left the bus. If the event does not arrive, the board fails with the error of the
 * transfer. */
#define SERVE_SUSPECT_MS 1500

/* Writes the current step of the board to the buffer ret, for a message such as "while bootcode.bin
 * was sent to the boot ROM (1024 of 5000 bytes)". */
static void serve_where(const struct board *board, char *ret, size_t size)
{
	switch (boot_phase(board->serving.boot)) {
	case BOOT_PHASE_ROM_STATUS:
		snprintf(ret, size, "after all of %s was sent to the boot ROM",
			 board->serving.last_name);
		return;
	case BOOT_PHASE_ROM_SENDING:
	case BOOT_PHASE_ANSWERING:
		snprintf(ret, size,
			 "while %s was sent to the %s (%" PRIu64 " of %" PRId64 " bytes)",
			 board->serving.last_name,
			 board->stage == WIRE_STAGE_ROM ? "boot ROM" : "second stage",
			 board->serving.xfer.source.read ? board->serving.xfer_bytes : 0,
			 board->serving.file_bytes > 0 ? board->serving.file_bytes : 0);
		return;
	case BOOT_PHASE_IDLE:
	case BOOT_PHASE_FINISHED:
		break;
	}
	snprintf(ret, size, "while rpiboot waited for a request of the second stage%s%s",
		 board->serving.last_name[0] ? " after " : "", board->serving.last_name);
}

/* Opens the boot file that the board requests, and passes the size of the file to the boot protocol
 * (boot/boot.c). */
static int serve_fetch_file(struct board *board, uint64_t now_ms, struct error *err)
{
	const char *name = boot_name(board->serving.boot);
	int r;

	text_printable(name, board->serving.last_name, sizeof(board->serving.last_name));
	board->serving.file_ms = now_ms;
	r = service_file(board->service, name, board->stage == WIRE_STAGE_ROM,
			 &board->serving.file_bytes, err);
	if (r < 0)
		return r;
	if (board->serving.file_bytes < 0) {
		struct event event = {.type = EVENT_MISSING, .missing = {.name = name}};

		if (board->stage == WIRE_STAGE_ROM)
			return error_set(err, -ENOENT, "'%s' no longer has %s",
					 service_dir(board->service), name);
		board_report(board, &event, now_ms);
	}
	if (board->stage == WIRE_STAGE_FILES) {
		board->serving.answers++;
		board_asked(board, name, board->serving.file_bytes, now_ms);
	}
	boot_give_file(board->serving.boot, board->serving.file_bytes);
	return 0;
}

static void serve_report_sent(struct board *board, uint64_t now_ms)
{
	struct event event = {
		.type = EVENT_SENT,
		.sent.name = boot_name(board->serving.boot),
		.sent.bytes = (uint64_t)board->serving.file_bytes,
		.sent.seconds = (double)(now_ms - board->serving.file_ms) / 1000,
	};

	board_report(board, &event, now_ms);
	if (board->stage == WIRE_STAGE_FILES)
		recovery_sent(service_recovery(board->service));
}

static int serve_record(struct board *board, uint64_t now_ms, struct error *err)
{
	struct metadata *metadata = service_metadata(board->service);
	const char *key = boot_name(board->serving.boot);
	bool is_new = false;
	int r = metadata_add(metadata, key, boot_value(board->serving.boot), &is_new, err);
	struct event event = {
		.type = EVENT_METADATA,
		.metadata = {.key = key, .value = metadata_get(metadata, key)},
	};

	text_printable(key, board->serving.last_name, sizeof(board->serving.last_name));
	board->serving.file_bytes = 0;
	board_asked(board, key, 0, now_ms);
	recovery_report(service_recovery(board->service), key, boot_value(board->serving.boot));
	if (r == 0 && is_new)
		board_report(board, &event, now_ms);
	return r;
}

/* Returns: the time in milliseconds at which a USB transfer that began at begun_ms counts as
 * failed. */
static uint64_t serve_deadline_ms(const struct board *board, uint64_t begun_ms)
{
	uint64_t patience_ms = board->context->config->stage_timeout_ms, limit_ms;

	if (board->serving.xfer.timeout_ms && board->serving.xfer.timeout_ms < patience_ms)
		patience_ms = board->serving.xfer.timeout_ms;
	limit_ms = board_headway_limit_ms(board);
	return begun_ms + patience_ms < limit_ms ? begun_ms + patience_ms : limit_ms;
}

static void serve_submit(struct board *board, const struct xfer *xfer, uint64_t now_ms)
{
	uint64_t begun_ms;

	board->serving.xfer = *xfer;
	board->serving.xfer_bytes = 0;
	if (xfer->kind == XFER_BULK_OUT && !xfer->data)
		board->serving.xfer.source = service_source(board->service);
	/* Before the USB transfer starts, the host may need time to find and read the boot file.
	 * The board only waits during this time, so the deadline counts from the start of the
	 * transfer. */
	begun_ms = usb_dev_submit(board->dev, &board->serving.xfer);
	if (begun_ms > now_ms)
		board->serving.headway.since_ms += begun_ms - now_ms;
	board->deadline_ms = serve_deadline_ms(board, begun_ms);
}

/* Returns: the most probable reason why the boot ROM of the board refused the bootcode. */
static const char *serve_refusal(const struct board *board)
{
	if (!board->chip->customer_block)
		return "probably the bootcode is for another chip or has a wrong signature";
	if (service_is_countersigned(board->service))
		return "probably the bootcode is countersigned, but the board is not locked to "
		       "this customer key";
	return "probably the board is locked to a customer key and the bootcode has no signature "
	       "by this key (see rpiboot sign --countersign, and rpiboot recover --locked), or the "
	       "bootcode is for another chip";
}

/* Composes the error message for a board whose boot ROM did not start the bootcode.
 * fact: the first part of the message, which describes the reaction of the boot ROM.
 * Returns: VERDICT_ENDED (serving the board ends) with the message and an exit status. */
static struct verdict serve_refused(const struct board *board, const char *fact)
{
	return verdict_end(STATUS_REFUSED, "%s: %s; power the board off and on before the next try",
			   fact, serve_refusal(board));
}

static struct verdict serve_step(struct board *board, uint64_t now_ms)
{
	struct error err = {0};

	for (;;) {
		struct xfer xfer = {0};
		int step = boot_step(board->serving.boot, &xfer, &err);

		if (step == -EPERM) /* the boot ROM refused the bootcode */
			return serve_refused(board, err.text);
		if (step < 0)
			return verdict_end(STATUS_FAILED, "%s", err.text);
		switch ((enum boot_step)step) {
		case BOOT_XFER:
			serve_submit(board, &xfer, now_ms);
			return verdict(VERDICT_GOES_ON);
		case BOOT_FILE:
			if (serve_fetch_file(board, now_ms, &err) < 0)
				return verdict_end(STATUS_NO_FILES, "%s", err.text);
			break;
		case BOOT_METADATA:
			if (serve_record(board, now_ms, &err) < 0)
				return verdict_end(STATUS_FAILED, "%s", err.text);
			break;
		case BOOT_SENT:
			serve_report_sent(board, now_ms);
			break;
		case BOOT_FINISHED:
			return verdict(VERDICT_FINISHED);
		}
	}
}

struct verdict serve_start(struct board *board, uint64_t now_ms)
{
	struct error err = {0};

	board->serving.last_name[0] = '\0';
	board->serving.headway = (struct headway){.since_ms = now_ms};
	board->serving.fault.code = 0;
	if (boot_new(&board->serving.boot, board->chip, board->stage,
		     service_signature(board->service), &err) < 0)
		return verdict_end(STATUS_FAILED, "%s", err.text);
	return serve_step(board, now_ms);
}

void serve_progress(struct board *board, size_t bytes, uint64_t now_ms)
{
	struct event event = {
		.type = EVENT_SENDING,
		.sending.name = board->stage == WIRE_STAGE_ROM ? board->chip->bootcode
							       : board->serving.last_name,
		.sending.bytes = board->serving.xfer_bytes + bytes,
		.sending.total = board->serving.xfer.length,
	};

	board->serving.xfer_bytes += bytes;
	board_report(board, &event, now_ms);
	/* Each part of a file that the board receives restarts the timeout. A slow board therefore
	 * does not fail, but a silent one does. */
	board_advanced(board, now_ms);
	board->deadline_ms = serve_deadline_ms(board, now_ms);
}

struct verdict serve_done(struct board *board, size_t actual, const struct error *err,
			  uint64_t now_ms)
{
	if (boot_xfer_done(board->serving.boot, err ? err->code : 0, actual) == 0)
		return serve_step(board, now_ms);
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): err is never NULL here */
	board->serving.fault = *err;
	if (service_source_failed(board->service))
		return verdict_end(STATUS_NO_FILES, "%s", err->text);
	/* A stalled USB transfer may mean that the board has left the bus. Some USB host
	 * controllers report a stall if the board or its hub is unplugged. */
	board->deadline_ms = now_ms + SERVE_SUSPECT_MS;
	return verdict(VERDICT_SUSPECT);
}

struct verdict serve_left(struct board *board)
{
	const enum boot_phase phase = boot_phase(board->serving.boot);
	char where[ERROR_TEXT_SIZE];

	if (phase != BOOT_PHASE_ROM_SENDING && phase != BOOT_PHASE_ANSWERING)
		return verdict(VERDICT_FINISHED);
	serve_where(board, where, sizeof(where));
	return verdict_end(STATUS_VANISHED,
			   "the board left the bus %s; check the cable and the power supply",
			   where);
}

struct verdict serve_overdue(struct board *board, uint64_t now_ms)
{
	const struct serving *serving = &board->serving;
	double patience_s = (double)board->context->config->stage_timeout_ms / 1000;
	struct verdict stuck = board_stuck(board, now_ms);
	char where[ERROR_TEXT_SIZE];

	/* The board has sent the message Done, so its boot has finished. Only the acknowledgement
	 * by the host is missing, and neither side needs it. */
	if (boot_phase(serving->boot) == BOOT_PHASE_FINISHED)
		return verdict(VERDICT_FINISHED);
	if (!serving->fault.code && stuck.kind != VERDICT_GOES_ON)
		return stuck;
	serve_where(board, where, sizeof(where));
	if (serving->xfer.timeout_ms && serving->xfer.timeout_ms < patience_s * 1000)
		patience_s = (double)serving->xfer.timeout_ms / 1000;
	if (serving->fault.code)
		return verdict_end(STATUS_FAILED, "%s %s", serving->fault.text, where);
	if (boot_phase(serving->boot) == BOOT_PHASE_ROM_STATUS) {
		snprintf(where, sizeof(where),
			 "the boot ROM received %s and then was silent for %.6g s",
			 serving->last_name, patience_s);
		return serve_refused(board, where);
	}
	return verdict_end(STATUS_FAILED,
			   "the board was silent for %.6g s %s; power the board off and on",
			   patience_s, where);
}

struct verdict serve_wrong_stage(const struct board *board, const struct usb_id *id)
{
	if (chip_by_id(id->vendor, id->product))
		return verdict_end(
			STATUS_VANISHED,
			"the board received %s but returned to its boot ROM: it lost power or the "
			"bootcode crashed; check the power supply and the version of the firmware",
			board->chip->bootcode);
	return verdict_end(STATUS_VANISHED,
			   "the boot ROM received %s and left the bus, but then another device "
			   "(USB id %04x:%04x) appeared on the port instead of the second-stage "
			   "bootloader; connect the board again, and start again",
			   board->chip->bootcode, id->vendor, id->product);
}

struct verdict serve_no_stage(const struct board *board)
{
	double patience_s = (double)board->context->config->stage_timeout_ms / 1000;
	char fact[ERROR_TEXT_SIZE];

	if (board->dev) {
		snprintf(fact, sizeof(fact),
			 "the boot ROM received %s but did not start it in %.6g s",
			 board->chip->bootcode, patience_s);
		return serve_refused(board, fact);
	}
	return verdict_end(
		STATUS_VANISHED,
		"the boot ROM received %s and left the bus, but no second stage appeared in %.6g "
		"s; check the power supply, the cable and the version of the firmware",
		board->chip->bootcode, patience_s);
}
