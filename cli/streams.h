/* SPDX-License-Identifier: Apache-2.0 */
/* Handles standard input, output and error streams that were closed when the program started. */
#ifndef CLI_STREAMS_H
#define CLI_STREAMS_H

/* Opens a placeholder on each closed descriptor from 0 to 2, so that no file or device of this
 * program gets such a number. Reads and writes of the placeholder fail with EBADF, as on a closed
 * descriptor. A result that is written to it therefore counts as lost. Call this function before
 * any other open. */
void streams_occupy(void);

#endif
