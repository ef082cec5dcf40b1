/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/image/bmap_text.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void hex_digest(const char *type, const void *data, size_t bytes, char ret[129])
{
	unsigned char digest[64];
	unsigned int size = 0;

	if (!EVP_Digest(data, bytes, digest, &size, EVP_get_digestbyname(type), NULL))
		abort();
	for (unsigned int i = 0; i < size; i++)
		sprintf(ret + 2 * i, "%02x", digest[i]);
}

static void put_range(FILE *out, const struct bmap_text *text, const struct bmap_text_range *range)
{
	uint64_t from = range->first * text->block_bytes;
	uint64_t to = (range->last + 1) * text->block_bytes;
	char hex[129];

	fputs("        <Range", out);
	if (text->digest) {
		if (to > text->image_bytes)
			to = text->image_bytes;
		hex_digest(text->digest, text->image + from, to - from, hex);
		fprintf(out, " %s=\"%s\"",
			text->version[2] < '4' && text->version[0] == '1' ? "sha1" : "chksum", hex);
	}
	if (range->first == range->last)
		fprintf(out, "> %" PRIu64 " </Range>\n", range->first);
	else
		fprintf(out, "> %" PRIu64 "-%" PRIu64 " </Range>\n", range->first, range->last);
}

static void put_document(FILE *out, const struct bmap_text *text, const char *own)
{
	uint64_t blocks = (text->image_bytes + text->block_bytes - 1) / text->block_bytes,
		 mapped = 0;
	int modern = text->version[0] == '2' || text->version[2] >= '4';

	for (size_t i = 0; i < text->count; i++)
		mapped += text->ranges[i].last - text->ranges[i].first + 1;
	fprintf(out,
		"<?xml version=\"1.0\" ?>\n<!-- a map -->\n<bmap version=\"%s\">\n"
		"    <ImageSize> %" PRIu64 " </ImageSize>\n    <BlockSize> %" PRIu64
		" </BlockSize>\n    <BlocksCount> %" PRIu64 " </BlocksCount>\n"
		"    <MappedBlocksCount> %" PRIu64 " </MappedBlocksCount>\n",
		text->version, text->image_bytes, text->block_bytes, blocks, mapped);
	if (modern && text->digest)
		fprintf(out, "    <ChecksumType> %s </ChecksumType>\n", text->digest);
	if (text->digest && strcmp(text->version, "1.2") != 0)
		fprintf(out, "    <%s> %s </%s>\n", modern ? "BmapFileChecksum" : "BmapFileSHA1",
			own, modern ? "BmapFileChecksum" : "BmapFileSHA1");
	fputs("    <BlockMap>\n", out);
	for (size_t i = 0; i < text->count; i++)
		put_range(out, text, &text->ranges[i]);
	fputs("    </BlockMap>\n</bmap>\n", out);
}

char *bmap_text_new(const struct bmap_text *text)
{
	char own[129] = "", *ret = NULL;
	size_t size;

	for (int pass = 0; pass < 2; pass++) {
		FILE *out;

		if (text->digest && pass == 0) {
			hex_digest(text->digest, "", 0, own);
			memset(own, '0', strlen(own));
		} else if (text->digest) {
			hex_digest(text->digest, ret, size, own);
		}
		free(ret);
		ret = NULL;
		out = open_memstream(&ret, &size);
		if (!out)
			abort();
		put_document(out, text, own);
		fclose(out);
	}
	return ret;
}
