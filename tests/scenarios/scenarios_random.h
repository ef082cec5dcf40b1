/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios out of the fault space, chosen by chance. */
#ifndef TESTS_SCENARIOS_RANDOM_H
#define TESTS_SCENARIOS_RANDOM_H

#include "tests/scenarios/scenarios.h"

/* COUNT of them, different ones, for the real program; fewer where there are not as many. NULL
 * comes behind the last. Ends with scenarios_random_free() (NULL-safe). */
const struct scenario **scenarios_random(size_t count, uint32_t seed);
void scenarios_random_free(const struct scenario **rows);

#endif
