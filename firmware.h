/* SPDX-License-Identifier: Apache-2.0 */
/* Where boot files are looked for when no directory is given. */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include <stddef.h>

#define FIRMWARE_ROOTS_MAX 5

struct board_config;

struct firmware {
	const char *roots[FIRMWARE_ROOTS_MAX]; /* in the order in which they are searched */
	size_t count;
	char exe[4096]; /* of the executable: its directory */
};

/* $RPIBOOT_FIRMWARE, the directory of the executable, where `make install` puts firmware, and the
 * usual places. Points config at them. */
void firmware_init(struct firmware *ret, struct board_config *config);

#endif
