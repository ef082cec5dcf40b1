/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the files in which the emulated system shows the state of a board. */
#include "tests/emulator/emu_direct.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

void direct_kernel_message(const struct direct_board *board)
{
	FILE *log = board->kmsg ? fopen(board->kmsg, "a") : NULL;

	if (!log)
		return;
	fputs(board->kernel_message, log);
	fclose(log);
}

void direct_authorize(const struct direct_board *board, const char *sysroot, bool authorized)
{
	char dir[256], path[sizeof(dir) + 16];
	FILE *file;

	if (!board->withheld)
		return;
	snprintf(dir, sizeof(dir), "%s/bus/usb/devices/%s", sysroot, board->port);
	snprintf(path, sizeof(path), "%s/authorized", dir);
	mkdir(dir, 0755);
	file = fopen(path, "w");
	if (!file)
		abort();
	fprintf(file, "%d\n", authorized);
	fclose(file);
}
