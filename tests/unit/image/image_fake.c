/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/image/image_fake.h"

uint8_t image_byte(uint64_t offset)
{
	return (uint8_t)(offset * 2654435761u >> 13) | 1; /* never 0 */
}

const char *image_name(const struct image *image)
{
	(void)image;
	return "test.img";
}

struct image *image_hold(struct image *image)
{
	return image;
}

struct image *image_free(struct image *image)
{
	return (void)image, NULL;
}

void image_done(struct image *image)
{
	digest_free(image->sum);
}

struct digest *image_digest(struct image *image)
{
	struct digest *own, *none = NULL;

	if (image->sum)
		return image->sum;
	own = digest_new(NULL);
	tree_must(own != NULL);
	if (!atomic_compare_exchange_strong(&image->sum, &none, own))
		digest_free(own);
	return image->sum;
}

uint64_t image_mapped_bytes(const struct image *image)
{
	return image->estimate ? 0 : image->bytes - (image->hole_to - image->hole_from);
}

bool image_fits_blocks(const struct image *image, uint32_t block_bytes)
{
	return image->hole_to >= image->bytes || image->hole_to % block_bytes == 0;
}

uint64_t image_ignored_bytes(struct image *image)
{
	return (void)image, 0;
}

int image_reader_new(struct image_reader **ret, struct image *image, struct error *err)
{
	(void)err;
	*ret = calloc(1, sizeof(**ret));
	tree_must(*ret);
	(*ret)->image = image;
	atomic_fetch_add(&image->readers, 1);
	return 0;
}

struct image_reader *image_reader_free(struct image_reader *reader)
{
	if (reader)
		atomic_fetch_sub(&reader->image->readers, 1);
	free(reader);
	return NULL;
}

ssize_t image_reader_next(struct image_reader *reader, void *buf, size_t size, uint64_t *ret_offset,
			  struct error *err)
{
	struct image *image = reader->image;
	uint64_t end = image->bytes;

	if (reader->offset == image->hole_from)
		reader->offset = image->hole_to;
	if (reader->offset < image->hole_from && image->hole_from < end)
		end = image->hole_from;
	while (reader->offset >= image->bytes && atomic_load(&image->hold_at_end) &&
	       !atomic_load(&reader->canceled))
		poll(NULL, 0, 1);
	if (atomic_load(&reader->canceled))
		return error_set(err, -ECANCELED, "canceled");
	if (image->fail_at && reader->offset >= image->fail_at)
		return error_set(err, -EBADMSG, "test.img is damaged");
	if (size > end - reader->offset)
		size = end - reader->offset;
	for (size_t i = 0; i < size; i++)
		((uint8_t *)buf)[i] = image_byte(reader->offset + i);
	*ret_offset = reader->offset;
	reader->offset += size;
	return (ssize_t)size;
}

void image_reader_cancel(struct image_reader *reader)
{
	atomic_store(&reader->canceled, true);
}

void image_reader_progress(struct image_reader *reader, uint64_t *ret_done, uint64_t *ret_total)
{
	(void)reader;
	*ret_done = *ret_total = 0;
}

uint64_t image_reader_estimate(struct image_reader *reader)
{
	return reader->image->estimate;
}
