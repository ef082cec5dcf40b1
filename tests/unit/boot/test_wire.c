/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of the protocol, typed by hand from docs/protocol.md, sections 1, 3 and 4. */
#include "util/error.h"
#include "util/util.h"
#include "boot/wire.h"
#include "tests/test.h"

#include <stdio.h>
#include <errno.h>
#include <string.h>

#define ERROR_BADMSG (-EBADMSG)

TEST(sizes_and_commands_are_those_of_the_protocol)
{
	assert_int_equal(WIRE_BOOT_MESSAGE_SIZE, 24);
	assert_int_equal(WIRE_SIGNATURE_SIZE, 20);
	assert_int_equal(WIRE_STATUS_SIZE, 4);
	assert_int_equal(WIRE_FILE_MESSAGE_SIZE, 260);
	assert_int_equal(WIRE_NAME_SIZE, 256);
	assert_int_equal(WIRE_LENGTH_MAX, 0x7fffffff);
	assert_int_equal(WIRE_GET_FILE_SIZE, 0);
	assert_int_equal(WIRE_READ_FILE, 1);
	assert_int_equal(WIRE_DONE, 2);
}

TEST(the_serial_index_gives_the_stage)
{
	for (int index = 0; index < 256; index++)
		assert_int_equal(wire_stage((uint8_t)index),
				 index == 0 || index == 3 ? WIRE_STAGE_ROM : WIRE_STAGE_FILES);
}

TEST(a_boot_message_has_length_and_signature)
{
	static const uint8_t signature[20] = {0xff, 1,	2,  3,	4,  5,	6,  7,	8,  9,
					      10,   11, 12, 13, 14, 15, 16, 17, 18, 0xfe};
	static const uint8_t want[24] = {0x78, 0x56, 0x34, 0x12, 0xff, 1,  2,  3,
					 4,    5,    6,	   7,	 8,    9,  10, 11,
					 12,   13,   14,   15,	 16,   17, 18, 0xfe};
	static const uint8_t want_unsigned[24] = {0xff, 0xff, 0xff, 0x7f};
	uint8_t got[24 + 1];

	memset(got, 0xa5, sizeof(got));
	wire_put_boot_message(got, 0x12345678, signature);
	assert_memory_equal(got, want, 24);
	assert_int_equal(got[24], 0xa5);
	memset(got, 0xa5, sizeof(got));
	wire_put_boot_message(got, 0x7fffffff, NULL);
	assert_memory_equal(got, want_unsigned, 24);
	assert_int_equal(got[24], 0xa5);
}

TEST(a_status_is_little_endian)
{
	static const struct {
		uint8_t bytes[4];
		int32_t want;
	} rows[] = {
		{{0, 0, 0, 0}, 0},
		{{1, 0, 0, 0}, 1},
		{{0x78, 0x56, 0x34, 0x12}, 0x12345678},
		{{0xff, 0xff, 0xff, 0xff}, -1},
		{{0, 0, 0, 0x80}, INT32_MIN},
	};

	for (size_t i = 0; i < array_size(rows); i++)
		assert_int_equal(wire_get_status(rows[i].bytes), rows[i].want);
}

/* Builds a message of 260 bytes: the command, the name, and bytes of an earlier message. */
static void message_put(uint8_t ret[260], uint32_t command, const char *name)
{
	memset(ret, 'x', 260);
	ret[0] = (uint8_t)(command & 0xff);
	ret[1] = (uint8_t)(command >> 8 & 0xff);
	ret[2] = (uint8_t)(command >> 16 & 0xff);
	ret[3] = (uint8_t)(command >> 24);
	memcpy(ret + 4, name, strlen(name) + 1);
}

TEST(a_file_message_has_command_and_name)
{
	static const struct {
		uint32_t command;
		const char *name;
		enum wire_command want; /* the expected command; the name is the same */
	} rows[] = {
		{0, "start4.elf", WIRE_GET_FILE_SIZE},
		{1, "start4.elf", WIRE_READ_FILE},
		{2, "stale.bin", WIRE_DONE},
		{0, "", WIRE_DONE},
		{1, "", WIRE_DONE},
		{2, "", WIRE_DONE},
		{3, "", WIRE_DONE},
		{0xffffffff, "", WIRE_DONE},
		{0, "*MAC_ADDR*d8:3a:dd:00:00:01", WIRE_GET_FILE_SIZE},
		{1, "../../etc/passwd", WIRE_READ_FILE}, /* files.c checks names */
		{1, "\x1b[2J\n\xff", WIRE_READ_FILE},
		{1, "a", WIRE_READ_FILE},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct wire_file_message got;
		struct error err = {};
		uint8_t message[260];

		message_put(message, rows[i].command, rows[i].name);
		memset(&got, 0xa5, sizeof(got));
		assert_int_equal(wire_get_file_message(message, 260, &got, &err), 0);
		assert_int_equal(err.code, 0);
		assert_int_equal(got.command, rows[i].want);
		assert_string_equal(got.name, rows[i].name);
	}
}

TEST(a_name_may_have_255_bytes)
{
	struct wire_file_message got;
	uint8_t message[260];
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	message_put(message, 1, name);
	assert_int_equal(wire_get_file_message(message, 260, &got, NULL), 0);
	assert_string_equal(got.name, name);
	assert_int_equal(strlen(got.name), 255);
}

/* The message Done may contain the bytes of an earlier name. They do not matter. */
TEST(done_needs_no_name)
{
	struct wire_file_message got;
	uint8_t message[260];

	memset(message, 'n', sizeof(message));
	memcpy(message, (const uint8_t[]){2, 0, 0, 0}, 4);
	assert_int_equal(wire_get_file_message(message, 260, &got, NULL), 0);
	assert_int_equal(got.command, WIRE_DONE);
	assert_int_equal(strlen(got.name), 255);
}

static void check_refused(const uint8_t *message, size_t size, const char *word)
{
	struct wire_file_message got, before;
	struct error err = {};

	memset(&got, 0xa5, sizeof(got));
	before = got;
	assert_int_equal(wire_get_file_message(message, size, &got, &err), ERROR_BADMSG);
	assert_int_equal(err.code, ERROR_BADMSG);
	if (!strstr(err.text, word))
		fail_msg("'%s' does not have '%s'", err.text, word);
	assert_memory_equal(&got, &before, sizeof(got));
	assert_int_equal(wire_get_file_message(message, size, &got, NULL), ERROR_BADMSG);
}

TEST(a_bad_file_message_is_refused)
{
	static const uint32_t commands[] = {3,	       4,	   0x100,      0x10000,
					    0x1000000, 0x7fffffff, 0x80000000, 0xffffffff};
	uint8_t message[260];

	message_put(message, 1, "config.txt");
	for (size_t size = 0; size < 260; size++) {
		char word[32];
		/* of the exact size, so that valgrind detects overreads */
		cleanup_free uint8_t *cut = malloc(size ? size : 1);

		memcpy(cut, message, size);
		snprintf(word, sizeof(word), " %zu bytes", size);
		check_refused(cut, size, word);
	}
	for (size_t i = 0; i < array_size(commands); i++) {
		message_put(message, commands[i], "config.txt");
		check_refused(message, 260, "command");
	}
	memset(message + 4, 'n', 256);
	for (uint8_t command = 0; command < 4; command++) {
		message[0] = command;
		memset(message + 1, 0, 3);
		if (command != WIRE_DONE)
			check_refused(message, 260, "no terminating zero byte");
	}
}
