/* SPDX-License-Identifier: Apache-2.0 */
/* argv -> struct options. Touches nothing else: no file, no bus. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "board/board.h"
#include "image/image.h"
#include "report/report.h"

#include <stdio.h>

enum options_action {
	OPTIONS_BOOT,
	OPTIONS_LIST,
	OPTIONS_CHECK,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_UDEV_RULES
};

/* One configuration struct per module; strings point into argv. */
struct options {
	enum options_action action;
	struct config board;
	struct image_config image; /* path NULL: nothing is written */
	struct report_config report;
};

/* 0, or -EINVAL with one sentence that names the mistake. Needs options_done() in either case. */
int options_parse(struct options *ret, int argc, char *argv[], struct error *err);
void options_done(struct options *options);

/* What is asked for instead of booting. 0, or -Exxx with a sentence: it could not be written. */
int options_print(enum options_action action, FILE *out, struct error *err);
void options_help(FILE *out);
void options_version(FILE *out);
void options_udev_rules(FILE *out);

#endif
