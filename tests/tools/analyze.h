/* SPDX-License-Identifier: Apache-2.0 */
/* For `make analyze`, which includes it first in every file but error.c. An analyzer sees one file
 * at a time and takes any result of what is in another one for possible: told here, so that it does
 * not follow failures that go on as successes. */
#ifndef TESTS_ANALYZE_H
#define TESTS_ANALYZE_H

#include "util/error.h"

/* They return a negative code, always. */
#define error_set(err, code, ...)                                                                  \
	({                                                                                         \
		(error_set)(err, code, __VA_ARGS__);                                               \
		(code) < 0 ? (code) : -1;                                                          \
	})
#define error_wrap(err, ...)                                                                       \
	({                                                                                         \
		(error_wrap)(err, __VA_ARGS__);                                                    \
		-1;                                                                                \
	})

#endif
