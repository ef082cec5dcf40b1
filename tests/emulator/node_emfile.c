/* SPDX-License-Identifier: Apache-2.0 */
/* With LD_PRELOAD: the process has as many open files as it may, when it opens a USB device. */
#define NODE_ERRNO EMFILE
#include "tests/emulator/node_refused.h"
