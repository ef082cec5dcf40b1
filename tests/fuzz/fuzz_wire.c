/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of all kinds and lengths, compared with the format in docs/protocol.md. */
#include "tests/fuzz/fuzz.h"

#include "boot/wire.h"

#include <errno.h>

static void check_boot_message(struct fuzz_bytes bytes)
{
	uint8_t message[WIRE_BOOT_MESSAGE_SIZE], signature[WIRE_SIGNATURE_SIZE];
	static const uint8_t zeros[WIRE_SIGNATURE_SIZE];
	uint32_t length = fuzz_u32(&bytes);
	struct fuzz_bytes back = {message, sizeof(message)};

	fuzz_take(&bytes, signature, sizeof(signature));
	wire_put_boot_message(message, length, signature);
	fuzz_check(fuzz_u32(&back) == length);
	fuzz_check(memcmp(back.next, signature, back.left) == 0);
	wire_put_boot_message(message, length, NULL);
	fuzz_check(memcmp(message + 4, zeros, sizeof(zeros)) == 0);
}

static void check_status(struct fuzz_bytes bytes)
{
	uint8_t status[WIRE_STATUS_SIZE];
	struct fuzz_bytes same = bytes;

	fuzz_take(&bytes, status, sizeof(status));
	fuzz_check(wire_get_status(status) == (int32_t)fuzz_u32(&same));
}

static void check_file_message(struct fuzz_bytes bytes)
{
	uint8_t *exact = calloc(1, bytes.left ? bytes.left : 1); /* to detect overreads */
	struct wire_file_message message;
	struct error err = {0};
	bool whole = bytes.left == WIRE_FILE_MESSAGE_SIZE;
	uint32_t command = fuzz_u32(&(struct fuzz_bytes){bytes.next, bytes.left});
	const char *name = (const char *)exact + 4;
	bool ends; /* Done needs no end of the name */
	int r;

	fuzz_check(exact);
	if (bytes.left)
		memcpy(exact, bytes.next, bytes.left);
	ends = whole && (command == WIRE_DONE || memchr(name, '\0', WIRE_NAME_SIZE));
	memset(&message, 0xa5, sizeof(message));
	r = wire_get_file_message(exact, bytes.left, &message, &err);
	if (r < 0) {
		fuzz_check_error(r, &err, -EBADMSG);
		fuzz_check(!ends || (name[0] && command > WIRE_DONE));
	} else {
		fuzz_check(r == 0 && ends && err.code == 0);
		fuzz_check(memchr(message.name, '\0', WIRE_NAME_SIZE));
		fuzz_check(strncmp(message.name, name, WIRE_NAME_SIZE - 1) == 0);
		fuzz_check((uint32_t)message.command == (name[0] ? command : WIRE_DONE));
		fuzz_check(message.command <= WIRE_DONE);
		/* The bytes after the name are zero: they do not come from an earlier message or
		 * from the board. */
		for (size_t i = strnlen(name, WIRE_NAME_SIZE - 1); i < WIRE_NAME_SIZE; i++)
			fuzz_check(message.name[i] == '\0');
	}
	fuzz_check(wire_get_file_message(exact, bytes.left, &message, NULL) == r);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {data, size};

	check_boot_message(bytes);
	check_status(bytes);
	check_file_message(bytes);
	return 0;
}
