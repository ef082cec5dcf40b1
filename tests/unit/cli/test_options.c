/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines as rows: the parsed options, or the error message. test_options_print.c tests the
 * output of options. */
#include "util/error.h"
#include "cli/options.h"
#include "tests/test.h"
#include "tests/unit/cli/option_rows.h"
#include "util/util.h"

#include <stdio.h>
#include <string.h>

TEST(no_options_mean_the_defaults)
{
	struct command_line line;
	struct options options;
	struct error err = {};

	memset(&options, 0xa5, sizeof(options));
	command_line_init(&line, "");
	assert_int_equal(options_parse(&options, NULL, line.argc, line.argv, &err), 0);
	assert_int_equal(options.action, OPTIONS_BOOT);
	assert_int_equal(options.board.port_number, -1);
	assert_int_equal(options.board.count, 1);
	assert_int_equal(options.board.timeout_ms, 0);
	assert_int_equal(options.board.stage_timeout_ms, 60000);
	assert_int_equal(options.board.expect, EXPECT_AUTO);
	assert_string_equal(options.board.sysroot, "/sys");
	assert_null(options.board.dir);
	assert_int_equal(options.report.format, REPORT_TEXT);
	assert_int_equal(options.report.verbosity, 0);
	assert_false(options.report.document_on_stdout);
	options_done(&options);
	options_done(&options); /* a repeated call is allowed */
}

TEST(each_option_sets_its_field)
{
	static const struct option_line rows[] = {
		{"", ""},
		{"-d boot", "dir=boot"},
		{"-dboot", "dir=boot"},
		{"--directory boot", "dir=boot"},
		{"--directory=boot", "dir=boot"},
		{"-d -o", "dir=-o"},
		{"-d a -d b", "dir=b"},
		{"-d boot -o", "dir=boot overlay"},
		{"-o -d boot", "dir=boot overlay"},
		{"--overlay -d boot", "dir=boot overlay"},
		{"-s", "signed"},
		{"--signed", "signed"},
		{"-p 1-1", "port=1-1"},
		{"--port-path=1-1.2.3.4.5.6.7", "port=1-1.2.3.4.5.6.7"},
		{"-p 255-255.255", "port=255-255.255"},
		{"-p 1-1 -p 3-2.4", "port=1-1 port=3-2.4"},
		{"-i 12345678", "serial=12345678"},
		{"-i a --serial b -ic", "serial=a serial=b serial=c"},
		{"-l", "count=0"},
		{"--loop", "count=0"},
		{"-n 1", ""},
		{"-n 9999", "count=9999"},
		{"--count=007", "count=7"},
		{"-n 3 -n 4", "count=4"},
		{"-m 1", ""},
		{"-m 500", ""},
		{"--delay 2147483647", ""},
		{"-v", "verbosity=1"},
		{"-vv", "verbosity=2"},
		{"-v --verbose", "verbosity=2"},
		{"-vvvv", "verbosity=2"},
		{"-q", "no-metadata verbosity=-1"},
		{"-q --quiet", "no-metadata verbosity=-1"},
		{"-V", "version"},
		{"--version", "version"},
		{"-h", "help"},
		{"--help", "help"},
		{"--print-udev-rules", "udev"},
		{"--json", "no-metadata json"},
		{"--list --json", "list no-metadata json"},
		{"--check -d boot", "check dir=boot"},
		{"--expect disk", "expect=disk"},
		{"--expect=done", "expect=done"},
		{"--expect any", "expect=any"},
		{"-so -d boot -vn 2", "dir=boot overlay signed count=2 verbosity=1"},
		{"-d boot --", "dir=boot"},
		{"--dir boot", "dir=boot"}, /* a unique prefix is enough */
	};

	option_lines_check(rows, array_size(rows));
}

TEST(a_number_option_selects_a_port_number)
{
	static const struct option_line rows[] = {
		{"-0", "number=0"},
		{"-1", "number=1"},
		{"-9", "number=9"},
		{"-12", "number=12"},
		{"-98", "number=98"},
		{"-007", "number=7"},
		{"-v12s", "signed number=12 verbosity=1"},
		{"-5 -v", "number=5 verbosity=1"},
		{"-99", "! port number '-99' is out of range; use -0 to -98"},
		{"-123", "! port number '-123' is out of range; use -0 to -98"},
		{"-99999999999", "! port number '-99999999999' is out of range; use -0 to -98"},
		{"-1 -2", "! '-1' and '-2' cannot be used together: only one port number is "
			  "allowed; use -p PATH for several ports"},
		{"-1 -v -1", "! '-1' and '-1' cannot be used together: only one port number is "
			     "allowed; use -p PATH for several ports"},
		{"-1v2", "! '-1v2' and '-1v2' cannot be used together: only one port number is "
			 "allowed; use -p PATH for several ports"},
		{"-p 1-1 -3", "! -p and '-3' cannot be used together: both select the port"},
		{"-3 -p 1-1", "! -p and '-3' cannot be used together: both select the port"},
		{"-0 -p 1-1", "! -p and '-0' cannot be used together: both select the port"},
	};

	option_lines_check(rows, array_size(rows));
}

/* The argument of -j is optional. It can be in the next word. */
TEST(the_argument_of_j_can_be_left_out)
{
	static const struct option_line rows[] = {
		{"-j", "document"},
		{"--metadata", "document"},
		{"-j out", "metadata=out"},
		{"-jout", "metadata=out"},
		{"--metadata out", "metadata=out"},
		{"--metadata=out", "metadata=out"},
		{"-j -v", "document verbosity=1"},
		{"-j out -v", "metadata=out verbosity=1"},
		{"-vj out -s", "signed metadata=out verbosity=1"},
		{"-j --", "document"},
		{"-j -1", "number=1 document"},
		{"-j out more", "! unexpected argument 'more'; rpiboot --help lists the options"},
		{"-j ''", "! the argument of '--metadata' is empty"},
		{"--metadata=", "! the argument of '--metadata' is empty"},
		{"-j --json", "document json"},
		{"-j out --check", "check"},
		{"-q -j", "document verbosity=-1"},
		{"-q -j out", "metadata=out verbosity=-1"},
		{"-j out --json", "metadata=out json"},
	};

	option_lines_check(rows, array_size(rows));
}

#define NO_SECONDS(what, text)                                                                     \
	"! the " what " '" text                                                                    \
	"' is not a number of seconds above 0 and up to 86400, such as 30 or 0.5"

TEST(timeouts_are_rounded_up_to_milliseconds)
{
	static const struct option_line rows[] = {
		{"--timeout 30", "timeout=30000"},
		{"--timeout=0.5", "timeout=500"},
		{"--timeout .25", "timeout=250"},
		{"--timeout 5.", "timeout=5000"},
		{"--timeout 1.2345", "timeout=1235"}, /* rounded up */
		{"--timeout 1.2340", "timeout=1234"},
		{"--timeout 0.00001", "timeout=1"}, /* 0 would mean never */
		{"--timeout 86400", "timeout=86400000"},
		{"--stage-timeout 60", ""},
		{"--stage-timeout 0.1", "stage=100"},
		{"--timeout 1 --stage-timeout 2", "timeout=1000 stage=2000"},
		{"--timeout 0", NO_SECONDS("timeout", "0")},
		{"--timeout 0.000", NO_SECONDS("timeout", "0.000")},
		{"--timeout -1", NO_SECONDS("timeout", "-1")},
		{"--timeout .", NO_SECONDS("timeout", ".")},
		{"--timeout 1s", NO_SECONDS("timeout", "1s")},
		{"--timeout 1e3", NO_SECONDS("timeout", "1e3")},
		{"--timeout 0x10", NO_SECONDS("timeout", "0x10")},
		{"--timeout inf", NO_SECONDS("timeout", "inf")},
		{"--timeout 1,5", NO_SECONDS("timeout", "1,5")},
		{"--timeout 1.5.5", NO_SECONDS("timeout", "1.5.5")},
		{"--timeout 86400.001", NO_SECONDS("timeout", "86400.001")},
		{"--timeout 86401", NO_SECONDS("timeout", "86401")},
		{"--timeout 99999999999999999999999",
		 NO_SECONDS("timeout", "99999999999999999999999")},
		{"--stage-timeout soon", NO_SECONDS("stage timeout", "soon")},
	};

	option_lines_check(rows, array_size(rows));
}

#define UNKNOWN(what) "! unknown option " what "; rpiboot --help lists the options"
#define NO_PORT(text)                                                                              \
	"! '" text "' is not a port path such as 1-1.2 (bus, then the ports up to the board); "    \
	"rpiboot --list shows the port paths"
#define NO_COUNT(text) "! the count of boards '" text "' is not a number from 1 to 9999"
#define NO_DELAY(text) "! the delay '" text "' is not a number of microseconds, 1 or more"

TEST(each_mistake_has_its_message)
{
	static const struct option_line rows[] = {
		{"--foo", UNKNOWN("'--foo'")},
		{"--foo=bar", UNKNOWN("'--foo'")},
		{"--directoryy=x", UNKNOWN("'--directoryy'")},
		{"--=x", UNKNOWN("'--'")},
		{"-x", UNKNOWN("'-x'")},
		{"-vx", UNKNOWN("'-x' in '-vx'")},
		{"-verbose", UNKNOWN("'-e' in '-verbose'")},
		{"-\xc3\xbc", UNKNOWN("'-\xc3\xbc'")},
		{"-?", UNKNOWN("'-?'")},
		{"-:", UNKNOWN("'-:'")},
		{"--s",
		 "! option '--s' is ambiguous: it may mean --signed, --serial, --stage-timeout"},
		{"--loop=1", "! option '--loop' takes no argument"},
		{"--json=", "! option '--json' takes no argument"},
		{"-d", "! option '-d' needs an argument: DIR"},
		{"--directory", "! option '--directory' needs an argument: DIR"},
		{"-vp", "! option '-p' needs an argument: PATH"},
		{"-i", "! option '-i' needs an argument: SERIAL"},
		{"-n", "! option '-n' needs an argument: COUNT"},
		{"-m", "! option '-m' needs an argument: DELAY"},
		{"--timeout", "! option '--timeout' needs an argument: S"},
		{"--stage-timeout", "! option '--stage-timeout' needs an argument: S"},
		{"--expect", "! option '--expect' needs an argument: END"},
		{"-d ''", "! the argument of '--directory' is empty"},
		{"-i ''", "! the argument of '--serial' is empty"},
		{"--expect=", "! the argument of '--expect' is empty"},
		{"--expect reboot", "! --expect takes disk, done or any, not 'reboot'"},
		{"a", "! unexpected argument 'a'; rpiboot --help lists the options"},
		{"-v a -x", "! unexpected argument 'a'; rpiboot --help lists the options"},
		{"-", "! unexpected argument '-'; rpiboot --help lists the options"},
		{"''", "! unexpected argument ''; rpiboot --help lists the options"},
		{"-- a", "! unexpected argument 'a'; rpiboot --help lists the options"},
		{"--print-udev-rules a",
		 "! unexpected argument 'a'; rpiboot --help lists the options"},
		{"-n 0", NO_COUNT("0")},
		{"-n 10000", NO_COUNT("10000")},
		{"-n -1", NO_COUNT("-1")},
		{"-n +1", NO_COUNT("+1")},
		{"-n two", NO_COUNT("two")},
		{"-n 4294967297", NO_COUNT("4294967297")},
		{"-n 18446744073709551617", NO_COUNT("18446744073709551617")},
		{"-m 0", NO_DELAY("0")},
		{"-m fast", NO_DELAY("fast")},
		{"-m 2147483648", NO_DELAY("2147483648")},
	};

	option_lines_check(rows, array_size(rows));
}

TEST(other_forms_are_no_port_paths)
{
	static const struct option_line rows[] = {
		{"-p 1", NO_PORT("1")},
		{"-p 1-", NO_PORT("1-")},
		{"-p -1", NO_PORT("-1")},
		{"-p 1-1.", NO_PORT("1-1.")},
		{"-p 1.1", NO_PORT("1.1")},
		{"-p 1-1-1", NO_PORT("1-1-1")},
		{"-p 1-1:1.0", NO_PORT("1-1:1.0")},
		{"-p 01-1", NO_PORT("01-1")},
		{"-p 1-0", NO_PORT("1-0")},
		{"-p 256-1", NO_PORT("256-1")},
		{"-p 1-1.256", NO_PORT("1-1.256")},
		{"-p 1-1.2.3.4.5.6.7.8", NO_PORT("1-1.2.3.4.5.6.7.8")},
		{"-p ../1-1", NO_PORT("../1-1")},
		{"-p 4294967297-1", NO_PORT("4294967297-1")},
	};

	option_lines_check(rows, array_size(rows));
}

TEST(options_that_conflict_are_refused)
{
	static const struct option_line rows[] = {
		{"-o", "! -o needs -d DIR, because overlays are directories in DIR"},
		{"--power-cycle",
		 "! --power-cycle needs -p PATH, which selects the port to switch"},
		{"--power-cycle -3",
		 "! --power-cycle needs -p PATH, which selects the port to switch"},
		{"--power-cycle -p 1-1", "port=1-1 power-cycle"},
		{"-l -n 2", "! -l and -n cannot be used together: -l serves boards without end, "
			    "and -n serves a fixed number"},
		{"-n 1 -l", "! -l and -n cannot be used together: -l serves boards without end, "
			    "and -n serves a fixed number"},
		{"-q -v", "! -q and -v cannot be used together"},
		{"-vq", "! -q and -v cannot be used together"},
		/* the first mistake is reported */
		{"-o --foo -n 0", UNKNOWN("'--foo'")},
		{"-n 0 --foo", NO_COUNT("0")},
		{"-n 0 --help", NO_COUNT("0")},
		{"--help --foo", "help"},
		{"-V -h", "version"},
		{"--print-udev-rules --help", "help"},
	};

	option_lines_check(rows, array_size(rows));
}

/* getopt keeps state between calls. A parse that ends within an argument must not affect the next
 * parse. */
TEST(a_parse_does_not_affect_the_next)
{
	static const struct option_line rows[] = {
		{"-vn0", NO_COUNT("0")}, {"-vvx2", UNKNOWN("'-x' in '-vvx2'")},
		{"-2", "number=2"},	 {"-1h5", "help number=1"},
		{"-5", "number=5"},	 {"-p 1-1 -p 1-2 -p nonsense", NO_PORT("nonsense")},
		{"-p 1-3", "port=1-3"},
	};

	for (int i = 0; i < 3; i++)
		option_lines_check(rows, array_size(rows));
}

/* Random arguments give a result or an error message, never a crash. */
TEST(any_arguments_give_a_result_or_a_message)
{
	static const char letters[] = "-dospi019lnjmvqVhx.=: ''";
	uint32_t random = 1;

	for (int i = 0; i < 20000; i++) {
		struct command_line line;
		struct options options;
		struct error err = {};
		char args[24] = "";

		for (size_t c = 0; c < sizeof(args) - 1; c++) {
			random = random * 1664525 + 1013904223;
			args[c] = letters[(random >> 16) % (sizeof(letters) - 1)];
		}
		command_line_init(&line, args);
		if (options_parse(&options, NULL, line.argc, line.argv, &err)) {
			assert_int_equal(err.code, -22);
			assert_true(strlen(err.text) > 10);
			assert_null(strchr(err.text, '\n'));
		} else {
			assert_int_equal(err.code, 0);
			assert_true(options.board.port_number + 1 <= 99 &&
				    options.board.port_number + 1 >= 0);
			assert_true(options.board.count <= 9999);
		}
		options_done(&options);
	}
}

/* getopt prints no messages of its own. */
TEST(getopt_prints_nothing)
{
	FILE *capture = tmpfile();
	int saved = dup(STDERR_FILENO);

	assert_non_null(capture);
	dup2(fileno(capture), STDERR_FILENO);
	option_lines_check(&(struct option_line){"--foo", UNKNOWN("'--foo'")}, 1);
	option_lines_check(&(struct option_line){"-x", UNKNOWN("'-x'")}, 1);
	option_lines_check(&(struct option_line){"-d", "! option '-d' needs an argument: DIR"}, 1);
	option_lines_check(&(struct option_line){"--loop=1", "! option '--loop' takes no argument"},
			   1);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(lseek(fileno(capture), 0, SEEK_END), 0);
	fclose(capture);
}
