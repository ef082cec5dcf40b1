/* SPDX-License-Identifier: Apache-2.0 */
/* "recovery=2026-08-04,key=HASH,quirks=no-hash+no-done" -> struct emu_recovery. */
#include "tests/emulator/emu_recovery_private.h"

#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *word;
	unsigned int quirk;
} quirks[] = {
	{"wrong-hash", QUIRK_WRONG_HASH},
	{"no-hash", QUIRK_NO_HASH},
	{"no-update", QUIRK_NO_UPDATE},
	{"no-values", QUIRK_NO_VALUES},
	{"wrong-serial", QUIRK_WRONG_SERIAL},
	{"then-bad", QUIRK_THEN_BAD},
	{"bad-first", QUIRK_BAD_FIRST},
	{"update-fails", QUIRK_UPDATE_FAILS},
	{"wrong-write", QUIRK_WRONG_WRITE},
	{"no-write", QUIRK_NO_WRITE},
	{"strange-names", QUIRK_STRANGE_NAMES},
	{"dies", QUIRK_DIES},
	{"no-done", QUIRK_NO_DONE},
	{"no-reboot", QUIRK_NO_REBOOT},
	{"stays", QUIRK_STAYS},
	{"other-chip", QUIRK_OTHER_CHIP},
	{"reports-errors", QUIRK_REPORTS_ERRORS},
	{"quiet-refusal", QUIRK_QUIET_REFUSAL},
	{"needs-rsa", QUIRK_NEEDS_RSA},
	{"early-done", QUIRK_EARLY_DONE},
	{"other-serial", QUIRK_OTHER_SERIAL},
	{"no-serial", QUIRK_NO_SERIAL},
};

static int quirks_parse(const char *value, unsigned int *ret)
{
	cleanup_free char *words = strdup(value);
	char *rest = words, *word;

	*ret = 0;
	while ((word = strsep(&rest, "+"))) {
		unsigned int quirk = 0;

		for (size_t i = 0; i < array_size(quirks); i++)
			if (strcmp(quirks[i].word, word) == 0)
				quirk = quirks[i].quirk;
		if (!quirk)
			return -EINVAL;
		*ret |= quirk;
	}
	return 0;
}

/* The hash of a key, or the name of a PEM file with it. */
static int key_parse(struct emu_recovery *recovery, const char *value)
{
	uint8_t pubkey[EMU_PUBKEY_BYTES];

	recovery->wants_key = true;
	if (emu_hash_parse(value, recovery->wanted_key_hash) == 0)
		return 0;
	if (emu_pubkey_read(value, pubkey) < 0)
		return -EINVAL;
	emu_hash(pubkey, sizeof(pubkey), recovery->wanted_key_hash);
	return 0;
}

static int number_set(struct emu_recovery *recovery, const char *name, const char *value)
{
	char *end;
	long number = strtol(value, &end, 10);

	if (strcmp(name, "otp_jtag") == 0)
		recovery->wants_jtag = number;
	else if (strcmp(name, "otp_gpio") == 0)
		recovery->wanted_gpio = (int)number;
	else if (strcmp(name, "protected") == 0)
		recovery->wants_protected = number;
	else if (strcmp(name, "protect_pin") == 0)
		recovery->protect_pin = number;
	else if (strcmp(name, "power") == 0)
		recovery->power_ms = (unsigned int)number;
	else if (strcmp(name, "write_ms") == 0)
		recovery->write_ms = (unsigned int)number;
	else if (strcmp(name, "flap_ms") == 0)
		recovery->flap_ms = (unsigned int)number;
	else if (strcmp(name, "error") == 0)
		recovery->forced_error = (int)number;
	else
		return -ENOENT;
	return end == value || *end || number < 0 ? -EINVAL : 0;
}

int emu_recovery_set(struct emu_recovery *recovery, const char *name, const char *value)
{
	if (strcmp(name, "recovery") == 0) {
		recovery->by_code = strcmp(value, "served") == 0;
		recovery->built_s = recovery_date_parse(value);
		return recovery->by_code || recovery->built_s ? 0 : -EINVAL;
	}
	if (strcmp(name, "recovery_code") == 0)
		recovery->code_name = value;
	else if (strcmp(name, "revision") == 0)
		recovery->revision = value;
	else if (strcmp(name, "state") == 0)
		recovery->state_dir = value;
	else if (strcmp(name, "otp_key") == 0)
		return key_parse(recovery, value);
	else if (strcmp(name, "quirks") == 0)
		return quirks_parse(value, &recovery->quirks);
	else
		return number_set(recovery, name, value);
	return 0;
}

int emu_recovery_set_all(struct emu_recovery *recovery, char *text)
{
	char *part;

	while ((part = strsep(&text, ","))) {
		char *value = part, *name = strsep(&value, "=");
		int r = value ? emu_recovery_set(recovery, name, value) : -EINVAL;

		if (r < 0)
			return r;
	}
	return 0;
}
