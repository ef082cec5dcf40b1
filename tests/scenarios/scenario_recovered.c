/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the output of `rpiboot recover --json -j WORK/records`. Each board must have one event
 * "eeprom" and one record with the same result. A board that is reported as a success must have the
 * image in its emulated EEPROM. */
#include "tests/emulator/emu_crypto.h"
#include "tests/scenarios/scenario_stage.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#define LINE_BYTES 4096

/* Finds the one line with this event of the board. Returns: how many there are. */
static unsigned int line_find(const char *out, const char *event, const char *port,
			      char ret[LINE_BYTES])
{
	unsigned int count = 0;
	char key[128];

	snprintf(key, sizeof(key), "\"event\":\"%s\",\"port\":\"%s\",", event, port);
	for (const char *at = out; (at = strstr(at, key)); at++, count++)
		snprintf(ret, LINE_BYTES, "%.*s", (int)strcspn(at, "\n"), at);
	return count;
}

/* Copies the text of a member of a JSON object, which follows "KEY":" or "KEY": ". */
static void text_find(const char *json, const char *key, char *ret, size_t size)
{
	const char *at = strstr(json, key);

	ret[0] = '\0';
	if (!at)
		return;
	at += strlen(key);
	at += strspn(at, "\": ");
	snprintf(ret, size, "%.*s", (int)strcspn(at, "\""), at);
}

static bool record_read(const struct scenario_stage *stage, const char *serial, char *ret,
			size_t size)
{
	cleanup_free char *name = NULL;
	cleanup_fd int fd = -1;
	ssize_t n;

	tree_must(asprintf(&name, "records/%s.json", serial) > 0);
	fd = open(tree_path(stage->work, name), O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, ret, size - 1) : -1;
	ret[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool is_one_of(const char *word, const char *words)
{
	return word[0] && strstr(words, word);
}

/* Returns: true if the emulated EEPROM has the image with the digest of the event. */
static bool proof_is_true(struct emu_recovery *recovery, const char *proof, const char *event)
{
	const struct emu_keep *keep = emu_recovery_keep(recovery);
	char sha256[EMU_HASH_TEXT], text[EMU_HASH_TEXT];
	uint8_t hash[EMU_HASH_BYTES];

	if (strcmp(proof, "erased") == 0) {
		for (size_t i = 0; i < keep->eeprom_bytes; i++)
			if (keep->eeprom[i] != 0xff)
				return false;
		return true;
	}
	emu_hash(keep->eeprom, keep->eeprom_bytes, hash);
	emu_hash_text(hash, text);
	text_find(event, "\"sha256\"", sha256, sizeof(sha256));
	return strcmp(sha256, text) == 0;
}

static const char *board_wrong(const struct scenario_stage *stage, size_t index, const char *out)
{
	const struct scenario_board *board = stage_board(stage, index);
	char event[LINE_BYTES], result[LINE_BYTES], record[65536], proof[16], recorded[16];
	bool ok, good;

	if (line_find(out, "eeprom", stage->ports[index], event) != 1)
		return "there is not one event about its EEPROM";
	if (line_find(out, "result", stage->ports[index], result) != 1)
		return "there is not one result";
	if (!record_read(stage, board->serial ? board->serial : "12345678", record, sizeof(record)))
		return "there is no record";
	ok = strstr(result, "\"ok\":true");
	text_find(event, "\"proof\"", proof, sizeof(proof));
	text_find(record, "\"proof\"", recorded, sizeof(recorded));
	good = is_one_of(proof, "proved current erased");
	if (strcmp(proof, recorded) != 0)
		return "the record has another proof than the event";
	if (ok != (strstr(record, "\"ok\": true") != NULL))
		return "the record has another result";
	if (ok && !good)
		return "a success without a proof";
	if (good && !proof_is_true(stage->configs[index].recovery, proof, event))
		return "a proof that is not true";
	return NULL;
}

/* Checks the OTP memory of the emulated board. Only a row with `locks` may lock the board, to the
 * key of the run. Returns: the mistake, or NULL. */
static const char *lock_wrong(const struct scenario_stage *stage, size_t index)
{
	const struct emu_keep *keep = emu_recovery_keep(stage->configs[index].recovery);
	const struct scenario_board *board = stage_board(stage, index);
	uint8_t pubkey[EMU_PUBKEY_BYTES], hash[EMU_HASH_BYTES];

	if (!board->locks)
		return emu_keep_is_locked(keep) && !strstr(board->recovery, "otp_key")
			       ? "it was locked"
			       : NULL;
	tree_must(emu_pubkey_read(tree_path(stage->work, "key.pem"), pubkey) == 0);
	emu_hash(pubkey, sizeof(pubkey), hash);
	return memcmp(hash, keep->key_hash, sizeof(hash)) == 0 ? NULL : "it is not locked";
}

const char *stage_recovered_wrong(const struct scenario_stage *stage, size_t index, const char *out)
{
	const char *args = stage->scenario->args, *wrong = NULL;

	if (!stage->configs[index].recovery)
		return NULL;
	if (!stage_holds(stage, index))
		return "its EEPROM holds other bytes";
	if (args && strstr(args, "recover ") == args && strstr(args, "--json -j WORK/records") &&
	    !stage_board(stage, index)->untouched)
		wrong = board_wrong(stage, index, out);
	return wrong ? wrong : lock_wrong(stage, index);
}
