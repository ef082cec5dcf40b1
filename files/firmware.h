/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the directories that rpiboot searches for boot files by default, and finds the shell
 * command with which the user can download such files. */
#ifndef FILES_FIRMWARE_H
#define FILES_FIRMWARE_H

#include <stddef.h>

#define FIRMWARE_ROOTS_MAX 5
#define FIRMWARE_PATH_SIZE 4096

struct config;
struct report;

struct firmware {
	/* The boot directory that the user selected. If it is NULL, rpiboot searches for the
	 * firmware of each board's chip. */
	const char *dir;
	/* The directories in which rpiboot searches for boot files, in this order. */
	const char *roots[FIRMWARE_ROOTS_MAX];
	size_t count;
	char exe[FIRMWARE_PATH_SIZE];	     /* directory of the executable */
	char payload[FIRMWARE_PATH_SIZE];    /* the payload directory that -d names */
	char fetch[FIRMWARE_PATH_SIZE + 64]; /* the command that fetches firmware */
};

/* Fills *ret with the boot directory and the directories to search. These are $RPIBOOT_FIRMWARE,
 * the directory of the executable, the data directory of `make install` and the usual places. If
 * config->dir does not exist but is the name of a directory below one of them, ret->dir is that
 * directory, and a note reports this.
 * Ownership: *ret points into itself and into *config. */
void firmware_init(struct firmware *ret, const struct config *config, struct report *report);

#endif
