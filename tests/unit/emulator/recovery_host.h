/* SPDX-License-Identifier: Apache-2.0 */
/* A simple host that boots an emulated board and serves it files from memory. It records the
 * requests and the reports of the board. */
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
	size_t cut;	     /* a file larger than a page is this much shorter when it is read */
	char asked[1024];    /* "size config.txt;read config.txt;...;done" */
	char reported[4096]; /* "KEY=VALUE\n..." */
};

/* Advances the time until the board is on the bus, at most one minute. Returns: true if it is
 * there. */
bool host_wait(struct recovery_host *host);
/* Sends a second stage to the boot ROM. Returns: the status, or -EAGAIN (none is sent). */
int host_boot(struct recovery_host *host, const struct made *code);
/* Serves the board until it sends Done or leaves. Returns: true if it sent Done. */
bool host_serve(struct recovery_host *host);
/* Returns: the last value that the board reported, or NULL. */
const char *host_value(const struct recovery_host *host, const char *key);

#endif
