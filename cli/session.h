/* SPDX-License-Identifier: Apache-2.0 */
/* Serves boards: opens the image, runs the main loop, and determines the exit status of the
 * program. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "config.h"

#include <signal.h>

struct context;
struct image_config;

/* Serves the requested boards, and reports their results and a summary. *signal_number is the
 * number of the signal that ends the run, or 0 before a signal arrives. The signal and
 * the timeout of the configuration also end the wait for an image from a pipe.
 * Returns: the exit status of the program.
 * Ownership: the function sets context->image, and the caller frees it. It also sets
 * context->wake. */
enum exit_status serve(struct context *context, const struct image_config *image,
		       const volatile sig_atomic_t *signal_number);

#endif
