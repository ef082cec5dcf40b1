/* SPDX-License-Identifier: Apache-2.0 */
/* Warns the user about three problems during `rpiboot recover`: the board may not start with its
 * new EEPROM image, it has no switch for USB boot, or it does not report that its debug port is
 * locked. */
#include "board/internal.h"

#include "boot/metadata.h"
#include "boot/recovery.h"
#include "boot/revision.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void recover_warn_gpio(struct board *board, uint64_t now_ms)
{
	const struct metadata *metadata = service_metadata(board->service);
	struct revision revision;

	if (!board->context->recover->gpio &&
	    revision_decode(metadata_get(metadata, "USER_BOARDREV"), &revision) == 0 &&
	    revision.no_boot_switch)
		board_warn(board, "no-gpio",
			   "this board has no switch for USB boot, so after the lock it starts USB "
			   "boot only if it cannot boot otherwise; select a GPIO pin for USB boot "
			   "with --rpiboot-gpio, unless an earlier run has done so",
			   now_ms);
}

void recover_warn_key(struct board *board, uint64_t now_ms)
{
	const char *development = board->recovering.kit->development_source;
	const struct recover_image *image = recover_image(board);
	const struct recovery_facts *recovery = recovery_facts(service_recovery(board->service));
	char text[ERROR_TEXT_SIZE];

	if (!image->file.data || record_lock_of(recovery->key_hash) != RECORD_LOCKED)
		return;
	if (strcasecmp(recovery->key_hash, image->key_hash) != 0) {
		snprintf(text, sizeof(text),
			 "the board may not start: it is locked to the key with the hash %s, but "
			 "the EEPROM image has %s; run 'rpiboot recover' again with --key and the "
			 "key of the board",
			 recovery->key_hash,
			 image->key_hash[0] ? "another public key" : "no public key");
		board_warn(board, "other-key", text, now_ms);
	} else if (development) {
		snprintf(text, sizeof(text),
			 "the board may not start: it is locked, but '%s' is signed with Raspberry "
			 "Pi's development key; run 'rpiboot recover' again with a newer release",
			 development);
		board_warn(board, "development-key", text, now_ms);
	}
}

void recover_warn_jtag(struct board *board, uint64_t now_ms)
{
	const char *reported = metadata_get(service_metadata(board->service), "JTAG_LOCKED");

	if (board->context->recover->lock_jtag && (!reported || strcmp(reported, "1") != 0))
		board_warn(board, "no-jtag-lock",
			   "the board does not report the property JTAG_LOCKED=1, so the lock of "
			   "its debug port is not proved",
			   now_ms);
}
