/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios from the fault matrix, chosen at random. */
#ifndef TESTS_SCENARIOS_RANDOM_H
#define TESTS_SCENARIOS_RANDOM_H

#include "tests/scenarios/scenarios.h"

/* Returns: an array of COUNT different scenarios for the real program, or fewer if there are not
 * enough; NULL ends it. The caller frees the array with scenarios_random_free(), which accepts
 * NULL. */
const struct scenario **scenarios_random(size_t count, uint32_t seed);
void scenarios_random_free(const struct scenario **rows);

#endif
