/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of a recovery, in the order of the chip (docs/protocol.md, section 4). */
#include "tests/emulator/emu_recovery_private.h"

#include "util/util.h"

#include <stdlib.h>
#include <string.h>

static const char *const strange[] = {"../pieeprom.bin", "/etc/shadow", "secret.key",
				      "otp/private.bin"};

void received_add(struct received *received, const uint8_t *data, size_t size)
{
	size_t need = received->size + size;

	if (need > received->room) {
		received->room = need > 2 * received->room ? need : 2 * received->room;
		received->bytes = realloc(received->bytes, received->room);
		if (!received->bytes)
			abort();
	}
	memcpy(received->bytes + received->size, data, size);
	received->size = need;
}

void received_clear(struct received *received)
{
	free(received->bytes);
	*received = (struct received){0};
}

static bool recovery_has(const struct emu_recovery *recovery, unsigned int quirk)
{
	return recovery->quirks & quirk;
}

struct emu_recovery *emu_recovery_new(void)
{
	struct emu_recovery *recovery = calloc(1, sizeof(*recovery));

	if (recovery) {
		recovery->wanted_gpio = -1;
		recovery->write_ms = 50;
	}
	return recovery;
}

struct emu_recovery *emu_recovery_free(struct emu_recovery *recovery)
{
	if (!recovery)
		return NULL;
	if (recovery->started && recovery->state_dir &&
	    emu_keep_save(&recovery->keep, recovery->state_dir) < 0)
		perror(recovery->state_dir);
	emu_recovery_power_on(recovery);
	emu_keep_clear(&recovery->keep);
	free(recovery);
	return NULL;
}

int emu_recovery_start(struct emu_recovery *recovery, const struct emu_config *config)
{
	struct emu_keep *keep = &recovery->keep;

	recovery->chip = config->chip;
	recovery->serial = config->serial ? config->serial : "12345678";
	if ((!recovery->by_code && !recovery->built_s) || emu_keep_init(keep, config->chip) < 0)
		return -1;
	keep->jtag_locked = recovery->wants_jtag;
	keep->protected = recovery->wants_protected;
	keep->rpiboot_gpio = recovery->wanted_gpio;
	if (recovery->state_dir && emu_keep_load(keep, recovery->state_dir) < 0)
		return -1;
	if (recovery->wants_key)
		memcpy(keep->key_hash, recovery->wanted_key_hash, EMU_HASH_BYTES);
	recovery->started = true;
	return 0;
}

struct emu_keep *emu_recovery_keep(struct emu_recovery *recovery)
{
	return &recovery->keep;
}

void emu_recovery_power_on(struct emu_recovery *recovery)
{
	received_clear(&recovery->code);
	received_clear(&recovery->config);
	received_clear(&recovery->image);
	received_clear(&recovery->sig);
}

static struct received *recovery_file(struct emu_recovery *recovery)
{
	switch (recovery->phase) {
	case PHASE_CONFIG_READ:
		return &recovery->config;
	case PHASE_SIG_READ:
		return &recovery->sig;
	case PHASE_IMAGE_READ:
		return &recovery->image;
	case PHASE_STRANGE:
	case PHASE_CONFIG_SIZE:
	case PHASE_IMAGE_SIZE:
	case PHASE_IMAGE_AGAIN:
	case PHASE_SIG_SIZE:
	case PHASE_REPORT:
	case PHASE_DONE:
	case PHASE_OVER:
		break;
	}
	return NULL;
}

/* Sets the request of the phase. */
static void recovery_set_step(struct emu_recovery *recovery)
{
	static const struct emu_step steps[] = {
		[PHASE_STRANGE] = {.verb = EMU_SIZE},
		[PHASE_CONFIG_SIZE] = {.verb = EMU_SIZE, .name = "config.txt"},
		[PHASE_CONFIG_READ] = {.verb = EMU_READ, .name = "config.txt"},
		[PHASE_IMAGE_SIZE] = {.verb = EMU_SIZE, .name = "pieeprom.bin"},
		[PHASE_IMAGE_AGAIN] = {.verb = EMU_SIZE, .name = "pieeprom.bin"},
		[PHASE_SIG_SIZE] = {.verb = EMU_SIZE, .name = "pieeprom.sig"},
		[PHASE_SIG_READ] = {.verb = EMU_READ, .name = "pieeprom.sig"},
		[PHASE_IMAGE_READ] = {.verb = EMU_READ, .name = "pieeprom.bin"},
		[PHASE_REPORT] = {.verb = EMU_METADATA},
		[PHASE_DONE] = {.verb = EMU_DONE},
		[PHASE_OVER] = {.verb = EMU_LEAVE},
	};
	struct emu_step *step = &recovery->step;

	*step = steps[recovery->phase];
	if (recovery->phase == PHASE_STRANGE)
		step->name = strange[recovery->at];
	if (recovery->upd && step->name && strcmp(step->name, "pieeprom.bin") == 0)
		step->name = "pieeprom.upd";
	if (recovery->phase == PHASE_REPORT) {
		step->name = recovery->rows[recovery->at].key;
		step->value = recovery->rows[recovery->at].value;
		step->busy_ms = recovery->at ? 0 : recovery->write_ms;
	}
}

void emu_recovery_begin(struct emu_recovery *recovery)
{
	emu_recovery_power_on(recovery);
	recovery->phase =
		recovery_has(recovery, QUIRK_STRANGE_NAMES) ? PHASE_STRANGE : PHASE_CONFIG_SIZE;
	recovery->at = recovery->row_count = 0;
	recovery->upd = recovery->has_image = false;
	recovery->has_run = true;
	recovery->orders = (struct orders){.protect = -1, .gpio = -1, .metadata = -1};
	recovery->error = ERROR_NONE;
	recovery->updated = recovery->erased = recovery->provisioned = RESULT_NOT_ASKED;
	recovery_set_step(recovery);
}

const struct emu_step *emu_recovery_step(const struct emu_recovery *recovery)
{
	return &recovery->step;
}

/* All files have arrived or are missing. */
static enum phase recovery_conclude(struct emu_recovery *recovery)
{
	bool reports;

	if (!recovery->error)
		recovery_work(recovery);
	reports = !recovery->error || (recovery_has(recovery, QUIRK_REPORTS_ERRORS) &&
				       recovery_reports_results(recovery));
	if (!reports)
		return PHASE_OVER;
	recovery_report_make(recovery);
	recovery->at = 0;
	if (recovery->row_count && !recovery_has(recovery, QUIRK_EARLY_DONE))
		return PHASE_REPORT;
	return recovery_has(recovery, QUIRK_NO_DONE) ? PHASE_OVER : PHASE_DONE;
}

static enum phase recovery_fail(struct emu_recovery *recovery, enum recovery_error error)
{
	recovery->error = error;
	recovery->updated = RESULT_FAIL;
	return recovery_conclude(recovery);
}

/* The phase after a length. */
static enum phase recovery_after_size(struct emu_recovery *recovery, uint32_t bytes)
{
	bool old = recovery->chip == EMU_BCM2711;

	switch (recovery->phase) {
	case PHASE_STRANGE:
		recovery->at++;
		return recovery->at < array_size(strange) ? PHASE_STRANGE : PHASE_CONFIG_SIZE;
	case PHASE_CONFIG_SIZE:
		return bytes ? PHASE_CONFIG_READ : PHASE_IMAGE_SIZE;
	case PHASE_IMAGE_SIZE:
		if (!bytes && recovery->upd)
			return recovery_conclude(recovery);
		recovery->upd = recovery->upd || !bytes;
		if (!bytes)
			return PHASE_IMAGE_SIZE;
		if (bytes != recovery->keep.eeprom_bytes)
			return recovery_fail(recovery, ERROR_EEPROM);
		return old ? PHASE_IMAGE_AGAIN : PHASE_IMAGE_READ;
	case PHASE_IMAGE_AGAIN:
		return PHASE_SIG_SIZE;
	case PHASE_SIG_SIZE:
		return bytes ? PHASE_SIG_READ : recovery_fail(recovery, ERROR_SIGNATURE);
	case PHASE_REPORT:
		if (++recovery->at < recovery->row_count)
			return PHASE_REPORT;
		return recovery_has(recovery, QUIRK_NO_DONE) ? PHASE_OVER : PHASE_DONE;
	case PHASE_CONFIG_READ: /* the host may have no such file; the next phase decides */
	case PHASE_SIG_READ:
	case PHASE_IMAGE_READ:
	case PHASE_DONE:
	case PHASE_OVER:
		break;
	}
	return PHASE_OVER;
}

/* The phase after a file. */
static enum phase recovery_after_file(struct emu_recovery *recovery)
{
	bool old = recovery->chip == EMU_BCM2711;

	if (recovery->phase == PHASE_CONFIG_READ) {
		recovery_orders_parse(&recovery->orders, recovery->config.bytes,
				      recovery->config.size);
		return recovery->orders.erase ? recovery_conclude(recovery) : PHASE_IMAGE_SIZE;
	}
	if (recovery->phase == PHASE_IMAGE_READ) {
		recovery->has_image = true;
		return old ? recovery_conclude(recovery) : PHASE_SIG_SIZE;
	}
	return old ? PHASE_IMAGE_READ : recovery_conclude(recovery);
}

int emu_recovery_answer(struct emu_recovery *recovery, uint32_t bytes)
{
	if (recovery->phase == PHASE_STRANGE && bytes)
		return -1;
	if (recovery_file(recovery) && bytes)
		return 1;
	recovery->phase = recovery_file(recovery) ? recovery_after_file(recovery)
						  : recovery_after_size(recovery, bytes);
	recovery_set_step(recovery);
	return 0;
}

int emu_recovery_data(struct emu_recovery *recovery, const uint8_t *data, size_t size)
{
	received_add(recovery_file(recovery), data, size);
	return recovery_has(recovery, QUIRK_DIES) && recovery->phase == PHASE_IMAGE_READ &&
			       recovery->image.size > recovery->keep.eeprom_bytes / 2
		       ? -1
		       : 0;
}

void emu_recovery_next(struct emu_recovery *recovery)
{
	recovery->phase = recovery_file(recovery) ? recovery_after_file(recovery) : PHASE_OVER;
	recovery_set_step(recovery);
}

enum emu_recovery_end emu_recovery_end(const struct emu_recovery *recovery)
{
	if (recovery->orders.reboot && !recovery->error &&
	    !recovery_has(recovery, QUIRK_NO_REBOOT | QUIRK_DIES))
		return recovery_has(recovery, QUIRK_OTHER_CHIP)	    ? EMU_RECOVERY_IS_OTHER
		       : recovery_has(recovery, QUIRK_OTHER_SERIAL) ? EMU_RECOVERY_IS_ANOTHER
		       : recovery_has(recovery, QUIRK_NO_SERIAL)    ? EMU_RECOVERY_IS_NAMELESS
								    : EMU_RECOVERY_REBOOTS;
	return recovery_has(recovery, QUIRK_STAYS) ? EMU_RECOVERY_IS_SILENT : EMU_RECOVERY_IS_OFF;
}

unsigned int emu_recovery_power_ms(struct emu_recovery *recovery)
{
	unsigned int power_ms = recovery->power_ms;

	recovery->power_ms = 0;
	return power_ms;
}

unsigned int emu_recovery_flap_ms(const struct emu_recovery *recovery)
{
	return recovery->has_run ? recovery->flap_ms : 0;
}

int emu_recovery_error(const struct emu_recovery *recovery)
{
	return (int)recovery->error;
}

bool emu_recovery_refusal_is_quiet(const struct emu_recovery *recovery)
{
	return recovery_has(recovery, QUIRK_QUIET_REFUSAL);
}
