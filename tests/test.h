/* SPDX-License-Identifier: Apache-2.0 */
/* The framework of the unit tests: cmocka, and tests that register themselves.
 *
 *	FIXTURE_EACH(setup, teardown)
 *
 *	TEST(a_reader_follows_the_source)
 *	{
 *		assert_int_equal(...);
 *	}
 *
 * tests/test.c has the main() of each test program. The program runs its tests in the order of the
 * file. With an argument, it runs only the tests whose names match this pattern. */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct unit_test {
	const char *name;
	CMUnitTestFunction run;
	int line;
	struct unit_test *next;
};

/* Registers a test. Ownership: the caller keeps the test until the program ends. */
void unit_test_add(struct unit_test *test);

/* Sets the functions that run around each test, or once around all tests. */
void unit_test_fixture(bool each, CMFixtureFunction setup, CMFixtureFunction teardown);

/* Defines a test. *state is the value that the fixture's setup function has set. */
#define TEST(test)                                                                                 \
	static void test(void **state);                                                            \
	static void __attribute__((constructor)) test##_register(void)                             \
	{                                                                                          \
		static struct unit_test unit = {#test, test, __LINE__, NULL};                      \
		unit_test_add(&unit);                                                              \
	}                                                                                          \
	static void test(void **state __attribute__((unused)))

/* Each test of the file runs between setup and teardown. */
#define FIXTURE_EACH(setup, teardown)                                                              \
	static void __attribute__((constructor)) fixture_each(void)                                \
	{                                                                                          \
		unit_test_fixture(true, setup, teardown);                                          \
	}

/* The whole program runs between setup and teardown; either can be NULL. */
#define FIXTURE_ONCE(setup, teardown)                                                              \
	static void __attribute__((constructor)) fixture_once(void)                                \
	{                                                                                          \
		unit_test_fixture(false, setup, teardown);                                         \
	}

#endif
