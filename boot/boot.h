/* SPDX-License-Identifier: Apache-2.0 */
/* The boot protocol as a state machine without I/O. It serves both the boot ROM and the
 * second-stage bootloader of a board (docs/protocol.md, sections 3 and 4). boot_step() returns the
 * next action. The caller performs the action, reports its result, and calls boot_step() again. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "boot/wire.h"
#include "boot/transfer.h"

#include <stdbool.h>

/* The state of the protocol with one boot ROM or one second-stage bootloader. */
struct boot;
struct chip;
struct error;

enum boot_step {
	/* The caller must perform the USB transfer *ret_xfer and then call boot_xfer_done(). If the
	 * member `data` of a bulk transfer is NULL, the caller sends the content of the requested
	 * file. */
	BOOT_XFER,
	/* The board requested the file whose name boot_name() returns. The caller must find the
	 * size of the file and then call boot_give_file(). */
	BOOT_FILE,
	/* The board reported a property. boot_name() returns the name of the property, and
	 * boot_value() returns its value. The caller must record both and then call boot_step()
	 * again. */
	BOOT_METADATA,
	/* The board has received the whole file whose name boot_name() returns. */
	BOOT_SENT,
	/* The board needs nothing more from the host and leaves the USB bus. A second-stage
	 * bootloader usually sends the message Done before (see boot_said_done()), but a boot ROM
	 * never sends it. */
	BOOT_FINISHED,
};

/* The progress of a board in the boot protocol. In BOOT_PHASE_ROM_SENDING and BOOT_PHASE_ANSWERING
 * the board still needs data from the host, so a board that leaves USB then has failed. */
enum boot_phase {
	/* The boot ROM of the board has not yet received all of its bootcode. */
	BOOT_PHASE_ROM_SENDING,
	/* The boot ROM has received its bootcode. It then reports whether it accepts the bootcode,
	 * and leaves USB. */
	BOOT_PHASE_ROM_STATUS,
	/* The host waits for the next message of the board, such as a request for a file. */
	BOOT_PHASE_IDLE,
	/* The board waits for the answer of the host to its last message. boot_name() returns the
	 * name of the file or the property in this message. */
	BOOT_PHASE_ANSWERING,
	BOOT_PHASE_FINISHED,
};

/* Starts the conversation with one boot ROM or one second-stage bootloader.
 * signature: the signature that the boot ROM receives before the bootcode (WIRE_SIGNATURE_SIZE
 * bytes), or NULL. The function copies the signature.
 * Returns: 0, or -ENOMEM.
 * Ownership: the caller frees *ret with boot_free(), which accepts NULL and returns NULL. */
int boot_new(struct boot **ret, const struct chip *chip, enum wire_stage stage,
	     const uint8_t *signature, struct error *err);
struct boot *boot_free(struct boot *boot);

/* Determines the next action that the caller must perform for a board.
 * ret_xfer: receives the USB transfer if the action is to perform one (BOOT_XFER).
 * Returns: the action (enum boot_step), -EBADMSG (the board sent invalid data), or -EPERM (the boot
 * ROM refused the bootcode). */
int boot_step(struct boot *boot, struct xfer *ret_xfer, struct error *err);

/* Reports the end of the USB transfer that boot_step() returned last.
 * result: 0, or the negative errno of the transfer.
 * actual: the number of bytes transferred.
 * Returns: 0 if the conversation continues, else result. The conversation also continues if only
 * the acknowledgement of the message Done failed. */
int boot_xfer_done(struct boot *boot, int result, size_t actual);

/* Sets the size of the requested file, after boot_step() returned BOOT_FILE.
 * bytes: the size of the file, at most WIRE_LENGTH_MAX, or -1 if the file does not exist. */
void boot_give_file(struct boot *boot, int64_t bytes);

/* Returns: the name of the file that the board requested last, or of the property that it reported
 * last. The bytes come from the board and are untrusted. */
const char *boot_name(const struct boot *boot);
/* Returns: the value of the last property that the board reported. boot_name() returns the name of
 * this property. The bytes come from the board and are untrusted. */
const char *boot_value(const struct boot *boot);
enum boot_phase boot_phase(const struct boot *boot);
bool boot_said_done(const struct boot *boot);

#endif
