/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/image/image_outcome.h"

#include "tests/test.h"

void outcome_done(struct outcome *outcome)
{
	packed_free(&outcome->content);
}

struct outcome expand_path(const char *path)
{
	struct outcome outcome = {0};
	struct image_file file;
	struct image_facts facts;
	struct image_layer *decoder = NULL;
	struct image_cursor cursor;
	static unsigned char buf[77777];
	ssize_t n = 0;

	outcome.r = image_file_open(&file, path, NULL, &outcome.err);
	if (outcome.r == 0)
		outcome.r = image_probe(&file, &facts, &outcome.err);
	if (outcome.r == 0 && facts.format == IMAGE_RAW)
		outcome.r = error_set(&outcome.err, -EBADMSG, "it became a raw image");
	image_cursor_init(&cursor, &file);
	if (outcome.r == 0)
		outcome.r = image_decoder_new(&decoder, facts.format, &cursor, &outcome.err);
	while (outcome.r == 0 &&
	       (n = image_layer_read(decoder, buf, sizeof(buf), &outcome.err)) > 0)
		packed_append(&outcome.content, buf, (size_t)n);
	if (outcome.r == 0)
		outcome.r = (int)n;
	if (outcome.r == 0) {
		assert_int_equal(image_layer_read(decoder, buf, 1, NULL), 0); /* still the end */
		outcome.consumed = decoder->used_bytes;
		outcome.ignored = decoder->ignored_bytes;
	}
	image_layer_free(decoder);
	image_file_close(&file);
	return outcome;
}

struct outcome expand(const struct packed *packed, bool as_pipe)
{
	struct outcome outcome;
	int fd;

	outcome = expand_path(packed_path(packed, as_pipe, &fd));
	close(fd);
	return outcome;
}

void assert_content(const struct outcome *outcome, const struct packed *content)
{
	if (outcome->r != 0)
		fail_msg("%s", outcome->err.text);
	assert_int_equal(outcome->content.size, content->size);
	assert_memory_equal(outcome->content.bytes, content->bytes, content->size);
}

static struct outcome expand_fifo(const char *dir, const struct packed *packed)
{
	cleanup_free char *path = packed_file(dir, "fifo");
	struct outcome outcome;
	struct feeder feeder;

	feeder_start(&feeder, path, packed, false);
	outcome = expand_path(path);
	feeder_end(&feeder);
	return outcome;
}

void check_round(const char *dir, const struct packed *packed, const struct packed *content)
{
	cleanup(outcome_done) struct outcome file = expand(packed, false);
	cleanup(outcome_done) struct outcome fifo = expand_fifo(dir, packed);

	assert_content(&file, content);
	assert_int_equal(file.consumed, packed->size);
	assert_content(&fifo, content);
	assert_int_equal(fifo.consumed, packed->size);
	if (packed->size <= PACKED_PIPE_BYTES) {
		cleanup(outcome_done) struct outcome in_large_pieces = expand(packed, true);

		assert_content(&in_large_pieces, content);
	}
}
