/* SPDX-License-Identifier: Apache-2.0 */
/* Declares the functions of Linux that only tests use and that Windows lacks. The names are those
 * of the manual pages. The Makefile includes this header before each test source, if the target of
 * the compiler is Windows. */
#ifndef TESTS_CROSS_COMPAT_TESTS_H
#define TESTS_CROSS_COMPAT_TESTS_H

#include <time.h>

char *strsep(char **text, const char *separators);
char *mkdtemp(char *pattern);
int setenv(const char *name, const char *value, int replace); /* replace is never 0 */
int unsetenv(const char *name);
time_t timegm(struct tm *tm);

#endif
