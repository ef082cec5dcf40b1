/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes the revision code of a board, which the board reports as USER_BOARDREV
 * (docs/protocol.md, section 4). To name a new model, add a row to the table in boot/revision.c. */
#ifndef BOOT_REVISION_H
#define BOOT_REVISION_H

#include <stdbool.h>
#include <stdint.h>

#define REVISION_MODEL_SIZE 24

struct revision {
	char model[REVISION_MODEL_SIZE]; /* such as "CM4", or "unknown model 0x1f" */
	uint32_t memory_mib;		 /* 0 if the code has a memory size that is not defined */
	/* The names of the board's maker and processor, such as "Sony UK" and "BCM2711", or
	 * "unknown". */
	const char *maker, *processor;
	unsigned int revision; /* revision of the board, 0 to 15 */
	/* True if the processor of the board has no secure boot, so that the board cannot be locked
	 * to a key (docs/protocol.md, section 9). */
	bool no_secure_boot;
	/* The board has no switch or jumper for USB boot (Pi 4B, 400). */
	bool no_boot_switch;
};

/* Decodes a revision code.
 * code: hexadecimal digits, untrusted. NULL is allowed.
 * Returns: 0, or -EINVAL (ret is unchanged). A valid code has 1 to 8 hexadecimal digits and the new
 * form. Boards that report properties have no codes of the old form. A code with an unknown model
 * is valid.
 */
int revision_decode(const char *code, struct revision *ret);

#endif
