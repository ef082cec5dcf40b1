/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/boot/boot_peer.h"

void peer_init(struct peer *peer, uint16_t product, enum wire_stage stage, const uint8_t *signature)
{
	const struct chip *chip = chip_by_id(0x0a5c, product);

	assert_non_null(chip);
	memset(peer, 0, sizeof(*peer));
	assert_int_equal(boot_new(&peer->boot, chip, stage, signature, NULL), 0);
	assert_int_equal(boot_phase(peer->boot),
			 stage == WIRE_STAGE_ROM ? BOOT_PHASE_ROM_SENDING : BOOT_PHASE_IDLE);
	assert_false(boot_said_done(peer->boot));
}

void peer_done(struct peer *peer)
{
	assert_null(boot_free(peer->boot));
	peer->boot = NULL;
}

void peer_step(struct peer *peer, enum boot_step want)
{
	struct error err = {};

	assert_int_equal(boot_step(peer->boot, &peer->xfer, &err), want);
	assert_int_equal(err.code, 0);
}

void peer_wants(struct peer *peer, enum xfer_kind kind, uint32_t length)
{
	memset(&peer->xfer, 0xa5, sizeof(peer->xfer));
	peer_step(peer, BOOT_XFER);
	assert_int_equal(peer->xfer.kind, kind);
	assert_int_equal(peer->xfer.length, kind == XFER_CONTROL_OUT ? 0 : length);
	if (kind != XFER_BULK_OUT) {
		assert_int_equal(peer->xfer.request, 0);
		assert_int_equal(peer->xfer.value, length & 0xffff);
		assert_int_equal(peer->xfer.index, length >> 16);
	}
	switch (kind) {
	case XFER_CONTROL_OUT:
		assert_int_equal(peer->xfer.timeout_ms, 3000);
		assert_null(peer->xfer.data);
		break;
	case XFER_BULK_OUT:
		assert_int_equal(peer->xfer.timeout_ms, 5000);
		assert_true(length > 0);
		break;
	case XFER_CONTROL_IN:
		assert_int_equal(peer->xfer.timeout_ms, length == 4 ? 20000 : 0);
		assert_non_null(peer->xfer.data);
		break;
	}
}

void peer_gets(struct peer *peer, enum xfer_kind kind, uint32_t length)
{
	peer_wants(peer, kind, length);
	assert_int_equal(
		boot_xfer_done(peer->boot, 0, kind == XFER_CONTROL_OUT ? 0 : peer->xfer.length), 0);
}

void peer_sends_bytes(struct peer *peer, uint32_t due, const void *bytes, size_t size)
{
	peer_wants(peer, XFER_CONTROL_IN, due);
	memcpy(peer->xfer.data, bytes, size);
	assert_int_equal(boot_xfer_done(peer->boot, 0, size), 0);
}

void peer_message(uint8_t ret[260], uint32_t command, const char *name)
{
	memset(ret, 'x', 260); /* bytes of an earlier message */
	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t)(command >> (8 * i));
	memcpy(ret + 4, name, strlen(name) + 1);
}

void peer_sends(struct peer *peer, uint32_t command, const char *name)
{
	uint8_t message[260];

	assert_int_equal(boot_phase(peer->boot), BOOT_PHASE_IDLE);
	peer_message(message, command, name);
	peer_sends_bytes(peer, 260, message, 260);
}

static void peer_is_answered(struct peer *peer, const char *name)
{
	assert_string_equal(boot_name(peer->boot), name);
	assert_int_equal(boot_phase(peer->boot), BOOT_PHASE_ANSWERING);
}

/* The host looks up the file. bytes: its size, or -1 (there is no such file). */
static void peer_is_looked_up(struct peer *peer, const char *name, int64_t bytes)
{
	peer_step(peer, BOOT_FILE);
	peer_is_answered(peer, name);
	boot_give_file(peer->boot, bytes);
	peer_is_answered(peer, name);
}

void peer_asks_size(struct peer *peer, const char *name, int64_t bytes)
{
	peer_sends(peer, 0, name);
	peer_is_looked_up(peer, name, bytes);
	peer_gets(peer, XFER_CONTROL_OUT, bytes < 0 ? 0 : (uint32_t)bytes);
	assert_int_equal(boot_phase(peer->boot), BOOT_PHASE_IDLE);
}

void peer_reads(struct peer *peer, const char *name, int64_t bytes)
{
	peer_sends(peer, 1, name);
	peer_is_looked_up(peer, name, bytes);
	peer_gets(peer, XFER_CONTROL_OUT, bytes < 0 ? 0 : (uint32_t)bytes);
	if (bytes > 0) {
		peer_is_answered(peer, name);
		peer_gets(peer, XFER_BULK_OUT, (uint32_t)bytes);
		assert_null(peer->xfer.data); /* the host reads it from the file */
	}
	if (bytes >= 0) {
		peer_step(peer, BOOT_SENT);
		assert_string_equal(boot_name(peer->boot), name);
	}
	assert_int_equal(boot_phase(peer->boot), BOOT_PHASE_IDLE);
}

void peer_reports(struct peer *peer, uint32_t command, const char *message, const char *key,
		  const char *value)
{
	peer_sends(peer, command, message);
	peer_step(peer, BOOT_METADATA);
	peer_is_answered(peer, key);
	assert_string_equal(boot_value(peer->boot), value);
	peer_gets(peer, XFER_CONTROL_OUT, 0);
	assert_int_equal(boot_phase(peer->boot), BOOT_PHASE_IDLE);
}

void peer_finishes(struct peer *peer)
{
	for (int i = 0; i < 3; i++) {
		peer_step(peer, BOOT_FINISHED);
		assert_int_equal(boot_phase(peer->boot), BOOT_PHASE_FINISHED);
	}
}

void peer_sends_done(struct peer *peer, const char *name)
{
	peer_sends(peer, 2, name);
	if (!name[0])
		peer_gets(peer, XFER_CONTROL_OUT, 0);
	peer_finishes(peer);
	assert_true(boot_said_done(peer->boot));
}

void peer_takes_bootcode(struct peer *peer, const char *name, uint32_t bytes,
			 const uint8_t signature[20])
{
	const uint8_t *message;

	peer_step(peer, BOOT_FILE);
	assert_string_equal(boot_name(peer->boot), name);
	boot_give_file(peer->boot, bytes);
	peer_gets(peer, XFER_CONTROL_OUT, 24);
	peer_wants(peer, XFER_BULK_OUT, 24);
	message = peer->xfer.data;
	assert_non_null(message);
	for (int i = 0; i < 4; i++)
		assert_int_equal(message[i], bytes >> (8 * i) & 0xff);
	assert_memory_equal(message + 4, signature, 20);
	assert_int_equal(boot_xfer_done(peer->boot, 0, 24), 0);
	peer_gets(peer, XFER_CONTROL_OUT, bytes);
	assert_int_equal(boot_phase(peer->boot), BOOT_PHASE_ROM_SENDING);
	peer_gets(peer, XFER_BULK_OUT, bytes);
	assert_null(peer->xfer.data);
	assert_int_equal(boot_phase(peer->boot), BOOT_PHASE_ROM_STATUS);
	peer_step(peer, BOOT_SENT);
	assert_string_equal(boot_name(peer->boot), name);
	assert_int_equal(boot_phase(peer->boot), BOOT_PHASE_ROM_STATUS);
}

void peer_returns_status(struct peer *peer, int32_t status)
{
	uint8_t bytes[4];

	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)((uint32_t)status >> (8 * i));
	peer_sends_bytes(peer, 4, bytes, 4);
}
