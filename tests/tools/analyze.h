/* SPDX-License-Identifier: Apache-2.0 */
/* `make analyze` includes this header first in every file except error.c. An analyzer reads one
 * file at a time and assumes that a function of another file can return any value. These macros
 * show it that error_set() and error_wrap() always return a negative code. */
#ifndef TESTS_ANALYZE_H
#define TESTS_ANALYZE_H

#include "util/error.h"

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
