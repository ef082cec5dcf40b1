/* SPDX-License-Identifier: Apache-2.0 */
/* The boot protocol as a state machine that does no I/O. It serves both the boot ROM and the second
 * stage (docs/protocol.md, sections 3 and 4). boot_step() returns the next action. The caller
 * performs the action, reports its result, and calls boot_step() again. This file knows no USB
 * library, no file system and no clock. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "boot/wire.h"
#include "boot/transfer.h"

#include <stdbool.h>

/* A conversation with a boot ROM or a second stage. */
struct boot;
struct chip;
struct error;

enum boot_step {
	/* Perform the transfer *ret_xfer, then call boot_xfer_done(). If the transfer has no data,
	 * send the content of the file that boot_give_file() announced last, from its start. */
	BOOT_XFER,
	/* Find the size of the file boot_name(), then call boot_give_file(). */
	BOOT_FILE,
	/* The board reported the property boot_name() with the value boot_value(). Record both and
	 * call boot_step() again. */
	BOOT_METADATA,
	/* The board received the whole file boot_name(). Call boot_step() again. */
	BOOT_SENT,
	/* The conversation is over and the board leaves. boot_said_done() returns whether a second
	 * stage sent Done. A boot ROM never sends Done. */
	BOOT_FINISHED,
};

struct boot_config {
	const struct chip *chip;
	enum wire_stage stage;
	/* NULL, or WIRE_SIGNATURE_SIZE bytes for the boot ROM. boot_new() copies them. */
	const uint8_t *signature;
};

/* The phase of the conversation. When a transfer fails or the board leaves, the caller uses the
 * phase to decide whether this is an error. */
enum boot_phase {
	/* The boot ROM does not have its bootcode yet. */
	BOOT_PHASE_ROM_SENDING,
	/* The boot ROM has its bootcode. It sends a status and leaves the bus. */
	BOOT_PHASE_ROM_STATUS,
	/* The host waits for the next request of the board. */
	BOOT_PHASE_IDLE,
	/* The board waits for the answer of the host about boot_name(). */
	BOOT_PHASE_ANSWERING,
	BOOT_PHASE_FINISHED,
};

/* Creates a conversation.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller ends *ret with boot_free(), which accepts NULL and returns NULL. */
int boot_new(struct boot **ret, const struct boot_config *config, struct error *err);
struct boot *boot_free(struct boot *boot);

/* Returns the next action of the conversation. ret_xfer is set if the action is BOOT_XFER.
 * Returns: an enum boot_step, or -EBADMSG (the board sent invalid data), or -EPERM (the boot ROM
 * refused the bootcode). */
int boot_step(struct boot *boot, struct xfer *ret_xfer, struct error *err);

/* Reports the end of the transfer that boot_step() returned last.
 * result: 0, or the negative errno of the transfer.
 * actual: the number of bytes transferred.
 * Returns: 0 if the conversation continues, else result. The conversation also continues if only
 * the acknowledgement of Done failed. */
int boot_xfer_done(struct boot *boot, int result, size_t actual);

/* Answers BOOT_FILE.
 * bytes: the size of the file, at most WIRE_LENGTH_MAX, or -1 if the file does not exist. */
void boot_give_file(struct boot *boot, int64_t bytes);

const char *
/* Returns the name of the requested file or of the reported property, as bytes that come from a
 * board. */
boot_name(const struct boot *boot);
/* Returns the value of the reported property, as bytes that come from a board. */
const char *boot_value(const struct boot *boot);
enum boot_phase boot_phase(const struct boot *boot);
bool boot_said_done(const struct boot *boot);

#endif
