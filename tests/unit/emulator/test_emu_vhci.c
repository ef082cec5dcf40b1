/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict keeps the errors of the host when a board is unplugged in any stage. These tests need
 * no kernel: the transfers go directly to the model, and the board is never on a port. */
#include "tests/test.h"
#include "tests/emulator/emu_vhci_board.h"
#include "util/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES 1000
#define MESSAGE	   260
#define HEAD_BYTES 24

/* The action of the host before the board is unplugged. */
enum deed {
	NOTHING,
	HALF_A_BOOTCODE,
	WRONG_BOOTCODE, /* complete, but with one wrong bit */
	HALF_A_FILE,
	HALF_A_WRONG_FILE,
	DATA_WITHOUT_REQUEST,
	ALL,
	ALL_WRONG,
};

struct fixture {
	char dir[32], payload[64];
	struct vhci_board board;
};

static void put(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
}

static int setup(void **state)
{
	static struct fixture fixture;
	static const char payload[] = "read start4.elf\ndone\n";
	uint8_t bytes[FILE_BYTES] = {0};
	char path[64];

	snprintf(fixture.dir, sizeof(fixture.dir), "/tmp/emu-vhci.XXXXXX");
	assert_non_null(mkdtemp(fixture.dir));
	snprintf(fixture.payload, sizeof(fixture.payload), "%s/payload", fixture.dir);
	put(fixture.payload, payload, sizeof(payload) - 1);
	snprintf(path, sizeof(path), "%s/start4.elf", fixture.dir);
	put(path, bytes, sizeof(bytes));
	snprintf(path, sizeof(path), "%s/bootcode4.bin", fixture.dir);
	put(path, bytes, sizeof(bytes));
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"payload", "start4.elf", "bootcode4.bin"};
	struct fixture *fixture = *state;
	char path[64];

	for (size_t i = 0; i < array_size(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", fixture->dir, names[i]);
		remove(path);
	}
	return remove(fixture->dir);
}

FIXTURE_ONCE(setup, teardown)

static int control(struct emu *emu, uint8_t type, uint32_t length, uint8_t *data)
{
	const uint8_t bytes[8] = {type,
				  0,
				  (uint8_t)length,
				  (uint8_t)(length >> 8),
				  (uint8_t)(length >> 16),
				  (uint8_t)(length >> 24)};

	return emu_control(emu, bytes, data, type == 0xc0 ? length : 0, 0);
}

static void content_send(struct emu *emu, bool wrong, size_t bytes)
{
	uint8_t data[FILE_BYTES] = {0};

	data[bytes - 1] = wrong;
	assert_int_equal(control(emu, 0x40, FILE_BYTES, NULL), 0);
	assert_int_equal(emu_bulk_out(emu, 1, data, bytes, 0), bytes);
}

static void bootcode_send(struct emu *emu, bool wrong, size_t bytes)
{
	uint8_t head[HEAD_BYTES] = {FILE_BYTES & 0xff, FILE_BYTES >> 8}, status[4];

	assert_int_equal(control(emu, 0x40, HEAD_BYTES, NULL), 0);
	assert_int_equal(emu_bulk_out(emu, 1, head, HEAD_BYTES, 0), HEAD_BYTES);
	content_send(emu, wrong, bytes);
	if (bytes == FILE_BYTES)
		assert_int_equal(control(emu, 0xc0, sizeof(status), status), sizeof(status));
}

static void emu_pass(struct emu *emu)
{
	uint64_t next_ms;

	for (uint64_t now_ms = 0; now_ms < 10000; now_ms += 10)
		while (emu_tick(emu, now_ms, &next_ms))
			;
}

static void deed_do(struct emu *emu, enum deed deed)
{
	uint8_t message[MESSAGE] = {0};

	switch (deed) {
	case NOTHING:
		break;
	case HALF_A_BOOTCODE:
		bootcode_send(emu, false, FILE_BYTES / 2);
		break;
	case WRONG_BOOTCODE:
		bootcode_send(emu, true, FILE_BYTES);
		emu_pass(emu);
		break;
	case HALF_A_FILE:
	case HALF_A_WRONG_FILE:
		assert_int_equal(control(emu, 0xc0, MESSAGE, message), MESSAGE);
		content_send(emu, deed == HALF_A_WRONG_FILE, FILE_BYTES / 2);
		break;
	case DATA_WITHOUT_REQUEST:
		assert_true(emu_bulk_out(emu, 1, message, sizeof(message), 0) < 0);
		break;
	case ALL:
	case ALL_WRONG:
		assert_int_equal(control(emu, 0xc0, MESSAGE, message), MESSAGE);
		content_send(emu, deed == ALL_WRONG, FILE_BYTES);
		assert_int_equal(control(emu, 0xc0, MESSAGE, message), MESSAGE);
		emu_pass(emu);
		break;
	}
}

static const struct {
	const char *options;
	enum deed deed;
	int verdict;
} rows[] = {
	{"", NOTHING, 0},
	{"", HALF_A_BOOTCODE, 0},
	{"", WRONG_BOOTCODE, -1},
	{"", DATA_WITHOUT_REQUEST, -1},
	{",second_stage=1", NOTHING, 0},
	{",second_stage=1", HALF_A_FILE, 0},
	{",second_stage=1", HALF_A_WRONG_FILE, -1},
	{",second_stage=1", DATA_WITHOUT_REQUEST, -1},
	{",second_stage=1,after=msd", ALL, 0},
	{",second_stage=1,after=msd", ALL_WRONG, -1},
	{",second_stage=1,after=nothing", ALL, 0},
	{",second_stage=1,after=nothing", ALL_WRONG, -1},
	/* The board ended in an unexpected way. */
	{",second_stage=1,after=nothing,fault=stall,fault_step=9", ALL, -1},
};

/* An error counts however the board ends, and in all its later runs. */
TEST(errors_of_the_host_outlive_the_board)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < array_size(rows); i++) {
		struct vhci_board board;
		char options[256];

		snprintf(options, sizeof(options), "chip=2711,truth=%s,payload=%s%s", fixture->dir,
			 fixture->payload, rows[i].options);
		assert_int_equal(vhci_board_init(&board, (unsigned int)i, options), 0);
		assert_int_equal(vhci_board_plug(&board, 0), 0);
		deed_do(board.emu, rows[i].deed);
		vhci_board_unplug(&board, 0);
		assert_int_equal(vhci_board_verdict(&board), rows[i].verdict);
		assert_int_equal(vhci_board_plug(&board, 0), 0);
		vhci_board_unplug(&board, 0);
		assert_int_equal(vhci_board_verdict(&board), rows[i].verdict);
		vhci_board_clear(&board, 0);
	}
}
