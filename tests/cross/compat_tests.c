/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cross/compat_tests.h"

char *strsep(char **text, const char *separators)
{
	char *start = *text;

	if (!start)
		return NULL;
	*text = start + strcspn(start, separators);
	if (**text)
		*(*text)++ = '\0';
	else
		*text = NULL;
	return start;
}

/* Tries up to 1000 names that it makes from the process id. */
char *mkdtemp(char *pattern)
{
	char *random = pattern + strlen(pattern) - 6;
	static unsigned int made;

	for (unsigned int tries = 0; tries < 1000; tries++) {
		unsigned int number = ((unsigned int)getpid() * 1000 + made++) % 1000000;

		for (int digit = 5; digit >= 0; digit--, number /= 10)
			random[digit] = (char)('0' + number % 10);
		if (mkdir(pattern, 0700) == 0)
			return pattern;
		if (errno != EEXIST)
			return NULL;
	}
	return NULL;
}

int setenv(const char *name, const char *value, int replace)
{
	(void)replace;
	return _putenv_s(name, value);
}

int unsetenv(const char *name)
{
	return _putenv_s(name, "");
}

time_t timegm(struct tm *tm)
{
	return _mkgmtime(tm);
}
