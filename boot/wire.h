/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes on the wire <-> structs (PROTOCOL.md sections 2 to 4). All integers are little-endian. Does
 * no I/O. */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>
#include <stdint.h>

struct error;

#define WIRE_BOOT_MESSAGE_SIZE 24 /* int32 length of the bootcode, then the signature */
#define WIRE_SIGNATURE_SIZE    20
#define WIRE_STATUS_SIZE       4   /* int32, 0: the boot ROM took the bootcode */
#define WIRE_FILE_MESSAGE_SIZE 260 /* int32 command, then the name with its NUL */
#define WIRE_NAME_SIZE	       256
#define WIRE_LENGTH_MAX	       INT32_MAX /* the boot message's length is signed */

enum wire_stage { WIRE_STAGE_ROM, WIRE_STAGE_FILES };

enum wire_command { WIRE_GET_FILE_SIZE = 0, WIRE_READ_FILE = 1, WIRE_DONE = 2 };

struct wire_file_message {
	enum wire_command command;
	char name[WIRE_NAME_SIZE]; /* NUL-terminated, not checked in any other way; empty: the board
				      is done */
};

/* The stage, told by the index (not the text) of the serial number's string descriptor: 0 and 3 are
 * the boot ROM. */
enum wire_stage wire_stage(uint8_t serial_index);

/* signature: WIRE_SIGNATURE_SIZE bytes, or NULL for zeros. */
void wire_put_boot_message(uint8_t ret[WIRE_BOOT_MESSAGE_SIZE], uint32_t bootcode_bytes,
			   const uint8_t *signature);

int32_t wire_get_status(const uint8_t status[WIRE_STATUS_SIZE]);

/* 0, or -EBADMSG (*err) where it is too short, has an unknown command with a name, or a name
 * without end. An empty name means Done whatever the command is, so that *ret then has WIRE_DONE.
 */
int wire_get_file_message(const uint8_t *buf, size_t size, struct wire_file_message *ret,
			  struct error *err);

#endif
