/* SPDX-License-Identifier: Apache-2.0 */
/* The check of a second stage by the boot ROM: docs/protocol.md, section 9. */
#include "tests/emulator/emu_recovery_private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRUTH_MOST_BYTES (1 << 20)

void emu_recovery_code(struct emu_recovery *recovery, const uint8_t *data, size_t size)
{
	received_add(&recovery->code, data, size);
}

uint64_t recovery_date_parse(const char *text)
{
	int year, month, day, end = 0;
	bool whole = sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) == 3 && !text[end];
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
	time_t seconds = whole ? timegm(&tm) : -1;

	return seconds > 0 ? (uint64_t)seconds : 0;
}

/* Returns: the value of the string BUILD_TIMESTAMP, or 0 (there is none). */
static uint64_t code_built_s(const struct received *code)
{
	static const char label[] = "BUILD_TIMESTAMP=";
	const uint8_t *at = memmem(code->bytes, code->size, label, strlen(label));
	char digits[12] = "";

	if (!at)
		return 0;
	at += strlen(label);
	for (size_t i = 0; i < sizeof(digits) - 1 && at < code->bytes + code->size; i++)
		digits[i] = (char)*at++;
	return strtoull(digits, NULL, 10);
}

static bool code_has(const struct received *code, const char *text)
{
	return memmem(code->bytes, code->size, text, strlen(text));
}

/* Returns: true if the second stage is this file of the truth directory. A customer's block can
 * follow the file. */
static bool code_is(const struct received *code, const char *truth, const char *name)
{
	uint8_t *due = malloc(TRUTH_MOST_BYTES);
	char path[4096];
	size_t size = 0;
	FILE *file;
	bool is;

	snprintf(path, sizeof(path), "%s/%s", truth, name);
	file = fopen(path, "rb");
	if (file) {
		size = fread(due, 1, TRUTH_MOST_BYTES, file);
		fclose(file);
	}
	is = size > 0 && (code->size == size || code->size == size + EMU_CUSTOMER_BYTES) &&
	     memcmp(code->bytes, due, size) == 0;
	free(due);
	return is;
}

static bool rom_accepts(const struct emu_recovery *recovery)
{
	const struct received *code = &recovery->code;
	uint8_t hash[EMU_HASH_BYTES];

	if (recovery->chip != EMU_BCM2712)
		return true;
	switch (emu_customer_check(code->bytes, code->size, hash)) {
	case EMU_CUSTOMER_NONE:
		return !emu_keep_is_locked(&recovery->keep);
	case EMU_CUSTOMER_BAD:
		return false;
	case EMU_CUSTOMER_GOOD:
		return memcmp(hash, recovery->keep.key_hash, sizeof(hash)) == 0;
	}
	return false;
}

enum emu_code emu_recovery_judge(struct emu_recovery *recovery, const struct emu_config *config)
{
	const struct received *code = &recovery->code;

	recovery->runs_built_s = recovery->built_s ? recovery->built_s : code_built_s(code);
	if (recovery->by_code && !emu_code_is_for(recovery->chip, code->bytes, code->size))
		return EMU_CODE_REFUSED;
	if (!rom_accepts(recovery))
		return EMU_CODE_REFUSED;
	if (config->steps && code_is(code, config->truth, config->bootcode_content))
		return EMU_CODE_PAYLOAD;
	if (recovery->by_code && !code_has(code, "recovery_reboot"))
		return EMU_CODE_WRONG;
	if (recovery->code_name && !code_is(code, config->truth, recovery->code_name))
		return EMU_CODE_WRONG;
	return EMU_CODE_RECOVERY;
}
