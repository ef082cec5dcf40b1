/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as values: the code and the message, for messages of any length. */
#include "util/error.h"

#include "tests/test.h"

#include <errno.h>
#include <string.h>

TEST(an_error_has_a_code_and_a_message)
{
	struct error err = {};

	assert_int_equal(error_set(&err, -ENOENT, "no file '%s', %d tries", "x", 3), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_string_equal(err.text, "no file 'x', 3 tries");
	assert_int_equal(error_set(&err, -EACCES, "closed"), -EACCES);
	assert_int_equal(err.code, -EACCES);
	assert_string_equal(err.text, "closed");
}

TEST(wrapping_extends_the_message_and_keeps_the_code)
{
	struct error err = {};

	error_set(&err, -EIO, "cannot read");
	assert_int_equal(error_wrap(&err, "file '%s'", "x"), -EIO);
	assert_string_equal(err.text, "file 'x': cannot read");
	assert_int_equal(error_wrap(&err, "board %d", 1), -EIO);
	assert_string_equal(err.text, "board 1: file 'x': cannot read");
	assert_int_equal(err.code, -EIO);
}

TEST(a_copy_has_the_code_and_the_message)
{
	struct error from = {}, err = {};

	error_set(&from, -EIO, "cannot read");
	assert_int_equal(error_copy(&err, &from), -EIO);
	assert_int_equal(err.code, -EIO);
	assert_string_equal(err.text, "cannot read");
}

/* Without a struct, only the code is returned. */
TEST(a_code_is_returned_without_a_struct)
{
	const struct error from = {.code = -EBUSY};

	assert_int_equal(error_copy(NULL, &from), -EBUSY);
	assert_int_equal(error_set(NULL, -ENOMEM, "%s", "x"), -ENOMEM);
	assert_int_equal(error_wrap(NULL, "%s", "x"), -EIO);
}

/* The remedy is at the end of a message. */
TEST(a_message_about_two_long_paths_is_complete)
{
	struct error err = {};

	error_set(&err, -EINVAL,
		  "the block map '/%0900d' does not belong to '/%0900d'; use --no-bmap", 1, 2);
	assert_non_null(strstr(err.text, "; use --no-bmap"));
}

TEST(a_long_message_is_cut)
{
	char text[2 * ERROR_TEXT_SIZE];
	struct {
		struct error err;
		char guard[8];
	} guarded = {.guard = "guarded"};
	struct error *err = &guarded.err;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(err, -EIO, "%s", text);
	assert_int_equal(strlen(err->text), ERROR_TEXT_SIZE - 1);
	/* The new beginning is kept, and the old end is cut. */
	assert_int_equal(error_wrap(err, "b"), -EIO);
	assert_int_equal(strlen(err->text), ERROR_TEXT_SIZE - 1);
	assert_memory_equal(err->text, "b: aaa", 6);
	assert_int_equal(error_wrap(err, "%s", text), -EIO);
	assert_int_equal(strlen(err->text), ERROR_TEXT_SIZE - 1);
	assert_memory_equal(err->text, "aaa", 3);
	assert_int_equal(err->code, -EIO);
	assert_string_equal(guarded.guard, "guarded");
}
