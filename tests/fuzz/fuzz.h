/* SPDX-License-Identifier: Apache-2.0 */
/* Common code of the fuzz targets: input bytes, unnamed files, and checks. A target is a file
 * fuzz_NAME.c with LLVMFuzzerTestOneInput(). libFuzzer calls it with generated input, and replay.c
 * calls it with the rows of corpus/NAME.rows. */
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

/* Aborts if the condition is false. Unlike assert(), NDEBUG does not disable it. */
#define fuzz_check(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);  \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Checks that a failure has a documented code (the list ends with 0), the same code in the error,
 * and a message. */
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

/* The rest of the input, which controls the test. At its end it has only zeros. */
struct fuzz_bytes {
	const uint8_t *next;
	size_t left;
};

size_t fuzz_take(struct fuzz_bytes *bytes, void *ret, size_t size);

uint8_t fuzz_u8(struct fuzz_bytes *bytes);

uint32_t fuzz_u32(struct fuzz_bytes *bytes);

/* Returns: the bytes up to the first NUL as a string. Ownership: the caller frees it. */
char *fuzz_string(const uint8_t *data, size_t size);

/* Returns: the descriptor of a file with the bytes, for close(). ret_path: the path of the file. */
int fuzz_file(const uint8_t *data, size_t size, char ret_path[64]);

#endif
