/* SPDX-License-Identifier: Apache-2.0 */
/* Whole conversations. The input bytes control the board: its chip, its requests, the properties of
 * the requested files, and the transfer that fails. This file predicts each transfer of the host
 * from the side of the board. */
#include "tests/fuzz/fuzz.h"

#include "boot/boot.h"
#include "boot/chip.h"

#include <errno.h>

#define MESSAGE_SIZE 260 /* docs/protocol.md, section 4; not from wire.h */
#define RAW_KIND     0xe0
#define SHORT_KIND   0xf0

struct talk {
	struct fuzz_bytes bytes;
	const struct chip *chip;
	struct boot *boot;
	uint8_t message[MESSAGE_SIZE];
	const char *name; /* the name in the message */
};

static void wants_step(struct talk *talk, enum boot_step step)
{
	struct xfer xfer;
	struct error err = {0};

	fuzz_check(boot_step(talk->boot, &xfer, &err) == (int)step && err.code == 0);
}

static void finishes(struct talk *talk)
{
	for (int i = 0; i < 3; i++) {
		wants_step(talk, BOOT_FINISHED);
		fuzz_check(boot_phase(talk->boot) == BOOT_PHASE_FINISHED);
	}
}

/* Checks that a transfer is valid. */
static void check_xfer(const struct xfer *xfer, enum xfer_kind kind, uint32_t length)
{
	uint32_t announced = (uint32_t)xfer->index << 16 | xfer->value;

	fuzz_check(xfer->kind == kind && xfer->request == 0);
	fuzz_check(announced == (kind == XFER_BULK_OUT ? 0 : length));
	fuzz_check(xfer->length == (kind == XFER_CONTROL_OUT ? 0 : length));
	switch (kind) {
	case XFER_CONTROL_OUT:
		fuzz_check(length <= INT32_MAX && !xfer->data && xfer->timeout_ms >= 3000);
		break;
	case XFER_CONTROL_IN:
		fuzz_check((length == 4 && xfer->timeout_ms >= 20000) ||
			   (length == MESSAGE_SIZE && xfer->timeout_ms == 0));
		memset(xfer->data, 0xa5, length); /* the buffer must be large enough */
		break;
	case XFER_BULK_OUT:
		fuzz_check(length > 0 && length <= INT32_MAX && xfer->timeout_ms >= 5000);
		fuzz_check(!xfer->data || length == 24);
		break;
	}
}

/* Expects this transfer next. Returns: false if it fails, because the board does not take part or
 * has left. */
static bool transfer(struct talk *talk, struct xfer *ret, enum xfer_kind kind, uint32_t length)
{
	static const int faults[] = {-EPIPE, -ENODEV, -ETIMEDOUT, -EIO};
	struct error err = {0};
	bool there = talk->bytes.left > 0;
	uint8_t fault = fuzz_u8(&talk->bytes);

	fuzz_check(boot_step(talk->boot, ret, &err) == BOOT_XFER && err.code == 0);
	check_xfer(ret, kind, length);
	if (there && fault < 0xfc)
		return true;
	fault &= 3;
	fuzz_check(boot_xfer_done(talk->boot, faults[fault], 0) == faults[fault]);
	return false;
}

static bool sends(struct talk *talk, enum xfer_kind kind, uint32_t length)
{
	struct xfer xfer;

	return transfer(talk, &xfer, kind, length) &&
	       boot_xfer_done(talk->boot, 0, kind == XFER_BULK_OUT ? length : 0) == 0;
}

static bool receives(struct talk *talk, const void *reply, uint32_t due, size_t actual)
{
	struct xfer xfer;

	if (!transfer(talk, &xfer, XFER_CONTROL_IN, due))
		return false;
	memcpy(xfer.data, reply, actual);
	fuzz_check(boot_xfer_done(talk->boot, 0, actual) == 0);
	return true;
}

static void refuses(struct talk *talk, int code)
{
	struct xfer xfer;
	struct error err = {0};

	fuzz_check(boot_step(talk->boot, &xfer, &err) == code);
	fuzz_check_error(code, &err, -EBADMSG, -EPERM);
}

static void rom_judges(struct talk *talk)
{
	uint8_t form = fuzz_u8(&talk->bytes), status[4];
	size_t actual = form < 0x80 ? sizeof(status) : form & 3;

	fuzz_take(&talk->bytes, status, sizeof(status));
	if (!receives(talk, status, sizeof(status), actual)) {
		fuzz_check(boot_phase(talk->boot) == BOOT_PHASE_ROM_STATUS);
	} else if (actual < sizeof(status)) {
		refuses(talk, -EBADMSG);
	} else if (status[0] | status[1] | status[2] | status[3]) {
		refuses(talk, -EPERM);
	} else {
		finishes(talk);
	}
	fuzz_check(!boot_said_done(talk->boot));
}

static void rom_talk(struct talk *talk, const uint8_t *signature)
{
	static const uint8_t zeros[20];
	uint32_t bytes = fuzz_u32(&talk->bytes) % INT32_MAX + 1;
	const uint8_t *message;
	struct xfer xfer;

	wants_step(talk, BOOT_FILE);
	fuzz_check(strcmp(boot_name(talk->boot), talk->chip->bootcode) == 0);
	boot_give_file(talk->boot, bytes);
	if (!sends(talk, XFER_CONTROL_OUT, 24) || !transfer(talk, &xfer, XFER_BULK_OUT, 24))
		return;
	message = xfer.data;
	for (int i = 0; i < 4; i++)
		fuzz_check(message[i] == (uint8_t)(bytes >> (8 * i)));
	fuzz_check(memcmp(message + 4, signature ? signature : zeros, 20) == 0);
	fuzz_check(boot_xfer_done(talk->boot, 0, 24) == 0);
	fuzz_check(boot_phase(talk->boot) == BOOT_PHASE_ROM_SENDING);
	if (!sends(talk, XFER_CONTROL_OUT, bytes) || !sends(talk, XFER_BULK_OUT, bytes))
		return;
	wants_step(talk, BOOT_SENT);
	rom_judges(talk);
}

/* Builds the next message. Returns: the number of bytes that the board sends. */
static size_t message_next(struct talk *talk)
{
	uint8_t kind = fuzz_u8(&talk->bytes);

	if (kind >= RAW_KIND) {
		fuzz_take(&talk->bytes, talk->message, MESSAGE_SIZE);
	} else {
		memset(talk->message, kind & 4 ? 'x' : 0, MESSAGE_SIZE);
		memcpy(talk->message, (const uint8_t[]){kind & 3, 0, 0, 0}, 4);
		fuzz_take(&talk->bytes, talk->message + 4, fuzz_u8(&talk->bytes));
		talk->message[4 + 255] = 0;
	}
	return kind >= SHORT_KIND ? fuzz_u32(&talk->bytes) % MESSAGE_SIZE : MESSAGE_SIZE;
}

/* The board requests a file. Returns: true if it can go on with another request. */
static bool file_is_answered(struct talk *talk, bool read)
{
	bool there = fuzz_u8(&talk->bytes) & 1;
	int64_t bytes = there ? (int64_t)(fuzz_u32(&talk->bytes) & INT32_MAX) : -1;

	wants_step(talk, BOOT_FILE);
	fuzz_check(strcmp(boot_name(talk->boot), talk->name) == 0);
	fuzz_check(boot_phase(talk->boot) == BOOT_PHASE_ANSWERING);
	boot_give_file(talk->boot, bytes);
	if (!sends(talk, XFER_CONTROL_OUT, bytes < 0 ? 0 : (uint32_t)bytes))
		return false;
	if (!read || bytes < 0)
		return true;
	if (bytes > 0 && !sends(talk, XFER_BULK_OUT, (uint32_t)bytes))
		return false;
	wants_step(talk, BOOT_SENT);
	fuzz_check(strcmp(boot_name(talk->boot), talk->name) == 0);
	return true;
}

static bool report_is_taken(struct talk *talk)
{
	const char *key = talk->name + 1, *star = strchr(key, '*');
	size_t length = star ? (size_t)(star - key) : strlen(key);

	wants_step(talk, BOOT_METADATA);
	fuzz_check(strlen(boot_name(talk->boot)) == length);
	fuzz_check(strncmp(boot_name(talk->boot), key, length) == 0);
	fuzz_check(strcmp(boot_value(talk->boot), star ? star + 1 : "") == 0);
	return sends(talk, XFER_CONTROL_OUT, 0);
}

/* The board sends Done, with or without a name. */
static void done_is_taken(struct talk *talk)
{
	struct xfer xfer;
	struct error err = {0};

	if (!talk->name[0]) {
		fuzz_check(boot_step(talk->boot, &xfer, &err) == BOOT_XFER);
		check_xfer(&xfer, XFER_CONTROL_OUT, 0);
		/* The transfer may fail, because the board leaves. */
		fuzz_check(boot_xfer_done(talk->boot, fuzz_u8(&talk->bytes) ? -ENODEV : 0, 0) == 0);
	}
	finishes(talk);
	fuzz_check(boot_said_done(talk->boot));
}

/* One request and its answer. Returns: true if the board can go on with another request. */
static bool files_talk(struct talk *talk)
{
	size_t actual = message_next(talk);
	const uint8_t *m = talk->message;
	bool known = m[0] <= 2 && !m[1] && !m[2] && !m[3];
	bool ends = (known && m[0] == 2) || memchr(m + 4, 0, 256); /* Done needs no end */

	talk->name = (const char *)m + 4;
	fuzz_check(boot_phase(talk->boot) == BOOT_PHASE_IDLE && !boot_said_done(talk->boot));
	if (!receives(talk, m, MESSAGE_SIZE, actual))
		return false;
	if (actual < MESSAGE_SIZE || !ends || (talk->name[0] && !known)) {
		refuses(talk, -EBADMSG);
		return false;
	}
	if (!talk->name[0] || m[0] == 2) {
		done_is_taken(talk);
		return false;
	}
	if (talk->chip->metadata && talk->name[0] == '*')
		return report_is_taken(talk);
	return file_is_answered(talk, m[0] == 1);
}

/* The first byte: bits 0 and 1 the chip, bit 2 the stage, bit 3 a signature. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct talk talk = {.bytes = {data, size}};
	uint8_t first = fuzz_u8(&talk.bytes), bytes[20], *signature = NULL;
	enum wire_stage stage = first & 4 ? WIRE_STAGE_FILES : WIRE_STAGE_ROM;

	for (int i = 0; i <= (first & 3); i++)
		talk.chip = chip_next(talk.chip);
	fuzz_check(talk.chip);
	if (first & 8) {
		fuzz_take(&talk.bytes, bytes, sizeof(bytes));
		signature = bytes;
	}
	fuzz_check(boot_new(&talk.boot, talk.chip, stage, signature, NULL) == 0);
	if (stage == WIRE_STAGE_ROM)
		rom_talk(&talk, signature);
	else
		while (files_talk(&talk))
			;
	boot_free(talk.boot);
	return 0;
}
