/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a board: the facts about a run of `rpiboot recover` that the file SERIAL.json in
 * the directory of -j keeps, beside the properties that the board reported. docs/usage.md, section
 * "Records", documents the file.
 *
 *	struct record_facts earlier;
 *	bool known = record_parse(&earlier, text, size, &err) == 0;	the file of an earlier run
 *	struct record record = {.port = ..., .earlier = known ? &earlier : NULL};
 *	char *text = record_json(&record, service_metadata(...));
 *
 * A caller must pass the earlier record if there is one. Without it, the new file forgets that the
 * board is locked, and which firmware it has. This file knows no struct board and opens no files.
 */
#ifndef BOARD_RECORD_H
#define BOARD_RECORD_H

#include "boot/recovery.h"
#include "boot/revision.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A record of 256 long properties needs about half of this. */
#define RECORD_BYTES_MAX (1024 * 1024)

struct error;
struct metadata;

/* The state of the lock of a board, as its record states it. A locked board has the hash of a key
 * in its OTP memory. */
enum record_lock { RECORD_LOCK_UNKNOWN, RECORD_UNLOCKED, RECORD_LOCKED };

/* The facts in the file of a board. All texts are untrusted. They end with a NUL, and an empty text
 * means that the file does not have it. */
struct record_facts {
	/* False if the file has only properties of the board, such as a file of an older version or
	 * of the reference tool. Then only the board and its lock are known. */
	bool has_record;
	char board_code[16]; /* the revision code, as the board reported it */
	char chip[16];
	/* False if the run has no result, because it goes on or was killed. */
	bool ended;
	bool ok;
	int code; /* exit status of the board */
	char text[512];
	char proof[16]; /* "proved", "failed", "unprovable", "current" or a later word */
	/* The EEPROM image of this run. */
	char version[32];
	int64_t build_time_s; /* Unix time; 0: unknown */
	/* The firmware that the board has after this run, as a run proved it. It is empty if no run
	 * proved it, or if a later run may have changed the EEPROM without a proof. */
	char proved_sha256[RECOVERY_SHA256_SIZE];
	int64_t proved_build_time_s;
	enum record_lock lock;
	char key_hash[RECOVERY_SHA256_SIZE]; /* set with RECORD_LOCKED */
	bool locked_now;		     /* the run of this record locked the board */
	bool disk_written, disk_verified;
	double seconds;
	char start[24], end[24]; /* as 2026-11-27T07:30:00Z */
};

/* The facts that a run adds to the file of a board. Strings may be NULL (unknown), and bytes in
 * them may be untrusted. Ownership: they stay with the caller. */
struct record {
	const char *port, *chip;
	int64_t start_s, end_s; /* Unix time; an end of 0 marks a run that goes on */
	double seconds;
	bool ok;
	int code; /* exit status of the board */
	const char *text;
	/* Like record_facts.proof. NULL means that the run did not change the EEPROM. */
	const char *proof;
	struct {
		const char *path;     /* NULL if the run has no EEPROM image */
		const char *sha256;   /* of the image that was sent, or is current */
		int64_t build_time_s; /* Unix time; 0: unknown */
		const char *version;
		const char *reported_sha256; /* the EEPROM_HASH of the board */
	} eeprom;
	/* The hash of the key that the board is locked to, if the caller knows it from this run. A
	 * hash that the board reports as CUSTOMER_KEY_HASH comes first, and the one of the earlier
	 * record last. */
	const char *key_hash;
	bool locked_now; /* this run locked the board to key_hash */
	struct {
		const char *path; /* NULL if no disk was written */
		const char *image;
		uint64_t bytes;
		const char *sha256;
		bool verified;
	} disk;
	const struct record_facts *earlier; /* from the earlier file; NULL: there was none */
};

/* Judges a CUSTOMER_KEY_HASH: zeros mean that the board is not locked (docs/protocol.md, section
 * 9). key_hash: untrusted; NULL is allowed. Returns: RECORD_LOCK_UNKNOWN if it is not 64
 * hexadecimal digits. */
enum record_lock record_lock_of(const char *key_hash);

/* Formats the file of a board: its properties, and the object METADATA_RECORD (boot/metadata.h).
 * metadata: NULL if the board reported no properties.
 * Returns: a new string, or NULL if memory is exhausted.
 * Ownership: the caller frees the string with free(). */
char *record_json(const struct record *record, const struct metadata *metadata);

/* Reads the file of a board. The bytes are untrusted.
 * Returns: 0, -EFBIG (more than RECORD_BYTES_MAX), -EBADMSG (damaged, or written by a newer
 * version), or -ENOMEM. After an error, *ret is unchanged, and the sentence does not name the file.
 */
int record_parse(struct record_facts *ret, const char *text, size_t size, struct error *err);

#endif
