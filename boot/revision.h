/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes the revision code of a board, which the board reports as USER_BOARDREV (docs/protocol.md,
 * section 4). To name a new model, add a row to the table in boot/revision.c. */
#ifndef BOOT_REVISION_H
#define BOOT_REVISION_H

#include <stdbool.h>
#include <stdint.h>

#define REVISION_MODEL_SIZE 24

struct revision {
	/* The name of the model, such as "CM4" or "unknown model 0x1f". */
	char model[REVISION_MODEL_SIZE];
	/* The size of the board's memory in MiB, or 0 if the revision code has an undefined memory
	 * size. */
	uint32_t memory_mib;
	/* The names of the board's maker and processor, such as "Sony UK" and "BCM2711", or
	 * "unknown". */
	const char *maker, *processor;
	unsigned int revision; /* revision of the board, 0 to 15 */
	/* True if the processor of the board has no secure boot, so that the board cannot be locked
	 * to a key (docs/protocol.md, section 9). */
	bool no_secure_boot;
	/* True if the board has no switch or jumper for USB boot (Pi 4B, 400). */
	bool no_boot_switch;
};

/* Decodes the revision code of a board. Only codes of the new form (bit 23 is set) are valid,
 * because all boards that report properties have such codes. The model in a valid code may be
 * unknown.
 * code: hexadecimal digits, untrusted. NULL is allowed.
 * Returns: 0, or -EINVAL (no number of 1 to 8 digits, or the old form; ret is unchanged). */
int revision_decode(const char *code, struct revision *ret);

#endif
