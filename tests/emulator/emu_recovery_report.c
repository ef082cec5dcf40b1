/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata (docs/protocol.md, section 9). The reported values depend on the chip and on the age of
 * the firmware. */
#include "tests/emulator/emu_recovery_private.h"

#include <stdarg.h>
#include <string.h>

/* Seconds since 1970. */
#define KNOWS_METADATA_S      1722470400 /* 2024-08-01 */
#define REBOOTS_AND_REPORTS_S 1725148800 /* 2024-09-01 */
#define REPORTS_BY_ITSELF_S   1764547200 /* 2025-12-01 */
#define KNOWS_RESULTS_2711_S  1764248255
#define KNOWS_RESULTS_2712_S  1764250826

bool recovery_reports_results(const struct emu_recovery *recovery)
{
	return recovery->runs_built_s >=
	       (recovery->chip == EMU_BCM2711 ? KNOWS_RESULTS_2711_S : KNOWS_RESULTS_2712_S);
}

static bool report_is_wanted(const struct emu_recovery *recovery)
{
	uint64_t built_s = recovery->runs_built_s;

	if (built_s < KNOWS_METADATA_S || recovery->quirks & QUIRK_NO_VALUES ||
	    (recovery->orders.reboot && built_s < REBOOTS_AND_REPORTS_S))
		return false;
	if (recovery->orders.metadata < 0)
		return built_s >= REPORTS_BY_ITSELF_S;
	return recovery->orders.metadata;
}

static void report_add(struct emu_recovery *recovery, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void report_add(struct emu_recovery *recovery, const char *key, const char *fmt, ...)
{
	struct report_row *row = &recovery->rows[recovery->row_count];
	va_list ap;

	if (recovery->row_count == REPORT_ROWS)
		return;
	recovery->row_count++;
	snprintf(row->key, sizeof(row->key), "%s", key);
	va_start(ap, fmt);
	vsnprintf(row->value, sizeof(row->value), fmt, ap);
	va_end(ap);
}

static void report_result(struct emu_recovery *recovery, const char *key, enum result result,
			  bool bad)
{
	if (result != RESULT_NOT_ASKED)
		report_add(recovery, key, "%s",
			   result == RESULT_SUCCESS && !bad ? "success" : "fail");
}

static void report_results(struct emu_recovery *recovery, bool bad)
{
	unsigned int quirks = recovery->quirks;
	uint8_t hash[EMU_HASH_BYTES];
	char text[EMU_HASH_TEXT];

	if (!recovery_reports_results(recovery))
		return;
	if (!(quirks & QUIRK_NO_UPDATE))
		report_result(recovery, REPORT_UPDATE, recovery->updated,
			      bad || quirks & QUIRK_UPDATE_FAILS);
	if (recovery->has_image && !(quirks & QUIRK_NO_HASH)) {
		emu_hash(recovery->image.bytes, recovery->image.size, hash);
		hash[7] ^= bad || quirks & QUIRK_WRONG_HASH;
		emu_hash_text(hash, text);
		report_add(recovery, REPORT_HASH, "%s", text);
	}
	report_result(recovery, REPORT_ERASE, recovery->erased, bad);
	report_result(recovery, REPORT_PROVISION, recovery->provisioned, bad);
}

static void report_board(struct emu_recovery *recovery, bool bad)
{
	const struct emu_keep *keep = &recovery->keep;
	bool is_2711 = recovery->chip == EMU_BCM2711;
	char text[EMU_HASH_TEXT], serial[17];

	snprintf(serial, sizeof(serial), "%s", recovery->serial);
	if (bad || recovery->quirks & QUIRK_WRONG_SERIAL)
		serial[0] = serial[0] == '7' ? '6' : '7';
	emu_hash_text(keep->key_hash, text);
	report_add(recovery, REPORT_SERIAL, "%s", serial);
	report_add(recovery, "MAC_ADDR", "2c:cf:67:00:%.2s:%.2s", serial, serial + 2);
	if (!is_2711) {
		report_add(recovery, "MAC_WIFI_ADDR", "2c:cf:68:00:%.2s:%.2s", serial, serial + 2);
		report_add(recovery, "MAC_BT_ADDR", "2c:cf:69:00:%.2s:%.2s", serial, serial + 2);
	}
	report_results(recovery, bad);
	report_add(recovery, "CUSTOMER_KEY_HASH", "%s", text);
	report_add(recovery, "BOOT_ROM", "%s", is_2711 ? "000048b0" : "0000000a");
	report_add(recovery, "BOARD_ATTR", "00000000");
	report_add(recovery, "USER_BOARDREV", "%s",
		   recovery->revision ? recovery->revision
		   : is_2711	      ? "c03141"
				      : "c04180");
	report_add(recovery, "JTAG_LOCKED", "%d", keep->jtag_locked);
	if (is_2711) {
		report_add(recovery, "ADVANCED_BOOT", "0000e8e8");
		return;
	}
	report_add(recovery, "FACTORY_UUID", "19a519a6_19ab520e_1ac0212b");
	if (recovery_reports_results(recovery))
		report_add(recovery, "SIGNATURE_MODE", "0");
}

void recovery_report_make(struct emu_recovery *recovery)
{
	recovery->row_count = 0;
	if (!report_is_wanted(recovery))
		return;
	report_board(recovery, recovery->quirks & QUIRK_BAD_FIRST);
	if (recovery->quirks & (QUIRK_THEN_BAD | QUIRK_BAD_FIRST))
		report_board(recovery, recovery->quirks & QUIRK_THEN_BAD);
}
