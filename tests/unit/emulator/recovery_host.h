/* SPDX-License-Identifier: Apache-2.0 */
/* A host that boots an emulated board and serves it files from memory, as simply as possible. It
 * notes what the board asks for and what it reports. */
#ifndef TESTS_RECOVERY_HOST_H
#define TESTS_RECOVERY_HOST_H

#include "tests/emulator/made_eeprom.h"

#define HOST_FILES 4

struct recovery_host {
	struct emu *emu;
	uint64_t now_ms;
	struct {
		const char *name;
		struct made content;
	} files[HOST_FILES];
	size_t cut;	     /* a file larger than a page ends so much earlier when it is read */
	char asked[1024];    /* "size config.txt;read config.txt;...;done" */
	char reported[4096]; /* "KEY=VALUE\n..." */
};

/* Lets time pass until the board is on the bus, or for a minute. Returns: is it there? */
bool host_wait(struct recovery_host *host);
/* Sends a second stage to the boot ROM. Returns: the status, or -EAGAIN (none comes). */
int host_boot(struct recovery_host *host, const struct made *code);
/* Serves the board until it says Done or leaves. Returns: did it say Done? */
bool host_serve(struct recovery_host *host);
/* Returns: the value that the board has reported last, or NULL. */
const char *host_value(const struct recovery_host *host, const char *key);

#endif
