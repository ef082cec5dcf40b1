/* SPDX-License-Identifier: Apache-2.0 */
/* A record of a recovery, and the text of record files, for the tests of board/record.c. */
#ifndef TESTS_RECORD_BENCH_H
#define TESTS_RECORD_BENCH_H

#include "board/record.h"
#include "boot/metadata.h"

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define KEY   "8251a63a00000000000000000000000000000000000000000000000000003cee"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* A recovery that was proved, locked the board and wrote its disk. */
extern const struct record whole;

/* pairs: names and values of properties; NULL ends the list. */
struct metadata *metadata_of(const char *const pairs[]);

/* Returns: the facts in the text of a record file, which must be valid. */
struct record_facts facts_of(const char *text);

#endif
