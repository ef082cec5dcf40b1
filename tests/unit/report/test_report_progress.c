/* SPDX-License-Identifier: Apache-2.0 */
/* The output of --write, --list and --check as text and as JSON, and the interval of the progress.
 */
#include "flash/target.h"
#include "report/report.h"
#include "report/live.h"
#include "report/internal.h"
#include "util/util.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SHA256 "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d"

static const struct event_partition partitions[] = {
	{.path = "/dev/sda1", .bytes = UINT64_C(512) << 20},
	{.path = "/dev/sda2", .bytes = UINT64_C(28) << 30},
};

static const struct {
	int verbosity;
	struct event event;
	const char *talk, *results; /* text output */
	const char *json;	    /* after "v", "time" and "event" */
} rows[] = {
	{0,
	 {.type = EVENT_HINT,
	  .hint = {.code = "no-device", .text = "no board in USB boot mode is on the bus"}},
	 "no board in USB boot mode is on the bus\n",
	 "",
	 "hint\",\"code\":\"no-device\",\"text\":\"no board in USB boot mode is on the bus\"}"},
	{0,
	 {.type = EVENT_POWER, .port = "1-1", .power = {.on = false}},
	 "1-1: the power of this port is off for a moment\n",
	 "",
	 "power\",\"port\":\"1-1\",\"state\":\"off\"}"},
	{0,
	 {.type = EVENT_POWER, .port = "1-1", .power = {.on = true}},
	 "1-1: the power of this port is on again\n",
	 "",
	 "power\",\"port\":\"1-1\",\"state\":\"on\"}"},
	{0,
	 {.type = EVENT_PROGRESS,
	  .port = "1-1",
	  .progress =
		  {.phase = "write", .path = "/dev/sda", .bytes = 4294967296, .total = 8589934592}},
	 "",
	 "",
	 "progress\",\"port\":\"1-1\",\"phase\":\"write\",\"bytes\":4294967296,"
	 "\"total\":8589934592}"},
	{2,
	 {.type = EVENT_PROGRESS,
	  .port = "1-1",
	  .progress = {.phase = "verify", .path = "/dev/sda", .bytes = 5}},
	 "",
	 "",
	 "progress\",\"port\":\"1-1\",\"phase\":\"verify\",\"bytes\":5,\"total\":0}"},
	{0,
	 {.type = EVENT_WARNING,
	  .port = "1-1",
	  .warning = {.code = "no-partition", .text = "no partition was found"}},
	 "1-1: warning: no partition was found\n",
	 "",
	 "warning\",\"port\":\"1-1\",\"code\":\"no-partition\",\"text\":\"no partition was "
	 "found\"}"},
	{0,
	 {.type = EVENT_WRITTEN,
	  .port = "1-1",
	  .written = {.path = "/dev/sda",
		      .bytes = 64000000,
		      .seconds = 4,
		      .sha256 = SHA256,
		      .verified = true,
		      .partitions = partitions,
		      .partition_count = array_size(partitions)}},
	 "1-1: wrote /dev/sda, 61.0 MiB in 4.0 s (15.3 MiB/s), verified; partitions: /dev/sda1 "
	 "512.0 "
	 "MiB, /dev/sda2 28.0 GiB\n",
	 "",
	 "written\",\"port\":\"1-1\",\"path\":\"/dev/sda\",\"bytes\":64000000,\"seconds\":4.000,"
	 "\"sha256\":\"" SHA256 "\",\"verified\":true}"},
	{1,
	 {.type = EVENT_WRITTEN,
	  .port = "1-1",
	  .written = {.path = "/dev/sda", .bytes = 512, .sha256 = SHA256}},
	 "1-1: wrote /dev/sda, 512 bytes in 0.0 s, NOT verified (--no-verify), sha256 " SHA256 "\n",
	 "",
	 "written\",\"port\":\"1-1\",\"path\":\"/dev/sda\",\"bytes\":512,\"seconds\":0.000,"
	 "\"sha256\":\"" SHA256 "\",\"verified\":false}"},
	{-1,
	 {.type = EVENT_BOARD,
	  .port = "1-1.2",
	  .board = {.chip = "BCM2711", .stage = "rom", .serial = "12345678", .speed = "high"}},
	 "",
	 "1-1.2      BCM2711  rom       high   12345678          -          yes\n",
	 "board\",\"port\":\"1-1.2\",\"chip\":\"BCM2711\",\"stage\":\"rom\","
	 "\"serial\":\"12345678\",\"speed\":\"high\",\"disk\":\"\",\"usable\":true,\"text\":\"\"}"},
	{0,
	 {.type = EVENT_BOARD,
	  .port = "1-1",
	  .board = {.chip = "",
		    .stage = "disk",
		    .serial = "",
		    .speed = "full",
		    .disk = "/dev/sda,/dev/sdb",
		    .obstacle = "has been booted"}},
	 "",
	 "1-1        -        disk      full   -                 /dev/sda,/dev/sdb no\n"
	 "    has been booted\n",
	 "board\",\"port\":\"1-1\",\"chip\":\"\",\"stage\":\"disk\",\"serial\":\"\","
	 "\"speed\":\"full\",\"disk\":\"/dev/sda,/dev/sdb\",\"usable\":false,"
	 "\"text\":\"has been booted\"}"},
	{-1,
	 {.type = EVENT_CHECK,
	  .check = {.kind = "chip",
		    .chip = "BCM2711",
		    .bootcode = "msd/2711/bootcode4.bin",
		    .names = "start4.elf, config.txt"}},
	 "",
	 "BCM2711: usable: msd/2711/bootcode4.bin, start4.elf, config.txt\n",
	 "check\",\"kind\":\"chip\",\"chip\":\"BCM2711\",\"usable\":true,"
	 "\"bootcode\":\"msd/2711/bootcode4.bin\",\"files\":\"start4.elf, config.txt\"}"},
	{0,
	 {.type = EVENT_CHECK, .check = {.kind = "chip", .chip = "BCM2712", .bootcode = "b"}},
	 "",
	 "BCM2712: usable: b\n",
	 "check\",\"kind\":\"chip\",\"chip\":\"BCM2712\",\"usable\":true,\"bootcode\":\"b\","
	 "\"files\":\"\"}"},
	{0,
	 {.type = EVENT_CHECK, .check = {.kind = "chip", .chip = "BCM2835"}},
	 "",
	 "BCM2835: no boot files\n",
	 "check\",\"kind\":\"chip\",\"chip\":\"BCM2835\",\"usable\":false,\"bootcode\":\"\","
	 "\"files\":\"\"}"},
	{0,
	 {.type = EVENT_CHECK,
	  .check = {.kind = "warning", .chip = "BCM2711", .text = "a\x1b is odd"}},
	 "",
	 "warning: a\\x1b is odd\n",
	 "check\",\"kind\":\"warning\",\"chip\":\"BCM2711\",\"text\":\"a\\u001b is odd\"}"},
};

TEST(each_event_of_a_writer_has_its_line)
{
	for (size_t i = 0; i < array_size(rows); i++) {
		const struct report_config config = {.verbosity = rows[i].verbosity};
		cleanup_free char *talk = NULL, *results = NULL, *json = NULL;
		char want[512];
		size_t bytes[3];
		FILE *out[] = {
			open_memstream(&talk, &bytes[0]),
			open_memstream(&results, &bytes[1]),
			open_memstream(&json, &bytes[2]),
		};

		report_text_event(&config, &rows[i].event, out[0], out[1]);
		report_json_event(&rows[i].event, 0, out[2]);
		for (size_t j = 0; j < array_size(out); j++)
			fclose(out[j]);
		assert_string_equal(talk, rows[i].talk);
		assert_string_equal(results, rows[i].results);
		snprintf(want, sizeof(want), "{\"v\":1,\"time\":0.000,\"event\":\"%s\n",
			 rows[i].json);
		assert_string_equal(json, want);
	}
}

/* ---- with a report and a clock */

/* stdout (0) or stderr (1) of this process, redirected to a file. */
struct capture {
	int fd, saved, file;
};

static void capture_begin(struct capture *ret, int fd)
{
	fflush(stdout);
	ret->fd = fd;
	ret->saved = dup(fd);
	ret->file = memfd_create("capture", MFD_CLOEXEC);
	assert_true(ret->saved >= 0 && ret->file >= 0);
	assert_true(dup2(ret->file, fd) >= 0);
}

static void capture_end(struct capture *capture, char *ret, size_t size)
{
	ssize_t bytes = pread(capture->file, ret, size - 1, 0);

	fflush(stdout);
	dup2(capture->saved, capture->fd);
	close(capture->saved);
	close(capture->file);
	ret[bytes > 0 ? bytes : 0] = '\0';
}

static void report_progress(struct report *report, const char *phase, unsigned int mib,
			    uint64_t now_ms)
{
	const struct event event = {
		.type = EVENT_PROGRESS,
		.port = "1-1",
		.progress = {.phase = phase,
			     .path = "/dev/sda",
			     .bytes = (uint64_t)mib << 20,
			     .total = UINT64_C(100) << 20},
	};

	report_event(report, &event, now_ms);
}

/* Reports a disk of 100 MiB: 2 MiB every 200 ms, verified at twice the speed; then the result. */
static void play(const struct report_config *config, int fd, char *ret, size_t size)
{
	const struct event found = {
		.type = EVENT_FOUND,
		.port = "1-1",
		.found = {.chip = "BCM2711", .stage = "rom"},
	};
	const struct event result = {.type = EVENT_RESULT, .port = "1-1", .result = {.ok = true}};
	struct capture capture, other;
	struct report *report = NULL;
	char rest[8192];

	capture_begin(&capture, fd);
	capture_begin(&other, fd == STDOUT_FILENO ? STDERR_FILENO : STDOUT_FILENO);
	assert_int_equal(report_new(&report, config, 1000, NULL), 0);
	report_progress(report, "write", 1, 1000); /* a board without earlier events */
	report_event(report, &found, 1000);
	for (unsigned int i = 1; i <= 50; i++)
		report_progress(report, "write", 2 * i, 1000 + 200 * i);
	for (unsigned int i = 1; i <= 50; i++)
		report_progress(report, "verify", 2 * i, 11000 + 100 * i);
	report_event(report, &result, 17000);
	report_progress(report, "write", 1, 27000);
	report_free(report);
	capture_end(&other, rest, sizeof(rest));
	capture_end(&capture, ret, size);
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* A file gets the first progress, one every five seconds, and the end of each phase. */
TEST(a_file_gets_progress_every_five_seconds)
{
	const struct report_config config = {.format = REPORT_TEXT};
	char talk[8192];

	play(&config, STDERR_FILENO, talk, sizeof(talk));
	assert_string_equal(
		talk, "1-1: BCM2711\n"
		      "1-1: writing /dev/sda: 2 %, 2.0 MiB of 100.0 MiB\n"
		      "1-1: writing /dev/sda: 52 %, 52.0 MiB of 100.0 MiB, 10.0 MiB/s, 5 s left\n"
		      "1-1: writing /dev/sda: 100 %, 100.0 MiB of 100.0 MiB, 10.0 MiB/s\n"
		      "1-1: verifying /dev/sda: 2 %, 2.0 MiB of 100.0 MiB\n"
		      "1-1: verifying /dev/sda: 100 %, 100.0 MiB of 100.0 MiB, 20.0 MiB/s\n"
		      "1-1: ok, 0.0 s\n");
}

TEST(quiet_prints_no_progress)
{
	const struct report_config config = {.format = REPORT_TEXT, .verbosity = -1};
	char talk[8192];

	play(&config, STDERR_FILENO, talk, sizeof(talk));
	assert_string_equal(talk, "");
}

/* JSON has the first progress, one every second, and the end of each phase. */
TEST(json_has_progress_every_second)
{
	const struct report_config config = {.format = REPORT_JSON};
	char json[8192];

	play(&config, STDOUT_FILENO, json, sizeof(json));
	assert_int_equal(count(json, "\"phase\":\"write\""), 11);
	assert_int_equal(count(json, "\"phase\":\"verify\""), 6);
	assert_non_null(strstr(json, "\"time\":0.200,\"event\":\"progress\""));
	assert_non_null(strstr(json, "\"time\":1.200,\"event\":\"progress\""));
	assert_non_null(strstr(json, "\"phase\":\"write\",\"bytes\":104857600"));
	assert_non_null(strstr(json, "\"phase\":\"verify\",\"bytes\":104857600"));
}

/* --list prints its head once, for any number of boards. */
TEST(a_list_has_one_head)
{
	const struct report_config config = {.format = REPORT_TEXT};
	const struct event board = {
		.type = EVENT_BOARD,
		.port = "1-1",
		.board = {.chip = "BCM2711", .stage = "rom", .speed = "high"},
	};
	struct report *report = NULL;
	struct capture capture;
	char list[1024];

	capture_begin(&capture, STDOUT_FILENO);
	assert_int_equal(report_new(&report, &config, 0, NULL), 0);
	report_event(report, &board, 0);
	report_event(report, &board, 0);
	report_free(report);
	capture_end(&capture, list, sizeof(list));
	assert_int_equal(strncmp(list, "PORT       CHIP ", 16), 0);
	assert_int_equal(count(list, "PORT"), 1);
	assert_int_equal(count(list, "yes\n"), 2);
}

/* No line is wider than a terminal, except for a long word. */
TEST(a_list_fits_a_terminal)
{
	static const struct event boards[] = {
		{.type = EVENT_BOARD,
		 .port = "1-1.2.3.4",
		 .board = {.chip = "",
			   .stage = "fastboot",
			   .serial = "10000000abcdef01",
			   .speed = "super",
			   .disk = "/dev/sda,/dev/sdb,/dev/sdc",
			   .obstacle =
				   "already booted; power the board off and on to boot it again"}},
		{.type = EVENT_BOARD,
		 .port = "1-1",
		 .board =
			 {.chip = "BCM2711",
			  .stage = "rom",
			  .serial = "\xe2\x80\xae\xe2\x80\xae ab cd",
			  .speed = "high",
			  .obstacle =
				  "/dev/bus/usb/001/004 may not be opened; use sudo, or rpiboot "
				  "--print-udev-rules, and read all of this twice before you ask"}},
	};
	const struct report_config config = {.format = REPORT_TEXT};
	struct report *report = NULL;
	struct capture capture;
	char list[2048];

	capture_begin(&capture, STDOUT_FILENO);
	assert_int_equal(report_new(&report, &config, 0, NULL), 0);
	report_event(report, &boards[0], 0);
	report_event(report, &boards[1], 0);
	report_free(report);
	capture_end(&capture, list, sizeof(list));
	assert_non_null(strstr(
		list, "\n    already booted; power the board off and on to boot it again\n"));
	assert_non_null(strstr(list, "use sudo, or rpiboot\n    --print-udev-rules, "));
	assert_non_null(strstr(list, "before you ask\n"));
	for (const char *at = list, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		assert_non_null(end);
		if (end - at > 80)
			fail_msg("%d columns: %.*s", (int)(end - at), (int)(end - at), at);
	}
}
