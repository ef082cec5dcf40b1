/* SPDX-License-Identifier: Apache-2.0 */
/* The stream and the time of each line, with pipes as stdout and stderr of the process. */
#include "util/error.h"
#include "report/json_put.h"
#include "report/output.h"
#include "report/report.h"
#include "util/util.h"
#include "tests/test.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/resource.h>

/* The pipes in place of stdout and stderr, and the original descriptors. */
struct streams {
	int saved[2], read_end[2];
};

static void streams_capture(struct streams *ret)
{
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		int ends[2];

		assert_int_equal(pipe2(ends, O_NONBLOCK | O_DIRECT), 0);
		ret->saved[i] = dup(STDOUT_FILENO + i);
		assert_true(dup2(ends[1], STDOUT_FILENO + i) >= 0);
		close(ends[1]);
		ret->read_end[i] = ends[0];
	}
}

static void streams_restore(struct streams *streams)
{
	for (int i = 0; i < 2; i++) {
		dup2(streams->saved[i], STDOUT_FILENO + i);
		close(streams->saved[i]);
		close(streams->read_end[i]);
	}
}

/* Reads the bytes of one write(), if there are any. The pipes keep packets apart, so a line that is
 * written in parts would be read in parts. */
static void stream_read(const struct streams *streams, int fd, char *ret, size_t size)
{
	ssize_t bytes = read(streams->read_end[fd - STDOUT_FILENO], ret, size - 1);

	ret[bytes > 0 ? bytes : 0] = '\0';
}

static const struct event disk = {
	.type = EVENT_DISK,
	.port = "1-1",
	.disk = {.path = "/dev/sda", .bytes = 1024, .model = "m"},
};

/* Reports one event and reads both streams. */
static void report_and_read(const struct report_config *config, const struct event *event,
			    char out[512], char talk[512])
{
	struct report *report = NULL;
	struct streams streams;
	int r;

	streams_capture(&streams);
	r = report_new(&report, config, 1000, NULL);
	if (!r)
		report_event(report, event, 3500);
	stream_read(&streams, STDOUT_FILENO, out, 512);
	stream_read(&streams, STDERR_FILENO, talk, 512);
	streams_restore(&streams);
	assert_int_equal(r, 0);
	assert_false(report_lost(report));
	assert_null(report_free(report));
}

TEST(results_go_to_stdout_and_messages_to_stderr)
{
	const struct report_config config = {.format = REPORT_TEXT};
	char out[512], talk[512];

	report_and_read(&config, &disk, out, talk);
	assert_string_equal(out, "/dev/sda\n");
	assert_string_equal(talk, "1-1: /dev/sda is here: 1.0 KiB, m\n");
}

TEST(json_goes_to_stdout_only)
{
	const struct report_config config = {.format = REPORT_JSON};
	char out[512], talk[512];

	report_and_read(&config, &disk, out, talk);
	assert_string_equal(out, "{\"v\":1,\"time\":2.500,\"event\":\"disk\",\"port\":\"1-1\","
				 "\"path\":\"/dev/sda\",\"bytes\":1024,\"model\":\"m\"}\n");
	assert_string_equal(talk, "");
}

TEST(a_time_before_the_start_is_zero)
{
	const struct report_config config = {.format = REPORT_JSON};
	const struct event waiting = {.type = EVENT_WAITING};
	struct report *report = NULL;
	struct streams streams;
	char out[512];

	assert_int_equal(report_new(&report, &config, 100000, NULL), 0);
	streams_capture(&streams);
	report_event(report, &waiting, 1);
	stream_read(&streams, STDOUT_FILENO, out, sizeof(out));
	streams_restore(&streams);
	assert_string_equal(out, "{\"v\":1,\"time\":0.000,\"event\":\"waiting\"}\n");
	report_free(report);
}

/* An event with an earlier time gets the time of the last event. */
TEST(times_never_go_back)
{
	const struct report_config config = {.format = REPORT_JSON};
	const struct event waiting = {.type = EVENT_WAITING};
	static const uint64_t times_ms[] = {3500, 3400, 3600};
	static const char *const want[] = {"2.500", "2.500", "2.600"};
	struct report *report = NULL;
	struct streams streams;
	char out[3][512];

	streams_capture(&streams);
	if (report_new(&report, &config, 1000, NULL) == 0)
		for (size_t i = 0; i < 3; i++) {
			report_event(report, &waiting, times_ms[i]);
			stream_read(&streams, STDOUT_FILENO, out[i], sizeof(out[i]));
		}
	streams_restore(&streams);
	assert_non_null(report);
	report_free(report);
	for (size_t i = 0; i < 3; i++)
		assert_non_null(strstr(out[i], want[i]));
}

TEST(an_error_is_printed_in_each_format)
{
	static const enum report_format formats[] = {REPORT_TEXT, REPORT_JSON};
	struct error error;

	error_set(&error, -2, "no such directory: 'x'");
	for (int i = 0; i < 3; i++) {
		const struct report_config config = {.format = formats[i % 2], .verbosity = -1};
		struct report *report = NULL;
		struct streams streams;
		char out[512], talk[512];

		if (i < 2) /* the third error comes before the report exists */
			assert_int_equal(report_new(&report, &config, 0, NULL), 0);
		streams_capture(&streams);
		report_error(report, &error);
		stream_read(&streams, STDOUT_FILENO, out, sizeof(out));
		stream_read(&streams, STDERR_FILENO, talk, sizeof(talk));
		streams_restore(&streams);
		assert_string_equal(talk, "rpiboot: no such directory: 'x'\n");
		assert_string_equal(out, "");
		report_free(report);
	}
}

/* When results cannot be written, one message is printed, the error is remembered, and boards are
 * still served. */
static void check_lost(int fd, const char *why)
{
	const struct report_config config = {.format = REPORT_TEXT, .verbosity = -1};
	struct report *report = NULL;
	struct streams streams;
	char talk[512], again[512], want[512];
	bool lost_first, lost_then;

	assert_int_equal(report_new(&report, &config, 0, NULL), 0);
	streams_capture(&streams);
	dup2(fd, STDOUT_FILENO);
	lost_first = report_lost(report);
	report_event(report, &disk, 1);
	lost_then = report_lost(report);
	stream_read(&streams, STDERR_FILENO, talk, sizeof(talk));
	report_event(report, &disk, 2);
	stream_read(&streams, STDERR_FILENO, again, sizeof(again));
	streams_restore(&streams);
	__fpurge(stdout);
	snprintf(want, sizeof(want),
		 "rpiboot: cannot write results to stdout, so they are lost: %s\n", why);
	assert_false(lost_first);
	assert_true(lost_then);
	assert_string_equal(talk, want);
	assert_string_equal(again, "");
	report_free(report);
}

TEST(a_full_disk_is_reported)
{
	cleanup_fd int fd = open("/dev/full", O_WRONLY);

	assert_true(fd >= 0);
	check_lost(fd, "No space left on device");
}

TEST(a_closed_pipe_is_reported)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN); /* as in main.c */
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	check_lost(ends[1], "Broken pipe");
	close(ends[1]);
}

/* Reports two events of a board while stdout is full, and reads stderr. */
static void report_to_full(enum report_format format, const struct event *event, char ret[2048])
{
	const struct report_config config = {.format = format, .verbosity = -1};
	cleanup_fd int fd = open("/dev/full", O_WRONLY);
	struct report *report = NULL;
	struct streams streams;
	char part[512];

	assert_int_equal(report_new(&report, &config, 0, NULL), 0);
	streams_capture(&streams);
	dup2(fd, STDOUT_FILENO);
	report_event(report, event, 1);
	report_event(report, event, 2);
	for (ret[0] = '\0';; strcat(ret, part)) {
		stream_read(&streams, STDERR_FILENO, part, sizeof(part));
		if (!part[0])
			break;
	}
	streams_restore(&streams);
	__fpurge(stdout);
	report_free(report);
}

/* The data that a board sent cannot always be had again, so they go to stderr then. */
TEST(metadata_are_not_lost_with_stdout)
{
	struct event event = {
		.type = EVENT_DOCUMENT,
		.port = "1-1",
		.document.text = "{ \"KEY\": \"value\" }",
	};
	char text[2048], *first;

	report_to_full(REPORT_TEXT, &event, text);
	first = strstr(text, "rpiboot: cannot write to stdout, so the metadata of the board at 1-1 "
			     "is printed here\n{ \"KEY\": \"value\" }\n");
	assert_non_null(first);
	assert_non_null(strstr(first + 1, "is printed here"));
	event.document.path = "DIR/1.json";
	report_to_full(REPORT_TEXT, &event, text);
	assert_null(strstr(text, "KEY"));
	event.type = EVENT_METADATA;
	event.metadata.key = "KEY";
	event.metadata.value = "value";
	report_to_full(REPORT_JSON, &event, text);
	assert_non_null(strstr(text, "1-1: reports KEY: value\n"));
}

#ifndef SANITIZED /* a sanitizer needs more address space than this limit leaves */
static int line_lost(void *ctx)
{
	struct rlimit limit = {.rlim_cur = 256u << 20, .rlim_max = 256u << 20};
	struct error err = {0};
	int good;

	(void)ctx;
	output_line("a line that fits");
	good = output_end("result", &err);
	tree_must(setrlimit(RLIMIT_AS, &limit) == 0);
	output_line("%*s", 512 << 20, "");
	return good == 0 && output_end("result", &err) == -EIO ? 0 : 1;
}

TEST(a_line_without_memory_counts_as_lost)
{
	struct streams streams;
	char talk[512];
	int reported;

	if (!tree_limits_memory())
		skip();
	streams_capture(&streams);
	reported = tree_fork(line_lost, NULL, false);
	stream_read(&streams, STDERR_FILENO, talk, sizeof(talk));
	streams_restore(&streams);
	assert_true(reported);
	assert_string_equal(talk, "rpiboot: out of memory\n");
}

#define LONG_BYTES (64u << 20)

/* The text fits into memory, but its escaped copy does not. */
static int value_lost(void *ctx)
{
	struct rlimit limit = {.rlim_cur = 256u << 20, .rlim_max = 256u << 20};
	struct json_object *object = json_put_new(), *array = json_put_array(object, "array");
	cleanup_free char *text = calloc(1, LONG_BYTES + 1), *before = json_line(object);
	cleanup_free char *after = NULL;

	(void)ctx;
	tree_must(text != NULL && before != NULL);
	memset(text, 'x', LONG_BYTES);
	tree_must(setrlimit(RLIMIT_AS, &limit) == 0);
	json_put_string(json_put_element(array), "text", text);
	after = json_line(object);
	json_put_free(object);
	return after ? 1 : 0;
}

TEST(a_line_without_one_of_its_values_is_not_printed)
{
	if (!tree_limits_memory())
		skip();
	assert_true(tree_fork(value_lost, NULL, false));
}
#endif

TEST(freeing_null_does_nothing)
{
	assert_null(report_free(NULL));
}
