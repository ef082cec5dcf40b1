/* SPDX-License-Identifier: Apache-2.0 */
/* Leads a board through the steps of the command `rpiboot recover`: read its properties, write its
 * EEPROM, then make its storage a disk. Each step starts in the boot ROM of the board. Between two
 * steps the board restarts, by itself or because a person switches its power off and on. */
#include "board/internal.h"

#include "boot/metadata.h"
#include "boot/revision.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The time in milliseconds that the program waits for a board to leave the bus after the board has
 * stopped requesting files. */
#define RECOVER_LEAVE_MS 2000

const struct recover_kit *recover_kit(const struct recover *recover, const struct chip *chip)
{
	for (size_t i = 0; i < recover->kit_count; i++)
		if (recover->kits[i].chip == chip)
			return &recover->kits[i];
	return NULL;
}

const struct recover_image *recover_image(const struct board *board)
{
	const struct recover_kit *kit = board->recovering.kit;

	return board->recovering.signed_stage && kit->image_locked.file.data ? &kit->image_locked
									     : &kit->image;
}

bool recover_is_active(const struct board *board)
{
	return board->recovering.kit && board->recovering.step != RECOVER_DISK;
}

struct verdict recover_begin(struct board *board, uint64_t now_ms)
{
	const struct recover *recover = board->context->recover;
	struct recovering *recovering = &board->recovering;

	if (!board->chip->eeprom_bytes)
		return verdict_end(STATUS_FAILED,
				   "boards with %s have no bootloader EEPROM, so rpiboot cannot "
				   "recover this board; boot it without 'recover'",
				   board->chip->name);
	recovering->kit = recover_kit(recover, board->chip);
	if (!recovering->kit)
		return verdict_end(
			STATUS_NO_FILES,
			"the recovery firmware or the EEPROM image for %s is missing; give the "
			"file as the argument IMAGE, or its directory with --firmware DIR",
			board->chip->name);
	if (board->stage != WIRE_STAGE_ROM)
		return verdict_end(STATUS_FAILED,
				   "the board already runs a program from another host or from an "
				   "earlier run; switch the power of the board off and on");
	if (recover->lock && !board->serial[0])
		return verdict_end(
			STATUS_FAILED,
			"not locked: the boot ROM of the board reports no serial number, so "
			"rpiboot cannot identify the board; nothing was changed");
	recovering->step = recover->lock ? RECOVER_READ : RECOVER_FLASH;
	recovering->signed_stage = recover->locked;
	return recover_check_record(board, now_ms);
}

int recover_start_step(struct board *board, struct error *err)
{
	struct recovering *recovering = &board->recovering;
	const struct recover_kit *kit = recovering->kit;
	const struct recover_image *image = recover_image(board);
	struct recover_file offered[RECOVER_OFFERED_MAX];
	size_t count = 0;

	board->awaiting = (struct awaiting){0};
	recovering->return_ms = 0;
	board->serving.answers = 0;
	recovery_restart(service_recovery(board->service),
			 recovering->step == RECOVER_FLASH && image->file.data ? image->sha256
									       : NULL);
	if (recovering->step == RECOVER_DISK)
		return service_open_files(board->service, err);
	offered[count++] =
		recovering->signed_stage && kit->stage_signed.data ? kit->stage_signed : kit->stage;
	offered[count++] = recovering->step == RECOVER_READ ? kit->config_read
			   : recovering->locks		    ? kit->config_lock
							    : kit->config_flash;
	if (recovering->step == RECOVER_FLASH && image->file.data) {
		offered[count++] = image->file;
		offered[count++] = image->sig;
	}
	service_offer(board->service, kit->source, offered, count);
	return 0;
}

static enum recover_lock lock_of(const struct recover *recover,
				 const struct recovery_facts *recovery)
{
	const enum record_lock lock = record_lock_of(recovery->key_hash);

	if (lock == RECORD_LOCK_UNKNOWN)
		return RECOVER_LOCK_UNREPORTED;
	if (lock == RECORD_UNLOCKED)
		return RECOVER_LOCK_NONE;
	return strcasecmp(recovery->key_hash, recover->key_hash) == 0 ? RECOVER_LOCK_SAME
								      : RECOVER_LOCK_OTHER;
}

/* Compares the serial number that the recovery firmware reports with that of the board's USB
 * device. The recovery firmware reports only the low 32 bits.
 * Returns: true if the low 32 bits are equal, or if a serial number is unknown. */
static bool reports_own_serial(const struct board *board, const struct recovery_facts *recovery)
{
	size_t length = strlen(board->serial);
	const char *low = board->serial + (length > 8 ? length - 8 : 0);
	char *usb_end, *end;
	unsigned long usb = strtoul(low, &usb_end, 16);
	unsigned long reported = strtoul(recovery->serial, &end, 16);

	if (!recovery->serial[0] || length < 8 || *usb_end)
		return true;
	return !*end && (reported & 0xffffffff) == usb;
}

static void recover_collect(const struct board *board, bool overdue, struct recover_facts *ret)
{
	const struct recover *recover = board->context->recover;
	const struct recovering *recovering = &board->recovering;
	bool reads = recovering->step == RECOVER_READ;
	struct revision revision;

	*ret = (struct recover_facts){
		.reads = reads,
		.erases = !reads && !recovering->kit->image.file.data,
		.locks = recover->lock,
		.said_done = board->awaiting.said_done,
		.left = board->awaiting.away,
		.returned = recovering->returned,
		.overdue = overdue,
	};
	ret->recovery = *recovery_facts(service_recovery(board->service));
	ret->was_proved =
		recovering->earlier && recover_image(board)->sha256[0] &&
		strcasecmp(recovering->earlier->proved_sha256, recover_image(board)->sha256) == 0;
	ret->same_board = reports_own_serial(board, &ret->recovery);
	ret->old_firmware = !recovering->kit->reports;
	ret->lock = lock_of(recover, &ret->recovery);
	ret->no_lock =
		revision_decode(metadata_get(service_metadata(board->service), "USER_BOARDREV"),
				&revision) == 0 &&
		revision.no_secure_boot;
}

bool recover_is_proved(const struct board *board)
{
	enum recover_outcome outcome;
	struct recover_facts facts;

	if (!recover_is_active(board))
		return false;
	recover_collect(board, true, &facts);
	outcome = recover_judge(&facts);
	return outcome != RECOVER_OPEN && recover_status(outcome) == STATUS_OK;
}

/* Returns: the result of a board whose EEPROM was successfully updated or erased. */
static struct verdict success_of(const struct board *board, enum recover_outcome outcome)
{
	const struct recover_kit *kit = board->recovering.kit;
	const char *image = kit->image_version[0] ? kit->image_version : kit->image_source;
	const char *lock = board->context->recover->lock ? "; the board is locked to the key" : "";

	if (outcome == RECOVER_PROVED)
		return verdict_end(STATUS_OK,
				   "EEPROM update proved: the board wrote the image %s and reports "
				   "its SHA-256%s",
				   image, lock);
	if (outcome == RECOVER_CURRENT)
		return verdict_end(STATUS_OK,
				   "EEPROM already current: an earlier run wrote the image %s, and "
				   "the board still reports the SHA-256 of this image%s",
				   image, lock);
	return verdict_end(STATUS_OK,
			   "EEPROM erased: the board reports success, and now boots only over USB");
}

/* The messages for EEPROM updates that failed, or whose success is not proved. A message that
 * contains facts about the board, such as its serial number, has no row here, because failure_of()
 * composes it. */
static const char *const failures[RECOVER_CUT_SHORT + 1] = {
	[RECOVER_UNPROVABLE] =
		"EEPROM update not proved: the board did not report both of the properties "
		"EEPROM_UPDATE and EEPROM_HASH; run 'rpiboot recover' again",
	[RECOVER_ERASE_UNPROVABLE] =
		"EEPROM erase not proved: the board did not report that its EEPROM is erased; "
		"erase it again",
	[RECOVER_LOCK_UNPROVABLE] =
		"lock not proved: the EEPROM has the image, but the board did not report the "
		"property SECURE_BOOT_PROVISION=success after it received config.txt; run "
		"'rpiboot recover' again",
	[RECOVER_LOCK_FAIL] =
		"lock failed: the board reports the property SECURE_BOOT_PROVISION=fail, so it "
		"may be unable to start the signed image; run 'rpiboot recover' again",
	[RECOVER_NO_KEY_REPORT] =
		"not locked: the board did not report the property CUSTOMER_KEY_HASH, so rpiboot "
		"cannot know whether the board is already locked",
	[RECOVER_NO_SECURE_BOOT] =
		"not locked: a Pi 4B of revision 1.3 or older has no secure boot",
	[RECOVER_CONTRADICTION] =
		"EEPROM update failed: the board reported two different values of its serial "
		"number or its key",
	[RECOVER_UNREAD] =
		"EEPROM update failed: the board stopped before it read the whole image, so its "
		"EEPROM is unchanged; run 'rpiboot recover' again",
};

/* Returns: the result of a board whose EEPROM update failed or is not proved. An update is not
 * proved if the board did not report the properties that prove it, such as
 * EEPROM_UPDATE=success. */
static struct verdict failure_of(const struct board *board, enum recover_outcome outcome,
				 const struct recovery_facts *recovery)
{
	const char *last = board->serving.last_name;
	const enum exit_status status = recover_status(outcome);

	if (outcome == RECOVER_UNPROVABLE && recovery->update == RECOVERY_UNCLEAR)
		return verdict_end(
			status,
			"EEPROM update not proved: the board reports a value of the property "
			"EEPROM_UPDATE that is neither success nor fail; run 'rpiboot recover' "
			"again");
	if (!board->recovering.kit->reports &&
	    (outcome == RECOVER_UNPROVABLE || outcome == RECOVER_ERASE_UNPROVABLE))
		return verdict_end(
			status,
			"EEPROM %s not proved: the recovery firmware was built before 2025-11-27 "
			"and reports no result; use newer recovery firmware",
			outcome == RECOVER_UNPROVABLE ? "update" : "erase");
	if (failures[outcome])
		return verdict_end(status, "%s", failures[outcome]);
	if (outcome == RECOVER_REPORTED_FAIL)
		return verdict_end(
			status,
			"EEPROM update failed: the board reports the property %s=fail; check the "
			"write protection of the EEPROM and, if the board is locked, the key",
			recovery->erase == RECOVERY_FAIL ? "EEPROM_ERASE" : "EEPROM_UPDATE");
	if (outcome == RECOVER_OTHER_HASH)
		return verdict_end(
			status,
			"EEPROM update failed: the board reports the SHA-256 %s%s, but the image "
			"has the SHA-256 %s; run 'rpiboot recover' again",
			recovery->reported_sha256,
			recovery->hash_contradicts ? ", after a different SHA-256" : "",
			recover_image(board)->sha256);
	if (outcome == RECOVER_OTHER_SERIAL)
		return verdict_end(
			status,
			"EEPROM update failed: the board reports the serial number %s, but its "
			"USB device has the serial number %.40s",
			recovery->serial, board->serial);
	if (outcome == RECOVER_OTHER_KEY)
		return verdict_end(
			status,
			"not locked: the board is already locked to another key, with the hash "
			"%s; run 'rpiboot recover --locked' with this other key",
			recovery->key_hash);
	return verdict_end(
		status,
		"EEPROM update failed: the board left the bus%s%.200s without the message Done and "
		"without a result of the update, because it %s; run 'rpiboot recover' again",
		last[0] ? " after " : "", last,
		recovery->sent ? "refused the image (wrong key or write-protected EEPROM) and "
				 "flashes its LED, or lost power"
			       : "lost power, or stopped with an error and flashes its LED");
}

/* Reports the outcome of the EEPROM update to the user, and stores the outcome for the record file
 * of the board. */
static void recover_conclude(struct board *board, enum recover_outcome outcome, const char *text,
			     uint64_t now_ms)
{
	struct recovering *recovering = &board->recovering;
	const struct recovery_facts *recovery = recovery_facts(service_recovery(board->service));
	struct event event = {
		.type = EVENT_EEPROM,
		.eeprom.proof = recover_proof_word(outcome),
		.eeprom.sha256 = recover_image(board)->sha256,
		.eeprom.reported = recovering->reported_sha256,
		.eeprom.text = text,
	};

	recovering->outcome = outcome;
	recovering->locked_now =
		recovering->step == RECOVER_FLASH && recovery->provision == RECOVERY_SUCCESS;
	memcpy(recovering->reported_sha256, recovery->reported_sha256,
	       sizeof(recovering->reported_sha256));
	board_report(board, &event, now_ms);
}

/* Starts the next step of a board that will be locked. The step writes the EEPROM, and locks the
 * board if it is not locked yet. */
static struct verdict recover_known(struct board *board, const struct recover_facts *facts,
				    uint64_t now_ms)
{
	struct recovering *recovering = &board->recovering;

	recovering->locks = facts->lock == RECOVER_LOCK_NONE;
	recovering->signed_stage = facts->lock == RECOVER_LOCK_SAME;
	if (!recovering->locks)
		board_note(board, 0, now_ms, "the board is already locked to this key");
	else
		recover_warn_gpio(board, now_ms);
	recovering->step = RECOVER_FLASH;
	return verdict(VERDICT_NEXT_STEP);
}

struct verdict recover_verdict(struct board *board, bool overdue, uint64_t now_ms)
{
	const struct recover *recover = board->context->recover;
	struct recovering *recovering = &board->recovering;
	enum recover_outcome outcome;
	struct recover_facts facts;
	struct verdict result;

	recover_collect(board, overdue, &facts);
	outcome = recover_judge(&facts);
	if (outcome == RECOVER_OPEN)
		return verdict(VERDICT_GOES_ON);
	if (outcome == RECOVER_KNOWN)
		return recover_known(board, &facts, now_ms);
	recover_warn_key(board, now_ms);
	if (recover_status(outcome) == STATUS_OK)
		recover_warn_jtag(board, now_ms);
	result = recover_status(outcome) == STATUS_OK ? success_of(board, outcome)
						      : failure_of(board, outcome, &facts.recovery);
	/* A board that is locked to a key stays locked forever. Warn the user, because this board
	 * needs the option --locked from now on. */
	if (result.status != STATUS_OK && facts.recovery.provision == RECOVERY_SUCCESS)
		text_add(result.text, sizeof(result.text),
			 "; the board is locked to the key now, so use --locked");
	recover_conclude(board, outcome, result.text, now_ms);
	if (!recover->then_disk ||
	    (result.status != STATUS_OK && result.status != STATUS_EEPROM_UNPROVED))
		return result;
	board_note(board, 0, now_ms, "%s", result.text);
	recovering->step = RECOVER_DISK;
	return verdict(VERDICT_NEXT_STEP);
}

void recover_await(struct board *board, uint64_t now_ms)
{
	board->recovering.returned = false;
	if (board->serving.boot && boot_said_done(board->serving.boot))
		board->awaiting.said_done = true;
	board->deadline_ms = now_ms + RECOVER_LEAVE_MS;
}

struct verdict recover_left(struct board *board, uint64_t now_ms)
{
	outcome_report_left(board, now_ms);
	/* The board left the bus. Its second-stage bootloader may appear on the bus more than once
	 * before it requests a file, so continue to wait for it. */
	if (!board->serving.answers)
		return verdict(VERDICT_GOES_ON);
	return recover_verdict(board, false, now_ms);
}

struct verdict recover_arrived(struct board *board, const struct usb_id *id, uint64_t now_ms)
{
	board->recovering.returned = chip_by_id(id->vendor, id->product) == board->chip &&
				     wire_stage(id->serial_index) == WIRE_STAGE_ROM;
	return recover_verdict(board, false, now_ms);
}

void recover_finish(struct board *board, struct verdict *result, uint64_t now_ms)
{
	struct recovering *recovering = &board->recovering;
	struct verdict disk = *result;
	enum exit_status status;

	if (!recovering->kit)
		return;
	if (recovering->outcome == RECOVER_OPEN)
		recover_conclude(board, RECOVER_CUT_SHORT, result->text, now_ms);
	if (recovering->step != RECOVER_DISK)
		return;
	status = recover_status(recovering->outcome);
	*result = verdict_end(disk.status == STATUS_OK ? status : disk.status, "EEPROM %s %s; %s",
			      board->context->recover->erase ? "erase" : "update",
			      status == STATUS_OK ? "proved" : "not proved", disk.text);
}
