/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the recovery share: emu_recovery.c (the conversation), emu_recovery_code.c (the
 * boot ROM's look at a second stage), emu_recovery_work.c (EEPROM and OTP), emu_recovery_report.c
 * (metadata), emu_recovery_options.c. For them only. */
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

/* Ways in which a board does not do what it should, or does not say what it did. */
enum quirk {
	QUIRK_WRONG_HASH = 1 << 0,	/* reports the hash of another image */
	QUIRK_NO_HASH = 1 << 1,		/* reports no hash */
	QUIRK_NO_UPDATE = 1 << 2,	/* reports no result of the update */
	QUIRK_NO_VALUES = 1 << 3,	/* reports nothing */
	QUIRK_WRONG_SERIAL = 1 << 4,	/* reports another serial number */
	QUIRK_THEN_BAD = 1 << 5,	/* reports values twice, the second time bad ones */
	QUIRK_BAD_FIRST = 1 << 6,	/* ... the first time */
	QUIRK_UPDATE_FAILS = 1 << 7,	/* reports "fail", whatever it did */
	QUIRK_WRONG_WRITE = 1 << 8,	/* writes a wrong byte and does not notice */
	QUIRK_NO_WRITE = 1 << 9,	/* writes nothing and does not notice */
	QUIRK_STRANGE_NAMES = 1 << 10,	/* asks for files that no host offers */
	QUIRK_DIES = 1 << 11,		/* leaves for good amidst the image */
	QUIRK_NO_DONE = 1 << 12,	/* leaves without Done */
	QUIRK_NO_REBOOT = 1 << 13,	/* does not reboot though it should */
	QUIRK_STAYS = 1 << 14,		/* stays on the bus when it is done */
	QUIRK_OTHER_CHIP = 1 << 15,	/* returns as another chip */
	QUIRK_REPORTS_ERRORS = 1 << 16, /* reports an error; else it leaves at once */
	QUIRK_QUIET_REFUSAL = 1 << 17,	/* the boot ROM that refuses returns 0 */
	QUIRK_NEEDS_RSA = 1 << 18,	/* a locked board wants an rsa2048 line in pieeprom.sig */
	QUIRK_EARLY_DONE = 1 << 19,	/* says Done before it reports, and reports nothing then */
	QUIRK_OTHER_SERIAL = 1 << 20,	/* returns with another serial number of its USB device */
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

/* Bytes that come from the host. */
struct received {
	uint8_t *bytes;
	size_t size, room;
};

struct report_row {
	char key[32], value[128];
};

/* What config.txt asks for. */
struct orders {
	bool erase, program_pubkey, revoke_devkey, lock_jtag, reboot;
	int protect;  /* 1: set, 0: clear, -1: leave */
	int gpio;     /* -1: none */
	int metadata; /* -1: not said */
};

enum result { RESULT_NOT_ASKED, RESULT_SUCCESS, RESULT_FAIL };

struct emu_recovery {
	/* Options, and the board that has it. */
	enum emu_chip chip;
	const char *serial, *state_dir, *code_name, *revision;
	bool by_code;	  /* the second stage itself says what it is and when it was built */
	uint64_t built_s; /* else */
	unsigned int quirks, power_ms, write_ms, flap_ms;
	bool has_run; /* its recovery firmware has started once */
	int forced_error;
	bool protect_pin; /* /WP is low: the protect bits hold */
	uint8_t wanted_key_hash[EMU_HASH_BYTES];
	bool wants_key, wants_jtag, wants_protected;
	int wanted_gpio;
	struct emu_keep keep;
	bool started;

	/* What it has in its memory. */
	struct received code, config, image, sig;
	uint64_t runs_built_s;
	enum phase phase;
	unsigned int at; /* of the strange names, of the report */
	bool upd;	 /* asks for pieeprom.upd */
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
/* Does what config.txt asks for, once all files are there. Sets error and the results. */
void recovery_work(struct emu_recovery *recovery);

/* emu_recovery_report.c */
void recovery_report_make(struct emu_recovery *recovery);
/* Has this recovery results to report? */
bool recovery_reports_results(const struct emu_recovery *recovery);

/* emu_recovery_code.c */
uint64_t recovery_date_parse(const char *text); /* "2026-08-04"; 0: it is none */

#endif
