/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated disk, as seen by the driver of a host. */
#include "tests/test.h"
#include "tests/emulator/emu_disk.h"
#include "util/util.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLOCKS 8

struct fixture {
	FILE *file;
	struct emu_disk *disk;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture.file = tmpfile();
	if (!fixture.file || ftruncate(fileno(fixture.file), BLOCKS * 512) < 0)
		return -1;
	fixture.disk = emu_disk_new(&(struct emu_disk_config){
		.vendor = "RPi-MSD-",
		.product = "0001",
		.fd = fileno(fixture.file),
		.bytes = BLOCKS * 512,
	});
	*state = &fixture;
	return fixture.disk ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	fixture->disk = emu_disk_free(fixture->disk);
	return fclose(fixture->file);
}

FIXTURE_EACH(setup, teardown)

static void command(struct emu_disk *disk, const uint8_t *cdb, size_t size, uint32_t length,
		    bool in)
{
	uint8_t cbw[31] = "USBC\1\2\3\4";

	for (int i = 0; i < 4; i++)
		cbw[8 + i] = (uint8_t)(length >> 8 * i);
	cbw[12] = in ? 0x80 : 0;
	cbw[14] = (uint8_t)size;
	memcpy(cbw + 15, cdb, size);
	assert_int_equal(emu_disk_bulk_out(disk, cbw, sizeof(cbw)), sizeof(cbw));
}

static void status(struct emu_disk *disk, uint16_t residue, uint8_t code)
{
	uint8_t want[13] = "USBS\1\2\3\4", csw[512];

	want[8] = (uint8_t)residue;
	want[9] = (uint8_t)(residue >> 8);
	want[12] = code;
	assert_int_equal(emu_disk_bulk_in(disk, csw, sizeof(csw)), 13);
	assert_memory_equal(csw, want, 13);
	assert_int_equal(emu_disk_bulk_in(disk, csw, sizeof(csw)), -EAGAIN);
}

TEST(inquiry_returns_the_names)
{
	struct emu_disk *disk = ((struct fixture *)*state)->disk;
	uint8_t reply[64];

	command(disk, (uint8_t[]){0x12, 0, 0, 0, 36, 0}, 6, 36, true);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 36), 36);
	assert_memory_equal(reply + 8, "RPi-MSD-0001            0001", 28);
	status(disk, 0, 0);
	/* The host first allocates less than the reply, and then more. */
	command(disk, (uint8_t[]){0x12, 0, 0, 0, 5, 0}, 6, 5, true);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 5), 5);
	status(disk, 0, 0);
	command(disk, (uint8_t[]){0x12, 0, 0, 0, 64, 0}, 6, 64, true);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 64), 36);
	status(disk, 64 - 36, 0);
}

TEST(capacity_is_that_of_the_last_block)
{
	struct emu_disk *disk = ((struct fixture *)*state)->disk;
	uint8_t reply[32], want[12] = {0};

	want[7] = BLOCKS - 1;
	want[10] = 2;
	command(disk, (uint8_t[]){0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 10, 8, true);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 8), 8);
	assert_memory_equal(reply, want + 4, 8);
	status(disk, 0, 0);
	command(disk, (uint8_t[]){0x9e, 0x10, [13] = 32, [15] = 0}, 16, 32, true);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 32), 32);
	assert_memory_equal(reply, want, 12);
	status(disk, 0, 0);
}

TEST(written_blocks_are_in_the_file_and_come_back)
{
	struct fixture *fixture = *state;
	struct emu_disk *disk = fixture->disk;
	uint8_t data[1024], back[1024], reply[32];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	command(disk, (uint8_t[]){0x2a, 0, 0, 0, 0, 3, 0, 0, 2, 0}, 10, 1024, false);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 13), -EAGAIN);
	assert_int_equal(emu_disk_bulk_out(disk, data, 512), 512);
	assert_int_equal(emu_disk_bulk_out(disk, data + 512, 512), 512);
	status(disk, 0, 0);
	assert_int_equal(pread(fileno(fixture->file), back, 1024, 3 * 512), 1024);
	assert_memory_equal(back, data, 1024);
	memset(back, 0, sizeof(back));
	command(disk, (uint8_t[]){0x88, [9] = 3, [13] = 2, [15] = 0}, 16, 1024, true);
	assert_int_equal(emu_disk_bulk_in(disk, back, 512), 512);
	assert_int_equal(emu_disk_bulk_in(disk, back + 512, 512), 512);
	assert_memory_equal(back, data, 1024);
	status(disk, 0, 0);
	assert_int_equal(emu_disk_written(disk), 1024);
	assert_int_equal(emu_disk_read(disk), 1024);
}

static void sense_is(struct emu_disk *disk, uint8_t key, uint8_t code)
{
	uint8_t reply[18];

	command(disk, (uint8_t[]){0x03, 0, 0, 0, 18, 0}, 6, 18, true);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 18), 18);
	assert_int_equal(reply[2], key);
	assert_int_equal(reply[12], code);
	status(disk, 0, 0);
}

TEST(writing_past_the_end_fails_with_sense_data)
{
	struct emu_disk *disk = ((struct fixture *)*state)->disk;
	uint8_t data[512] = {1};

	command(disk, (uint8_t[]){0x2a, 0, 0, 0, 0, BLOCKS, 0, 0, 1, 0}, 10, 512, false);
	assert_int_equal(emu_disk_bulk_out(disk, data, 512), 512);
	status(disk, 512, 1);
	assert_int_equal(emu_disk_written(disk), 0);
	sense_is(disk, 0x05, 0x21);
}

TEST(unknown_command_fails_with_no_data)
{
	struct emu_disk *disk = ((struct fixture *)*state)->disk;
	uint8_t reply[18];

	command(disk, (uint8_t[]){0xee, 0, 0, 0, 0, 0}, 6, 16, true);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 16), 0);
	status(disk, 16, 1);
}

TEST(an_invalid_command_stalls_until_reset)
{
	struct emu_disk *disk = ((struct fixture *)*state)->disk;
	uint8_t nonsense[31] = "no command wrapper", lun = 9;

	assert_int_equal(emu_disk_bulk_out(disk, nonsense, sizeof(nonsense)), -EPIPE);
	assert_int_equal(emu_disk_control(disk, (uint8_t[8]){0x21, 0xff}, NULL, 0), 0);
	/* a command without bytes */
	assert_int_equal(emu_disk_bulk_out(disk, (uint8_t[31]){"USBC"}, 31), -EPIPE);
	assert_int_equal(emu_disk_bulk_in(disk, nonsense, sizeof(nonsense)), -EPIPE);
	assert_int_equal(emu_disk_control(disk, (uint8_t[8]){0x21, 0xff}, NULL, 0), 0);
	command(disk, (uint8_t[]){0, 0, 0, 0, 0, 0}, 6, 0, false);
	status(disk, 0, 0);
	assert_int_equal(emu_disk_control(disk, (uint8_t[8]){0xa1, 0xfe, [6] = 1}, &lun, 1), 1);
	assert_int_equal(lun, 0);
	assert_int_equal(emu_disk_control(disk, (uint8_t[8]){0x21, 0x20}, NULL, 0), -EPIPE);
}

/* The host expects less data than the command moves. No real host does this, so both sides report
 * it. */
TEST(less_room_than_the_command_moves_is_a_phase_error)
{
	struct emu_disk *disk = ((struct fixture *)*state)->disk;
	uint8_t data[512] = {0};

	command(disk, (uint8_t[]){0x2a, 0, 0, 0, 0, 0, 0, 0, 2, 0}, 10, 512, false);
	assert_int_equal(emu_disk_bulk_out(disk, data, 512), 512);
	status(disk, 0, 2);
	command(disk, (uint8_t[]){0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0}, 10, 0, true);
	status(disk, 0, 2);
	command(disk, (uint8_t[]){0, 0, 0, 0, 0, 0}, 6, 0, false);
	status(disk, 0, 0);
}

/* Makes a disk with the same content and a fault. */
static struct emu_disk *disk_with(struct fixture *fixture, struct emu_disk_config config)
{
	config.vendor = config.product = "";
	config.fd = fileno(fixture->file);
	config.bytes = BLOCKS * 512;
	emu_disk_free(fixture->disk);
	fixture->disk = emu_disk_new(&config);
	assert_non_null(fixture->disk);
	return fixture->disk;
}

static void write_four_blocks(struct emu_disk *disk, uint8_t data[2048])
{
	memset(data, 0x55, 2048);
	command(disk, (uint8_t[]){0x2a, 0, 0, 0, 0, 2, 0, 0, 4, 0}, 10, 2048, false);
}

TEST(protected_disk_refuses_writes_and_keeps_its_content)
{
	struct fixture *fixture = *state;
	struct emu_disk *disk = disk_with(fixture, (struct emu_disk_config){.read_only = true});
	uint8_t data[2048], reply[8], back[512], zeros[512] = {0};

	command(disk, (uint8_t[]){0x1a, 0, 0x3f, 0, 4, 0}, 6, 4, true);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 4), 4);
	assert_int_equal(reply[2], 0x80);
	status(disk, 0, 0);
	command(disk, (uint8_t[]){0x5a, 0, 0x3f, [8] = 8, [9] = 0}, 10, 8, true);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 8), 8);
	assert_int_equal(reply[3], 0x80);
	status(disk, 0, 0);
	write_four_blocks(disk, data);
	assert_int_equal(emu_disk_bulk_out(disk, data, 2048), 2048);
	status(disk, 2048, 1);
	sense_is(disk, 0x07, 0x27);
	assert_int_equal(pread(fileno(fixture->file), back, 512, 2 * 512), 512);
	assert_memory_equal(back, zeros, 512);
}

TEST(bad_block_fails_writes_and_the_blocks_before_it_are_good)
{
	struct fixture *fixture = *state;
	struct emu_disk *disk =
		disk_with(fixture, (struct emu_disk_config){.fault = EMU_DISK_FAULT_WRITE,
							    .fault_offset = 3 * 512 + 7});
	uint8_t data[2048], back[1024], zeros[512] = {0};

	write_four_blocks(disk, data);
	assert_int_equal(emu_disk_bulk_out(disk, data, 2048), 2048);
	status(disk, 2048 - 512, 1);
	sense_is(disk, 0x03, 0x0c);
	assert_int_equal(pread(fileno(fixture->file), back, 1024, 2 * 512), 1024);
	assert_memory_equal(back, data, 512);
	assert_memory_equal(back + 512, zeros, 512);
	assert_int_equal(emu_disk_written(disk), 512);
}

TEST(bad_block_fails_reads_and_the_blocks_before_it_are_read)
{
	struct emu_disk *disk =
		disk_with(*state, (struct emu_disk_config){.fault = EMU_DISK_FAULT_READ,
							   .fault_offset = 2 * 512});
	uint8_t data[2048];

	command(disk, (uint8_t[]){0x28, 0, 0, 0, 0, 1, 0, 0, 4, 0}, 10, 2048, true);
	assert_int_equal(emu_disk_bulk_in(disk, data, 2048), 512);
	status(disk, 2048 - 512, 1);
	sense_is(disk, 0x03, 0x11);
	command(disk, (uint8_t[]){0x28, 0, 0, 0, 0, 3, 0, 0, 1, 0}, 10, 512, true);
	assert_int_equal(emu_disk_bulk_in(disk, data, 512), 512);
	status(disk, 0, 0);
}

TEST(flipped_bit_is_not_reported)
{
	struct emu_disk *disk =
		disk_with(*state, (struct emu_disk_config){.fault = EMU_DISK_FAULT_FLIP,
							   .fault_offset = 3 * 512 + 100});
	uint8_t data[2048], back[2048];

	write_four_blocks(disk, data);
	assert_int_equal(emu_disk_bulk_out(disk, data, 2048), 2048);
	status(disk, 0, 0);
	command(disk, (uint8_t[]){0x28, 0, 0, 0, 0, 2, 0, 0, 4, 0}, 10, 2048, true);
	assert_int_equal(emu_disk_bulk_in(disk, back, 2048), 2048);
	status(disk, 0, 0);
	data[512 + 100] ^= 0x10;
	assert_memory_equal(back, data, 2048);
}

TEST(vanished_disk_answers_nothing)
{
	struct emu_disk *disk =
		disk_with(*state, (struct emu_disk_config){.fault = EMU_DISK_FAULT_VANISH,
							   .fault_offset = 4 * 512});
	uint8_t data[2048], reply[13];

	write_four_blocks(disk, data);
	assert_int_equal(emu_disk_bulk_out(disk, data, 1024), 1024);
	assert_int_equal(emu_disk_bulk_out(disk, data, 1024), -ENODEV);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 13), -ENODEV);
	assert_int_equal(emu_disk_control(disk, (uint8_t[8]){0x21, 0xff}, NULL, 0), -ENODEV);
}

/* With 1024 bytes per second, the second half of 2048 bytes waits one second, and the status
 * another one. */
TEST(slow_disk_keeps_its_rate)
{
	struct emu_disk *disk = disk_with(*state, (struct emu_disk_config){.bytes_per_s = 1024});
	uint8_t data[2048], reply[13];

	assert_true(emu_disk_tick(disk, 5000) == UINT64_MAX);
	write_four_blocks(disk, data);
	assert_int_equal(emu_disk_bulk_out(disk, data, 1024), 1024);
	assert_int_equal(emu_disk_bulk_out(disk, data, 1024), -EAGAIN);
	assert_int_equal(emu_disk_tick(disk, 5999), 6000);
	assert_int_equal(emu_disk_bulk_out(disk, data, 1024), -EAGAIN);
	assert_true(emu_disk_tick(disk, 6000) == UINT64_MAX);
	assert_int_equal(emu_disk_bulk_out(disk, data, 1024), 1024);
	assert_int_equal(emu_disk_bulk_in(disk, reply, 13), -EAGAIN);
	assert_int_equal(emu_disk_tick(disk, 6100), 7000);
	assert_true(emu_disk_tick(disk, 7000) == UINT64_MAX);
	status(disk, 0, 0);
}
