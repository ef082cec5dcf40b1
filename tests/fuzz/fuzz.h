/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share: bytes taken one after the other, files without a name, checks. A
 * target is a file fuzz_NAME.c with LLVMFuzzerTestOneInput(); libFuzzer calls it with what it
 * invents, replay.c with the rows of corpus/NAME.rows. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must be true whatever the bytes are. Not assert(): NDEBUG takes nothing away. */
#define fuzz_check(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);  \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* A result that is no success: one of the codes that are documented (ends with 0), the same in the
 * error, and a sentence. */
#define fuzz_check_error(result, err, ...)                                                         \
	do {                                                                                       \
		const int fuzz_codes[] = {__VA_ARGS__, 0};                                         \
		bool fuzz_known = false;                                                           \
                                                                                                   \
		for (size_t fuzz_i = 0; fuzz_codes[fuzz_i]; fuzz_i++)                              \
			fuzz_known = fuzz_known || fuzz_codes[fuzz_i] == (result);                 \
		fuzz_check(fuzz_known && (err)->code == (result));                                 \
		fuzz_check((err)->text[0] && strlen((err)->text) < ERROR_TEXT_SIZE);               \
	} while (0)

/* Bytes that decide what happens next; zeros when they are used up. */
struct fuzz_bytes {
	const uint8_t *next;
	size_t left;
};

size_t fuzz_take(struct fuzz_bytes *bytes, void *ret, size_t size);

uint8_t fuzz_u8(struct fuzz_bytes *bytes);

uint32_t fuzz_u32(struct fuzz_bytes *bytes);

/* The bytes as a string of their own, up to their first NUL; for free(). */
char *fuzz_string(const uint8_t *data, size_t size);

/* A file that holds the bytes, for close(). ret_path: to open it by. */
int fuzz_file(const uint8_t *data, size_t size, char ret_path[64]);

#endif
