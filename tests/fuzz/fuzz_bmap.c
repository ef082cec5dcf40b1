/* SPDX-License-Identifier: Apache-2.0 */
/* Block maps: an accepted map is consistent, and stays the same when it is written and read again.
 */
#include "tests/fuzz/fuzz.h"

#include "image/bmap.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>

static void check_bmap(const struct bmap *bmap)
{
	uint64_t end = 0, mapped = 0;

	fuzz_check(bmap->block_bytes >= 512 && bmap->block_bytes <= 64 << 20);
	fuzz_check(bmap->block_bytes % 512 == 0 && bmap->count > 0);
	for (size_t i = 0; i < bmap->count; i++) {
		const struct bmap_range *range = &bmap->ranges[i];

		fuzz_check(range->bytes > 0 && range->offset >= end);
		fuzz_check(range->offset % bmap->block_bytes == 0);
		fuzz_check(range->offset < bmap->image_bytes);
		fuzz_check(range->bytes <= bmap->image_bytes - range->offset);
		end = range->offset + range->bytes;
		fuzz_check(end % bmap->block_bytes == 0 || end == bmap->image_bytes);
		mapped += range->bytes;
	}
	fuzz_check(mapped == bmap->mapped_bytes && mapped <= bmap->image_bytes);
}

static char *bmap_write(const struct bmap *bmap, size_t *ret_bytes)
{
	uint32_t block = bmap->block_bytes;
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_bytes);

	fuzz_check(out);
	fprintf(out, "<bmap version='2.0'><ImageSize>%" PRIu64 "</ImageSize>", bmap->image_bytes);
	fprintf(out, "<BlockSize>%u</BlockSize>", block);
	if (bmap->digest)
		fprintf(out, "<ChecksumType>%s</ChecksumType>", EVP_MD_name(bmap->digest));
	for (size_t i = 0; i < bmap->count; i++) {
		const struct bmap_range *range = &bmap->ranges[i];

		fputs("<Range", out);
		for (int j = 0; range->checked && j < EVP_MD_size(bmap->digest); j++)
			fprintf(out, "%s%02x", j ? "" : " chksum='", range->digest[j]);
		fprintf(out, "%s>%" PRIu64 "-%" PRIu64 "</Range>", range->checked ? "'" : "",
			range->offset / block, (range->offset + range->bytes - 1) / block);
	}
	fputs("</bmap>", out);
	fclose(out);
	return text;
}

static void check_same(const struct bmap *a, const struct bmap *b)
{
	fuzz_check(a->image_bytes == b->image_bytes && a->block_bytes == b->block_bytes);
	fuzz_check(a->count == b->count && a->digest == b->digest);
	for (size_t i = 0; i < a->count; i++)
		fuzz_check(memcmp(&a->ranges[i], &b->ranges[i], sizeof(a->ranges[i])) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bmap *bmap = NULL, *again = NULL;
	char *text = fuzz_string(data, size), *written;
	struct error err = {0};
	int r = bmap_parse(&bmap, "os.bmap", text, size, &err);
	size_t bytes;

	if (r < 0) {
		fuzz_check_error(r, &err, -EINVAL);
		fuzz_check(!bmap && strstr(err.text, "os.bmap"));
		fuzz_check(bmap_parse(&bmap, "os.bmap", text, size, NULL) == r);
	} else {
		check_bmap(bmap);
		written = bmap_write(bmap, &bytes);
		fuzz_check(bmap_parse(&again, "again", written, bytes, &err) == 0);
		check_same(bmap, again);
		free(written);
	}
	bmap_free(again);
	bmap_free(bmap);
	free(text);
	return 0;
}
