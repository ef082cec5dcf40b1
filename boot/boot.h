/* SPDX-License-Identifier: Apache-2.0 */
/* Both conversations of the boot protocol, as one state machine that does no I/O: boot_step() says
 * what is wanted next, the caller does it and tells the result, and asks again. Knows no USB
 * library, no file system, no clock. */
#ifndef BOOT_H
#define BOOT_H

#include "boot/wire.h"
#include "boot/transfer.h"

#include <stdbool.h>

struct boot; /* one conversation with one appearance of a board */
struct chip;
struct error;

enum boot_step {
	BOOT_XFER,     /* perform *ret_xfer, then boot_xfer_done(); content to send: the file given
			  last, from its start */
	BOOT_FILE,     /* wants the size of the file boot_name(): answer with boot_give_file() */
	BOOT_METADATA, /* the board reported boot_name() = boot_value(): take it and step on */
	BOOT_SENT,     /* boot_name() has gone out whole: take note and step on */
	BOOT_FINISHED, /* the conversation is over; the board leaves now (after boot_said_done(), or
			  as ROM) */
};

struct boot_config {
	const struct chip *chip;
	enum wire_stage stage;
	const uint8_t *signature; /* WIRE_SIGNATURE_SIZE bytes for the boot ROM, or NULL; copied */
};

/* What went on when a transfer failed or the board left: it decides what that means. */
enum boot_phase {
	BOOT_PHASE_ROM_SENDING, /* the boot ROM does not have its bootcode yet */
	BOOT_PHASE_ROM_STATUS,	/* it has: now it should answer and leave */
	BOOT_PHASE_IDLE,	/* the host waits for the board's next request */
	BOOT_PHASE_ANSWERING,	/* the board waits for the host's answer about boot_name() */
	BOOT_PHASE_FINISHED,
};

/* 0 or -ENOMEM. Ends with boot_free(), which is NULL-safe and returns NULL. */
int boot_new(struct boot **ret, const struct boot_config *config, struct error *err);
struct boot *boot_free(struct boot *boot);

/* An enum boot_step, or: -EBADMSG (the board talked nonsense), -EPERM (the boot ROM refused the
 * bootcode). */
int boot_step(struct boot *boot, struct xfer *ret_xfer, struct error *err);

/* The transfer of the last BOOT_XFER is over: result 0 and its actual bytes, or -Exxx. Returns 0
 * where the conversation goes on (also after a failure that does not matter, as of the
 * acknowledgement of Done), else result. */
int boot_xfer_done(struct boot *boot, int result, size_t actual);

/* The answer to BOOT_FILE: its size in bytes (at most WIRE_LENGTH_MAX), or -1: there is no such
 * file. */
void boot_give_file(struct boot *boot, int64_t bytes);

const char *
boot_name(const struct boot *boot); /* of the file or the metadata property; bytes from a board */
const char *boot_value(const struct boot *boot); /* of the metadata property; bytes from a board */
enum boot_phase boot_phase(const struct boot *boot);
bool boot_said_done(const struct boot *boot);

#endif
