/* SPDX-License-Identifier: Apache-2.0 */
/* Whole conversations of docs/protocol.md, sections 3 and 4. A simulated board checks every
 * transfer. test_boot_faults.c tests faults. */
#include "tests/test.h"
#include "tests/unit/boot/boot_peer.h"
#include "boot/chip.h"
#include "util/error.h"
#include "util/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t no_signature[20];

/* Plays a request: "name" is GetFileSize and ReadFile, "name?" only GetFileSize, "name!" only
 * ReadFile, "name-" is a missing file, "*KEY*VALUE" is metadata. The sizes are arbitrary. */
static void play_request(struct peer *peer, const char *request)
{
	size_t length = strlen(request);
	char name[64], kind = request[length - 1];

	if (!strcmp(request, "Done")) {
		peer_sends_done(peer, "stale.bin");
		return;
	}
	if (request[0] == '*') {
		char *star;

		snprintf(name, sizeof(name), "%s", request + 1);
		star = strchr(name, '*');
		*star = '\0';
		peer_reports(peer, 0, request, name, star + 1);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(strchr("?!-", kind) ? length - 1 : length),
		 request);
	if (kind != '!')
		peer_asks_size(peer, name, kind == '-' ? -1 : 100000 + (int64_t)length);
	if (kind != '-' && kind != '?')
		peer_reads(peer, name, 100000 + (int64_t)length);
}

static void play(uint16_t product, const char *requests)
{
	cleanup_free char *copy = strdup(requests);
	char *state = NULL;
	struct peer peer;

	peer_init(&peer, product, WIRE_STAGE_FILES, NULL);
	for (char *request = strtok_r(copy, " ", &state); request;
	     request = strtok_r(NULL, " ", &state)) {
		assert_false(boot_said_done(peer.boot));
		play_request(&peer, request);
	}
	assert_true(boot_said_done(peer.boot));
	peer_done(&peer);
}

/* Each row is a row of the table of request orders in docs/protocol.md, section 4. ReadFile follows
 * GetFileSize if the file exists. */
TEST(each_order_of_requests_is_served)
{
	static const struct {
		uint16_t product;
		const char *bootcode, *requests;
	} rows[] = {
		{0x2764, "bootcode.bin",
		 "autoboot.txt- config.txt- recovery.elf- start.elf fixup.dat- Done"},
		{0x2763, "bootcode.bin",
		 "autoboot.txt- config.txt recovery.elf- start_cd.elf fixup_cd.dat recovery.elf- "
		 "config.txt config.txt dt-blob.bin- config.txt cmdline.txt- kernel.img "
		 "bcm2708-rpi-cm.dtb config.txt overlays/dwc2.dtbo Done"},
		{0x2711, "bootcode4.bin", "config.txt- pieeprom.sig- start4.elf fixup4.dat- Done"},
		{0x2711, "bootcode4.bin",
		 "mcb.bin memsys00.bin memsys01.bin memsys02.bin memsys03.bin memsys04.bin "
		 "memsys05.bin memsys06.bin memsys07.bin memsys08.bin bootmain config.txt boot.img "
		 "Done"},
		{0x2711, "bootcode4.bin",
		 "config.txt pieeprom.bin? pieeprom.bin? pieeprom.sig pieeprom.bin! "
		 "*USER_SERIAL_NUM*12345678 *MAC_ADDR*d8:3a:dd:00:00:01 Done"},
		{0x2711, "bootcode4.bin",
		 "config.txt pieeprom.bin- pieeprom.upd- *EEPROM_UPDATE*failed *BOOT_ROM*0a Done"},
		{0x2712, "bootcode5.bin",
		 "mcb.bin memsys00 memsys01 rp1c0fw1.bin memsys02 rp1c0fw2.bin memsys03 bootmain "
		 "config.txt boot.img Done"},
		{0x2712, "bootcode5.bin",
		 "config.txt pieeprom.bin pieeprom.sig *CUSTOMER_KEY_HASH*00ff Done"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct peer rom;

		peer_init(&rom, rows[i].product, WIRE_STAGE_ROM, NULL);
		peer_takes_bootcode(&rom, rows[i].bootcode, 53248 + (uint32_t)i, no_signature);
		peer_returns_status(&rom, 0);
		peer_finishes(&rom);
		assert_false(boot_said_done(rom.boot));
		peer_done(&rom);
		play(rows[i].product, rows[i].requests);
	}
}

TEST(the_signature_is_sent_with_the_length)
{
	uint8_t signature[20], want[20];
	struct peer peer;

	for (size_t i = 0; i < sizeof(signature); i++)
		signature[i] = want[i] = (uint8_t)(0xf0 + i);
	peer_init(&peer, 0x2763, WIRE_STAGE_ROM, signature);
	memset(signature, 0, sizeof(signature)); /* boot.c has copied it */
	peer_takes_bootcode(&peer, "bootcode.bin", 0x12345, want);
	peer_returns_status(&peer, 0);
	peer_finishes(&peer);
	peer_done(&peer);
}

/* The sizes are 0, more than 16 bits, and the maximum. */
TEST(each_size_is_sent)
{
	static const int64_t sizes[] = {0, 1, 65535, 65536, 67108864, 0x7fffffff, -1};
	struct peer peer;

	peer_init(&peer, 0x2711, WIRE_STAGE_FILES, NULL);
	for (size_t i = 0; i < array_size(sizes); i++) {
		peer_asks_size(&peer, "boot.img", sizes[i]);
		peer_reads(&peer, "boot.img", sizes[i]);
	}
	peer_sends_done(&peer, "");
	peer_done(&peer);
}

/* The host keeps no state between two requests. */
TEST(requests_are_independent)
{
	struct peer peer;
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	peer_init(&peer, 0x2712, WIRE_STAGE_FILES, NULL);
	peer_reads(&peer, "a", 10); /* without GetFileSize */
	peer_asks_size(&peer, "b", 20);
	peer_asks_size(&peer, "b", 20);
	peer_reads(&peer, "c", 30);
	peer_reads(&peer, "b", -1); /* deleted in the meantime */
	peer_reads(&peer, "b", 21);
	peer_reads(&peer, "b", 21);
	peer_asks_size(&peer, name, 40);
	peer_reads(&peer, name, 40);
	peer_asks_size(&peer, "../x", -1); /* the caller checks names */
	peer_sends_done(&peer, "c");
	peer_done(&peer);
}

TEST(each_form_of_done_ends_the_boot)
{
	static const struct {
		uint32_t command;
		const char *name;
		bool acknowledged;
	} rows[] = {
		{2, "stale.bin", false}, {2, "*MAC_ADDR*stale", false},
		{2, "", true},		 {0, "", true},
		{1, "", true},		 {3, "", true},
		{0xffffffff, "", true},
	};

	for (size_t i = 0; i < array_size(rows); i++)
		for (int fails = 0; fails < (rows[i].acknowledged ? 2 : 1); fails++) {
			struct peer peer;

			peer_init(&peer, 0x2711, WIRE_STAGE_FILES, NULL);
			peer_sends(&peer, rows[i].command, rows[i].name);
			if (rows[i].acknowledged) {
				peer_wants(&peer, XFER_CONTROL_OUT, 0);
				assert_int_equal(boot_phase(peer.boot), BOOT_PHASE_FINISHED);
				/* The board may have left already. */
				assert_int_equal(boot_xfer_done(peer.boot, fails ? -ENODEV : 0, 0),
						 0);
			}
			peer_finishes(&peer);
			assert_true(boot_said_done(peer.boot));
			peer_done(&peer);
		}
}

TEST(metadata_is_reported_and_acknowledged)
{
	static const struct {
		const char *message, *key, *value;
	} rows[] = {
		{"*MAC_ADDR*d8:3a:dd:00:00:01", "MAC_ADDR", "d8:3a:dd:00:00:01"},
		{"*A*b*c", "A", "b*c"},
		{"*A*", "A", ""},
		{"*A", "A", ""},
		{"**b", "", "b"},
		{"*", "", ""},
		{"*../x*../../y\n", "../x", "../../y\n"},
	};
	static const uint16_t products[] = {0x2711, 0x2712};
	struct peer peer;

	for (size_t p = 0; p < array_size(products); p++) {
		peer_init(&peer, products[p], WIRE_STAGE_FILES, NULL);
		for (uint32_t command = 0; command <= 1; command++)
			for (size_t i = 0; i < array_size(rows); i++) {
				peer_reports(&peer, command, rows[i].message, rows[i].key,
					     rows[i].value);
				peer_reads(&peer, "config.txt", 5); /* files are still served */
			}
		peer_sends_done(&peer, "*A*b");
		peer_done(&peer);
	}
}

TEST(the_longest_metadata_is_whole)
{
	char message[256], key[256];
	struct peer peer;

	memset(message, 'k', 255);
	message[0] = '*';
	message[255] = '\0';
	strcpy(key, message + 1);
	peer_init(&peer, 0x2711, WIRE_STAGE_FILES, NULL);
	peer_reports(&peer, 1, message, key, "");
	message[254] = '*';
	key[253] = '\0';
	peer_reports(&peer, 0, message, key, "");
	peer_done(&peer);
}

/* Chips without metadata may request a file with such a name. */
TEST(only_some_chips_report_metadata)
{
	static const uint16_t products[] = {0x2763, 0x2764};
	struct peer peer;

	for (size_t i = 0; i < array_size(products); i++) {
		peer_init(&peer, products[i], WIRE_STAGE_FILES, NULL);
		peer_asks_size(&peer, "*MAC_ADDR*x", -1);
		peer_reads(&peer, "*MAC_ADDR*x", 7);
		peer_done(&peer);
	}
}
