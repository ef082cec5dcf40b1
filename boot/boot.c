/* SPDX-License-Identifier: Apache-2.0 */
/* The states of both conversations. A state is one transfer or one question to the caller. The
 * arrows show the next state after a success. This file does no I/O.
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

/* One second is too short for some boards. Three seconds are known to work (docs/protocol.md,
 * section 2). */
#define BOOT_CONTROL_OUT_TIMEOUT_MS 3000
#define BOOT_BULK_TIMEOUT_MS	    5000
/* The board may be busy with the training of its SDRAM. Do not shorten this timeout. A cancelled
 * control IN leaves a reply behind, which answers the next transfer (docs/protocol.md, section 2).
 */
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

struct boot {
	const struct chip *chip;
	enum boot_state state;
	uint8_t signature[WIRE_SIGNATURE_SIZE];
	uint8_t out[WIRE_BOOT_MESSAGE_SIZE];
	uint8_t in[WIRE_FILE_MESSAGE_SIZE];
	size_t in_bytes;
	struct wire_file_message message;
	/* Points into message.name, after the second '*'. */
	const char *value;
	int64_t file_bytes; /* -1: the file does not exist */
	bool said_done;
};

int boot_new(struct boot **ret, const struct boot_config *config, struct error *err)
{
	struct boot *boot = calloc(1, sizeof(*boot));

	if (!boot)
		return error_set(err, -ENOMEM, "out of memory");
	boot->chip = config->chip;
	boot->state = config->stage == WIRE_STAGE_ROM ? ROM_ASK : FILES_READ;
	boot->value = "";
	if (config->signature)
		memcpy(boot->signature, config->signature, sizeof(boot->signature));
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

/* Creates the control transfer that announces a number of bytes. The bytes may follow in a bulk
 * transfer. */
static int boot_announce(struct xfer *ret, uint32_t bytes)
{
	*ret = (struct xfer){
		.kind = XFER_CONTROL_OUT,
		.length = bytes,
		.timeout_ms = BOOT_CONTROL_OUT_TIMEOUT_MS,
	};
	return BOOT_XFER;
}

static int boot_send(struct xfer *ret, void *data, uint32_t bytes)
{
	*ret = (struct xfer){
		.kind = XFER_BULK_OUT,
		.length = bytes,
		.data = data,
		.timeout_ms = BOOT_BULK_TIMEOUT_MS,
	};
	return BOOT_XFER;
}

static int boot_receive(struct boot *boot, struct xfer *ret, uint32_t bytes,
			unsigned int timeout_ms)
{
	memset(boot->in, 0, sizeof(boot->in));
	*ret = (struct xfer){
		.kind = XFER_CONTROL_IN,
		.length = bytes,
		.data = boot->in,
		.timeout_ms = timeout_ms,
	};
	return BOOT_XFER;
}

static int boot_judge(struct boot *boot, struct error *err)
{
	int32_t status;

	if (boot->in_bytes != WIRE_STATUS_SIZE)
		return error_set(err, -EBADMSG, "the boot ROM sent a status of %zu bytes, not %d",
				 boot->in_bytes, WIRE_STATUS_SIZE);
	status = wire_get_status(boot->in);
	if (status != 0)
		return error_set(err, -EPERM, "the boot ROM refused %s with status %d",
				 boot->message.name, status);
	boot->state = FINISHED;
	return BOOT_FINISHED;
}

/* Splits "*PROPERTY*VALUE" into the name and the value, in place. The value is empty if the report
 * has no second '*'. */
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
		/* Only a Done with an empty name is acknowledged. Done can also carry the name of
		 * the previous request (docs/protocol.md, section 4). */
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
	uint32_t bytes = boot->file_bytes > 0 ? (uint32_t)boot->file_bytes : 0;
	int r;

	if (boot->state == FILES_PARSE) {
		r = boot_parse(boot, err);
		if (r < 0)
			return r;
	}
	switch (boot->state) {
	case ROM_ASK:
	case FILES_ASK:
		return BOOT_FILE;
	case ROM_ANNOUNCE_MESSAGE:
		return boot_announce(ret_xfer, WIRE_BOOT_MESSAGE_SIZE);
	case ROM_MESSAGE:
		wire_put_boot_message(boot->out, bytes, boot->signature);
		return boot_send(ret_xfer, boot->out, WIRE_BOOT_MESSAGE_SIZE);
	case ROM_ANNOUNCE_BOOTCODE:
	case FILES_TELL_SIZE:
	case FILES_ANNOUNCE:
		return boot_announce(ret_xfer, bytes);
	case ROM_BOOTCODE:
	case FILES_CONTENT:
		return boot_send(ret_xfer, NULL, bytes);
	case ROM_SENT:
		boot->state = ROM_STATUS;
		return BOOT_SENT;
	case FILES_SENT:
		boot->state = FILES_READ;
		return BOOT_SENT;
	case ROM_STATUS:
		return boot_receive(boot, ret_xfer, WIRE_STATUS_SIZE, BOOT_STATUS_TIMEOUT_MS);
	case ROM_JUDGE:
		return boot_judge(boot, err);
	case FILES_READ:
		return boot_receive(boot, ret_xfer, WIRE_FILE_MESSAGE_SIZE, 0);
	case FILES_METADATA:
		boot->state = FILES_ACK_METADATA;
		return BOOT_METADATA;
	case FILES_ACK_METADATA:
	case FILES_ACK_DONE:
		return boot_announce(ret_xfer, 0);
	case FILES_PARSE:
	case FINISHED:
		break;
	}
	return BOOT_FINISHED;
}

static enum boot_state boot_after_xfer(const struct boot *boot)
{
	switch (boot->state) {
	case ROM_ANNOUNCE_MESSAGE:
		return ROM_MESSAGE;
	case ROM_MESSAGE:
		return ROM_ANNOUNCE_BOOTCODE;
	case ROM_ANNOUNCE_BOOTCODE:
		return ROM_BOOTCODE;
	case ROM_BOOTCODE:
		return ROM_SENT;
	case ROM_STATUS:
		return ROM_JUDGE;
	case FILES_READ:
		return FILES_PARSE;
	case FILES_ANNOUNCE:
		if (boot->file_bytes < 0)
			return FILES_READ;
		return boot->file_bytes > 0 ? FILES_CONTENT : FILES_SENT;
	case FILES_CONTENT:
		return FILES_SENT;
	case FILES_TELL_SIZE:
	case FILES_ACK_METADATA:
		return FILES_READ;
	case FILES_ACK_DONE:
		return FINISHED;
	case ROM_ASK:
	case ROM_SENT:
	case ROM_JUDGE:
	case FILES_PARSE:
	case FILES_ASK:
	case FILES_SENT:
	case FILES_METADATA:
	case FINISHED:
		break;
	}
	return boot->state;
}

int boot_xfer_done(struct boot *boot, int result, size_t actual)
{
	/* The acknowledgement of Done may fail because the board is leaving (docs/protocol.md,
	 * section 4). */
	if (result < 0 && boot->state != FILES_ACK_DONE)
		return result;
	boot->in_bytes = actual;
	boot->state = boot_after_xfer(boot);
	return 0;
}

void boot_give_file(struct boot *boot, int64_t bytes)
{
	boot->file_bytes = bytes;
	if (boot->state == ROM_ASK)
		boot->state = ROM_ANNOUNCE_MESSAGE;
	else
		boot->state =
			boot->message.command == WIRE_READ_FILE ? FILES_ANNOUNCE : FILES_TELL_SIZE;
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
	switch (boot->state) {
	case ROM_ASK:
	case ROM_ANNOUNCE_MESSAGE:
	case ROM_MESSAGE:
	case ROM_ANNOUNCE_BOOTCODE:
	case ROM_BOOTCODE:
		return BOOT_PHASE_ROM_SENDING;
	case ROM_SENT:
	case ROM_STATUS:
	case ROM_JUDGE:
		return BOOT_PHASE_ROM_STATUS;
	case FILES_READ:
	case FILES_PARSE:
		return BOOT_PHASE_IDLE;
	case FILES_ASK:
	case FILES_TELL_SIZE:
	case FILES_ANNOUNCE:
	case FILES_CONTENT:
	case FILES_SENT:
	case FILES_METADATA:
	case FILES_ACK_METADATA:
		return BOOT_PHASE_ANSWERING;
	case FILES_ACK_DONE:
	case FINISHED:
		break;
	}
	return BOOT_PHASE_FINISHED;
}
