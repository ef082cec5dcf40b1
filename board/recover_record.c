/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the earlier record of a board, and formats the new record as JSON. A record is a file with
 * the facts about the last run of `rpiboot recover` for the board. A boot without `rpiboot recover`
 * copies the facts of the earlier record into the new one. */
#include "board/internal.h"

#include "board/metadata_store.h"
#include "boot/metadata.h"
#include "image/image.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

/* Reads the record that an earlier run of `rpiboot recover` wrote for the board. Reports a damaged
 * record. Later, the record of this run replaces the earlier record. */
static void earlier_load(struct board *board, uint64_t now_ms)
{
	const struct metadata *metadata = service_metadata(board->service);
	const char *name = metadata_name(metadata, board->serial, board->port);
	struct record_facts *earlier = malloc(sizeof(*earlier));
	cleanup_free char *text = NULL;
	struct error err = {0};
	size_t size;
	int r;

	if (!earlier)
		return;
	r = metadata_store_read(board->context->metadata_store, name, RECORD_BYTES_MAX, &text,
				&size, &err);
	if (r == 0)
		r = record_parse(earlier, text, size, &err);
	if (r == 0) {
		board->recovering.earlier = earlier;
		board->recovering.earlier_text = take_ptr(text);
		return;
	}
	free(earlier);
	if (r != -ENOENT)
		board_note(board, 0, now_ms, "warning: the record '%s.json' is unusable: %s", name,
			   err.text);
}

void recover_find_record(struct board *board, uint64_t now_ms)
{
	struct recovering *recovering = &board->recovering;
	const char *name = metadata_name(service_metadata(board->service), "", board->port);

	if (recovering->searched_again || metadata_serial_ok(board->serial) || name == board->port)
		return;
	recovering->searched_again = true;
	free(recovering->earlier);
	free(recovering->earlier_text);
	recovering->earlier = NULL;
	recovering->earlier_text = NULL;
	earlier_load(board, now_ms);
}

struct verdict recover_check_record(struct board *board, uint64_t now_ms)
{
	const struct recover *recover = board->context->recover;
	struct recovering *recovering = &board->recovering;
	const struct record_facts *earlier;

	earlier_load(board, now_ms);
	earlier = recovering->earlier;
	if (!earlier || earlier->lock != RECORD_LOCKED)
		return verdict(VERDICT_FINISHED);
	if (strcasecmp(earlier->key_hash, recover->key_hash) != 0)
		return verdict_end(STATUS_EEPROM_FAILED,
				   "the record of this board shows that the board is locked to the "
				   "key with the hash %.8s...; name this key with --key",
				   earlier->key_hash);
	if (recovering->kit->development_source)
		return verdict_end(
			STATUS_EEPROM_FAILED,
			"the record of this board shows that the board is locked, but "
			"'%s' is signed with Raspberry Pi's development key, so a locked "
			"board does not start with it; use a newer release of it",
			recovering->kit->development_source);
	recovering->signed_stage = true;
	return verdict(VERDICT_FINISHED);
}

char *recover_record(const struct board *board, bool ended, uint64_t now_ms)
{
	const struct recovering *recovering = &board->recovering;
	const struct recover_kit *kit = recovering->kit;
	const struct recover_image *image = recover_image(board);
	double seconds = (double)(now_ms - board->start_ms) / 1000;
	time_t now_s = time(NULL);
	struct record record = {
		.port = board->port,
		.chip = board->chip->name,
		.start_s = (int64_t)now_s - (int64_t)seconds,
		.end_s = ended ? (int64_t)now_s : 0,
		.seconds = seconds,
		.ok = board->result.status == STATUS_OK,
		.code = (int)board->result.status,
		.text = board->result.text,
		.proof = recover_proof_word(recovering->outcome),
		.key_hash = recovering->locked_now ? board->context->recover->key_hash : NULL,
		.locked_now = recovering->locked_now,
		.lock_is_open = recovering->locks && !recovering->locked_now,
		.earlier = recovering->earlier,
		.earlier_text = recovering->earlier_text,
	};

	if (image->file.data) {
		record.eeprom.path = kit->image_source;
		record.eeprom.sha256 = image->sha256;
		record.eeprom.build_time_s =
			kit->image_build_seconds > 0 ? kit->image_build_seconds : 0;
		record.eeprom.version = kit->image_version;
		record.eeprom.reported_sha256 = recovering->reported_sha256;
	}
	if (board->writing.written.done) {
		record.disk.path = board->writing.disk.path;
		record.disk.image = image_name(board->context->image);
		record.disk.bytes = board->writing.written.bytes;
		record.disk.sha256 = board->writing.written.sha256;
		record.disk.verified = board->writing.written.verified;
	}
	return record_json(&record, service_metadata(board->service));
}

char *recover_record_after_boot(const struct board *board)
{
	const struct metadata *metadata = service_metadata(board->service);
	cleanup_free char *text = NULL;
	const struct recovery_facts *facts = recovery_facts(service_recovery(board->service));
	struct error err = {0};
	size_t size;

	/* If the board's old JSON file cannot be read, the new file replaces it. */
	metadata_store_read(board->context->metadata_store,
			    metadata_name(metadata, board->serial, board->port), RECORD_BYTES_MAX,
			    &text, &size, &err);
	return record_json_after_boot(text, metadata, (int64_t)time(NULL),
				      facts->asked || facts->update != RECOVERY_UNREPORTED ||
					      facts->erase != RECOVERY_UNREPORTED);
}
