/* SPDX-License-Identifier: Apache-2.0 */
/* Converts messages of the boot protocol from bytes to structs and back (docs/protocol.md, sections
 * 2 to 4). All integers in messages are little-endian. */
#ifndef BOOT_WIRE_H
#define BOOT_WIRE_H

#include <stddef.h>
#include <stdint.h>

struct error;

/* The first message to the boot ROM contains the length of the bootcode (int32) and its signature
 * (20 bytes). */
#define WIRE_BOOT_MESSAGE_SIZE 24
#define WIRE_SIGNATURE_SIZE    20
/* The size in bytes of the status that the boot ROM sends after it has received the bootcode. The
 * status is a 32-bit integer, and 0 means that the boot ROM accepted the bootcode. */
#define WIRE_STATUS_SIZE 4
/* A board's request for a file contains a command (int32) and a name that ends with a NUL. */
#define WIRE_FILE_MESSAGE_SIZE 260
#define WIRE_NAME_SIZE	       256
/* The maximum size of a file for a board in bytes, because messages contain the size as a signed
 * 32-bit integer. */
#define WIRE_LENGTH_MAX INT32_MAX

enum wire_stage { WIRE_STAGE_ROM, WIRE_STAGE_FILES };

enum wire_command { WIRE_GET_FILE_SIZE = 0, WIRE_READ_FILE = 1, WIRE_DONE = 2 };

struct wire_file_message {
	enum wire_command command;
	/* The name of the file that the board requests: untrusted bytes that end with a NUL. An
	 * empty name means that the board needs no more files. */
	char name[WIRE_NAME_SIZE];
};

/* Returns: the boot stage of a board, from the field iSerialNumber of its USB device descriptor. If
 * the value is 0 or 3, the boot ROM runs, otherwise the second-stage bootloader. */
enum wire_stage wire_stage(uint8_t serial_index);

/* Builds the message that announces the bootcode to the boot ROM.
 * signature: WIRE_SIGNATURE_SIZE bytes, or NULL for a signature of zeros. */
void wire_put_boot_message(uint8_t ret[WIRE_BOOT_MESSAGE_SIZE], uint32_t bootcode_bytes,
			   const uint8_t *signature);

int32_t wire_get_status(const uint8_t status[WIRE_STATUS_SIZE]);

/* Parses the message with which a board requests a file. If its file name is empty, the message
 * means that the boot is done, and ret->command is WIRE_DONE, whatever the command in the message
 * is.
 * Returns: 0, or -EBADMSG (the message has a wrong size, its name has no end, or its command is
 * unknown). */
int wire_get_file_message(const uint8_t *buf, size_t size, struct wire_file_message *ret,
			  struct error *err);

#endif
