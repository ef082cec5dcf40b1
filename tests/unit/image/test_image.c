/* SPDX-License-Identifier: Apache-2.0 */
/* Images without a block map: the facts when they are opened, passes of one or several readers, and
 * the errors at the end. */
#include "image/image.h"

#include "util/error.h"
#include "tests/test.h"
#include "tests/unit/image/image_reading.h"
#include "tests/unit/image/packed.h"
#include "tests/unit/tree.h"
#include "util/util.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PIECE 65536

static struct image *must_open(const char *path)
{
	return reading_image(&(struct image_config){.path = path});
}

static void assert_read(const struct reading *reading, const struct packed *content)
{
	reading_check(reading, content);
	assert_int_equal(reading->short_pieces, content->size % reading->piece_bytes != 0);
}

TEST(each_format_is_read_from_a_file)
{
	static const size_t sizes[] = {1, 511, PIECE, 500003};
	cleanup_free char *path = packed_file(*state, "os.img");

	for (size_t i = 0; i < array_size(packed_formats) * array_size(sizes); i++) {
		enum image_format format = packed_formats[i / array_size(sizes)];
		cleanup(packed_free) struct packed content =
			packed_content(sizes[i % array_size(sizes)]);
		cleanup(packed_free) struct packed packed =
			packed_new(*state, format, "", &content);
		cleanup(reading_done) struct reading reading = {0};
		struct image *image;
		bool known = format == IMAGE_RAW || format == IMAGE_XZ || format == IMAGE_ZIP;

		tree_write(*state, "os.img", packed.bytes, packed.size);
		image = must_open(path);
		assert_string_equal(image_name(image), path);
		assert_int_equal(image_bytes(image), known ? content.size : 0);
		assert_int_equal(image_mapped_bytes(image), known ? content.size : 0);
		reading_run(&reading, image, PIECE);
		assert_read(&reading, &content);
		assert_int_equal(reading.total, packed.size);
		assert_int_equal(reading.done, packed.size);
		assert_int_equal(reading.estimate, content.size);
		image_free(image);
	}
}

TEST(each_format_is_read_from_a_pipe)
{
	cleanup_free char *path = packed_file(*state, "fifo");
	cleanup(packed_free) struct packed content = packed_content(1000003);

	for (size_t i = 0; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i], "", &content);
		cleanup(reading_done) struct reading reading = {0}, second = {0};
		struct feeder feeder;
		struct image *image;

		feeder_start(&feeder, path, &packed, false);
		image = must_open(path);
		assert_int_equal(image_bytes(image), 0);
		reading_run(&reading, image, PIECE);
		assert_read(&reading, &content);
		assert_int_equal(reading.total, 0);
		assert_int_equal(reading.done, packed.size);
		assert_int_equal(reading_run(&second, image, PIECE), -EBUSY);
		assert_non_null(strstr(second.err.text, path));
		image_free(image);
		feeder_end(&feeder);
	}
}

/* Standard input is a pipe, a file, a file at another offset, or empty. */
TEST(standard_input_is_read_from_its_position)
{
	cleanup(packed_free) struct packed content = packed_content(50000);
	int was = dup(STDIN_FILENO);

	for (int i = 0; i < 3; i++) {
		cleanup(reading_done) struct reading reading = {0}, again = {0};
		struct packed rest = {content.bytes + (i == 2), content.size - (i == 2)};
		struct image *image;
		int fd;

		packed_path(&content, i == 0, &fd);
		tree_must(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
		tree_must(i == 0 || lseek(STDIN_FILENO, i == 2, SEEK_SET) >= 0);
		close(fd);
		image = must_open("-");
		assert_string_equal(image_name(image), "standard input");
		assert_int_equal(image_bytes(image), i == 1 ? content.size : 0);
		reading_run(&reading, image, PIECE);
		assert_read(&reading, &rest);
		assert_int_equal(reading_run(&again, image, PIECE), i == 1 ? 0 : -EBUSY);
		image_free(image);
		assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0); /* the caller owns it */
	}
	close(STDIN_FILENO);
	{
		struct image *image = NULL;
		struct error err = {0};

		assert_int_equal(image_new(&image, &(struct image_config){.path = "-"}, &err),
				 -EBADF);
		assert_non_null(strstr(err.text, "standard input"));
	}
	tree_must(dup2(was, STDIN_FILENO) == STDIN_FILENO);
	close(was);
}

TEST(a_file_that_is_no_image_is_refused)
{
	static const struct {
		const char *name;
		int code;
		const char *text;
	} rows[] = {
		{"missing.img", -ENOENT, "No such file"},
		{"empty.img", -EBADMSG, "empty"},
		{"dir/", -EISDIR, "directory"},
		{"empty.gz", -EBADMSG, "expands to 0 bytes"},
		{"empty.bz2", -EBADMSG, "expands to 0 bytes"},
		{"two.zip", -EINVAL, "several"},
		{"null", -EBADMSG, "ended after 0 bytes"},
	};
	int fds = tree_fd_count();

	tree_text(*state, "empty.img", "");
	tree_text(*state, "dir/file", "");
	tree_text(*state, "one", "one");
	tree_link(*state, "null", "/dev/null");
	packed_shell(*state, "gzip -c <empty.img >empty.gz && bzip2 -c <empty.img >empty.bz2 && "
			     "zip -q two.zip one empty.img");
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_free char *path = packed_file(*state, rows[i].name);
		struct image *image = NULL;
		struct error err = {0};

		assert_int_equal(image_new(&image, &(struct image_config){.path = path}, &err),
				 rows[i].code);
		assert_null(image);
		if (!strstr(err.text, rows[i].text) || !strstr(err.text, path))
			fail_msg("%s", err.text);
	}
	assert_null(image_free(NULL));
	assert_null(image_reader_free(NULL));
	assert_int_equal(tree_fd_count(), fds);
}

/* Damage is found either before rpiboot waits for a board, or during a read. */
TEST(each_damage_is_found_when_opened_or_read)
{
	cleanup_free char *path = packed_file(*state, "os.img");
	static const struct {
		enum image_format format;
		bool cut, garbage, flip; /* found when the image is opened */
	} rows[] = {
		{IMAGE_XZ, true, true, false},	  {IMAGE_GZIP, false, false, false},
		{IMAGE_BZIP2, true, true, false}, {IMAGE_ZSTD, true, true, false},
		{IMAGE_ZIP, true, true, false},
	};
	cleanup(packed_free) struct packed content = packed_content(1000000);

	for (size_t i = 0; i < 3 * array_size(rows); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, rows[i / 3].format, "-1", &content);
		cleanup(reading_done) struct reading reading = {0};
		const bool early[] = {rows[i / 3].cut, rows[i / 3].garbage, rows[i / 3].flip};
		struct error err = {0};
		struct image *image = NULL;
		int r;

		if (i % 3 == 0)
			packed.size -= 100;
		else if (i % 3 == 1)
			packed_append(&packed, "garbage", 7);
		else
			packed.bytes[packed.size / 3 * 2] ^= 4;
		tree_write(*state, "os.img", packed.bytes, packed.size);
		r = image_new(&image, &(struct image_config){.path = path}, &err);
		assert_int_equal(r, early[i % 3] ? -EBADMSG : 0);
		if (rows[i / 3].format == IMAGE_GZIP && i % 3 == 1) {
			assert_int_equal(image_ignored_bytes(image), 0);
			assert_int_equal(reading_run(&reading, image, PIECE), 0);
			assert_int_equal(image_ignored_bytes(image), 7);
			image_free(image);
			continue;
		}
		if (r == 0) {
			assert_int_equal(reading_run(&reading, image, PIECE), -EBADMSG);
			/* A checksum follows its bytes, so some wrong bytes can be read before the
			 * error. */
			assert_true(reading.bytes > 0);
			err = reading.err;
		}
		assert_int_equal(err.code, -EBADMSG);
		assert_non_null(strstr(err.text, "os.img'"));
		image_free(image);
	}
}

/* Opening an image expands its first bytes. */
TEST(damage_of_the_first_bytes_is_found_at_once)
{
	cleanup_free char *path = packed_file(*state, "os.img");
	cleanup(packed_free) struct packed content = packed_content(30000);

	for (size_t i = 1; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i], "-1", &content);
		struct image *image = NULL;
		struct error err = {0};

		memset(packed.bytes + 12, 0xff, 60);
		tree_write(*state, "os.img", packed.bytes, packed.size);
		if (image_new(&image, &(struct image_config){.path = path}, &err) != -EBADMSG)
			fail_msg("%s: %d %s", image_format_name(packed_formats[i]), err.code,
				 err.text);
	}
}

/* The size in the zip file differs from the size of its content. */
TEST(a_false_size_of_a_zip_file_is_detected)
{
	cleanup_free char *path = packed_file(*state, "os.img");
	cleanup(packed_free) struct packed content = packed_content(100000);

	for (int i = 0; i < 2; i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, IMAGE_ZIP, "-0 -X", &content);
		cleanup(reading_done) struct reading reading = {0};
		struct image *image;

		packed.bytes[packed.size - 22 - strlen("packed-in") - 46 + 24] += i ? 1 : -1;
		tree_write(*state, "os.img", packed.bytes, packed.size);
		image = must_open(path);
		assert_int_equal(image_bytes(image), i ? 100001 : 99999);
		assert_int_equal(reading_run(&reading, image, PIECE), -EBADMSG);
		image_free(image);
	}
}

/* Another process changes the file. */
TEST(a_changed_size_is_detected)
{
	cleanup_free char *path = packed_file(*state, "os.img");
	cleanup(packed_free) struct packed content = packed_content(300000);

	for (size_t i = 0; i < 2 * array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i / 2], "-1", &content);
		cleanup(reading_done) struct reading reading = {0};
		struct image *image;

		tree_write(*state, "os.img", packed.bytes, packed.size);
		image = must_open(path);
		tree_must(truncate(path, (off_t)(i % 2 ? packed.size + 1 : packed.size - 1)) == 0);
		reading_run(&reading, image, PIECE);
		assert_int_equal(reading.end, -EIO);
		assert_non_null(strstr(reading.err.text, path));
		image_free(image);
	}
}

/* Rewrites the file when the file system gives it another time stamp. */
static void rewrite(const char *dir, const struct packed *packed)
{
	struct stat before, st;

	tree_must(stat(tree_path(dir, "os.img"), &before) == 0);
	do {
		tree_write(dir, "os.img", packed->bytes, packed->size);
		tree_must(stat(tree_path(dir, "os.img"), &st) == 0);
	} while (memcmp(&before.st_mtim, &st.st_mtim, sizeof(st.st_mtim)) == 0);
}

/* The new content has the same size. It is changed between two boards, or during a pass. */
TEST(a_change_in_place_is_detected)
{
	cleanup_free char *path = packed_file(*state, "os.img");
	cleanup(packed_free) struct packed content = packed_content(300000);

	for (size_t i = 0; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i], "-1", &content);
		struct image_reader *first = NULL, *second = NULL;
		struct image *image;
		struct error err = {0};

		tree_write(*state, "os.img", packed.bytes, packed.size);
		image = must_open(path);
		assert_int_equal(image_reader_new(&first, image, &err), 0);
		rewrite(*state, &packed);
		assert_int_equal(reading_drain(first, &err), -EIO);
		assert_non_null(strstr(err.text, "changed while it was written"));
		assert_int_equal(image_reader_new(&second, image, &err), -EIO);
		assert_non_null(strstr(err.text, "changed since it was opened"));
		assert_null(second);
		image_reader_free(first);
		image_free(image);
	}
}

/* The open file is kept when another file gets its name. */
TEST(a_replaced_file_is_read_as_it_was)
{
	cleanup_free char *path = packed_file(*state, "os.img");
	cleanup(packed_free) struct packed content = packed_content(300000);
	cleanup(reading_done) struct reading reading = {0};
	struct image *image;

	tree_write(*state, "os.img", content.bytes, content.size);
	image = must_open(path);
	tree_text(*state, "new.img", "another");
	tree_must(rename(tree_path(*state, "new.img"), path) == 0);
	reading_run(&reading, image, PIECE);
	assert_read(&reading, &content);
	image_free(image);
}

/* The status of the file changes, but not its bytes: between two boards, or during a pass. */
TEST(a_changed_status_is_ignored)
{
	static const char *const commands[] = {
		"chmod 600 os.img",	"touch -a os.img",	   "mv os.img moved.img",
		"ln os.img second.img", "mv second.img third.img", "rm -f os.img moved.img",
	};
	cleanup_free char *path = packed_file(*state, "os.img");
	cleanup(packed_free) struct packed content = packed_content(300000);

	for (size_t i = 0; i < array_size(commands); i++) {
		cleanup(reading_done) struct reading reading = {0};
		struct image_reader *first = NULL;
		struct image *image;
		struct error err = {0};

		tree_write(*state, "os.img", content.bytes, content.size);
		image = must_open(path);
		assert_int_equal(image_reader_new(&first, image, &err), 0);
		poll(NULL, 0, 20); /* longer than the resolution of time stamps */
		packed_shell(*state, "%s", commands[i]);
		if (reading_drain(first, &err) < 0)
			fail_msg("%s: %s", commands[i], err.text);
		image_reader_free(first);
		reading_run(&reading, image, PIECE);
		if (reading.end < 0)
			fail_msg("%s: %s", commands[i], reading.err.text);
		assert_read(&reading, &content);
		image_free(image);
	}
}

/* Several readers run at the same time at different speeds. */
TEST(several_readers_read_at_their_own_pace)
{
	cleanup_free char *path = packed_file(*state, "os.img");
	cleanup(packed_free) struct packed content = packed_content(700001);

	for (size_t i = 0; i < array_size(packed_formats); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, packed_formats[i], "", &content);
		struct reading readings[4];
		struct image *image;

		tree_write(*state, "os.img", packed.bytes, packed.size);
		image = must_open(path);
		for (size_t j = 0; j < array_size(readings); j++)
			reading_start(&readings[j], image, 1000 + 77777 * j);
		for (size_t j = 0; j < array_size(readings); j++) {
			reading_join(&readings[j]);
			assert_read(&readings[j], &content);
			reading_done(&readings[j]);
		}
		image_free(image);
	}
}

/* Waits until a reader has read the whole pipe and blocks. */
static void reading_wait_idle(const struct reading *reading, const struct feeder *feeder)
{
	struct timespec now, before = {.tv_sec = -1};
	clockid_t clock;
	int unread = 1;

	tree_must(pthread_getcpuclockid(reading->thread, &clock) == 0);
	while (!atomic_load(&feeder->fed) || (ioctl(feeder->hold_fd, FIONREAD, &unread), unread))
		usleep(1000);
	for (clock_gettime(clock, &now); now.tv_nsec != before.tv_nsec;) {
		before = now;
		usleep(20000);
		clock_gettime(clock, &now);
	}
}

/* If a cancellation did not end the wait, this test would not end. */
TEST(a_wait_for_a_pipe_can_be_canceled)
{
	cleanup_free char *path = packed_file(*state, "fifo");
	static const enum image_format waiting[] = {IMAGE_RAW, IMAGE_GZIP, IMAGE_BZIP2, IMAGE_ZIP};
	cleanup(packed_free) struct packed content = packed_content(300000);

	for (size_t i = 0; i < array_size(waiting); i++) {
		cleanup(packed_free) struct packed packed =
			packed_new(*state, waiting[i], "-1", &content);
		cleanup(reading_done) struct reading reading = {0};
		struct feeder feeder;
		struct image *image;

		packed.size -= 30; /* the end is missing */
		feeder_start(&feeder, path, &packed, true);
		image = must_open(path);
		reading_start(&reading, image, content.size);
		reading_wait_idle(&reading, &feeder);
		image_reader_cancel(reading.reader);
		reading_join(&reading);
		assert_int_equal(reading.end, -ECANCELED);
		assert_int_equal(reading.err.code, -ECANCELED);
		image_free(image);
		feeder_end(&feeder);
	}
}

FIXTURE_EACH(tree_setup, tree_teardown)
