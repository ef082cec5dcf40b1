/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations with faults: invalid messages, a boot ROM that refuses, and every transfer that can
 * fail. */
#include "tests/test.h"
#include "tests/unit/boot/boot_peer.h"
#include "util/util.h"

#include <stdio.h>
#include <stdlib.h>

static const uint8_t no_signature[20];

/* Asserts that boot_step() fails with this code and a message with this word, also when it is
 * called again, and when the caller passes no error. */
static void check_fails(struct peer *peer, int code, const char *word)
{
	for (int i = 0; i < 2; i++) {
		struct error err = {};

		assert_int_equal(boot_step(peer->boot, &peer->xfer, &err), code);
		assert_int_equal(err.code, code);
		if (!strstr(err.text, word))
			fail_msg("'%s' does not have '%s'", err.text, word);
		assert_int_equal(boot_step(peer->boot, &peer->xfer, NULL), code);
	}
	assert_false(boot_said_done(peer->boot));
}

TEST(a_bad_status_of_the_rom_fails)
{
	static const struct {
		uint16_t product;
		const char *bootcode;
		int32_t status;
		const char *word;
	} rows[] = {
		{0x2763, "bootcode.bin", 1, "bootcode.bin (status 1)"},
		{0x2764, "bootcode.bin", -1, "bootcode.bin (status -1)"},
		{0x2711, "bootcode4.bin", 256, "bootcode4.bin (status 256)"},
		{0x2712, "bootcode5.bin", INT32_MIN, "bootcode5.bin (status -2147483648)"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct peer peer;

		peer_init(&peer, rows[i].product, WIRE_STAGE_ROM, NULL);
		peer_takes_bootcode(&peer, rows[i].bootcode, 1000, no_signature);
		peer_returns_status(&peer, rows[i].status);
		check_fails(&peer, -EPERM, rows[i].word);
		assert_int_equal(boot_phase(peer.boot), BOOT_PHASE_ROM_STATUS);
		peer_done(&peer);
	}
}

TEST(a_short_status_fails)
{
	for (size_t size = 0; size < 4; size++) {
		struct peer peer;

		peer_init(&peer, 0x2711, WIRE_STAGE_ROM, NULL);
		peer_takes_bootcode(&peer, "bootcode4.bin", 1000, no_signature);
		peer_sends_bytes(&peer, 4, "\0\0\0\0", size);
		check_fails(&peer, -EBADMSG, "status");
		peer_done(&peer);
	}
}

static void check_nonsense(const uint8_t *message, size_t size, const char *word)
{
	struct peer peer;

	peer_init(&peer, 0x2711, WIRE_STAGE_FILES, NULL);
	peer_reads(&peer, "config.txt", 5); /* a short message must not end with these bytes */
	peer_sends_bytes(&peer, 260, message, size);
	check_fails(&peer, -EBADMSG, word);
	assert_int_equal(boot_phase(peer.boot), BOOT_PHASE_IDLE);
	peer_done(&peer);
}

TEST(a_bad_message_fails)
{
	static const uint32_t commands[] = {3, 256, 0x7fffffff, 0x80000000, 0xffffffff};
	uint8_t message[260];

	peer_message(message, 1, "config.txt");
	for (size_t size = 0; size < 260; size++)
		check_nonsense(message, size, "bytes");
	for (size_t i = 0; i < array_size(commands); i++) {
		peer_message(message, commands[i], "config.txt");
		check_nonsense(message, 260, "command");
		peer_message(message, commands[i], "*MAC_ADDR*x");
		check_nonsense(message, 260, "command");
	}
	memset(message, 0, 4);
	memset(message + 4, 'n', 256);
	for (uint8_t command = 0; command <= 3; command++) {
		message[0] = command;
		if (command != WIRE_DONE)
			check_nonsense(message, 260, "no terminating zero byte");
	}
}

/* A transfer, its phase, and whether its failure ends the conversation. */
struct place {
	enum xfer_kind kind;
	uint32_t length;
	enum boot_phase phase;
	bool tolerated;
};

struct message {
	uint32_t command;
	const char *name;
};

struct conversation {
	enum wire_stage stage;
	int64_t file_bytes;
	const struct message *messages; /* the messages of the board in their order */
	const struct place *places;
	size_t place_count;
};

/* Goes on to the next transfer. All files exist. */
static int next_xfer(struct boot *boot, const struct conversation *c, struct xfer *ret)
{
	for (;;) {
		int step = boot_step(boot, ret, NULL);

		if (step == BOOT_FILE)
			boot_give_file(boot, c->file_bytes);
		else if (step != BOOT_SENT && step != BOOT_METADATA)
			return step;
	}
}

/* Plays up to the transfer at fault_place, which fails with the code. */
static void check_fault(const struct conversation *c, size_t fault_place, int code)
{
	size_t message = 0;
	struct peer peer;

	peer_init(&peer, 0x2711, c->stage, NULL);
	for (size_t i = 0; i <= fault_place; i++) {
		const struct place *place = &c->places[i];
		bool fails = i == fault_place;

		assert_int_equal(next_xfer(peer.boot, c, &peer.xfer), BOOT_XFER);
		assert_int_equal(peer.xfer.kind, place->kind);
		assert_int_equal(place->kind == XFER_CONTROL_OUT ? peer.xfer.value
								 : peer.xfer.length,
				 place->length);
		assert_int_equal(boot_phase(peer.boot), place->phase);
		if (place->length == 260) {
			peer_message(peer.xfer.data, c->messages[message].command,
				     c->messages[message].name);
			message++;
		}
		assert_int_equal(boot_xfer_done(peer.boot, fails ? code : 0, place->length),
				 fails && !place->tolerated ? code : 0);
		/* boot_phase() still returns the interrupted phase. */
		if (fails && !place->tolerated)
			assert_int_equal(boot_phase(peer.boot), place->phase);
	}
	if (c->places[fault_place].tolerated)
		peer_finishes(&peer);
	peer_done(&peer);
}

static void check_faults(const struct conversation *c)
{
	static const int codes[] = {-ENODEV, -EPIPE, -EIO, -ECANCELED};

	for (size_t place = 0; place < c->place_count; place++)
		for (size_t i = 0; i < array_size(codes); i++)
			check_fault(c, place, codes[i]);
}

TEST(a_failed_transfer_of_the_rom_fails_the_boot)
{
	static const struct place places[] = {
		{XFER_CONTROL_OUT, 24, BOOT_PHASE_ROM_SENDING, false},
		{XFER_BULK_OUT, 24, BOOT_PHASE_ROM_SENDING, false},
		{XFER_CONTROL_OUT, 1000, BOOT_PHASE_ROM_SENDING, false},
		{XFER_BULK_OUT, 1000, BOOT_PHASE_ROM_SENDING, false},
		{XFER_CONTROL_IN, 4, BOOT_PHASE_ROM_STATUS, false},
	};
	const struct conversation rom = {
		.stage = WIRE_STAGE_ROM,
		.file_bytes = 1000,
		.places = places,
		.place_count = array_size(places),
	};

	check_faults(&rom);
}

TEST(a_failed_transfer_of_a_file_fails_the_boot)
{
	static const struct place places[] = {
		{XFER_CONTROL_IN, 260, BOOT_PHASE_IDLE, false}, /* size */
		{XFER_CONTROL_OUT, 7, BOOT_PHASE_ANSWERING, false},
		{XFER_CONTROL_IN, 260, BOOT_PHASE_IDLE, false}, /* read */
		{XFER_CONTROL_OUT, 7, BOOT_PHASE_ANSWERING, false},
		{XFER_BULK_OUT, 7, BOOT_PHASE_ANSWERING, false},
		{XFER_CONTROL_IN, 260, BOOT_PHASE_IDLE, false}, /* metadata */
		{XFER_CONTROL_OUT, 0, BOOT_PHASE_ANSWERING, false},
		{XFER_CONTROL_IN, 260, BOOT_PHASE_IDLE, false}, /* done */
		{XFER_CONTROL_OUT, 0, BOOT_PHASE_FINISHED, true},
	};
	static const struct message messages[] = {
		{0, "start4.elf"},
		{1, "start4.elf"},
		{1, "*A*b"},
		{0, ""},
	};
	const struct conversation files = {
		.stage = WIRE_STAGE_FILES,
		.file_bytes = 7,
		.messages = messages,
		.places = places,
		.place_count = array_size(places),
	};

	check_faults(&files);
}

TEST(freeing_null_does_nothing)
{
	assert_null(boot_free(NULL));
}
