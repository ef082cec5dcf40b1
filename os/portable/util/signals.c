/* SPDX-License-Identifier: Apache-2.0 */
/* Signals are not postponed on this system. A signal such as that of Ctrl-C ends the program at
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
