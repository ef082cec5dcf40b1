/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for the outcome of a board that has received its boot files. The board leaves the bus, and
 * may come back as a disk or as another USB device. The option --expect decides which outcome is a
 * success. */
#include "board/internal.h"

#include "boot/metadata.h"
#include "usb/serial.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

/* After the message Done (no more requests), the program waits this time in milliseconds for the
 * board to leave the bus. A board that stays also counts as a success. */
#define OUTCOME_LEAVE_MS 2000
/* With the option `--expect any`, a second-stage bootloader may leave the bus before it has sent
 * the message Done, and appear again (docs/protocol.md, section 4). This is the maximum time in
 * milliseconds until it appears. */
#define OUTCOME_AGAIN_MS 5000
/* The maximum time in milliseconds from the first disk of a board until all disks of the board have
 * appeared and can be opened. The kernel probes the interfaces of a board one after another. */
#define OUTCOME_MORE_DISKS_MS 5000

/* The interval in milliseconds between two searches for disks of a board. It matters on systems
 * whose kernel does not report new disks (see board_disk_seen()). */
#define OUTCOME_POLL_MS 250
/* The interval in milliseconds between two searches for a disk that the kernel is still creating.
 * Some kernels, such as Linux 5.8, report a disk before they have created it completely. */
#define OUTCOME_STARTING_POLL_MS 20
/* The maximum time in milliseconds that the program waits for a disk after the message Done of a
 * board, if a disk is likely but not required. In this time, a Linux system starts on the board and
 * provides the disk. */
#define OUTCOME_USUAL_DISK_MS 30000

static void outcome_collect(const struct board *board, bool overdue, struct outcome_facts *ret)
{
	const struct config *config = board->context->config;

	*ret = (struct outcome_facts){
		.expect = config->expect,
		.writes = board->context->image,
		.own_files = config->dir,
		.usual_disk = board->usual_disk,
		.said_done = board->awaiting.said_done,
		.served = board->serving.answers > 0,
		.left = board->awaiting.away,
		.overdue = overdue,
		.after = board->awaiting.after,
	};
	if (!board->service)
		return;
	ret->reported = metadata_count(service_metadata(board->service)) > 0;
	ret->recovery = *recovery_facts(service_recovery(board->service));
}

/* Returns: true if the program waits until the board has become a disk. */
static bool outcome_awaits_disk(const struct board *board)
{
	struct outcome_facts facts;

	outcome_collect(board, false, &facts);
	return outcome_wants_disk(&facts);
}

/* Returns: the time in milliseconds that a served board has to become a disk or another USB
 * device. */
static uint64_t outcome_patience_ms(const struct board *board)
{
	uint64_t stage_ms = board->context->config->stage_timeout_ms, most_ms = stage_ms;
	enum expect expect;
	struct outcome_facts facts;

	outcome_collect(board, false, &facts);
	expect = outcome_expectation(&facts);
	if (expect != EXPECT_DISK && board->awaiting.said_done)
		most_ms = outcome_wants_disk(&facts) ? OUTCOME_USUAL_DISK_MS : OUTCOME_LEAVE_MS;
	else if (expect == EXPECT_ANY)
		most_ms = OUTCOME_AGAIN_MS;
	return stage_ms < most_ms ? stage_ms : most_ms;
}

void outcome_start(struct board *board, uint64_t now_ms)
{
	struct awaiting *awaiting = &board->awaiting;
	const struct boot *boot = board->serving.boot;

	if (recover_is_active(board)) {
		recover_await(board, now_ms);
		return;
	}
	*awaiting = (struct awaiting){
		.said_done = awaiting->said_done || (boot && boot_said_done(boot)),
		.away = awaiting->away,
		.poll_ms = now_ms,
	};
	/* The disk of the board may appear late, because the board may boot a complete Linux system
	 * first. */
	board->deadline_ms = now_ms + outcome_patience_ms(board);
}

/* Returns: VERDICT_ENDED with STATUS_OK and a message. The message states whether the success of
 * the EEPROM update is proved or only likely. */
static struct verdict eeprom_success(const struct board *board, enum outcome outcome,
				     const struct recovery_facts *recovery)
{
	const char *image = recovery->held ? recovery->held : recovery_images[0];

	if (outcome == OUTCOME_EEPROM_WRITTEN)
		return verdict_end(
			STATUS_OK, "recovered: the board reports that its EEPROM has the image%s",
			recovery->hash == RECOVERY_HASH_EQUAL ? ", with the SHA-256 of the file"
							      : "");
	if (outcome == OUTCOME_EEPROM_SENT)
		return verdict_end(STATUS_OK,
				   "done: the board read all of %s, but its recovery firmware does "
				   "not report whether it wrote the EEPROM",
				   image);
	if (outcome == OUTCOME_EEPROM_UNREAD)
		return verdict_end(STATUS_OK,
				   "done: all requested files were sent, but the EEPROM was not "
				   "updated, because the board did not read %s",
				   image);
	return verdict_end(STATUS_OK,
			   "done: the board reported its properties, but received no EEPROM image, "
			   "because '%s' has none",
			   service_dir(board->service));
}

/* Returns: VERDICT_ENDED with the message that the EEPROM recovery failed. The message names the
 * property with which the board reported the failure. */
static struct verdict eeprom_failure(const struct recovery_facts *recovery)
{
	if (recovery->update == RECOVERY_FAIL)
		return verdict_end(
			STATUS_FAILED,
			"the board reports the property EEPROM_UPDATE=fail, so its EEPROM was not "
			"written; check that the EEPROM is not write-protected and that the image "
			"is for this board");
	if (recovery->erase == RECOVERY_FAIL)
		return verdict_end(
			STATUS_FAILED,
			"the board reports the property EEPROM_ERASE=fail, so its EEPROM was not "
			"erased; check that the EEPROM is not write-protected");
	if (recovery->provision == RECOVERY_FAIL)
		return verdict_end(
			STATUS_FAILED,
			"the board reports the property SECURE_BOOT_PROVISION=fail, so locking it "
			"to the key failed; check the public key and its signatures before the "
			"next try");
	return verdict_end(STATUS_FAILED,
			   "the EEPROM does not contain the image: the board reports the property "
			   "EEPROM_HASH=%s, but the image has the SHA-256 %s; boot the board again "
			   "to write its EEPROM again",
			   recovery->reported_sha256, recovery->sent_sha256);
}

/* Returns: true if the serial number of the USB device with the disks proves that the device is
 * another board (docs/protocol.md, sections 6 and 8). A person may have moved the USB cable to a
 * board that is a disk already. */
static bool outcome_is_other_board(const struct board *board, const struct disks *disks)
{
	return board->serial_is_of_rom && usb_id_has_board_serial(disks->vendor, disks->product) &&
	       usb_serial_differs(board->serial, disks->serial);
}

/* Writes the likely cause of a missing disk to ret, as the continuation of "no disk appeared in 60
 * s". The cause is another device on the port, or the state of the board's own device in sysfs. If
 * neither shows a cause, the text asks about the boot files and the storage of the board.
 * Returns: true if the board's own device, or another board, is the cause. */
static bool disk_absence(const struct board *board, char *ret, size_t size)
{
	const struct config *config = board->context->config;
	const char *why = NULL;
	struct disks disks;

	disk_find(config->sysroot, board->port, &disks);
	disks_find_nodes(&disks, config->devroot);
	if (board->awaiting.after != OUTCOME_AFTER_OTHER)
		why = disks_absence(&disks);
	ret[0] = '\0';
	if (outcome_is_other_board(board, &disks))
		snprintf(ret, size,
			 ": the disk that is now on its port belongs to another board, with the "
			 "serial number %s; connect the board again, and start again",
			 disks.serial);
	else if (why)
		snprintf(ret, size, ": %s", why);
	else if (board->awaiting.after == OUTCOME_AFTER_OTHER)
		snprintf(ret, size,
			 ": the device that is now on its port (USB id %04x:%04x) is not the disk "
			 "of a board; check that the files in '%s' make the storage of a board "
			 "appear as a disk, and that the board has storage",
			 board->awaiting.vendor, board->awaiting.product,
			 service_dir(board->service));
	else
		snprintf(ret, size,
			 "; check that the files in '%s' make the storage of a board appear as a "
			 "disk, and that the board has storage",
			 service_dir(board->service));
	return why || outcome_is_other_board(board, &disks);
}

/* Converts the outcome of a board to a verdict.
 * Returns: VERDICT_GOES_ON if the outcome is OUTCOME_OPEN (undecided). Otherwise VERDICT_ENDED
 * (serving the board ends) with the exit status and the message for this outcome. */
static struct verdict outcome_end(const struct board *board, enum outcome outcome,
				  const struct recovery_facts *recovery)
{
	double patience_s = (double)board->context->config->stage_timeout_ms / 1000;
	const enum exit_status status = outcome_status(outcome);
	const struct awaiting *awaiting = &board->awaiting;
	char why[384];

	switch (outcome) {
	case OUTCOME_OPEN:
		break;
	case OUTCOME_DONE:
		return verdict_end(status, "done: all requested files were sent");
	case OUTCOME_SERVED:
		return verdict_end(status,
				   "booted: the board left the USB bus after it received files");
	case OUTCOME_DONE_NO_DISK:
		return verdict_end(status, "done: all requested files were sent; no disk appeared");
	case OUTCOME_FASTBOOT:
		return verdict_end(status,
				   "booted: the board is a fastboot device now (USB id %04x:%04x)",
				   awaiting->vendor, awaiting->product);
	case OUTCOME_EEPROM_WRITTEN:
	case OUTCOME_EEPROM_SENT:
	case OUTCOME_EEPROM_UNREAD:
	case OUTCOME_METADATA:
		return eeprom_success(board, outcome, recovery);
	case OUTCOME_EEPROM_FAILED:
	case OUTCOME_EEPROM_DIFFERS:
		return eeprom_failure(recovery);
	case OUTCOME_NO_DISK:
		disk_absence(board, why, sizeof(why));
		return verdict_end(
			status,
			"the board sent the message Done, but no disk appeared in %.6g s%.*s",
			patience_s, (int)sizeof(why), why);
	case OUTCOME_FASTBOOT_NO_DISK:
		return verdict_end(
			status,
			"the board is a fastboot device now (USB id %04x:%04x) and shows no disk: "
			"the files in '%s' do not make its storage appear as a disk",
			awaiting->vendor, awaiting->product, service_dir(board->service));
	case OUTCOME_ROM_NO_DISK:
		return verdict_end(
			status,
			"the board sent the message Done, but returned to its boot ROM and shows "
			"no disk; check the power supply and the files in '%s'",
			service_dir(board->service));
	case OUTCOME_ROM_AGAIN:
		return verdict_end(
			status,
			"the board returned to its boot ROM without the message Done: it lost "
			"power, or the program that it received crashed; check the power supply "
			"and the boot files");
	case OUTCOME_VANISHED:
		return verdict_end(
			status,
			"the second stage of the board left the bus%s%s without the message Done, "
			"and did not return in %.6g s; check the power supply and the boot files",
			board->serving.last_name[0] ? " after " : "", board->serving.last_name,
			patience_s);
	}
	return verdict(VERDICT_GOES_ON);
}

static void outcome_note_no_disk(struct board *board, uint64_t now_ms)
{
	double patience_s = (double)outcome_patience_ms(board) / 1000;
	char why[384];

	if (board->awaiting.after == OUTCOME_AFTER_ROM)
		board_note(board, 0, now_ms,
			   "no disk appeared, because the board returned to its boot ROM; if the "
			   "files in '%s' create no disk, use --expect done",
			   service_dir(board->service));
	else if (disk_absence(board, why, sizeof(why)))
		board_note(board, 0, now_ms, "no disk appeared in %.6g s%s", patience_s, why);
	else
		board_note(board, 0, now_ms,
			   "no disk appeared in %.6g s, although the files in '%s' look like files "
			   "that create a disk; if they create no disk, use --expect done",
			   patience_s, service_dir(board->service));
}

/* Decides from the facts so far whether the board has succeeded or failed.
 * Returns: VERDICT_ENDED with the result of the board, or VERDICT_GOES_ON if its outcome is
 * undecided. */
static struct verdict outcome_verdict(struct board *board, bool overdue, uint64_t now_ms)
{
	struct outcome_facts facts;
	enum outcome outcome;

	outcome_collect(board, overdue, &facts);
	outcome = outcome_judge(&facts);
	if (outcome == OUTCOME_DONE_NO_DISK)
		outcome_note_no_disk(board, now_ms);
	return outcome_end(board, outcome, &facts.recovery);
}

void outcome_report_left(struct board *board, uint64_t now_ms)
{
	struct event event = {.type = EVENT_LEFT, .left = {.done = board->awaiting.said_done}};

	if (!board->awaiting.away)
		board_report(board, &event, now_ms);
	board->awaiting.away = true;
}

struct verdict outcome_left(struct board *board, uint64_t now_ms)
{
	if (recover_is_active(board))
		return recover_left(board, now_ms);
	/* The program already knows that the second-stage bootloader left the bus, so another
	 * device leaves the port now. The outcome of the board does not change. */
	if (board->awaiting.away) {
		board->awaiting.after = OUTCOME_AFTER_NOTHING;
		return verdict(VERDICT_GOES_ON);
	}
	outcome_report_left(board, now_ms);
	return outcome_verdict(board, false, now_ms);
}

static enum outcome_after outcome_after(const struct usb_id *id)
{
	static const enum outcome_after after[] = {
		[CHIP_NOTHING] = OUTCOME_AFTER_OTHER,
		[CHIP_DISK] = OUTCOME_AFTER_DISK,
		[CHIP_FASTBOOT] = OUTCOME_AFTER_FASTBOOT,
	};

	if (chip_by_id(id->vendor, id->product))
		return OUTCOME_AFTER_ROM;
	return after[usb_id_role(id->vendor, id->product)];
}

struct verdict outcome_arrived(struct board *board, const struct usb_id *id, uint64_t now_ms)
{
	struct awaiting *awaiting = &board->awaiting;
	struct verdict verdict;

	if (recover_is_active(board))
		return recover_arrived(board, id, now_ms);
	awaiting->after = outcome_after(id);
	if (awaiting->after != OUTCOME_AFTER_ROM) {
		awaiting->vendor = id->vendor;
		awaiting->product = id->product;
	}
	verdict = outcome_verdict(board, false, now_ms);
	/* Restart the time limit only for the first USB device with a disk. If each device
	 * restarted it, a device that comes and goes could extend the wait forever. */
	if (verdict.kind == VERDICT_GOES_ON && awaiting->after == OUTCOME_AFTER_DISK &&
	    !awaiting->disk_came && outcome_awaits_disk(board)) {
		awaiting->disk_came = true;
		board->deadline_ms = now_ms + outcome_patience_ms(board);
		awaiting->poll_ms = now_ms;
	}
	return verdict;
}

/* Returns: true if the disk has a medium and a device node. */
static bool outcome_can_open(const struct disk *disk)
{
	return disk->bytes > 0 && !disk->no_node;
}

static struct verdict outcome_disks(struct board *board, const struct disks *disks, uint64_t now_ms)
{
	char text[ERROR_TEXT_SIZE] = "booted";

	/* Print the properties of the board before the paths of its disks, so that the last line on
	 * stdout names a disk. */
	board_print_metadata(board, now_ms);
	for (size_t i = 0; i < disks->count; i++) {
		const struct disk *disk = &disks->disk[i];
		struct event event = {
			.type = EVENT_DISK,
			.disk.path = disk->path,
			.disk.bytes = disk->bytes,
			.disk.model = disk->model,
		};

		if (!outcome_can_open(disk))
			continue;
		board_report(board, &event, now_ms);
		text_add(text, sizeof(text), "%s%s", strcmp(text, "booted") == 0 ? ": " : ", ",
			 disk->path);
	}
	if (board->context->image)
		return write_choose(board, disks);
	return verdict_end(STATUS_OK, "%s", text);
}

/* Returns: true if the program must wait for more disks of the board, or until all of them can be
 * opened. With --write, it waits until all disks are known, because the first disk may be the wrong
 * one to write. */
static bool outcome_waits_for_more(const struct board *board, const struct disks *disks,
				   uint64_t now_ms)
{
	if (now_ms >= board->deadline_ms)
		return false;
	if (board->context->image && write_waits(board, disks))
		return true;
	return (disks->starting || !disks->settled) &&
	       now_ms < board->awaiting.first_disk_ms + OUTCOME_MORE_DISKS_MS;
}

/* Returns: true if the disks on the port belong to the board. A person may have plugged in another
 * device, so the device must have a USB id that known boot files give to a disk. With the option
 * -d, other USB ids are valid, too, because the user's boot files may choose them. With --write,
 * they are not, because the program must not overwrite the disk of another device. The disk of
 * another board is never valid. */
static bool outcome_owns(const struct board *board, const struct disks *disks)
{
	const struct config *config = board->context->config;

	if (outcome_is_other_board(board, disks))
		return false;
	if (usb_id_role(disks->vendor, disks->product) == CHIP_DISK)
		return true;
	return config->dir && !board->context->image && !chip_by_id(disks->vendor, disks->product);
}

static struct verdict outcome_poll_disks(struct board *board, uint64_t now_ms)
{
	struct verdict decided;
	struct disks disks;
	bool any = false;

	disk_find(board->context->config->sysroot, board->port, &disks);
	if (!outcome_owns(board, &disks))
		return verdict(VERDICT_GOES_ON);
	disks_find_nodes(&disks, board->context->config->devroot);
	if (disks.starting)
		board->awaiting.poll_ms = now_ms + OUTCOME_STARTING_POLL_MS;
	for (size_t i = 0; i < disks.count; i++)
		any = any || outcome_can_open(&disks.disk[i]);
	if (!any)
		return verdict(VERDICT_GOES_ON);
	if (!board->awaiting.first_disk_ms)
		board->awaiting.first_disk_ms = now_ms;
	if (outcome_waits_for_more(board, &disks, now_ms))
		return verdict(VERDICT_GOES_ON);
	outcome_report_left(board, now_ms); /* its event may be late */
	decided = outcome_verdict(board, false, now_ms);
	return decided.kind == VERDICT_GOES_ON ? outcome_disks(board, &disks, now_ms) : decided;
}

struct verdict outcome_tick(struct board *board, uint64_t now_ms, uint64_t *ret_due_ms)
{
	struct awaiting *awaiting = &board->awaiting;
	struct verdict ret = verdict(VERDICT_GOES_ON);

	if (recover_is_active(board))
		return recover_verdict(board, false, now_ms);
	if (!outcome_awaits_disk(board))
		return ret;
	if (now_ms >= awaiting->poll_ms) {
		awaiting->poll_ms = now_ms + OUTCOME_POLL_MS;
		ret = outcome_poll_disks(board, now_ms);
	}
	*ret_due_ms = awaiting->poll_ms;
	return ret;
}

struct verdict outcome_overdue(struct board *board, uint64_t now_ms)
{
	struct verdict ret = verdict(VERDICT_GOES_ON);

	if (recover_is_active(board))
		return recover_verdict(board, true, now_ms);
	if (board->awaiting.first_disk_ms)
		ret = outcome_poll_disks(board, now_ms);
	return ret.kind == VERDICT_GOES_ON ? outcome_verdict(board, true, now_ms) : ret;
}

void board_leave_alone(struct board *board, const char *serial)
{
	snprintf(board->alone, sizeof(board->alone), "%s", serial);
}

const char *board_recovered_serial(const struct board *board)
{
	const struct recovery_facts *facts;

	if (!board->reported || board->result.status != STATUS_OK || !board->service ||
	    !board->serial[0])
		return NULL;
	facts = recovery_facts(service_recovery(board->service));
	return facts->asked || facts->held ? board->serial : NULL;
}
