/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks the signals that end the program. The kernel keeps a blocked signal until it is
 * unblocked. */
#include "util/signals.h"

#include "util/util.h"

#include <signal.h>

static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};

unsigned int signals_hold(void)
{
	struct sigaction action;
	unsigned int held = 0;
	sigset_t set, old;

	sigemptyset(&set);
	sigprocmask(SIG_BLOCK, NULL, &old);
	for (size_t i = 0; i < array_size(numbers); i++) {
		if (sigismember(&old, numbers[i]) ||
		    (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN))
			continue;
		sigaddset(&set, numbers[i]);
		held |= 1U << i;
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	return held;
}

void signals_release(unsigned int held)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < array_size(numbers); i++)
		if (held & 1U << i)
			sigaddset(&set, numbers[i]);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

bool signals_waiting(void)
{
	sigset_t set;

	sigpending(&set);
	for (size_t i = 0; i < array_size(numbers); i++)
		if (sigismember(&set, numbers[i]))
			return true;
	return false;
}
