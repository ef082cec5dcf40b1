/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cli/option_rows.h"

#include "util/error.h"
#include "cli/options.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void command_line_init(struct command_line *ret, const char *args)
{
	static char program[] = "rpiboot", empty[] = "";
	char *state = NULL;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->text, sizeof(ret->text), "%s", args);
	ret->argv[ret->argc++] = program;
	for (char *arg = strtok_r(ret->text, " ", &state); arg; arg = strtok_r(NULL, " ", &state)) {
		assert_true(ret->argc < OPTION_ARGS_MAX);
		ret->argv[ret->argc++] = strcmp(arg, "''") ? arg : empty;
	}
}

static void describe_list(FILE *out, const char *what, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, " %s=%s", what, list[i]);
}

static void describe_board(FILE *out, const struct config *board)
{
	static const char *const expects[] = {
		[EXPECT_AUTO] = "",
		[EXPECT_DISK] = " expect=disk",
		[EXPECT_DONE] = " expect=done",
		[EXPECT_ANY] = " expect=any",
	};

	if (board->dir)
		fprintf(out, " dir=%s", board->dir);
	fputs(board->overlay ? " overlay" : "", out);
	fputs(board->signed_boot ? " signed" : "", out);
	describe_list(out, "port", board->ports, board->port_count);
	fputs(board->power_cycle ? " power-cycle" : "", out);
	describe_list(out, "serial", board->serials, board->serial_count);
	if (board->port_number != -1)
		fprintf(out, " number=%d", board->port_number);
	if (board->count != 1)
		fprintf(out, " count=%u", board->count);
	fputs(board->metadata ? "" : " no-metadata", out);
	if (board->metadata_dir)
		fprintf(out, " metadata=%s", board->metadata_dir);
	if (board->timeout_ms)
		fprintf(out, " timeout=%llu", (unsigned long long)board->timeout_ms);
	if (board->stage_timeout_ms != 60000)
		fprintf(out, " stage=%llu", (unsigned long long)board->stage_timeout_ms);
	fputs(expects[board->expect], out);
	fputs(board->no_verify ? " no-verify" : "", out);
	if (board->to_model)
		fprintf(out, " to=%s", board->to_model);
}

static void describe_image(FILE *out, const struct image_config *image)
{
	if (image->path)
		fprintf(out, " write=%s%s", image->path, image->shared ? " shared" : "");
	if (image->bmap_path)
		fprintf(out, " bmap=%s", image->bmap_path);
	fputs(image->raw ? " raw" : "", out);
	fputs(image->no_bmap ? " no-bmap" : "", out);
}

/* Formats the options that differ from the defaults, in a fixed order. */
static void describe(char *ret, size_t size, const struct options *options)
{
	static const char *const actions[] = {
		[OPTIONS_BOOT] = "",
		[OPTIONS_LIST] = " list",
		[OPTIONS_CHECK] = " check",
		[OPTIONS_HELP] = " help",
		[OPTIONS_VERSION] = " version",
		[OPTIONS_UDEV_RULES] = " udev",
	};
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	fputs(actions[options->action], out);
	describe_board(out, &options->board);
	describe_image(out, &options->image);
	fputs(options->report.document_on_stdout ? " document" : "", out);
	fputs(options->report.format == REPORT_JSON ? " json" : "", out);
	if (options->report.verbosity)
		fprintf(out, " verbosity=%d", options->report.verbosity);
	fclose(out);
	snprintf(ret, size, "%s", text);
	free(text);
}

static void check_row(const struct option_line *row)
{
	struct command_line line;
	struct options options;
	struct error err = {};
	char got[ERROR_TEXT_SIZE + 2] = "", want[sizeof(got)];
	int r;

	command_line_init(&line, row->args);
	r = options_parse(&options, NULL, line.argc, line.argv, &err);
	if (r) {
		snprintf(got, sizeof(got), "! %s", err.text);
		assert_int_equal(r, -22); /* EINVAL */
		assert_int_equal(err.code, r);
		assert_null(strchr(err.text, '\n'));
	} else {
		describe(got, sizeof(got), &options);
	}
	options_done(&options);
	snprintf(want, sizeof(want), "%s%s", row->want[0] && row->want[0] != '!' ? " " : "",
		 row->want);
	if (strcmp(got, want))
		fail_msg("rpiboot %s\n  want:%s\n  got: %s", row->args, want, got);
}

void option_lines_check(const struct option_line *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i]);
}
