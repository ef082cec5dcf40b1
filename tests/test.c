/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* The most tests of one program. With one more, the program fails. */
#define TESTS_MAX 64

static struct unit_test *first;
static struct {
	CMFixtureFunction setup, teardown;
} around_each, around_all;

/* Sort by line: the compiler chooses the order of the constructors. */
void unit_test_add(struct unit_test *test)
{
	struct unit_test **at = &first;

	while (*at && (*at)->line <= test->line)
		at = &(*at)->next;
	test->next = *at;
	*at = test;
}

void unit_test_fixture(bool each, CMFixtureFunction setup, CMFixtureFunction teardown)
{
	if (each) {
		around_each.setup = setup;
		around_each.teardown = teardown;
	} else {
		around_all.setup = setup;
		around_all.teardown = teardown;
	}
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[TESTS_MAX] = {{0}};
	const char *slash = strrchr(argv[0], '/');
	size_t count = 0;

	for (struct unit_test *test = first; test; test = test->next, count++) {
		if (count == TESTS_MAX) {
			fprintf(stderr, "%s: more than %d tests\n", argv[0], TESTS_MAX);
			return 1;
		}
		tests[count] = (struct CMUnitTest){.name = test->name,
						   .test_func = test->run,
						   .setup_func = around_each.setup,
						   .teardown_func = around_each.teardown};
	}
	if (count == 0) {
		fprintf(stderr, "%s: it has no test\n", argv[0]);
		return 1;
	}
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	/* cmocka_run_group_tests() calls this, and takes arrays of a constant size only. */
	return _cmocka_run_group_tests(slash ? slash + 1 : argv[0], tests, count, around_all.setup,
				       around_all.teardown);
}
