/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the messages that the host sends to a board and parses those of the board
 * (docs/protocol.md, sections 2 to 4). */
#include "boot/wire.h"

#include "util/bytes.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

enum wire_stage wire_stage(uint8_t serial_index)
{
	return serial_index == 0 || serial_index == 3 ? WIRE_STAGE_ROM : WIRE_STAGE_FILES;
}

void wire_put_boot_message(uint8_t ret[WIRE_BOOT_MESSAGE_SIZE], uint32_t bootcode_bytes,
			   const uint8_t *signature)
{
	memset(ret, 0, WIRE_BOOT_MESSAGE_SIZE);
	bytes_put_le32(ret, bootcode_bytes);
	if (signature)
		memcpy(ret + 4, signature, WIRE_SIGNATURE_SIZE);
}

int32_t wire_get_status(const uint8_t status[WIRE_STATUS_SIZE])
{
	return (int32_t)bytes_le32(status);
}

int wire_get_file_message(const uint8_t *buf, size_t size, struct wire_file_message *ret,
			  struct error *err)
{
	const char *name = (const char *)buf + 4;
	uint32_t command;
	size_t length;

	if (size != WIRE_FILE_MESSAGE_SIZE)
		return error_set(err, -EBADMSG,
				 "invalid message from the board: %zu bytes instead of %d; power "
				 "the board off and on",
				 size, WIRE_FILE_MESSAGE_SIZE);
	command = bytes_le32(buf);
	length = strnlen(name, WIRE_NAME_SIZE);
	if (length == 0)
		command = WIRE_DONE;
	/* A file name must end with a NUL byte. Do not require this of the message Done, because
	 * its name field may contain bytes of an earlier name (docs/protocol.md, section 4). */
	if (length == WIRE_NAME_SIZE && command != WIRE_DONE)
		return error_set(err, -EBADMSG,
				 "invalid message from the board: the file name has no terminating "
				 "zero byte; power the board off and on");
	if (command > WIRE_DONE)
		return error_set(err, -EBADMSG,
				 "invalid message from the board: unknown command %#x; power the "
				 "board off and on",
				 command);
	ret->command = (enum wire_command)command;
	memset(ret->name, 0, sizeof(ret->name));
	memcpy(ret->name, name, length < WIRE_NAME_SIZE ? length : WIRE_NAME_SIZE - 1);
	return 0;
}
