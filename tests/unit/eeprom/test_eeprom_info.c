/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about simulated images: the build, the digests of sections, the update time, and the
 * verdicts on the public key and the signature. */
#include "eeprom/info.h"
#include "eeprom/image.h"
#include "eeprom/lz4.h"

#include "boot/chip.h"
#include "util/bytes.h"
#include "tests/test.h"
#include "tests/unit/eeprom/crafted.h"
#include "tests/unit/eeprom/made_keys.h"
#include "tests/unit/tree.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <lz4frame.h>
#include <openssl/evp.h>

#define STRINGS                                                                                    \
	"BUILD_TIMESTAMP=1786493216\nFREEZE_VERSION\nVERSION:f5e89631\nDATE: 2026/08/12\n"         \
	"MFG_VER: 7\n"
#define CONFIG "[all]\nBOOT_UART=1\n"

static char *dir;

static int set_up(void **state)
{
	(void)state;
	dir = made_keys();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tree_free(dir);
	return 0;
}

FIXTURE_ONCE(set_up, tear_down)

TEST(a_build_is_read_from_its_strings)
{
	static const struct {
		const char *text;
		struct info_build build;
	} rows[] = {
		{STRINGS, {1786493216, "f5e89631", 7}},
		{"", {-1, "", -1}},
		{"BUILD_TIMESTAMP=", {-1, "", -1}},
		{"BUILD_TIMESTAMP=x VERSION:abcdefgh MFG_VER: x", {-1, "", -1}},
		{"VERSION:abc", {-1, "abc", -1}},
		{"BUILD_TIMESTAMP=99999999999999", {9999999999, "", -1}},
		{"MFG_VER: 9999999999", {-1, "", -1}},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct info_build build;

		info_build_find(&build, rows[i].text, strlen(rows[i].text));
		assert_int_equal(build.time_seconds, rows[i].build.time_seconds);
		assert_string_equal(build.version, rows[i].build.version);
		assert_int_equal(build.mfg_version, rows[i].build.mfg_version);
	}
}

/* Makes an image whose second stage has the digest of the section `logo.bin`, an LZ4 frame. */
static struct crafted image_with_digest(size_t *ret_section)
{
	struct crafted crafted = crafted_new(CRAFTED_SMALL);
	unsigned char frame[512], digest[32];
	const char content[] = "the content of a section, the content of a section";
	size_t size = LZ4F_compressFrame(frame, sizeof(frame), content, sizeof(content), NULL);

	assert_false(LZ4F_isError(size));
	EVP_Digest(content, sizeof(content), digest, NULL, EVP_sha256(), NULL);
	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	memcpy(crafted.bytes + 8 + 500, digest, sizeof(digest));
	memcpy(crafted.bytes + 8 + 100, STRINGS, strlen(STRINGS));
	*ret_section = crafted_add(&crafted, CRAFTED_LZ4, "logo.bin", size + 32, 0);
	memcpy(crafted.bytes + *ret_section + 24, frame, size);
	memcpy(crafted.bytes + *ret_section + 24 + size, digest, sizeof(digest));
	return crafted;
}

/* Judges the section `logo.bin` as if it had this name and the firmware was built at this time. */
static enum info_digest digest_of(struct crafted *crafted, int64_t time, const char *name)
{
	struct eeprom_image *image = crafted_parse(crafted);
	const struct info_build build = {.time_seconds = time};
	struct eeprom_section section = *eeprom_image_find(image, "logo.bin", NULL);
	enum info_digest digest;

	strcpy(section.name, name);
	digest = info_digest_judge(image, &build, &section);
	eeprom_image_free(image);
	return digest;
}

TEST(digests_prove_that_sections_belong_together)
{
	size_t section;
	struct crafted crafted = image_with_digest(&section);

	assert_int_equal(digest_of(&crafted, 1700000000, "logo.bin"), INFO_DIGEST_GOOD);
	crafted = image_with_digest(&section);
	crafted.bytes[8 + 500] ^= 1; /* in the second stage */
	assert_int_equal(digest_of(&crafted, 1700000000, "logo.bin"), INFO_DIGEST_UNKNOWN);
	crafted = image_with_digest(&section);
	crafted.bytes[section + 24 + 16] ^= 1; /* in the content */
	assert_int_equal(digest_of(&crafted, 1700000000, "logo.bin"), INFO_DIGEST_DAMAGED);
	crafted = image_with_digest(&section);
	bytes_put_be32(crafted.bytes + section, CRAFTED_OWN); /* then the section is not expanded */
	crafted.bytes[section + 24 + 12] ^= 1;
	assert_int_equal(digest_of(&crafted, 1700000000, "logo.bin"), INFO_DIGEST_GOOD);
	crafted = image_with_digest(&section);
	bytes_put_be32(crafted.bytes + section, CRAFTED_FIXED);
	assert_int_equal(digest_of(&crafted, 1700000000, "logo.bin"), INFO_DIGEST_NONE);
	crafted = image_with_digest(&section);
	bytes_put_be32(crafted.bytes + section + 4, 16 + 31); /* too short for a digest */
	memset(crafted.bytes + section + 24 + 31, 0xff, 100);
	assert_int_equal(digest_of(&crafted, 1700000000, "logo.bin"), INFO_DIGEST_NONE);
}

TEST(digests_are_expected_of_later_firmware)
{
	static const struct {
		int64_t time;
		const char *name;
		bool expected;
	} rows[] = {
		{-1, "logo.bin", false},	   {1621382399, "logo.bin", false},
		{1621382400, "logo.bin", true},	   {1720000000, "logo.bin", true},
		{1720000000, "qrcode.bin", false}, {1740000000, "qrcode.bin", true},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		size_t section;
		struct crafted crafted = image_with_digest(&section);

		crafted.bytes[8 + 500] ^= 1; /* in the second stage */
		assert_int_equal(digest_of(&crafted, rows[i].time, rows[i].name),
				 rows[i].expected ? INFO_DIGEST_UNKNOWN : INFO_DIGEST_NONE);
	}
}

TEST(lz4_frames_expand_up_to_a_limit)
{
	size_t size = LZ4_BYTES_MAX + 1, frame_size, bound = LZ4F_compressFrameBound(size, NULL);
	unsigned char *zeros = calloc(1, size), *frame = malloc(bound), *expanded = NULL;
	struct error err = {0};

	frame_size = LZ4F_compressFrame(frame, bound, zeros, size, NULL);
	assert_int_equal(lz4_expand(frame, frame_size, &expanded, &size, &err), -EFBIG);
	assert_null(expanded);
	frame_size = LZ4F_compressFrame(frame, bound, zeros, 3000000, NULL);
	assert_int_equal(lz4_expand(frame, frame_size - 1, &expanded, &size, &err), -EBADMSG);
	assert_int_equal(lz4_expand(frame, frame_size + 1, &expanded, &size, &err), -EBADMSG);
	assert_int_equal(lz4_expand(frame, 0, &expanded, &size, &err), -EBADMSG);
	assert_int_equal(lz4_expand(frame, frame_size, &expanded, &size, &err), 0);
	assert_int_equal(size, 3000000);
	free(expanded);
	free(frame);
	free(zeros);
}

/* ---- keys and signatures */

struct signed_row {
	const char *key;	 /* the key in pubkey.bin; NULL: an empty slot */
	const char *signer;	 /* of bootconf.sig; NULL: an empty slot; "": a digest only */
	const char *signed_text; /* the text with this signature */
	enum info_signature signature;
};

static struct key *key_of(const char *name)
{
	struct error err = {0};
	struct key *key = NULL;

	if (key_open(&key, tree_path(dir, name), NULL, &err) < 0)
		fail_msg("%s", err.text);
	return key;
}

static struct eeprom_image *signed_image(const struct signed_row *row)
{
	struct crafted crafted = crafted_new(CRAFTED_SMALL);
	struct key *key = row->key ? key_of(row->key) : NULL;
	struct key *signer = row->signer && row->signer[0] ? key_of(row->signer) : NULL;
	struct signature signature = {0};
	char text[SIGNATURE_TEXT_SIZE];
	size_t at, size;

	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	at = crafted_add(&crafted, CRAFTED_FILE, "pubkey.bin", KEY_PUBLIC_SIZE, 0);
	if (key)
		key_public_bytes(key, crafted.bytes + at + 24);
	if (row->signer) {
		assert_int_equal(signature_make(&signature, row->signed_text,
						strlen(row->signed_text), signer, NULL),
				 0);
		size = signature_format(&signature, text);
		at = crafted_add(&crafted, CRAFTED_FILE, "bootconf.sig", size, 0);
		memcpy(crafted.bytes + at + 24, text, size);
	} else {
		crafted_add(&crafted, CRAFTED_FILE, "bootconf.sig", 1024, 0);
	}
	at = crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", strlen(CONFIG), 0);
	memcpy(crafted.bytes + at + 24, CONFIG, strlen(CONFIG));
	key_free(key);
	key_free(signer);
	return crafted_parse(&crafted);
}

TEST(signatures_have_a_verdict)
{
	static const struct signed_row rows[] = {
		{"a.pem", "a.pem", CONFIG, INFO_SIGNATURE_VALID},
		{"b.pem", "a.pem", CONFIG, INFO_SIGNATURE_OTHER_KEY},
		{NULL, "a.pem", CONFIG, INFO_SIGNATURE_NO_KEY},
		{"a.pem", "a.pem", "other", INFO_SIGNATURE_OTHER_CONFIG},
		{"a.pem", "", CONFIG, INFO_SIGNATURE_UNSIGNED},
		{"a.pem", NULL, CONFIG, INFO_SIGNATURE_UNSET},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct eeprom_image *image = signed_image(&rows[i]);
		struct info info;

		info_read(&info, image);
		assert_int_equal(info.signature, rows[i].signature);
		assert_int_equal(info.pubkey, rows[i].key ? INFO_PUBKEY_SET : INFO_PUBKEY_UNSET);
		if (rows[i].key)
			assert_int_equal(info.exponent, KEY_EXPONENT);
		eeprom_image_free(image);
	}
}

TEST(damaged_keys_and_signatures_are_reported_as_damaged)
{
	struct crafted crafted = crafted_new(CRAFTED_SMALL);
	struct eeprom_image *image;
	struct info info;

	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	image = crafted_parse(&crafted);
	info_read(&info, image);
	assert_int_equal(info.pubkey, INFO_PUBKEY_ABSENT);
	assert_int_equal(info.signature, INFO_SIGNATURE_ABSENT);
	assert_false(info.has_update_time);
	eeprom_image_free(image);

	crafted = crafted_new(CRAFTED_SMALL);
	crafted_add(&crafted, CRAFTED_BOOTCODE, "", 1000, 1);
	crafted_add(&crafted, CRAFTED_FILE, "pubkey.bin", 263, 7);
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.sig", 80, 'z');
	crafted_add(&crafted, CRAFTED_FILE, "bootconf.txt", 5, 'x');
	bytes_put_le32(crafted.bytes + CRAFTED_SMALL - 8, ~1700000000U);
	bytes_put_le32(crafted.bytes + CRAFTED_SMALL - 4, 1700000000U);
	image = crafted_parse(&crafted);
	info_read(&info, image);
	assert_int_equal(info.pubkey, INFO_PUBKEY_BAD);
	assert_int_equal(info.signature, INFO_SIGNATURE_DAMAGED);
	assert_true(info.has_update_time);
	assert_int_equal(info.update_time_seconds, 1700000000);
	eeprom_image_free(image);
}

TEST(second_stages_name_their_chip)
{
	struct countersign blocks = {.vendor.form = COUNTERSIGN_SHORT};

	assert_string_equal(info_stage_chip(&blocks)->name, "BCM2711");
	blocks.vendor.form = COUNTERSIGN_LONG;
	assert_string_equal(info_stage_chip(&blocks)->name, "BCM2712");
	blocks.vendor.form = COUNTERSIGN_ABSENT;
	assert_null(info_stage_chip(&blocks));
	assert_true(info_is_recovery("xRECOVERY.000", 13));
	assert_false(info_is_recovery("", 0));
}
