/* SPDX-License-Identifier: Apache-2.0 */
/* What a unit test needs: cmocka, and tests that are registered where they are written.
 *
 *	FIXTURE_EACH(setup, teardown)
 *
 *	TEST(a_reader_follows_the_source)
 *	{
 *		assert_int_equal(...);
 *	}
 *
 * The program has its main() from tests/test.c. It runs the tests in the order of the file, or
 * those alone whose names match the pattern in its first argument. */
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

/* Adds a test to those of the program. Ownership: the caller's, until the program ends. */
void unit_test_add(struct unit_test *test);

/* Sets the functions around each test, or around all of them. */
void unit_test_fixture(bool each, CMFixtureFunction setup, CMFixtureFunction teardown);

/* Begins a test. In it, *state is what the fixture's setup function has set. */
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
