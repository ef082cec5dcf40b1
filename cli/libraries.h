/* SPDX-License-Identifier: Apache-2.0 */
/* Prepares libraries for the sandbox. A library opens its files at its first use, which the sandbox
 * would forbid. Each library is therefore used once before the sandbox becomes active. */
#ifndef CLI_LIBRARIES_H
#define CLI_LIBRARIES_H

#include <stdbool.h>

/* Makes json-c, libarchive and the C library open the files that they need. If digests is set, also
 * prepares libcrypto, whose settings take 2 MiB of memory. Call this function once, before
 * sandbox_new() and before the first thread. The function reports no error, because a library that
 * cannot open a file now cannot open it later either. */
void libraries_prepare(bool digests);

#endif
