/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware.h"

#include "board.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef RPIBOOT_DATADIR
#define RPIBOOT_DATADIR "/usr/local/share/rpiboot"
#endif

static void add_root(struct firmware *firmware, const char *root)
{
	for (size_t i = 0; i < firmware->count; i++)
		if (strcmp(firmware->roots[i], root) == 0)
			return;
	firmware->roots[firmware->count++] = root;
}

void firmware_init(struct firmware *ret, struct board_config *config)
{
	const char *own = getenv("RPIBOOT_FIRMWARE");
	ssize_t n = readlink("/proc/self/exe", ret->exe, sizeof(ret->exe) - 1);

	ret->count = 0;
	if (own && own[0])
		add_root(ret, own);
	if (n > 0) {
		ret->exe[n] = '\0';
		add_root(ret, dirname(ret->exe));
	}
	add_root(ret, RPIBOOT_DATADIR);
	add_root(ret, "/usr/local/share/rpiboot");
	add_root(ret, "/usr/share/rpiboot");
	config->firmware_roots = ret->roots;
	config->firmware_root_count = ret->count;
}
