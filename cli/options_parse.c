/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the command line for booting boards. A table of options, such as the one in cli/options.c,
 * lists the valid options. The parser opens no file and prints nothing. */
#include "cli/options.h"

#include "util/error.h"
#include "cli/internal.h"
#include "util/util.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define COUNT_MAX	9999
#define STAGE_TIMEOUT_S 60

/* The state of the parser. */
struct parse {
	struct options *ret;
	const struct options_command *command; /* NULL for a plain boot */
	struct option_scan scan;
	/* The index in argv of the argument that selects a USB port number, such as -12 for port
	 * 12. It is 0 if no such argument was read. */
	int number_at;
	/* True if the previous option was a digit. getopt reads a port number such as -12 as the
	 * two options -1 and -2, so the next digit in the same argument belongs to the same
	 * number. */
	bool number_open;
	bool counted, metadata;
	int verbose;
	struct error *err;
};

static int list_add(const char *const **list, size_t *count, const char *value, struct error *err)
{
	const char **grown = reallocarray((void *)*list, *count + 1, sizeof(*grown));

	if (!grown)
		return error_set(err, -ENOMEM, "out of memory");
	grown[(*count)++] = value;
	*list = grown;
	return 0;
}

static int port_path_add(struct parse *p, const char *arg)
{
	if (!option_is_port_path(arg))
		return error_set(p->err, -EINVAL,
				 "'%s' is not a port path such as 1-1.2 (bus, then the ports up to "
				 "the board); rpiboot --list shows the port paths",
				 arg);
	return list_add(&p->ret->board.ports, &p->ret->board.port_count, arg, p->err);
}

/* Adds one digit to the port number of an argument such as -12, because getopt returns -12 as the
 * two options 1 and 2. */
static int port_number_digit(struct parse *p, int digit)
{
	struct config *board = &p->ret->board;

	if (!p->number_at)
		board->port_number = 0;
	else if (!p->number_open || p->number_at != p->scan.at)
		return error_set(p->err, -EINVAL,
				 "'%s' and '%s' cannot be used together: only one port number is "
				 "allowed; use -p PATH for several ports",
				 p->scan.argv[p->number_at], p->scan.argv[p->scan.at]);
	p->number_at = p->scan.at;
	board->port_number = board->port_number * 10 + digit;
	if (board->port_number > OPTIONS_PORT_NUMBER_MAX)
		return error_set(p->err, -EINVAL, "port number '%s' is out of range; use -0 to -%d",
				 p->scan.argv[p->scan.at], OPTIONS_PORT_NUMBER_MAX);
	return 0;
}

static int count_store(struct parse *p, const char *arg)
{
	p->counted = true;
	if (option_number(arg, 1, COUNT_MAX, &p->ret->board.count))
		return 0;
	return error_set(p->err, -EINVAL, "the count of boards '%s' is not a number from 1 to %d",
			 arg, COUNT_MAX);
}

static int delay_check(struct parse *p, const char *arg)
{
	unsigned int unused;

	if (option_number(arg, 1, INT_MAX, &unused))
		return 0;
	return error_set(p->err, -EINVAL,
			 "the delay '%s' is not a number of microseconds, 1 or more", arg);
}

static int timeout_store(struct parse *p, const char *name, const char *arg, uint64_t *ret_ms)
{
	if (option_seconds(arg, ret_ms))
		return 0;
	return error_set(p->err, -EINVAL,
			 "the %s '%s' is not a number of seconds above 0 and up to %d, such as 30 "
			 "or 0.5",
			 name, arg, OPTIONS_SECONDS_MAX);
}

static int expect_store(struct parse *p, const char *arg)
{
	static const struct {
		const char *name;
		enum expect expect;
	} names[] = {
		{"disk", EXPECT_DISK},
		{"done", EXPECT_DONE},
		{"any", EXPECT_ANY},
	};

	for (size_t i = 0; i < array_size(names); i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): getopt checks this */
		if (!strcmp(arg, names[i].name)) {
			p->ret->board.expect = names[i].expect;
			return 0;
		}
	return error_set(p->err, -EINVAL, "--expect takes disk, done or any, not '%s'", arg);
}

/* Stores the directory that may follow -j. As in the usbboot tool, a space may separate -j from the
 * directory. getopt does not accept a space before an optional argument. */
static int metadata_store(struct parse *p, const char *arg)
{
	const char *next = p->scan.argv[p->scan.next];

	if (!arg && next && next[0] != '-') {
		arg = next;
		p->scan.next++;
	}
	if (arg && !*arg)
		return option_empty(&p->scan, OPTION_METADATA, p->err);
	p->metadata = true;
	p->ret->board.metadata_dir = arg;
	return 0;
}

static int option_store(struct parse *p, enum option_code code, const char *arg)
{
	struct config *board = &p->ret->board;

	switch (code) {
	case OPTION_PORT_PATH:
		return port_path_add(p, arg);
	case OPTION_SERIAL:
		return list_add(&board->serials, &board->serial_count, arg, p->err);
	case OPTION_COUNT:
		return count_store(p, arg);
	case OPTION_METADATA:
		return metadata_store(p, arg);
	case OPTION_DELAY:
		return delay_check(p, arg);
	case OPTION_VERBOSE:
		p->verbose += p->verbose < 2;
		return 0;
	case OPTION_TIMEOUT:
		return timeout_store(p, "timeout", arg, &board->timeout_ms);
	case OPTION_STAGE_TIMEOUT:
		return timeout_store(p, "stage timeout", arg, &board->stage_timeout_ms);
	case OPTION_EXPECT:
		return expect_store(p, arg);
	case OPTION_JSON:
		p->ret->report.format = REPORT_JSON;
		return 0;
	case OPTION_VERSION:
		p->ret->action = OPTIONS_VERSION;
		return 0;
	case OPTION_HELP:
		p->ret->action = OPTIONS_HELP;
		return 0;
	case OPTION_UDEV_RULES:
		p->ret->action = OPTIONS_UDEV_RULES;
		return 0;
	case OPTION_LIST:
		p->ret->action = OPTIONS_LIST;
		return 0;
	case OPTION_CHECK:
		p->ret->action = OPTIONS_CHECK;
		return 0;
	case OPTION_PORT_NUMBER: /* port_number_digit() has stored the digits. */
		break;
	}
	return 0;
}

/* Handles one option, or one operand. */
static int code_take(struct parse *p, int code, const char *arg)
{
	bool is_own = p->command && (code == OPTION_OPERAND || code >= OPTION_COMMAND);
	int r;

	if (option_is_digit(code)) {
		r = port_number_digit(p, code - '0');
		p->number_open = true;
		return r;
	}
	p->number_open = false;
	if (option_scan_store(&p->scan, code, arg, is_own ? p->command->ctx : p->ret))
		return 0;
	if (is_own)
		return p->command->take(p->command->ctx, code, arg, p->err);
	if (code == OPTION_OPERAND)
		return error_set(p->err, -EINVAL,
				 "unexpected argument '%s'; rpiboot --help lists the options", arg);
	return option_store(p, (enum option_code)code, arg);
}

/* Rejects options that need --write, and options that contradict --write. */
static int write_check(const struct parse *p)
{
	const struct image_config *image = &p->ret->image;
	const struct config *board = &p->ret->board;

	if (!image->path && (board->no_verify || board->to_model || image->bmap_path ||
			     image->no_bmap || image->raw))
		return error_set(p->err, -EINVAL, "%s needs --write IMAGE",
				 image->bmap_path  ? "--bmap"
				 : image->no_bmap  ? "--no-bmap"
				 : image->raw	   ? "--raw"
				 : board->to_model ? "--to"
						   : "--no-verify");
	if (!image->path)
		return 0;
	if (image->bmap_path && image->no_bmap)
		return error_set(p->err, -EINVAL, "--bmap and --no-bmap cannot be used together");
	if (board->expect != EXPECT_AUTO && board->expect != EXPECT_DISK)
		return error_set(p->err, -EINVAL,
				 "--write needs a disk; use --expect disk, or leave out --expect");
	if (strcmp(image->path, "-") == 0 && board->count != 1)
		return error_set(p->err, -EINVAL,
				 "--write - works for only one board, because standard input can "
				 "be read only once; for several boards, give a file");
	return 0;
}

static int conflicts_check(const struct parse *p)
{
	const struct config *board = &p->ret->board;

	if (board->overlay && !board->dir)
		return error_set(p->err, -EINVAL,
				 "-o needs -d DIR, because overlays are directories in DIR");
	if (board->port_count && p->number_at)
		return error_set(p->err, -EINVAL,
				 "-p and '%s' cannot be used together: both select the port",
				 p->scan.argv[p->number_at]);
	if (board->power_cycle && !board->port_count)
		return error_set(p->err, -EINVAL,
				 "--power-cycle needs -p PATH, which selects the port to switch");
	if (p->ret->loop && p->counted)
		return error_set(p->err, -EINVAL,
				 "-l and -n cannot be used together: -l serves boards without end, "
				 "and -n serves a fixed number");
	if (p->ret->quiet && p->verbose)
		return error_set(p->err, -EINVAL, "-q and -v cannot be used together");
	return write_check(p);
}

int options_parse(struct options *ret, const struct options_command *command, int argc,
		  char *argv[], struct error *err)
{
	struct parse p = {.ret = ret, .command = command, .err = err};
	const char *arg;
	int code, r;

	*ret = (struct options){
		.table = command ? command->table : &options_table,
		.board =
			{
				.port_number = -1,
				.count = 1,
				.metadata = true,
				.stage_timeout_ms = STAGE_TIMEOUT_S * 1000,
				.sysroot = "/sys",
				.devroot = "",
				.kmsg = "/dev/kmsg",
			},
	};
	option_scan_init(&p.scan, ret->table, argc, argv);
	while ((r = option_scan_next(&p.scan, &code, &arg, err)) > 0) {
		r = code_take(&p, code, arg);
		if (r < 0)
			return r;
		if (ret->action == OPTIONS_HELP || ret->action == OPTIONS_VERSION)
			return 0;
	}
	if (r < 0)
		return r;
	ret->report.verbosity = ret->quiet ? -1 : p.verbose;
	ret->report.document_on_stdout = p.metadata && !ret->board.metadata_dir;
	/* If -j is not given, the program prints the properties of a board on stdout. The options
	 * -q, --json and --write suppress this output. */
	if (!p.metadata && (ret->quiet || ret->report.format == REPORT_JSON || ret->image.path))
		ret->board.metadata = false;
	/* Options such as --list boot no board, so they must not create the directory of the option
	 * -j. */
	if (ret->action != OPTIONS_BOOT)
		ret->board.metadata_dir = NULL;
	if (ret->loop)
		ret->board.count = 0;
	ret->image.shared = ret->board.count != 1;
	return conflicts_check(&p);
}

void options_done(struct options *options)
{
	free((void *)options->board.ports);
	free((void *)options->board.serials);
	options->board.ports = options->board.serials = NULL;
	options->board.port_count = options->board.serial_count = 0;
}
