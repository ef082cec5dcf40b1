/* SPDX-License-Identifier: Apache-2.0 */
/* The three standard streams, of which a caller may have closed some. */
#ifndef STREAMS_H
#define STREAMS_H

/* Occupies descriptors 0 to 2 as far as they are closed, so that no file or device of this program
 * gets one of these numbers. Reading and writing there fail with EBADF, as if they were still
 * closed: a result that is written there counts as lost. Call it before anything is opened. */
void streams_occupy(void);

#endif
