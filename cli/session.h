/* SPDX-License-Identifier: Apache-2.0 */
/* A run that serves boards, from the opening of the image to the exit status. */
#ifndef SERVE_H
#define SERVE_H

#include "board/board.h"

#include <signal.h>

struct image_config;
struct report;

/* Serves the boards that config asks for and reports their results and the summary. Sets
 * config->image, which the caller frees. *signal_number: the signal that ends the run early; 0:
 * none yet. The wait for a piped image ends by it, too, and by config->timeout_ms.
 * Returns: the exit status. */
enum exit_status serve(struct config *config, const struct image_config *image,
		       struct report *report, const volatile sig_atomic_t *signal_number);

#endif
