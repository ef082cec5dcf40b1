/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a board is the file SERIAL.json in the directory of the option -j. It has the
 * properties that the board reported, and the facts of the last run of `rpiboot recover`.
 * docs/usage.md, section "Records", documents the file.
 *
 *	struct record_facts earlier;
 *	bool known = record_parse(&earlier, text, size, &err) == 0;	the file of an earlier run
 *	struct record record = {.port = ..., .earlier = known ? &earlier : NULL};
 *	char *text = record_json(&record, service_metadata(...));
 *
 * A caller must pass the earlier record if there is one. Otherwise the new file no longer states
 * that the board is locked or which firmware it has. */
#ifndef BOARD_RECORD_H
#define BOARD_RECORD_H

#include "boot/recovery.h"
#include "boot/revision.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The maximum size in bytes of the record file of a board (option -j). A run keeps at most 256
 * properties, and copies at most 256 properties of earlier runs. A file with so many properties
 * needs about half of this size. */
#define RECORD_BYTES_MAX (2 * 1024 * 1024)

struct error;
struct metadata;

/* States whether a board is locked, according to the record file of the board (option -j). A locked
 * board has the hash of a public key in its one-time programmable memory. */
enum record_lock { RECORD_LOCK_UNKNOWN, RECORD_UNLOCKED, RECORD_LOCKED };

/* The facts that the program reads from the record file of a board. All texts are untrusted and end
 * with a NUL. A text is empty if the file does not have it. */
struct record_facts {
	/* True if the JSON file of the board has facts of a run of `rpiboot recover`. Otherwise the
	 * file has only properties of the board, such as its revision code and its lock. Such a
	 * file comes from a boot without this command, from an older version of rpiboot, or from
	 * Raspberry Pi's usbboot. */
	bool has_record;
	char board_code[16]; /* revision code of the board */
	char chip[16];
	/* True if the record file has the result of the run. The file lacks the result during the
	 * run, and also if the run was killed. */
	bool ended;
	bool ok;
	int code; /* exit status for the board */
	char text[512];
	char proof[16]; /* "proved", "failed", "unprovable", "current" or a newer word */
	/* The EEPROM image of this run. */
	char version[32];
	int64_t build_time_s; /* Unix time; 0: unknown */
	/* The SHA-256 of the EEPROM image that the board has for certain, because the board
	 * reported a successful update with this SHA-256. The string is empty if there was no such
	 * report, or if the EEPROM may have changed since then. */
	char proved_sha256[RECOVERY_SHA256_SIZE];
	int64_t proved_build_time_s;
	enum record_lock lock;
	char key_hash[RECOVERY_SHA256_SIZE]; /* set with RECORD_LOCKED */
	bool locked_now;		     /* this run locked the board */
	bool disk_written, disk_verified;
	double seconds;
	char start[24], end[24]; /* as 2026-11-27T07:30:00Z */
};

/* The facts of one run that record_json() writes to the record file of a board. A string is NULL if
 * it is unknown, and its bytes may be untrusted.
 * Ownership: the caller owns the strings. */
struct record {
	const char *port, *chip;
	/* The Unix times when the board appeared and when its result was known. end_s is 0 before
	 * the result is known. */
	int64_t start_s, end_s;
	double seconds;
	bool ok;
	int code; /* exit status for the board */
	const char *text;
	/* The outcome of the EEPROM update in one word, such as "failed" or "proved" (the board
	 * reported success and the SHA-256 of the image). It is NULL before the outcome is
	 * known. */
	const char *proof;
	struct {
		const char *path;     /* NULL without an EEPROM image */
		const char *sha256;   /* SHA-256 of the EEPROM image */
		int64_t build_time_s; /* Unix time; 0: unknown */
		const char *version;
		const char *reported_sha256; /* EEPROM_HASH, as the board reported it */
	} eeprom;
	/* The hash of the key to which this run locked the board, or NULL. A key hash that the
	 * board itself reports has precedence in the record file. If this hash is NULL and the
	 * board reports nothing about its lock, the file keeps the hash of the earlier record. */
	const char *key_hash;
	bool locked_now; /* this run locked the board to key_hash */
	/* True if this run tried to lock the board, but the board did not report whether it is
	 * locked now. The record file (option -j) must then not state that the board is
	 * unlocked. */
	bool lock_is_open;
	struct {
		const char *path; /* the written disk, or NULL */
		const char *image;
		uint64_t bytes;
		const char *sha256;
		bool verified;
	} disk;
	const struct record_facts *earlier; /* earlier record of the board, or NULL */
	/* The text of the record file that an earlier run wrote for the board, or NULL. The new
	 * file keeps those properties of the earlier file that the board does not report again. */
	const char *earlier_text;
};

/* Decides whether a board is locked from the property CUSTOMER_KEY_HASH, which the board reports
 * and which is untrusted. A board that is not locked reports only zeros (docs/protocol.md, section
 * 9).
 * Returns: RECORD_LOCK_UNKNOWN if key_hash is NULL or is not 64 hexadecimal digits. */
enum record_lock record_lock_of(const char *key_hash);

/* Formats the record file of a board as JSON. The file has the properties that the board reported.
 * Its member METADATA_RECORD has the facts of the run, and the properties that the board reported
 * only in earlier runs.
 * metadata: NULL if the board reported no properties.
 * Returns: a new string, or NULL (out of memory).
 * Ownership: the caller frees the string with free(). */
char *record_json(const struct record *record, const struct metadata *metadata);

/* Formats the file of a board after a boot without `rpiboot recover`. If the file has a record, the
 * record stays. It also keeps the properties that the board did not report in this boot, and gets
 * the lock that the board reports now.
 * earlier_text: the content of the file, or NULL if there is no file.
 * now_s: Unix time of the boot.
 * eeprom_changed: the boot may have changed the EEPROM, so the record no longer proves its content.
 * Returns: a new string, or NULL (out of memory).
 * Ownership: the caller frees the string with free(). */
char *record_json_after_boot(const char *earlier_text, const struct metadata *metadata,
			     int64_t now_s, bool eeprom_changed);

/* Parses the text of a record file, whose bytes are untrusted.
 * Returns: 0, -EFBIG (more than RECORD_BYTES_MAX), -ENOMEM, or -EBADMSG (the file is damaged, or a
 * newer version of rpiboot wrote it). An error does not change *ret. Its sentence in err does not
 * name the file, so the caller adds the name. */
int record_parse(struct record_facts *ret, const char *text, size_t size, struct error *err);

#endif
