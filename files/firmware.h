/* SPDX-License-Identifier: Apache-2.0 */
/* Where boot files are looked for when no directory is given, and how to get them. */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include <stddef.h>

#define FIRMWARE_ROOTS_MAX 5
#define FIRMWARE_PATH_SIZE 4096

struct config;
struct report;

struct firmware {
	const char *roots[FIRMWARE_ROOTS_MAX]; /* in the order in which they are searched */
	size_t count;
	char exe[FIRMWARE_PATH_SIZE];	     /* of the executable: its directory */
	char dir[FIRMWARE_PATH_SIZE];	     /* the payload that -d names */
	char fetch[FIRMWARE_PATH_SIZE + 64]; /* the command that fetches firmware */
};

/* Sets the roots: $RPIBOOT_FIRMWARE, the directory of the executable, where `make install` puts
 * firmware, and the usual places. If config->dir does not exist and names a directory below a root,
 * it becomes that directory, and a note says so. Points config at *ret. */
void firmware_init(struct firmware *ret, struct config *config, struct report *report);

#endif
