/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: the input is the arguments, each with its NUL. An accepted command line has
 * consistent options. A refused one has a message. */
#include "tests/fuzz/fuzz.h"

#include "cli/options.h"
#include "cli/internal.h"

#include <errno.h>

#define ARGS_MAX 24

struct command_line {
	char *bytes;
	size_t size;
	int argc;
	char *argv[ARGS_MAX + 1];
};

static void command_line_init(struct command_line *ret, const uint8_t *data, size_t size)
{
	char *end;

	*ret = (struct command_line){.bytes = fuzz_string(data, size), .size = size};
	end = ret->bytes + size;
	ret->argv[ret->argc++] = (char[]){"rpiboot"};
	for (char *arg = ret->bytes; arg < end && ret->argc < ARGS_MAX; arg += strlen(arg) + 1)
		ret->argv[ret->argc++] = arg;
}

/* Checks that a string of the options points into the command line and is not empty. */
static void check_string(const struct command_line *line, const char *text)
{
	if (text)
		fuzz_check(text >= line->bytes && text < line->bytes + line->size && *text);
}

static void check_board(const struct command_line *line, const struct config *board)
{
	check_string(line, board->dir);
	check_string(line, board->metadata_dir);
	check_string(line, board->to_model);
	for (size_t i = 0; i < board->port_count; i++) {
		check_string(line, board->ports[i]);
		fuzz_check(option_is_port_path(board->ports[i]));
		fuzz_check(strlen(board->ports[i]) < USB_PORT_SIZE);
	}
	for (size_t i = 0; i < board->serial_count; i++)
		check_string(line, board->serials[i]);
	fuzz_check(board->port_number >= -1 && board->port_number <= 98);
	fuzz_check(board->port_number == -1 || board->port_count == 0);
	fuzz_check(board->count <= 9999);
	fuzz_check(board->timeout_ms <= 86400 * 1000ULL);
	fuzz_check(board->stage_timeout_ms > 0 && board->stage_timeout_ms <= 86400 * 1000ULL);
	fuzz_check(!board->overlay || board->dir);
	fuzz_check(!board->metadata_dir || board->metadata);
}

static void check_options(const struct command_line *line, const struct options *options)
{
	const struct image_config *image = &options->image;

	check_board(line, &options->board);
	check_string(line, image->path);
	check_string(line, image->bmap_path);
	fuzz_check(options->report.verbosity >= -1 && options->report.verbosity <= 2);
	fuzz_check(options->report.format == REPORT_TEXT || options->report.format == REPORT_JSON);
	fuzz_check(image->path ||
		   (!image->bmap_path && !image->no_bmap && !options->board.no_verify));
	fuzz_check(!image->bmap_path || !image->no_bmap);
	fuzz_check(image->shared == (options->board.count != 1));
	if (image->path) {
		fuzz_check(options->board.expect == EXPECT_AUTO ||
			   options->board.expect == EXPECT_DISK);
		fuzz_check(strcmp(image->path, "-") != 0 || options->board.count == 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct command_line line;
	struct options options, again;
	struct error err = {0}, err_again = {0};
	int r;

	command_line_init(&line, data, size);
	r = options_parse(&options, NULL, line.argc, line.argv, &err);
	if (r < 0)
		fuzz_check_error(r, &err, -EINVAL);
	else
		fuzz_check(r == 0);
	/* --help and --version take effect at once, whatever the other options are. */
	if (r == 0 && options.action != OPTIONS_HELP && options.action != OPTIONS_VERSION)
		check_options(&line, &options);
	/* A parse keeps no state and does not change argv. */
	fuzz_check(size == 0 || memcmp(line.bytes, data, size) == 0);
	fuzz_check(options_parse(&again, NULL, line.argc, line.argv, &err_again) == r);
	fuzz_check(strcmp(err.text, err_again.text) == 0 && options.action == again.action);
	options_done(&again);
	options_done(&options);
	free(line.bytes);
	return 0;
}
