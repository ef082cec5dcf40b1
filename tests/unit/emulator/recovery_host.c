/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/emulator/recovery_host.h"

#include "tests/unit/tree.h"

#include <errno.h>
#include <string.h>

#define MESSAGE_BYTES 260
#define PIECE_BYTES   4096
#define MOST_MS	      60000
#define STEP_MS	      5

/* Advances the time until a transfer is answered. */
static int host_control(struct recovery_host *host, uint8_t type, uint32_t length, uint8_t *data)
{
	const uint8_t setup[8] = {type,
				  0,
				  (uint8_t)length,
				  (uint8_t)(length >> 8),
				  (uint8_t)(length >> 16),
				  (uint8_t)(length >> 24)};
	size_t size = type == 0xc0 ? length : 0;
	uint64_t next_ms, end_ms = host->now_ms + MOST_MS;
	int r = -EAGAIN;

	while (r == -EAGAIN && host->now_ms < end_ms) {
		while (emu_tick(host->emu, host->now_ms, &next_ms))
			;
		r = emu_control(host->emu, setup, data, size, host->now_ms);
		host->now_ms += r == -EAGAIN ? STEP_MS : 0;
	}
	return r;
}

static int host_write(struct recovery_host *host, const void *data, size_t size, bool with_data)
{
	int r = host_control(host, 0x40, (uint32_t)size, NULL);

	for (size_t done = 0; r >= 0 && with_data && done < size;) {
		size_t n = size - done < PIECE_BYTES ? size - done : PIECE_BYTES;

		r = emu_bulk_out(host->emu, 1, (const uint8_t *)data + done, n, host->now_ms);
		done += n;
	}
	return r;
}

bool host_wait(struct recovery_host *host)
{
	uint64_t next_ms, end_ms = host->now_ms + MOST_MS;

	do {
		while (emu_tick(host->emu, host->now_ms, &next_ms))
			;
		if (!emu_present(host->emu) || next_ms != UINT64_MAX)
			host->now_ms += STEP_MS;
		else
			return true;
	} while (host->now_ms < end_ms);
	return false;
}

int host_boot(struct recovery_host *host, const struct made *code)
{
	uint8_t head[24] = {(uint8_t)code->size, (uint8_t)(code->size >> 8),
			    (uint8_t)(code->size >> 16)};
	uint8_t status[4] = {0xff};
	int r;

	tree_must(host_wait(host));
	tree_must(host_write(host, head, sizeof(head), true) >= 0);
	tree_must(host_write(host, code->bytes, code->size, true) >= 0);
	r = host_control(host, 0xc0, sizeof(status), status);
	return r < 0 ? r : status[0];
}

static const struct made *host_file(const struct recovery_host *host, const char *name)
{
	for (size_t i = 0; i < HOST_FILES; i++)
		if (host->files[i].name && strcmp(host->files[i].name, name) == 0)
			return &host->files[i].content;
	return NULL;
}

static void host_note(char *text, size_t size, const char *words, const char *name, char end)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s%s%c", words, name, end);
}

/* Returns: false when the conversation is over. */
static bool host_answer(struct recovery_host *host, char *name, uint8_t command)
{
	const struct made *file = host_file(host, name);
	static const struct made none;
	char *star;

	if (command > 1 || !*name) {
		host_note(host->asked, sizeof(host->asked), "done", "", ';');
		return false;
	}
	if (*name == '*') {
		star = strchr(name + 1, '*');
		*star = '=';
		host_note(host->reported, sizeof(host->reported), "", name + 1, '\n');
		return host_write(host, NULL, 0, false) >= 0;
	}
	host_note(host->asked, sizeof(host->asked), command ? "read " : "size ", name, ';');
	if (!file)
		file = &none;
	return host_write(host, file->bytes,
			  file->size - (command == 1 && file->size > PIECE_BYTES ? host->cut : 0),
			  command == 1) >= 0;
}

bool host_serve(struct recovery_host *host)
{
	uint8_t message[MESSAGE_BYTES];

	tree_must(host_wait(host));
	host->asked[0] = host->reported[0] = '\0';
	while (host_control(host, 0xc0, MESSAGE_BYTES, message) == MESSAGE_BYTES)
		if (!host_answer(host, (char *)message + 4, message[0]))
			break;
	return strstr(host->asked, "done") != NULL;
}

const char *host_value(const struct recovery_host *host, const char *key)
{
	static char value[128];
	const char *found = NULL;
	size_t length = strlen(key);

	for (const char *at = host->reported; (at = strstr(at, key)); at++)
		if ((at == host->reported || at[-1] == '\n') && at[length] == '=')
			found = at + length + 1;
	if (!found)
		return NULL;
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(found, "\n"), found);
	return value;
}
