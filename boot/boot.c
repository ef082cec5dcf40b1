/* SPDX-License-Identifier: Apache-2.0 */
/* The states of the conversations with the boot ROM and with the second-stage bootloader. In each
 * state, the caller performs one transfer or one other action. The arrows show the next state after
 * a success. This file does no I/O.
 *
 *   boot ROM:      ROM_ASK -> ROM_ANNOUNCE_MESSAGE -> ROM_MESSAGE -> ROM_ANNOUNCE_BOOTCODE ->
 *                  ROM_BOOTCODE -> ROM_SENT -> ROM_STATUS -> ROM_JUDGE -> FINISHED
 *   second stage:  READ -> PARSE -> ASK -> TELL_SIZE -> READ                     GetFileSize
 *                                   ASK -> ANNOUNCE -> CONTENT -> SENT -> READ   ReadFile
 *                                   METADATA -> ACK_METADATA -> READ             *PROPERTY*VALUE
 *                                   ACK_DONE -> FINISHED                         empty name
 *                                   FINISHED                                     Done */
#include "boot/boot.h"

#include "boot/chip.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <string.h>

/* Some boards need more than one second to accept a USB control transfer. A timeout of three
 * seconds is known to work (docs/protocol.md, section 2). */
#define BOOT_CONTROL_OUT_TIMEOUT_MS 3000
#define BOOT_BULK_TIMEOUT_MS	    5000
/* A board that sets up its SDRAM may answer a request for its status late. Do not shorten this
 * timeout. If the host cancels the request, its reply stays in the board and answers the next
 * request (docs/protocol.md, section 2). */
#define BOOT_STATUS_TIMEOUT_MS 20000

enum boot_state {
	ROM_ASK,
	ROM_ANNOUNCE_MESSAGE,
	ROM_MESSAGE,
	ROM_ANNOUNCE_BOOTCODE,
	ROM_BOOTCODE,
	ROM_SENT,
	ROM_STATUS,
	ROM_JUDGE,
	FILES_READ,
	FILES_PARSE,
	FILES_ASK,
	FILES_TELL_SIZE,
	FILES_ANNOUNCE,
	FILES_CONTENT,
	FILES_SENT,
	FILES_METADATA,
	FILES_ACK_METADATA,
	FILES_ACK_DONE,
	FINISHED,
};

/* Describes one state of the boot protocol: the action that the caller must perform, and the state
 * that follows if the action succeeds. In ROM_JUDGE and FILES_PARSE, the reply of the board decides
 * the next state instead. boot_give_file() and boot_xfer_done() choose another state if a file is
 * missing or empty. */
struct boot_row {
	enum boot_step step;
	enum xfer_kind kind;
	uint32_t bytes; /* FILE_BYTES: the size of the file */
	unsigned int timeout_ms;
	enum boot_state next;
	enum boot_phase phase;
};

#define FILE_BYTES		   UINT32_MAX
#define ANNOUNCE(bytes)		   BOOT_XFER, XFER_CONTROL_OUT, bytes, BOOT_CONTROL_OUT_TIMEOUT_MS
#define SEND(bytes)		   BOOT_XFER, XFER_BULK_OUT, bytes, BOOT_BULK_TIMEOUT_MS
#define RECEIVE(bytes, timeout_ms) BOOT_XFER, XFER_CONTROL_IN, bytes, timeout_ms
#define ACTION(step)		   step, 0, 0, 0

/* clang-format off */
static const struct boot_row rows[] = {
	[ROM_ASK]               = {ACTION(BOOT_FILE), ROM_ANNOUNCE_MESSAGE, BOOT_PHASE_ROM_SENDING},
	[ROM_ANNOUNCE_MESSAGE]  = {ANNOUNCE(WIRE_BOOT_MESSAGE_SIZE), ROM_MESSAGE, BOOT_PHASE_ROM_SENDING},
	[ROM_MESSAGE]           = {SEND(WIRE_BOOT_MESSAGE_SIZE), ROM_ANNOUNCE_BOOTCODE, BOOT_PHASE_ROM_SENDING},
	[ROM_ANNOUNCE_BOOTCODE] = {ANNOUNCE(FILE_BYTES), ROM_BOOTCODE, BOOT_PHASE_ROM_SENDING},
	[ROM_BOOTCODE]          = {SEND(FILE_BYTES), ROM_SENT, BOOT_PHASE_ROM_SENDING},
	[ROM_SENT]              = {ACTION(BOOT_SENT), ROM_STATUS, BOOT_PHASE_ROM_STATUS},
	[ROM_STATUS]            = {RECEIVE(WIRE_STATUS_SIZE, BOOT_STATUS_TIMEOUT_MS), ROM_JUDGE, BOOT_PHASE_ROM_STATUS},
	[ROM_JUDGE]             = {ACTION(BOOT_FINISHED), FINISHED, BOOT_PHASE_ROM_STATUS},
	[FILES_READ]            = {RECEIVE(WIRE_FILE_MESSAGE_SIZE, 0), FILES_PARSE, BOOT_PHASE_IDLE},
	[FILES_PARSE]           = {ACTION(BOOT_FINISHED), FINISHED, BOOT_PHASE_IDLE},
	[FILES_ASK]             = {ACTION(BOOT_FILE), FILES_ANNOUNCE, BOOT_PHASE_ANSWERING},
	[FILES_TELL_SIZE]       = {ANNOUNCE(FILE_BYTES), FILES_READ, BOOT_PHASE_ANSWERING},
	[FILES_ANNOUNCE]        = {ANNOUNCE(FILE_BYTES), FILES_CONTENT, BOOT_PHASE_ANSWERING},
	[FILES_CONTENT]         = {SEND(FILE_BYTES), FILES_SENT, BOOT_PHASE_ANSWERING},
	[FILES_SENT]            = {ACTION(BOOT_SENT), FILES_READ, BOOT_PHASE_ANSWERING},
	[FILES_METADATA]        = {ACTION(BOOT_METADATA), FILES_ACK_METADATA, BOOT_PHASE_ANSWERING},
	[FILES_ACK_METADATA]    = {ANNOUNCE(0), FILES_READ, BOOT_PHASE_ANSWERING},
	[FILES_ACK_DONE]        = {ANNOUNCE(0), FINISHED, BOOT_PHASE_FINISHED},
	[FINISHED]              = {ACTION(BOOT_FINISHED), FINISHED, BOOT_PHASE_FINISHED},
};
/* clang-format on */

struct boot {
	const struct chip *chip;
	enum boot_state state;
	uint8_t signature[WIRE_SIGNATURE_SIZE];
	uint8_t out[WIRE_BOOT_MESSAGE_SIZE];
	uint8_t in[WIRE_FILE_MESSAGE_SIZE];
	size_t in_bytes;
	struct wire_file_message message;
	/* A board reports a property as one string in message.name. This pointer is the part of the
	 * string with the value. */
	const char *value;
	int64_t file_bytes; /* -1 if the requested file does not exist */
	bool said_done;
};

int boot_new(struct boot **ret, const struct chip *chip, enum wire_stage stage,
	     const uint8_t *signature, struct error *err)
{
	struct boot *boot = calloc(1, sizeof(*boot));

	if (!boot)
		return error_set(err, -ENOMEM, "out of memory");
	boot->chip = chip;
	boot->state = stage == WIRE_STAGE_ROM ? ROM_ASK : FILES_READ;
	boot->value = "";
	if (signature)
		memcpy(boot->signature, signature, sizeof(boot->signature));
	if (boot->state == ROM_ASK)
		strcpy(boot->message.name, boot->chip->bootcode);
	*ret = boot;
	return 0;
}

struct boot *boot_free(struct boot *boot)
{
	free(boot);
	return NULL;
}

/* Describes the USB transfer that the current state of the boot protocol needs. Every control
 * transfer has the request number 0. wValue has the lower 16 bits of the number of bytes, and
 * wIndex has the upper 16 bits (docs/protocol.md, section 2). */
static void boot_fill_xfer(struct boot *boot, const struct boot_row *row, struct xfer *ret)
{
	uint32_t file_bytes = boot->file_bytes > 0 ? (uint32_t)boot->file_bytes : 0;
	uint32_t bytes = row->bytes == FILE_BYTES ? file_bytes : row->bytes;

	*ret = (struct xfer){.kind = row->kind, .length = bytes, .timeout_ms = row->timeout_ms};
	if (row->kind != XFER_BULK_OUT) {
		ret->value = (uint16_t)bytes;
		ret->index = (uint16_t)(bytes >> 16);
	}
	if (row->kind == XFER_CONTROL_OUT)
		ret->length = 0;
	if (row->kind == XFER_CONTROL_IN)
		ret->data = memset(boot->in, 0, sizeof(boot->in));
	if (boot->state == ROM_MESSAGE) {
		wire_put_boot_message(boot->out, file_bytes, boot->signature);
		ret->data = boot->out;
	}
}

static int boot_judge(struct boot *boot, struct error *err)
{
	int32_t status;

	if (boot->in_bytes != WIRE_STATUS_SIZE)
		return error_set(err, -EBADMSG,
				 "invalid status from the boot ROM: %zu bytes instead of %d; power "
				 "the board off and on",
				 boot->in_bytes, WIRE_STATUS_SIZE);
	status = wire_get_status(boot->in);
	if (status != 0)
		return error_set(err, -EPERM, "the boot ROM refused %s (status %d)",
				 boot->message.name, status);
	boot->state = FINISHED;
	return 0;
}

/* Splits a reported property of the form *PROPERTY*VALUE into its name and its value, in place. The
 * value is empty if the second '*' is missing. */
static void boot_split_report(struct boot *boot)
{
	char *star = strchr(boot->message.name + 1, '*');

	boot->value = "";
	if (star) {
		*star = '\0';
		boot->value = star + 1;
	}
	memmove(boot->message.name, boot->message.name + 1, strlen(boot->message.name));
}

static int boot_parse(struct boot *boot, struct error *err)
{
	int r = wire_get_file_message(boot->in, boot->in_bytes, &boot->message, err);

	if (r < 0)
		return r;
	if (boot->message.command == WIRE_DONE) {
		boot->said_done = true;
		/* The message Done has an empty file name, or repeats the name of the last
		 * requested file. The board expects an acknowledgement only if the name is empty
		 * (docs/protocol.md, section 4). */
		boot->state = boot->message.name[0] ? FINISHED : FILES_ACK_DONE;
	} else if (boot->chip->metadata && boot->message.name[0] == '*') {
		boot_split_report(boot);
		boot->state = FILES_METADATA;
	} else {
		boot->state = FILES_ASK;
	}
	return 0;
}

int boot_step(struct boot *boot, struct xfer *ret_xfer, struct error *err)
{
	const struct boot_row *row;
	int r = 0;

	if (boot->state == FILES_PARSE)
		r = boot_parse(boot, err);
	else if (boot->state == ROM_JUDGE)
		r = boot_judge(boot, err);
	if (r < 0)
		return r;
	row = &rows[boot->state];
	if (row->step == BOOT_XFER)
		boot_fill_xfer(boot, row, ret_xfer);
	else if (row->step != BOOT_FILE)
		boot->state = row->next;
	return (int)row->step;
}

int boot_xfer_done(struct boot *boot, int result, size_t actual)
{
	/* The host may fail to acknowledge the message Done, because the board is already leaving
	 * USB. This is no error (docs/protocol.md, section 4). */
	if (result < 0 && boot->state != FILES_ACK_DONE)
		return result;
	boot->in_bytes = actual;
	if (boot->state == FILES_ANNOUNCE && boot->file_bytes <= 0)
		/* The file that the board requested is missing or empty, so the host sends no
		 * content. */
		boot->state = boot->file_bytes < 0 ? FILES_READ : FILES_SENT;
	else
		boot->state = rows[boot->state].next;
	return 0;
}

void boot_give_file(struct boot *boot, int64_t bytes)
{
	boot->file_bytes = bytes;
	if (boot->state == FILES_ASK && boot->message.command == WIRE_GET_FILE_SIZE)
		boot->state = FILES_TELL_SIZE;
	else
		boot->state = rows[boot->state].next;
}

const char *boot_name(const struct boot *boot)
{
	return boot->message.name;
}

const char *boot_value(const struct boot *boot)
{
	return boot->value;
}

bool boot_said_done(const struct boot *boot)
{
	return boot->said_done;
}

enum boot_phase boot_phase(const struct boot *boot)
{
	return rows[boot->state].phase;
}
