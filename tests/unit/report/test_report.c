/* SPDX-License-Identifier: Apache-2.0 */
/* The text output for each event and verbosity, and the bytes that must not reach a terminal.
 * test_report_json.c tests JSON, test_report_streams.c the streams. */
#include "util/error.h"
#include "report/internal.h"
#include "util/util.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	int verbosity;
	bool document_on_stdout;
	struct event event;
	const char *talk, *results;
};

static void check_row(const struct row *row)
{
	const struct report_config config = {
		.verbosity = row->verbosity,
		.document_on_stdout = row->document_on_stdout,
	};
	cleanup_free char *talk = NULL, *results = NULL;
	size_t talk_bytes, result_bytes;
	FILE *talk_file = open_memstream(&talk, &talk_bytes);
	FILE *result_file = open_memstream(&results, &result_bytes);

	assert_non_null(talk_file);
	assert_non_null(result_file);
	report_text_event(&config, &row->event, talk_file, result_file);
	fclose(talk_file);
	fclose(result_file);
	assert_string_equal(talk, row->talk);
	assert_string_equal(results, row->results);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i]);
}

#define PORT "1-1.2"

static const struct event waiting = {.type = EVENT_WAITING};
static const struct event found_rom = {
	.type = EVENT_FOUND,
	.port = PORT,
	.found = {.chip = "BCM2711",
		  .boards = "CM4, CM4S, Pi 4, 400",
		  .stage = "rom",
		  .serial = "12345678",
		  .speed = "high",
		  .firmware = "msd"},
};
static const struct event found_no_serial = {
	.type = EVENT_FOUND,
	.port = PORT,
	.found =
		{.chip = "BCM2835", .boards = "CM1", .stage = "rom", .serial = "", .speed = "full"},
};
static const struct event found_files = {
	.type = EVENT_FOUND,
	.port = PORT,
	.found = {.chip = "BCM2837",
		  .boards = "CM3",
		  .stage = "files",
		  .serial = "Broadcom",
		  .speed = "high",
		  .firmware = "msd"},
};
static const struct event sent = {
	.type = EVENT_SENT,
	.port = PORT,
	.sent = {.name = "bootcode4.bin", .bytes = 105984, .seconds = 0.0512},
};
static const struct event missing = {
	.type = EVENT_MISSING,
	.port = PORT,
	.missing = {.name = "config.txt"},
};
static const struct event metadata = {
	.type = EVENT_METADATA,
	.port = PORT,
	.metadata = {.key = "MAC_ADDR", .value = "d8:3a:dd:00:00:01"},
};
static const struct event left_done = {
	.type = EVENT_LEFT,
	.port = PORT,
	.left = {.done = true},
};
static const struct event left_early = {.type = EVENT_LEFT, .port = PORT};
static const struct event disk = {
	.type = EVENT_DISK,
	.port = PORT,
	.disk = {.path = "/dev/sda", .bytes = 31268536320, .model = "RPi-MSD- 0001"},
};
static const struct event document = {
	.type = EVENT_DOCUMENT,
	.port = PORT,
	.document = {.text = "{\n\"MAC_ADDR\":\"x\"\n}"},
};
static const struct event document_unsaved = {
	.type = EVENT_DOCUMENT,
	.port = "1-1.2",
	.document = {.text = "{}", .why = "cannot write 'x'"},
};
static const struct event document_saved = {
	.type = EVENT_DOCUMENT,
	.port = PORT,
	.document = {.text = "{}", .path = "out/12345678.json"},
};
static const struct event result_ok = {
	.type = EVENT_RESULT,
	.port = PORT,
	.result = {.ok = true, .code = 0, .text = "its disk is /dev/sda", .seconds = 3.21},
};
static const struct event result_failed = {
	.type = EVENT_RESULT,
	.port = PORT,
	.result = {.code = 6, .text = "it vanished", .seconds = 3.21},
};
static const struct event summary_one = {
	.type = EVENT_SUMMARY,
	.summary = {.ok = 1, .seconds = 4},
};
static const struct event summary_one_failed = {
	.type = EVENT_SUMMARY,
	.summary = {.failed = 1, .seconds = 4},
};
static const struct event summary_many = {
	.type = EVENT_SUMMARY,
	.summary = {.ok = 7, .failed = 1, .seconds = 12.34},
};
static const struct event summary_none = {.type = EVENT_SUMMARY};

TEST(each_event_has_its_line)
{
	const struct row rows[] = {
		{0, false, waiting, "Waiting for a board in USB boot mode ... (Ctrl-C ends it)\n",
		 ""},
		{0, false, found_rom,
		 "1-1.2: BCM2711 (CM4, CM4S, Pi 4, 400), serial 12345678, high speed; firmware "
		 "from 'msd'\n",
		 ""},
		{0, false, found_no_serial, "1-1.2: BCM2835 (CM1), full speed\n", ""},
		{0, false, found_files,
		 "1-1.2: BCM2837 requests files, high speed; firmware from 'msd'\n", ""},
		{0, false, sent, "1-1.2: sent bootcode4.bin, 103.5 KiB in 0.05 s\n", ""},
		{0, false, missing, "", ""},
		{0, false, metadata, "", ""},
		{0, false, left_done, "", ""},
		{0, false, left_early, "", ""},
		{0, false, disk, "1-1.2: /dev/sda is here: 29.1 GiB, RPi-MSD- 0001\n",
		 "/dev/sda\n"},
		{0, false, document_saved,
		 "1-1.2: the metadata of the board is in 'out/12345678.json'\n", ""},
		{0, false, result_ok, "1-1.2: ok, 3.2 s: its disk is /dev/sda\n", ""},
		{0, false, result_failed, "1-1.2: FAILED: it vanished\n", ""},
		{0, false, summary_one, "", ""},
		{0, false, summary_none, "", ""},
		{0, false, summary_one_failed, "1 board: 0 ok, 1 failed, in 4.0 s\n", ""},
		{0, false, summary_many, "8 boards: 7 ok, 1 failed, in 12.3 s\n", ""},
	};

	check_rows(rows, array_size(rows));
}

TEST(verbose_lines_have_more_details)
{
	const struct row rows[] = {
		{1, false, sent, "1-1.2: sent bootcode4.bin, 103.5 KiB (105984 bytes) in 0.05 s\n",
		 ""},
		{1, false, missing, "1-1.2: config.txt is missing (usually harmless)\n", ""},
		{1, false, metadata, "1-1.2: reports MAC_ADDR: d8:3a:dd:00:00:01\n", ""},
		{1, false, left_done, "1-1.2: sent the message Done and left the bus\n", ""},
		{1, false, left_early, "1-1.2: left the bus without the message Done\n", ""},
		{2, false, disk,
		 "1-1.2: /dev/sda is here: 29.1 GiB (31268536320 bytes), RPi-MSD- 0001\n",
		 "/dev/sda\n"},
	};

	check_rows(rows, array_size(rows));
}

TEST(quiet_prints_errors_and_results_only)
{
	const struct row rows[] = {
		{-1, false, waiting, "", ""},
		{-1, false, found_rom, "", ""},
		{-1, false, sent, "", ""},
		{-1, false, missing, "", ""},
		{-1, false, metadata, "", ""},
		{-1, false, left_early, "", ""},
		{-1, false, disk, "", "/dev/sda\n"},
		{-1, false, document_saved, "", ""},
		{-1, false, document_unsaved,
		 "1-1.2: warning: cannot write 'x'; the metadata of the board is printed on "
		 "stdout\n",
		 "{}\n"},
		{-1, false, result_ok, "", ""},
		{-1, false, result_failed, "1-1.2: FAILED: it vanished\n", ""},
		{-1, false, summary_many, "", ""},
	};

	check_rows(rows, array_size(rows));
}

/* With -j, stdout has only the document. The disk is printed on stderr. */
TEST(only_the_document_is_on_stdout)
{
	const struct row rows[] = {
		{0, true, document, "", "{\n\"MAC_ADDR\":\"x\"\n}\n"},
		{-1, true, document, "", "{\n\"MAC_ADDR\":\"x\"\n}\n"},
		{0, true, disk, "1-1.2: /dev/sda is here: 29.1 GiB, RPi-MSD- 0001\n", ""},
		{-1, true, disk, "1-1.2: /dev/sda is here: 29.1 GiB, RPi-MSD- 0001\n", ""},
	};

	check_rows(rows, array_size(rows));
}

TEST(a_note_needs_its_verbosity)
{
	for (int level = -1; level <= 2; level++)
		for (int verbosity = -1; verbosity <= 2; verbosity++) {
			struct row row = {
				.verbosity = verbosity,
				.event = {.type = EVENT_NOTE,
					  .port = PORT,
					  .note = {.level = level, .text = "by the way"}},
				.talk = verbosity >= level ? "1-1.2: by the way\n" : "",
				.results = "",
			};

			check_row(&row);
			row.event.port = NULL;
			row.talk = verbosity >= level ? "by the way\n" : "";
			check_row(&row);
		}
}

TEST(sizes_have_units)
{
	static const struct {
		uint64_t bytes;
		int verbosity;
		const char *want;
	} sizes[] = {
		{0, 0, "0 bytes"},
		{1, 0, "1 byte"},
		{1, 1, "1 byte"},
		{1023, 1, "1023 bytes"},
		{1024, 0, "1.0 KiB"},
		{1024, 1, "1.0 KiB (1024 bytes)"},
		{1048575, 0, "1.0 MiB"}, /* not 1024.0 KiB */
		{1048576, 0, "1.0 MiB"},
		{58720256, 0, "56.0 MiB"},
		{1073741824, 0, "1.0 GiB"},
		{2199023255552, 0, "2.0 TiB"},
		{UINT64_MAX, 0, "16777216.0 TiB"},
	};

	for (size_t i = 0; i < array_size(sizes); i++) {
		char want[128];
		struct row row = {.verbosity = sizes[i].verbosity, .talk = want, .results = ""};

		row.event = sent;
		row.event.sent.bytes = sizes[i].bytes;
		snprintf(want, sizeof(want), "1-1.2: sent bootcode4.bin, %s in 0.05 s\n",
			 sizes[i].want);
		check_row(&row);
	}
}

TEST(unknown_values_are_left_out)
{
	const struct row rows[] = {
		{0,
		 false,
		 {.type = EVENT_FOUND, .port = PORT, .found = {.chip = "BCM2712", .stage = "rom"}},
		 "1-1.2: BCM2712\n",
		 ""},
		{0,
		 false,
		 {.type = EVENT_DISK, .port = PORT, .disk = {.path = "/dev/sdb"}},
		 "1-1.2: /dev/sdb is here: size not known\n",
		 "/dev/sdb\n"},
		{0,
		 false,
		 {.type = EVENT_RESULT, .port = PORT, .result = {.ok = true}},
		 "1-1.2: ok, 0.0 s\n",
		 ""},
		{0, false, {.type = EVENT_RESULT, .port = PORT}, "1-1.2: FAILED\n", ""},
	};

	check_rows(rows, array_size(rows));
}

/* Bytes of a board cannot add a line, and cannot control the terminal. */
TEST(hostile_bytes_stay_in_one_line)
{
	static const char hostile[] = "\x1b[2J\r\nab\x7f\xff%s";
	static const char safe[] = "\\x1b[2J\\x0d\\x0aab\\x7f\\xff%s";
	char want[8][256];
	struct row rows[] = {
		{1, false, found_rom, want[0], ""},
		{1, false, sent, want[1], ""},
		{1, false, missing, want[2], ""},
		{1, false, metadata, want[3], ""},
		{1, false, disk, want[4], "/dev/sda\n"},
		{1, false, result_failed, want[5], ""},
		{1, false, {.type = EVENT_NOTE, .note = {.text = hostile}}, want[6], ""},
	};

	rows[0].event.found.serial = hostile;
	rows[1].event.sent.name = hostile;
	rows[2].event.missing.name = hostile;
	rows[3].event.metadata.key = rows[3].event.metadata.value = hostile;
	rows[4].event.disk.model = hostile;
	rows[5].event.result.text = hostile;
	snprintf(want[0], sizeof(want[0]),
		 "1-1.2: BCM2711 (CM4, CM4S, Pi 4, 400), serial %s, high speed; firmware from "
		 "'msd'\n",
		 safe);
	snprintf(want[1], sizeof(want[1]), "1-1.2: sent %s, 103.5 KiB (105984 bytes) in 0.05 s\n",
		 safe);
	snprintf(want[2], sizeof(want[2]), "1-1.2: %s is missing (usually harmless)\n", safe);
	snprintf(want[3], sizeof(want[3]), "1-1.2: reports %s: %s\n", safe, safe);
	snprintf(want[4], sizeof(want[4]),
		 "1-1.2: /dev/sda is here: 29.1 GiB (31268536320 bytes), %s\n", safe);
	snprintf(want[5], sizeof(want[5]), "1-1.2: FAILED: %s\n", safe);
	snprintf(want[6], sizeof(want[6]), "%s\n", safe);
	check_rows(rows, array_size(rows));
}

/* A text that is too long for a line is cut, even if every byte is escaped. */
TEST(a_long_text_is_cut_to_one_line)
{
	static const char letters[] = "a\x1b";
	const struct report_config config = {.verbosity = 0};
	struct event event = {.type = EVENT_NOTE, .port = PORT};

	for (size_t i = 0; i < 2; i++) {
		cleanup_free char *talk = NULL;
		size_t bytes;
		FILE *out = open_memstream(&talk, &bytes);
		char text[10000];

		memset(text, letters[i], sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		event.note.text = text;
		report_text_event(&config, &event, out, out);
		fclose(out);
		assert_true(bytes >= 2000 && bytes <= 10000);
		assert_int_equal(strcspn(talk, "\n"), bytes - 1);
		assert_int_equal(strncmp(talk, i ? "1-1.2: \\x1b\\x1b" : "1-1.2: aa", 9), 0);
	}
}

TEST(an_error_is_one_line)
{
	struct error error = {.code = -2, .text = "cannot open '\x1b[31m'"};
	cleanup_free char *talk = NULL;
	size_t bytes;
	FILE *out = open_memstream(&talk, &bytes);

	report_text_error(&error, out);
	fclose(out);
	assert_string_equal(talk, "rpiboot: cannot open '\\x1b[31m'\n");
}
