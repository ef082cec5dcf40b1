/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries open files when they are first used: settings, modules, a source of random numbers. The
 * sandbox refuses that, so each is used once before the sandbox closes. */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include <stdbool.h>

/* Lets json-c, libarchive and the C library open what they open at first use, and libcrypto if
 * digests is set: its settings take 2 MiB. Call it once, before confine_new() and before other
 * threads exist. It cannot fail: a library that cannot open a file here could not open it later. */
void libraries_prepare(bool digests);

#endif
