/* SPDX-License-Identifier: Apache-2.0 */
/* The board's side of a conversation with boot.c, for tests: each function is one thing a board
 * does, and asserts (cmocka) that the host does its part, transfer by transfer, and nothing else.
 * Messages are put together from bytes here, not by wire.c. */
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
	struct xfer xfer; /* the last one wanted */
};

void peer_init(struct peer *peer, uint16_t product, enum wire_stage stage,
	       const uint8_t *signature);

void peer_done(struct peer *peer);

void peer_step(struct peer *peer, enum boot_step want);

/* The next thing is this transfer, with the time that docs/protocol.md section 2 gives it. */
void peer_wants(struct peer *peer, enum xfer_kind kind, uint32_t length);

void peer_gets(struct peer *peer, enum xfer_kind kind, uint32_t length);

/* Any bytes as the answer to the host's read of `due` bytes. */
void peer_says_bytes(struct peer *peer, uint32_t due, const void *bytes, size_t size);

void peer_message(uint8_t ret[260], uint32_t command, const char *name);

void peer_says(struct peer *peer, uint32_t command, const char *name);

void peer_asks_size(struct peer *peer, const char *name, int64_t bytes);

void peer_reads(struct peer *peer, const char *name, int64_t bytes);

void peer_reports(struct peer *peer, uint32_t command, const char *message, const char *key,
		  const char *value);

/* The end, however often it is asked. */
void peer_finishes(struct peer *peer);

/* name: of an earlier request, or empty, which is to be acknowledged. */
void peer_says_done(struct peer *peer, const char *name);

/* As boot ROM: the message with the length and the signature, then that many bytes. */
void peer_takes_bootcode(struct peer *peer, const char *name, uint32_t bytes,
			 const uint8_t signature[20]);

void peer_returns_status(struct peer *peer, int32_t status);

#endif
