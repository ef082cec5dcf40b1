/* SPDX-License-Identifier: Apache-2.0 */
/* With LD_PRELOAD: a device cgroup that lets nobody open USB devices, whatever their mode is. */
#define NODE_ERRNO EPERM
#include "tests/emulator/node_refused.h"
