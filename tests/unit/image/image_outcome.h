/* SPDX-License-Identifier: Apache-2.0 */
/* Expands a compressed file, for tests. */
#ifndef TESTS_IMAGE_OUTCOME_H
#define TESTS_IMAGE_OUTCOME_H

#include "image/decoder.h"

#include "util/error.h"
#include "image/file.h"
#include "tests/test.h"
#include "tests/unit/image/image_reading.h"
#include "tests/unit/image/packed.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <sys/resource.h>
#include <zlib.h>

/* The bytes before the end or the error, and the result. */
struct outcome {
	int r;
	struct packed content;
	uint64_t consumed, ignored;
	struct error err;
};

void outcome_done(struct outcome *outcome);

/* Expands a file, in reads of an odd size. */
struct outcome expand_path(const char *path);

struct outcome expand(const struct packed *packed, bool as_pipe);

void assert_content(const struct outcome *outcome, const struct packed *content);

void check_round(const char *dir, const struct packed *packed, const struct packed *content);

#endif
