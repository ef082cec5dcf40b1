/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware.h"

#include <libgen.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef RPIBOOT_DATADIR
#define RPIBOOT_DATADIR "/usr/local/share/rpiboot"
#endif

void firmware_init(struct firmware *ret)
{
	const char *own = getenv("RPIBOOT_FIRMWARE");
	ssize_t n = readlink("/proc/self/exe", ret->exe, sizeof(ret->exe) - 1);

	ret->count = 0;
	if (own && own[0])
		ret->roots[ret->count++] = own;
	if (n > 0) {
		ret->exe[n] = '\0';
		ret->roots[ret->count++] = dirname(ret->exe);
	}
	ret->roots[ret->count++] = RPIBOOT_DATADIR;
	ret->roots[ret->count++] = "/usr/local/share/rpiboot";
	ret->roots[ret->count++] = "/usr/share/rpiboot";
}
