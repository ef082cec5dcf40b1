/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, .sig files and the customer's block, compared with the results of the program openssl. */
#include "eeprom/countersign.h"
#include "eeprom/key.h"
#include "eeprom/signature.h"
#include "tests/test.h"
#include "tests/unit/eeprom/made_keys.h"
#include "tests/unit/tree.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#define WORDS 12

static char *dir;

/* The number of allocations of libcrypto that succeed. The next one fails. */
static unsigned int calls_left;

static void *crypto_malloc(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return calls_left && !--calls_left ? NULL : malloc(size);
}

static void *crypto_realloc(void *ptr, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return calls_left && !--calls_left ? NULL : realloc(ptr, size);
}

static void crypto_free(void *ptr, const char *file, int line)
{
	(void)file, (void)line;
	free(ptr);
}

/* libcrypto accepts these functions only before its first allocation. */
static void __attribute__((constructor)) crypto_own_memory(void)
{
	CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);
}

static struct key *key_of(const char *name, const char *passin)
{
	struct key_access access = {.passin = passin};
	struct error err = {0};
	struct key *key = NULL;

	if (key_open(&key, tree_path(dir, name), &access, &err) < 0)
		fail_msg("%s", err.text);
	return key;
}

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

TEST(a_key_is_read_in_each_form)
{
	static const struct {
		const char *name, *passin;
		bool is_private;
	} rows[] = {
		{"a.pem", NULL, true},
		{"a1.pem", NULL, true},
		{"a-pub.pem", NULL, false},
		{"a1-pub.pem", NULL, false},
		{"locked.pem", "pass:open sesame", true},
		{"locked1.pem", "pass:open sesame", true},
		{"locked.pem", "env:SESAME", true},
		{"pubkey.bin", NULL, false},
	};
	unsigned char want[KEY_PUBLIC_SIZE], got[KEY_PUBLIC_SIZE];
	struct key *key = key_of("a.pem", NULL);

	key_public_bytes(key, want);
	key_free(key);
	tree_write(dir, "pubkey.bin", want, sizeof(want));
	setenv("SESAME", "open sesame", 1);
	for (size_t i = 0; i < array_size(rows); i++) {
		key = key_of(rows[i].name, rows[i].passin);
		assert_int_equal(key_is_private(key), rows[i].is_private);
		assert_int_equal(key_exponent(key), KEY_EXPONENT);
		key_public_bytes(key, got);
		assert_memory_equal(got, want, sizeof(want));
		key_free(key);
	}
}

/* Opens a key and signs with it, while the allocation number `failing` fails.
 * Returns: true if there was such an allocation. */
static bool signs_with_short_memory(const char *name, unsigned int failing, struct error *err)
{
	struct key_access access = {.passin = "pass:open sesame"};
	unsigned char signature[KEY_SIGNATURE_SIZE];
	struct key *key = NULL;
	bool failed;
	int r;

	calls_left = failing;
	r = key_open(&key, tree_path(dir, name), &access, err);
	if (r == 0 && key_is_private(key))
		r = key_sign(key, "data", 4, signature, err);
	failed = calls_left == 0;
	calls_left = 0;
	if (r < 0 && r != -ENOMEM && r != -EIO)
		fail_msg("%s: call %u: %s", name, failing, err->text);
	key_free(key);
	return failed;
}

TEST(a_lack_of_memory_is_not_reported_as_a_bad_key)
{
	static const char *const names[] = {"a.pem", "a1-pub.pem"};

	for (size_t i = 0; i < array_size(names); i++) {
		unsigned int failing = 1, refused = 0;
		struct error err = {0};

		/* Let libcrypto allocate its caches first. */
		signs_with_short_memory(names[i], 1000000, &err);
		while (signs_with_short_memory(names[i], failing, &err)) {
			refused += err.code < 0;
			failing += 5; /* every fifth allocation is enough */
			err.code = 0;
		}
		assert_true(refused > 10);
	}
}

/* openssl prints the modulus as hexadecimal digits, most significant digit first. */
TEST(the_public_key_is_little_endian)
{
	struct key *key = key_of("a.pem", NULL);
	unsigned char bytes[KEY_PUBLIC_SIZE];
	cleanup_free char *modulus = NULL, *pem = NULL, *want = NULL;
	struct error err = {0};
	char digits[3];
	size_t size;

	assert_int_equal(made_run(dir, "openssl rsa -in a.pem -noout -modulus >modulus"), 0);
	modulus = made_read(dir, "modulus", &size);
	key_public_bytes(key, bytes);
	for (size_t i = 0; i < 256; i++) {
		snprintf(digits, sizeof(digits), "%02X", bytes[255 - i]);
		assert_memory_equal(digits, modulus + strlen("Modulus=") + 2 * i, 2);
	}
	assert_memory_equal(bytes + 256, "\1\0\1\0\0\0\0\0", 8);
	assert_int_equal(key_public_pem(key, &pem, &err), 0);
	want = made_read(dir, "a-pub.pem", &size);
	assert_int_equal(strlen(pem), size - 1);
	assert_memory_equal(pem, want, size - 1);
	key_free(key);
}

TEST(a_key_that_cannot_be_used_is_refused)
{
	static const struct {
		const char *name, *passin;
		int code;
		const char *text;
	} rows[] = {
		{"small.pem", NULL, -EINVAL, "1024 bits"},
		{"large.pem", NULL, -EINVAL, "3072 bits"},
		{"ec.pem", NULL, -EINVAL, "not an RSA key"},
		{"log", NULL, -EINVAL, "no key in PEM form"},
		{"none.pem", NULL, -ENOENT, "cannot be read: No such file"},
		{"locked.pem", "pass:wrong", -EACCES, "is wrong"},
		{"locked1.pem", "pass:wrong", -EACCES, "is wrong"},
		{"locked.pem", "env:NO_SUCH_VARIABLE", -EACCES, "NO_SUCH_VARIABLE"},
		{"locked.pem", "file:none", -ENOENT, "file:none"},
		{"locked.pem", "open sesame", -EINVAL, "--passin takes"},
	};
	struct key *key = NULL;

	unsetenv("NO_SUCH_VARIABLE");
	for (size_t i = 0; i < array_size(rows); i++) {
		struct key_access access = {.passin = rows[i].passin};
		struct error err = {0};

		assert_int_equal(key_open(&key, tree_path(dir, rows[i].name), &access, &err),
				 rows[i].code);
		if (!strstr(err.text, rows[i].text))
			fail_msg("%s", err.text);
		assert_null(strstr(err.text, "sesame"));
	}
}

TEST(a_signature_is_verified_by_its_key_only)
{
	static const char data[] = "[all]\nBOOT_UART=1\n";
	struct key *a = key_of("a.pem", NULL), *b = key_of("b-pub.pem", NULL);
	struct signature signature = {.has_time = true, .target_soc = 2712}, again;
	char text[SIGNATURE_TEXT_SIZE];
	struct error err = {0};
	size_t size;

	assert_int_equal(signature_make(&signature, data, strlen(data), a, &err), 0);
	size = signature_format(&signature, text);
	assert_int_equal(size, 65 + 6 + 17 + 9 + 513);
	assert_non_null(strstr(text, "\nts: 0\ntarget-soc: 2712\nrsa2048: "));
	assert_int_equal(signature_parse(&again, text, size, &err), 0);
	assert_true(signature_verify(&again, data, strlen(data), a));
	assert_false(signature_verify(&again, data, strlen(data) - 1, a));
	assert_false(signature_verify(&again, data, strlen(data), b));
	tree_write(dir, "data", data, strlen(data));
	tree_write(dir, "rsa", signature.rsa2048, sizeof(signature.rsa2048));
	assert_int_equal(made_run(dir, "openssl dgst -sha256 -verify a-pub.pem -signature rsa data "
				       ">>log"),
			 0);
	assert_int_equal(signature_make(&signature, data, strlen(data), b, &err), -EINVAL);
	key_free(a);
	key_free(b);
}

#define HASH	"b5b917dc53a59c23035a89d4c58606211a07d4fb6e16bd00d74457a93ea5a264"
#define HEX_16	"00112233445566ff"
#define HEX_64	HEX_16 HEX_16 HEX_16 HEX_16
#define HEX_256 HEX_64 HEX_64 HEX_64 HEX_64
#define HEX_512 HEX_256 HEX_256
#define UNKNOWN "a-line-of-a-later-version: 1\n\n"

TEST(a_signature_file_is_parsed_strictly)
{
	static const struct {
		const char *text;
		bool ok, has_time, is_signed;
	} rows[] = {
		{HASH, true, false, false},
		{HASH "\n", true, false, false},
		{HASH "\n" UNKNOWN "ts: 5\n", true, true, false},
		{HASH "\nrsa2048: " HEX_512, true, false, true},
		{HASH "\nts: 9223372036854775807\nrsa2048: " HEX_512 "\n", true, true, true},
		{"", false, false, false},
		{"\n" HASH, false, false, false},
		{HASH "0\n", false, false, false},
		{HASH "\r\n", false, false, false},
		{HASH "\nts: \n", false, false, false},
		{HASH "\nts: -1\n", false, false, false},
		{HASH "\nts: 9223372036854775808\n", false, false, false},
		{HASH "\nts: 1\nts: 1\n", false, false, false},
		{HASH "\ntarget-soc: bcm\n", false, false, false},
		{HASH "\nrsa2048: " HEX_256 "\n", false, false, false},
		{HASH "\nrsa2048: " HEX_512 "0\n", false, false, false},
		{HASH "\nrsa2048: " HEX_512 HEX_512 "\n", false, false, false},
		{HASH "\nrsa2048: " HEX_512 "\nrsa2048: " HEX_512, false, false, false},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct signature signature;
		struct error err = {0};
		int r = signature_parse(&signature, rows[i].text, strlen(rows[i].text), &err);

		if (r != (rows[i].ok ? 0 : -EBADMSG))
			fail_msg("row %zu: %d, %s", i, r, err.text);
		if (rows[i].ok && (signature.has_time != rows[i].has_time ||
				   signature.is_signed != rows[i].is_signed))
			fail_msg("row %zu", i);
	}
}

/* Makes a second stage with Raspberry Pi's block, signed with a key of this test. */
static unsigned char *stage_new(const struct key *vendor, size_t content, size_t *ret_size)
{
	unsigned char *file = calloc(1, content + COUNTERSIGN_BLOCK_SIZE);
	struct error err = {0};

	assert_non_null(file);
	for (int i = 0; i < 4; i++)
		file[content + (size_t)i] = (unsigned char)(content >> 8 * i);
	file[content + 8] = 1;
	assert_int_equal(key_sign(vendor, file, content + WORDS, file + content + WORDS, &err), 0);
	key_public_bytes(vendor, file + content + WORDS + KEY_SIGNATURE_SIZE);
	*ret_size = content + COUNTERSIGN_BLOCK_SIZE;
	return file;
}

TEST(a_stage_is_countersigned)
{
	struct key *vendor = key_of("a.pem", NULL), *own = key_of("b.pem", NULL);
	cleanup_free unsigned char *stage = NULL, *file = NULL, *twice = NULL;
	struct countersign parsed;
	struct error err = {0};
	size_t size, file_size;

	stage = stage_new(vendor, 1000, &size);
	assert_int_equal(countersign_append(&file, &file_size, stage, size, "f", own, 32, &err), 0);
	assert_int_equal(file_size, 1000 + 2 * COUNTERSIGN_BLOCK_SIZE);
	assert_memory_equal(file, stage, size);
	assert_memory_equal(file + size, "\xfc\5\0\0\x10\0\0\0\x20\0\0\0", 12);
	tree_write(dir, "signed-data", file, size + WORDS);
	tree_write(dir, "rsa", file + size + WORDS, KEY_SIGNATURE_SIZE);
	assert_int_equal(made_run(dir, "openssl dgst -sha256 -verify b-pub.pem -signature rsa "
				       "signed-data >>log"),
			 0);
	countersign_parse(&parsed, file, file_size);
	assert_true(countersign_is_by(&parsed, own) && !countersign_is_by(&parsed, vendor));
	assert_true(parsed.vendor.valid && parsed.vendor.version == 1 && !parsed.customer_twice);
	assert_int_equal(countersign_append(&twice, &file_size, file, file_size, "f", own, 0, &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "already"));
	file[10] ^= 1;
	countersign_parse(&parsed, file, file_size);
	assert_false(countersign_is_by(&parsed, own) || parsed.vendor.valid);
	key_free(vendor);
	key_free(own);
}

TEST(a_stage_that_is_not_signed_is_refused)
{
	struct key *vendor = key_of("a.pem", NULL), *own = key_of("b.pem", NULL);
	static const struct {
		size_t content;
		uint32_t version;
		int damage; /* the byte that changes; -1: none */
		const char *text;
	} rows[] = {
		{COUNTERSIGN_FILE_MAX - 2 * COUNTERSIGN_BLOCK_SIZE, 0, -1, ""},
		{COUNTERSIGN_FILE_MAX - 2 * COUNTERSIGN_BLOCK_SIZE + 1, 0, -1, "112641 bytes"},
		{1000, 33, -1, "33 is not between 0 and 32"},
		{1000, 0, 5, "damaged"},
		{1000, 0, 1000, "does not end with"},
		{1000, 0, 1004, "damaged"},
		{1000, 0, 1005, "does not end with"},
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup_free unsigned char *stage = NULL, *file = NULL;
		struct error err = {0};
		size_t size, file_size;
		int r;

		stage = stage_new(vendor, rows[i].content, &size);
		if (rows[i].damage >= 0)
			stage[rows[i].damage] ^= 1;
		r = countersign_append(&file, &file_size, stage, size, "f", own, rows[i].version,
				       &err);
		if (r != (rows[i].text[0] ? -EINVAL : 0) || !strstr(err.text, rows[i].text))
			fail_msg("row %zu: %d, %s", i, r, err.text);
	}
	key_free(vendor);
	key_free(own);
}
