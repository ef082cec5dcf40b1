/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that postpone signals on Linux do nothing on other systems. There, a signal such as
 * that of Ctrl-C ends the program at once, even while temporary files exist. */
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
