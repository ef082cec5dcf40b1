/* SPDX-License-Identifier: Apache-2.0 */
/* The private interface of the recovery: emu_recovery.c (requests), emu_recovery_code.c (check of
 * the second stage), emu_recovery_work.c (EEPROM and OTP), emu_recovery_report.c (metadata), and
 * emu_recovery_options.c. */
#ifndef EMU_RECOVERY_PRIVATE_H
#define EMU_RECOVERY_PRIVATE_H

#include "tests/emulator/emu_crypto.h"
#include "tests/emulator/emu_recovery.h"

#define REPORT_ROWS	 48
#define REPORT_SERIAL	 "USER_SERIAL_NUM"
#define REPORT_UPDATE	 "EEPROM_UPDATE"
#define REPORT_HASH	 "EEPROM_HASH"
#define REPORT_ERASE	 "EEPROM_ERASE"
#define REPORT_PROVISION "SECURE_BOOT_PROVISION"

/* Deviations of a board from its firmware, in its work or in its report. */
enum quirk {
	QUIRK_WRONG_HASH = 1 << 0,	/* reports the hash of another image */
	QUIRK_NO_HASH = 1 << 1,		/* reports no hash */
	QUIRK_NO_UPDATE = 1 << 2,	/* reports no result of the update */
	QUIRK_NO_VALUES = 1 << 3,	/* reports no metadata */
	QUIRK_WRONG_SERIAL = 1 << 4,	/* reports another serial number */
	QUIRK_THEN_BAD = 1 << 5,	/* reports the values twice; the second values are wrong */
	QUIRK_BAD_FIRST = 1 << 6,	/* reports the values twice; the first values are wrong */
	QUIRK_UPDATE_FAILS = 1 << 7,	/* always reports "fail" */
	QUIRK_WRONG_WRITE = 1 << 8,	/* writes a wrong byte and does not notice */
	QUIRK_NO_WRITE = 1 << 9,	/* writes nothing and does not notice */
	QUIRK_STRANGE_NAMES = 1 << 10,	/* asks for files that no host offers */
	QUIRK_DIES = 1 << 11,		/* leaves for good while the image is sent */
	QUIRK_NO_DONE = 1 << 12,	/* leaves without Done */
	QUIRK_NO_REBOOT = 1 << 13,	/* does not reboot as configured */
	QUIRK_STAYS = 1 << 14,		/* stays on the bus after the recovery */
	QUIRK_OTHER_CHIP = 1 << 15,	/* returns as another chip */
	QUIRK_REPORTS_ERRORS = 1 << 16, /* reports an error; otherwise it leaves at once */
	QUIRK_QUIET_REFUSAL = 1 << 17,	/* the boot ROM that refuses sends status 0 */
	QUIRK_NEEDS_RSA = 1 << 18,    /* a locked board requires an rsa2048 line in pieeprom.sig */
	QUIRK_EARLY_DONE = 1 << 19,   /* sends Done before its report, and no report after that */
	QUIRK_OTHER_SERIAL = 1 << 20, /* returns with another USB serial number */
	QUIRK_NO_SERIAL = 1 << 21,    /* returns without a USB serial number */
};

/* Errors as the LED shows them (docs/protocol.md, section 9). */
enum recovery_error {
	ERROR_NONE = 0,
	ERROR_SIGNATURE = 24,
	ERROR_EEPROM = 31,
	ERROR_PROTECTED = 32,
	ERROR_SECURE_BOOT = 34,
};

enum phase {
	PHASE_STRANGE,
	PHASE_CONFIG_SIZE,
	PHASE_CONFIG_READ,
	PHASE_IMAGE_SIZE,
	PHASE_IMAGE_AGAIN,
	PHASE_SIG_SIZE,
	PHASE_SIG_READ,
	PHASE_IMAGE_READ,
	PHASE_REPORT,
	PHASE_DONE,
	PHASE_OVER,
};

/* Bytes from the host. */
struct received {
	uint8_t *bytes;
	size_t size, room;
};

struct report_row {
	char key[32], value[128];
};

/* The settings of config.txt. */
struct orders {
	bool erase, program_pubkey, revoke_devkey, lock_jtag, reboot;
	int protect;  /* 1: set, 0: clear, -1: leave */
	int gpio;     /* -1: none */
	int metadata; /* -1: not set */
};

enum result { RESULT_NOT_ASKED, RESULT_SUCCESS, RESULT_FAIL };

struct emu_recovery {
	/* The options, and the board of this recovery. */
	enum emu_chip chip;
	const char *serial, *state_dir, *code_name, *revision;
	bool by_code;	  /* the second stage has its kind and build time */
	uint64_t built_s; /* otherwise */
	unsigned int quirks, power_ms, write_ms, flap_ms;
	bool has_run; /* the firmware has started once */
	int forced_error;
	bool protect_pin; /* /WP is low, so the protect bits cannot be changed */
	uint8_t wanted_key_hash[EMU_HASH_BYTES];
	bool wants_key, wants_jtag, wants_protected;
	int wanted_gpio;
	struct emu_keep keep;
	bool started;

	/* The files in the memory of the board. */
	struct received code, config, image, sig;
	uint64_t runs_built_s;
	enum phase phase;
	unsigned int at; /* index of the strange names and of the report */
	bool upd;	 /* requests pieeprom.upd */
	bool has_image;
	struct orders orders;
	enum recovery_error error;
	enum result updated, erased, provisioned;
	struct report_row rows[REPORT_ROWS];
	unsigned int row_count;
	struct emu_step step;
};

void received_add(struct received *received, const uint8_t *data, size_t size);
void received_clear(struct received *received);

/* emu_recovery_work.c */
void recovery_orders_parse(struct orders *ret, const uint8_t *text, size_t size);
/* Applies the settings of config.txt when all files have arrived. Sets error and the results. */
void recovery_work(struct emu_recovery *recovery);

/* emu_recovery_report.c */
void recovery_report_make(struct emu_recovery *recovery);
/* Returns: true if this recovery has results to report. */
bool recovery_reports_results(const struct emu_recovery *recovery);

/* emu_recovery_code.c */
uint64_t recovery_date_parse(const char *text); /* "2026-08-04"; 0: not a date */

#endif
