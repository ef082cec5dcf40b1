/* SPDX-License-Identifier: Apache-2.0 */
/* On this system, these functions do nothing: a signal such as that of Ctrl-C ends the program at
 * once. */
#include "util/signals.h"

unsigned int signals_hold(void)
{
	return 0;
}

void signals_release(unsigned int held)
{
	(void)held;
}

bool signals_waiting(void)
{
	return false;
}
