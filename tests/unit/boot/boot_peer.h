/* SPDX-License-Identifier: Apache-2.0 */
/* The board's side of a conversation with boot.c. Each function is one action of a board. It
 * asserts (cmocka) that the host does exactly the transfers of the protocol. Messages are built
 * from bytes here, not by wire.c. */
#ifndef BOOT_PEER_H
#define BOOT_PEER_H

#include "boot/boot.h"
#include "boot/chip.h"
#include "util/error.h"
#include "tests/test.h"

#include <errno.h>
#include <string.h>

struct peer {
	struct boot *boot;
	struct xfer xfer; /* the last requested transfer */
};

void peer_init(struct peer *peer, uint16_t product, enum wire_stage stage,
	       const uint8_t *signature);

void peer_done(struct peer *peer);

void peer_step(struct peer *peer, enum boot_step want);

/* Asserts that this transfer comes next, with the timeout of docs/protocol.md, section 2. */
void peer_wants(struct peer *peer, enum xfer_kind kind, uint32_t length);

void peer_gets(struct peer *peer, enum xfer_kind kind, uint32_t length);

/* Answers the host's read of `due` bytes with any bytes. */
void peer_sends_bytes(struct peer *peer, uint32_t due, const void *bytes, size_t size);

void peer_message(uint8_t ret[260], uint32_t command, const char *name);

void peer_sends(struct peer *peer, uint32_t command, const char *name);

void peer_asks_size(struct peer *peer, const char *name, int64_t bytes);

void peer_reads(struct peer *peer, const char *name, int64_t bytes);

void peer_reports(struct peer *peer, uint32_t command, const char *message, const char *key,
		  const char *value);

/* Asserts that the conversation ends, also when boot_step() is called again. */
void peer_finishes(struct peer *peer);

/* name: the name of an earlier request; or empty, and then the host acknowledges Done. */
void peer_sends_done(struct peer *peer, const char *name);

/* Acts as the boot ROM: gets the message with the length and the signature, and then the bootcode.
 */
void peer_takes_bootcode(struct peer *peer, const char *name, uint32_t bytes,
			 const uint8_t signature[20]);

void peer_returns_status(struct peer *peer, int32_t status);

#endif
