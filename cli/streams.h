/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the standard streams safe to use when the program starts: a closed stream is replaced, and
 * a full disk causes an error and not the signal SIGXFSZ. */
#ifndef CLI_STREAMS_H
#define CLI_STREAMS_H

/* Opens a placeholder on each closed descriptor from 0 to 2, so that no file or device of this
 * program gets such a number. Reads and writes of the placeholder fail with EBADF, as on a closed
 * descriptor. A result that is written to it therefore counts as lost. The signal SIGXFSZ is
 * ignored, so that a write beyond the limit of `ulimit -f` fails with EFBIG and the program can
 * remove its temporary file. Call this function before any other open. */
void streams_prepare(void);

#endif
