/* SPDX-License-Identifier: Apache-2.0 */
/* Postpones the signals that end the program, such as that of Ctrl-C, while temporary files
 * exist. */
#ifndef UTIL_SIGNALS_H
#define UTIL_SIGNALS_H

#include <stdbool.h>

/* Postpones SIGHUP, SIGINT and SIGTERM. Signals that the program ignores are not affected. Calls
 * may be nested: only the outermost pair of calls has an effect.
 * Returns: the set of signals that this call has postponed, for signals_release().
 * Thread: affects only the calling thread. */
unsigned int signals_hold(void);

/* Stops postponing signals, and delivers the postponed ones. */
void signals_release(unsigned int held);

/* Returns: true if a signal postponed by signals_hold() has arrived. The caller should end soon. */
bool signals_waiting(void);

#endif
