/* SPDX-License-Identifier: Apache-2.0 */
/* Parses block maps with expat. The parser opens no image and no disk. It uses these parts of a
 * block map:
 *
 *   <bmap version="2.0">
 *     <ImageSize> 821752 </ImageSize>  <BlockSize> 4096 </BlockSize>
 *     <BlocksCount> 201 </BlocksCount> <MappedBlocksCount> 117 </MappedBlocksCount>
 *     <ChecksumType> sha256 </ChecksumType>         since 1.4; earlier versions use SHA-1
 *     <BmapFileChecksum> hex </BmapFileChecksum>    in 1.3: BmapFileSHA1
 *     <BlockMap>
 *       <Range chksum="hex"> 0-1 </Range>           before 1.4: sha1=
 *       <Range chksum="hex"> 3 </Range>             first and last block
 *     </BlockMap>
 *   </bmap>
 *
 * BmapFileChecksum is the checksum of the whole file in which the checksum itself is replaced by
 * the character '0'. */
#include "image/bmap.h"

#include "util/error.h"
#include "util/text.h"
#include "util/util.h"

#include <ctype.h>
#include <errno.h>
#include <expat.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BMAP_VALUE_SIZE 256 /* longest text of an XML element */
#define BMAP_DEPTH_MAX	8
#define BMAP_BLOCK_UNIT 512
#define BMAP_BLOCK_MAX	(64 * 1024 * 1024)
#define BMAP_NOT_GIVEN	UINT64_MAX

enum element {
	ELEMENT_OTHER,
	ELEMENT_IMAGE_SIZE,
	ELEMENT_BLOCK_SIZE,
	ELEMENT_BLOCKS,
	ELEMENT_MAPPED, /* the last element that contains a number */
	ELEMENT_DIGEST_TYPE,
	ELEMENT_FILE_DIGEST,
	ELEMENT_RANGE,
};

static const struct {
	const char *name;
	enum element element;
} elements[] = {
	{"ImageSize", ELEMENT_IMAGE_SIZE},     {"BlockSize", ELEMENT_BLOCK_SIZE},
	{"BlocksCount", ELEMENT_BLOCKS},       {"MappedBlocksCount", ELEMENT_MAPPED},
	{"ChecksumType", ELEMENT_DIGEST_TYPE}, {"BmapFileChecksum", ELEMENT_FILE_DIGEST},
	{"BmapFileSHA1", ELEMENT_FILE_DIGEST}, {"Range", ELEMENT_RANGE},
};

struct parse {
	XML_Parser parser;
	const char *name, *text;
	struct error *err;
	int code; /* the first error, or 0 */
	struct bmap *bmap;
	unsigned int depth; /* the number of open XML elements */
	bool root;
	enum element element;
	char value[BMAP_VALUE_SIZE];
	size_t value_length;
	/* The numbers that the parser has found in the block map, such as the image size. The index
	 * is an enum element. A number that was not found yet is BMAP_NOT_GIVEN. */
	uint64_t numbers[ELEMENT_MAPPED + 1];
	/* True for bmap format 1.4 or later, which names the type of the checksums. */
	bool modern;
	char file_digest[2 * BMAP_DIGEST_MAX + 1]; /* in hex digits, or empty if absent */
	/* The offset of the XML element that contains the checksum of the whole block map. */
	size_t file_digest_at;
	/* The checksum, in hex digits, of the image range whose XML element is being parsed. The
	 * string is empty if the element has no checksum. */
	char range_digest[2 * BMAP_DIGEST_MAX + 1];
	unsigned int with_digest;
};

/* In old versions of the XML library expat, the names of XML_GetCurrentLineNumber64() and
 * XML_GetCurrentByteIndex64() have no suffix 64. */
#if XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION < 9
#define XML_GetCurrentLineNumber64 XML_GetCurrentLineNumber
#define XML_GetCurrentByteIndex64  XML_GetCurrentByteIndex
#endif

/* Stores the first error in the XML file and stops the parser. Later errors are ignored. */
static void parse_fail(struct parse *p, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void parse_fail(struct parse *p, int code, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (p->code)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->code = error_set(p->err, code, "line %lu of the block map %s is invalid: %s",
			    (unsigned long)XML_GetCurrentLineNumber64(p->parser), p->name, text);
	XML_StopParser(p->parser, XML_FALSE);
}

static size_t digest_bytes(const EVP_MD *md)
{
	return md ? (size_t)EVP_MD_size(md) : 0;
}

/* Parses the decimal digits at the beginning of text.
 * Returns: the text after the digits, or NULL (no digits, or the number is too large). */
static const char *number_parse(const char *text, uint64_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	/* strtoull() returns ULLONG_MAX for a number of more than 64 bits. */
	*ret = strtoull(text, &end, 10);
	return *ret <= INT64_MAX ? end : NULL;
}

/* Accepts the versions 1.x and 2.x of block maps. A new minor version only adds elements, which the
 * parser can ignore. */
static void take_version(struct parse *p, const char *version)
{
	uint64_t major = 0, minor = 0;
	const char *end = number_parse(version, &major);

	end = end && *end == '.' ? number_parse(end + 1, &minor) : NULL;
	if (!end || *end || major < 1 || major > 2) {
		parse_fail(p, -EINVAL, "it has version '%.20s', but rpiboot supports 1.0 to 2.0",
			   version);
		return;
	}
	p->modern = major > 1 || minor >= 4;
	p->bmap->digest = p->modern ? NULL : EVP_sha1();
}

static void take_root(struct parse *p, const char *name, const char **attributes)
{
	const char *version = "";

	for (; attributes[0]; attributes += 2)
		if (strcmp(attributes[0], "version") == 0)
			version = attributes[1];
	if (strcmp(name, "bmap") != 0)
		parse_fail(p, -EINVAL, "it is not a block map but '%.40s'", name);
	else
		take_version(p, version);
	p->root = true;
}

static void take_range_start(struct parse *p, const char **attributes)
{
	const char *wanted = p->modern ? "chksum" : "sha1";

	p->range_digest[0] = '\0';
	for (; attributes[0]; attributes += 2) {
		if (strcmp(attributes[0], wanted) != 0)
			continue;
		if (strlen(attributes[1]) >= sizeof(p->range_digest))
			parse_fail(p, -EINVAL, "a checksum is too long");
		else
			strcpy(p->range_digest, attributes[1]);
	}
}

static void XMLCALL on_start(void *ctx, const char *name, const char **attributes)
{
	struct parse *p = ctx;

	if (p->depth++ >= BMAP_DEPTH_MAX)
		parse_fail(p, -EINVAL, "its elements are nested too deeply");
	if (p->depth == 1)
		take_root(p, name, attributes);
	p->element = ELEMENT_OTHER;
	for (size_t i = 0; p->depth > 1 && i < array_size(elements); i++)
		if (strcmp(name, elements[i].name) == 0)
			p->element = elements[i].element;
	p->value_length = 0;
	if (p->element == ELEMENT_FILE_DIGEST)
		p->file_digest_at = (size_t)XML_GetCurrentByteIndex64(p->parser);
	if (p->element == ELEMENT_RANGE)
		take_range_start(p, attributes);
}

static void XMLCALL on_text(void *ctx, const char *text, int length)
{
	struct parse *p = ctx;

	if (p->element == ELEMENT_OTHER)
		return;
	if ((size_t)length >= sizeof(p->value) - p->value_length) {
		parse_fail(p, -EINVAL, "a value is too long");
		return;
	}
	memcpy(p->value + p->value_length, text, (size_t)length);
	p->value_length += (size_t)length;
}

static void take_number(struct parse *p, const char *value, uint64_t *ret, const char *what)
{
	const char *end;

	if (*ret != BMAP_NOT_GIVEN)
		parse_fail(p, -EINVAL, "%s is given twice", what);
	end = number_parse(value, ret);
	if (!end || *end)
		parse_fail(p, -EINVAL, "%s '%.40s' is not a number", what, value);
}

/* Finds libcrypto's hash function for the checksum type of a block map. bmaptool writes the type as
 * in Python's hashlib, such as "sha3_256", which libcrypto calls "sha3-256". */
static void take_digest_type(struct parse *p, const char *value)
{
	char name[32];
	const EVP_MD *md;

	snprintf(name, sizeof(name), "%s", value);
	for (char *c = name; *c; c++)
		*c = (char)(*c == '_' ? '-' : tolower((unsigned char)*c));
	md = strlen(value) < sizeof(name) ? EVP_get_digestbyname(name) : NULL;
	if (!md || EVP_MD_size(md) > BMAP_DIGEST_MAX || EVP_MD_flags(md) & EVP_MD_FLAG_XOF)
		parse_fail(p, -EINVAL, "the checksum type '%.40s' is not supported", value);
	else
		p->bmap->digest = md;
}

static struct bmap_range *range_add(struct parse *p)
{
	struct bmap *bmap = p->bmap;
	struct bmap_range *grown = util_grow(bmap->ranges, bmap->count, sizeof(*grown));

	if (!grown) {
		parse_fail(p, -ENOMEM, "out of memory");
		return NULL;
	}
	bmap->ranges = grown;
	return &bmap->ranges[bmap->count++];
}

/* Stores a range of blocks that a block map lists. The unit is blocks, because the block size may
 * come later in the text. parse_finish() converts the unit to bytes. */
static void take_range(struct parse *p, const char *value)
{
	const struct bmap_range *before =
		p->bmap->count ? &p->bmap->ranges[p->bmap->count - 1] : NULL;
	uint64_t after = before ? before->offset + before->bytes : 0, first = 0, last;
	const char *end = number_parse(value, &first);
	struct bmap_range *range;

	last = first;
	while (end && isspace((unsigned char)*end))
		end++;
	if (end && *end == '-') {
		end++;
		while (isspace((unsigned char)*end))
			end++;
		end = number_parse(end, &last);
	}
	if (!end || *end || last < first) {
		parse_fail(p, -EINVAL, "'%.40s' is not a range of blocks", value);
		return;
	}
	if (first < after) {
		parse_fail(p, -EINVAL,
			   "the range of blocks '%.40s' is not after the previous range of blocks",
			   value);
		return;
	}
	range = range_add(p);
	if (!range)
		return;
	*range = (struct bmap_range){.offset = first, .bytes = last - first + 1};
	if (!p->range_digest[0])
		return;
	range->checked = true;
	p->with_digest++;
	if (!p->bmap->digest)
		parse_fail(p, -EINVAL,
			   "the range '%.40s' has a checksum, but no ChecksumType before it names "
			   "the type of the checksums",
			   value);
	else if (!text_hex(p->range_digest, range->digest, digest_bytes(p->bmap->digest)))
		parse_fail(p, -EINVAL,
			   "the checksum of the range '%.40s' does not have %zu hex digits", value,
			   2 * digest_bytes(p->bmap->digest));
}

static void XMLCALL on_end(void *ctx, const char *name)
{
	struct parse *p = ctx;
	char *value = p->value;
	enum element element = p->element;

	p->depth--;
	p->element = ELEMENT_OTHER;
	p->value[p->value_length] = '\0';
	while (p->value_length && isspace((unsigned char)p->value[p->value_length - 1]))
		p->value[--p->value_length] = '\0';
	while (isspace((unsigned char)*value))
		value++;
	switch (element) {
	case ELEMENT_OTHER:
		break;
	case ELEMENT_IMAGE_SIZE:
	case ELEMENT_BLOCK_SIZE:
	case ELEMENT_BLOCKS:
	case ELEMENT_MAPPED:
		take_number(p, value, &p->numbers[element], name);
		break;
	case ELEMENT_DIGEST_TYPE:
		take_digest_type(p, value);
		break;
	case ELEMENT_FILE_DIGEST:
		if (p->file_digest[0] || strlen(value) >= sizeof(p->file_digest))
			parse_fail(p, -EINVAL,
				   "the checksum of the block map is too long or is given twice");
		else
			strcpy(p->file_digest, value);
		break;
	case ELEMENT_RANGE:
		take_range(p, value);
		break;
	}
}

/* Rejects a block map whose XML text declares entities. Text that uses such entities can make a
 * parser run without end. */
static void XMLCALL on_doctype(void *ctx, const char *name, const char *system_id,
			       const char *public_id, int has_subset)
{
	(void)name, (void)system_id, (void)public_id;
	if (has_subset)
		parse_fail(ctx, -EINVAL, "it declares XML entities, which no block map needs");
}

static int check_fail(const struct parse *p, const char *what)
{
	return error_set(p->err, -EINVAL, "the block map %s contradicts itself: %s", p->name, what);
}

/* Validates the numbers in the XML file and converts all ranges from blocks to bytes. */
static int parse_finish(struct parse *p)
{
	struct bmap *bmap = p->bmap;
	uint64_t image_bytes = p->numbers[ELEMENT_IMAGE_SIZE], blocks = p->numbers[ELEMENT_BLOCKS];
	uint64_t size = p->numbers[ELEMENT_BLOCK_SIZE], mapped = 0;

	if (image_bytes == BMAP_NOT_GIVEN || size == BMAP_NOT_GIVEN)
		return error_set(p->err, -EINVAL,
				 "the block map %s has no ImageSize or no BlockSize", p->name);
	if (size == 0 || size > BMAP_BLOCK_MAX || size % BMAP_BLOCK_UNIT != 0)
		return error_set(p->err, -EINVAL,
				 "the block map %s has a BlockSize that is not a multiple of 512 "
				 "bytes, or is more than 64 MiB",
				 p->name);
	if (blocks != BMAP_NOT_GIVEN && blocks != image_bytes / size + (image_bytes % size != 0))
		return check_fail(p, "BlocksCount, BlockSize and ImageSize do not match");
	if (bmap->count == 0)
		return error_set(p->err, -EINVAL,
				 "the block map %s is empty: it lists no blocks, so nothing would "
				 "be written; --no-bmap writes all of the image",
				 p->name);
	if (!p->with_digest)
		bmap->digest = NULL;
	for (size_t i = 0; i < bmap->count; i++) {
		struct bmap_range *range = &bmap->ranges[i];

		mapped += range->bytes;
		if (image_bytes == 0 || range->bytes > image_bytes ||
		    range->offset + range->bytes - 1 > (image_bytes - 1) / size)
			return check_fail(p, "a range goes beyond the end of the image");
		range->offset *= size;
		range->bytes *= size;
		if (range->bytes > image_bytes - range->offset)
			range->bytes = image_bytes - range->offset;
		bmap->mapped_bytes += range->bytes;
	}
	if (p->numbers[ELEMENT_MAPPED] != BMAP_NOT_GIVEN && p->numbers[ELEMENT_MAPPED] != mapped)
		return check_fail(p, "MappedBlocksCount is not the number of blocks in its ranges");
	bmap->image_bytes = image_bytes;
	bmap->block_bytes = (uint32_t)size;
	return 0;
}

/* Verifies the checksum of a block map, which is stored in the map itself. For the computation, the
 * digits of the stored checksum are replaced by '0' characters. */
static int check_file_digest(struct parse *p, const EVP_MD *md, size_t bytes)
{
	uint8_t stated[BMAP_DIGEST_MAX], actual[BMAP_DIGEST_MAX];
	static const char zeros[2 * BMAP_DIGEST_MAX] = {[0 ... 2 * BMAP_DIGEST_MAX - 1] = '0'};
	size_t length = strlen(p->file_digest);
	const char *at = memmem(p->text + p->file_digest_at, bytes - p->file_digest_at,
				p->file_digest, length);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && at && text_hex(p->file_digest, stated, digest_bytes(md)) &&
		  EVP_DigestInit_ex(ctx, md, NULL) &&
		  EVP_DigestUpdate(ctx, p->text, (size_t)(at - p->text)) &&
		  EVP_DigestUpdate(ctx, zeros, length) &&
		  EVP_DigestUpdate(ctx, at + length, bytes - (size_t)(at - p->text) - length) &&
		  EVP_DigestFinal_ex(ctx, actual, NULL) &&
		  memcmp(stated, actual, digest_bytes(md)) == 0;

	EVP_MD_CTX_free(ctx);
	if (ok)
		return 0;
	return error_set(p->err, -EINVAL,
			 "the block map %s is damaged: its own checksum is wrong; fetch it again",
			 p->name);
}

/* Sets the seed for the hash tables of the XML library expat. Otherwise expat may open a file to
 * get random numbers, or end the process if it gets none. */
static void parse_salt(struct parse *p)
{
#if XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION < 8
	XML_SetHashSalt(p->parser, (unsigned long)util_random() | 1);
#else
	uint64_t salt[2] = {util_random() | 1, util_random()};

	XML_SetHashSalt16Bytes(p->parser, (const uint8_t *)salt);
#endif
}

static int parse_run(struct parse *p, size_t bytes)
{
	const EVP_MD *md;
	int r;

	parse_salt(p);
	XML_SetUserData(p->parser, p);
	XML_SetElementHandler(p->parser, on_start, on_end);
	XML_SetCharacterDataHandler(p->parser, on_text);
	XML_SetStartDoctypeDeclHandler(p->parser, on_doctype);
	if (XML_Parse(p->parser, p->text, (int)bytes, XML_TRUE) != XML_STATUS_OK && !p->code)
		parse_fail(p, -EINVAL, "%s", XML_ErrorString(XML_GetErrorCode(p->parser)));
	if (p->code)
		return p->code;
	md = p->bmap->digest;
	r = parse_finish(p);
	if (r < 0 || !p->file_digest[0])
		return r;
	if (!md)
		return error_set(p->err, -EINVAL,
				 "the block map %s cannot be verified: it has a checksum, but no "
				 "ChecksumType names its type; fetch it again, or use --no-bmap",
				 p->name);
	return check_file_digest(p, md, bytes);
}

int bmap_parse(struct bmap **ret, const char *name, const char *text, size_t bytes,
	       struct error *err)
{
	struct parse p = {
		.name = name,
		.text = text,
		.err = err,
		.parser = XML_ParserCreate(NULL),
		.bmap = calloc(1, sizeof(*p.bmap)),
		.numbers = {[0 ... ELEMENT_MAPPED] = BMAP_NOT_GIVEN},
	};
	int r;

	if (bytes > BMAP_TEXT_MAX)
		r = error_set(err, -EFBIG, "the block map %s has more than %d bytes", name,
			      BMAP_TEXT_MAX);
	else if (!p.parser || !p.bmap)
		r = error_set(err, -ENOMEM, "out of memory");
	else
		r = parse_run(&p, bytes);
	if (p.parser)
		XML_ParserFree(p.parser);
	*ret = r < 0 ? bmap_free(p.bmap) : p.bmap;
	return r;
}

struct bmap *bmap_free(struct bmap *bmap)
{
	if (bmap)
		free(bmap->ranges);
	free(bmap);
	return NULL;
}
