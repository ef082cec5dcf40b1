/* SPDX-License-Identifier: Apache-2.0 */
/* A signal such as that of Ctrl-C ends the program at once on this system, even while temporary
 * files exist. The functions that postpone signals on Linux do nothing here. */
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
