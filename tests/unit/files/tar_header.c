/* SPDX-License-Identifier: Apache-2.0 */
/* A file of its own, because scenario_stage.c needs it without libarchive. */
#include "tests/unit/files/tar.h"

void tar_header(char ret[512], const char *name, char type, const char *size)
{
	unsigned int sum = 0;

	memset(ret, 0, 512);
	snprintf(ret, 100, "%s", name);
	strcpy(ret + 100, "0000644");
	strcpy(ret + 108, "0000000");
	strcpy(ret + 116, "0000000");
	memcpy(ret + 124, size, 12);
	strcpy(ret + 136, "00000000000");
	memset(ret + 148, ' ', 8);
	ret[156] = type;
	memcpy(ret + 257, "ustar\00000", 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)ret[i];
	snprintf(ret + 148, 8, "%06o", sum);
}
