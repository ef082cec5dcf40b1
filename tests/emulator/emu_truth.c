/* SPDX-License-Identifier: Apache-2.0 */
/* Received and expected data. The data is stored while it arrives, and compared when the host is
 * idle: the speed of the comparison must not limit the speed of the transfer. */
#include "tests/emulator/emu_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void emu_truth_settle(struct emu *emu)
{
	struct emu_truth *truth = &emu->truth;
	uint8_t due[16384];

	for (size_t done = 0; done < truth->taken_bytes;) {
		size_t left = truth->taken_bytes - done,
		       n = left < sizeof(due) ? left : sizeof(due);

		if (!truth->file || fread(due, 1, n, truth->file) != n ||
		    memcmp(due, truth->taken + done, n) != 0) {
			emu_wrong(emu, "%s: wrong bytes at %zu", truth->what, done);
			break;
		}
		done += n;
	}
	truth->taken_bytes = 0;
}

static void emu_truth_close(struct emu *emu)
{
	emu_truth_settle(emu);
	if (emu->truth.file)
		fclose(emu->truth.file);
	emu->truth.file = NULL;
	emu->truth.bytes = 0;
}

void emu_truth_open(struct emu *emu, const char *content)
{
	char path[4096];
	struct stat st;

	emu_truth_close(emu);
	if (!content)
		return;
	snprintf(path, sizeof(path), "%s/%s", emu->config.truth, content);
	snprintf(emu->truth.what, sizeof(emu->truth.what), "%s", content);
	emu->truth.file = fopen(path, "rb");
	if (!emu->truth.file || fstat(fileno(emu->truth.file), &st) < 0)
		emu_wrong(emu, "the test has no truth '%s'", path);
	else
		emu->truth.bytes = (uint64_t)st.st_size;
}

void emu_truth_take(struct emu *emu, const uint8_t *data, size_t size)
{
	struct emu_truth *truth = &emu->truth;
	size_t need = truth->taken_bytes + size;

	if (need > truth->room) {
		size_t room = need > truth->bytes ? need : truth->bytes;
		uint8_t *grown = realloc(truth->taken, room);

		if (!grown) {
			emu_wrong(emu, "the test has no memory for %zu bytes", room);
			return;
		}
		truth->taken = grown;
		truth->room = room;
	}
	memcpy(truth->taken + truth->taken_bytes, data, size);
	truth->taken_bytes += size;
}

void emu_truth_free(struct emu *emu)
{
	emu_truth_close(emu);
	free(emu->truth.taken);
}
