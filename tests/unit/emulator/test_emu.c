/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated board detects all errors of a host. All other tests of conversations depend on this.
 */
#include "tests/test.h"
#include "tests/emulator/emu.h"
#include "util/util.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES  40000 /* more than one block of the comparison, and no multiple of it */
#define PIECE_BYTES 4096
#define MESSAGE	    260
#define ENDPOINT    1
#define NOT_WRONG   -1

struct fixture {
	char dir[32];
	uint8_t file[FILE_BYTES];
};

static int setup(void **state)
{
	static struct fixture fixture;
	char path[64];
	FILE *file;

	snprintf(fixture.dir, sizeof(fixture.dir), "/tmp/emu.XXXXXX");
	if (!mkdtemp(fixture.dir))
		return -1;
	for (size_t i = 0; i < FILE_BYTES; i++)
		fixture.file[i] = (uint8_t)(i * 7 + i / 251);
	snprintf(path, sizeof(path), "%s/start4.elf", fixture.dir);
	file = fopen(path, "wb");
	if (!file || fwrite(fixture.file, 1, FILE_BYTES, file) != FILE_BYTES || fclose(file) != 0)
		return -1;
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	char path[64];

	snprintf(path, sizeof(path), "%s/start4.elf", fixture->dir);
	remove(path);
	return rmdir(fixture->dir);
}

FIXTURE_ONCE(setup, teardown)

static void control(struct emu *emu, uint8_t type, uint32_t length, uint8_t *data)
{
	const uint8_t setup_bytes[8] = {type,
					0,
					(uint8_t)length,
					(uint8_t)(length >> 8),
					(uint8_t)(length >> 16),
					(uint8_t)(length >> 24)};
	size_t size = type == 0xc0 ? length : 0;

	assert_int_equal(emu_control(emu, setup_bytes, data, size, 0), size);
}

/* Serves the requested file up to `bytes`, with the byte at `wrong` flipped. A file that is sent
 * whole is followed by Done. */
static void serve(struct emu *emu, const struct fixture *fixture, long wrong, size_t bytes)
{
	uint8_t message[MESSAGE], piece[PIECE_BYTES];

	control(emu, 0xc0, MESSAGE, message);
	assert_string_equal((char *)message + 4, "start4.elf");
	control(emu, 0x40, FILE_BYTES, NULL);
	for (size_t done = 0; done < bytes;) {
		size_t n = bytes - done < PIECE_BYTES ? bytes - done : PIECE_BYTES;

		memcpy(piece, fixture->file + done, n);
		if (wrong >= (long)done && wrong < (long)(done + n))
			piece[wrong - (long)done] ^= 1;
		assert_int_equal(emu_bulk_out(emu, ENDPOINT, piece, n, 0), n);
		done += n;
	}
	if (bytes == FILE_BYTES)
		control(emu, 0xc0, MESSAGE, message);
}

static const struct {
	long wrong;
	size_t bytes;
	const char *why;
} rows[] = {
	{NOT_WRONG, FILE_BYTES, ""},
	{0, FILE_BYTES, "start4.elf: wrong bytes"},
	{FILE_BYTES / 2, FILE_BYTES, "start4.elf: wrong bytes"},
	{FILE_BYTES - 1, FILE_BYTES, "start4.elf: wrong bytes"},
	{NOT_WRONG, FILE_BYTES / 2, "the script was left"},
	{FILE_BYTES / 2 - 1, FILE_BYTES / 2, "start4.elf: wrong bytes"},
};

TEST(a_wrong_answer_is_detected)
{
	const struct fixture *fixture = *state;
	static const struct emu_step steps[] = {
		{.verb = EMU_READ, .name = "start4.elf", .content = "start4.elf"},
		{.verb = EMU_DONE},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct emu *emu = emu_new(&(struct emu_config){.chip = EMU_BCM2711,
							       .truth = fixture->dir,
							       .steps = steps,
							       .step_count = array_size(steps),
							       .starts_in_second_stage = true},
					  0);
		char why[256] = "";

		assert_non_null(emu);
		serve(emu, fixture, rows[i].wrong, rows[i].bytes);
		assert_int_equal(emu_verdict(emu, why, sizeof(why)), *rows[i].why ? -1 : 0);
		assert_memory_equal(why, rows[i].why, strlen(rows[i].why));
		emu_free(emu);
	}
}
