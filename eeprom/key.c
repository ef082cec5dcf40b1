/* SPDX-License-Identifier: Apache-2.0 */
/* Opens RSA keys, and signs and verifies with them. libcrypto does the cryptography. A private key
 * exists only in objects of libcrypto and in the buffer for the PEM file. libcrypto overwrites its
 * objects when it frees them, and this code overwrites the buffer. */
#include "eeprom/key.h"

#include "eeprom/key_store.h"
#include "eeprom/passphrase.h"
#include "eeprom/wrapper.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <string.h>

#define KEY_FILE_MAX	 (64 * 1024)
#define KEY_MODULUS_SIZE (KEY_BITS / 8)

struct key {
	EVP_PKEY *pkey;
	/* The private key in a token, such as a smart card. NULL if no token holds the key. */
	EVP_PKEY *token;
	bool is_private;
	/* The helper process that runs the user's program for each signature, or NULL if libcrypto
	 * signs. */
	struct wrapper *wrapper;
	unsigned char public_bytes[KEY_PUBLIC_SIZE];
};

/* Removes all errors from the error queue of libcrypto. The functions of libcrypto return no cause,
 * so this queue is the only way to detect a lack of memory.
 * Returns: true if memory was short. */
static bool memory_was_short(void)
{
	bool was_short = false;
	unsigned long code;

	while ((code = ERR_get_error()))
		was_short |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	return was_short;
}

static int key_crypto_error(const char *what, struct error *err)
{
	if (memory_was_short())
		return error_set(err, -ENOMEM, "out of memory");
	return error_set(err, -EIO, "libcrypto cannot %s", what);
}

/* Reads a public RSA key from its DER form, SEQUENCE { modulus, exponent }. The program uses this
 * form, because all versions of libcrypto can export it.
 * Returns: 0, -EIO (libcrypto failed), or -ERANGE (a number is too large). */
static int key_read_public(const unsigned char *der, long size, unsigned char *ret)
{
	const size_t sizes[] = {KEY_MODULUS_SIZE, KEY_PUBLIC_SIZE - KEY_MODULUS_SIZE};
	const unsigned char *next = der, *end;
	int tag, class, r = 0;
	long length;

	if (ASN1_get_object(&next, &length, &tag, &class, size) & 0x80)
		return -EIO;
	end = next + length;
	for (size_t i = 0; r == 0 && i < array_size(sizes); i++) {
		ASN1_INTEGER *integer = d2i_ASN1_INTEGER(NULL, &next, end - next);
		BIGNUM *number = integer ? ASN1_INTEGER_to_BN(integer, NULL) : NULL;

		if (!number)
			r = -EIO;
		else if (BN_bn2lebinpad(number, ret, (int)sizes[i]) < 0)
			r = -ERANGE;
		ret += sizes[i];
		BN_free(number);
		ASN1_INTEGER_free(integer);
	}
	return r;
}

/* Checks that the key is an RSA key with 2048 bits, and stores the modulus and the exponent as
 * bytes. */
static int key_check(struct key *key, const char *name, struct error *err)
{
	int bits = EVP_PKEY_bits(key->pkey), size, r;
	unsigned char *der = NULL;

	if (bits <= 0)
		return key_crypto_error("read the size of this key", err);
	if (EVP_PKEY_base_id(key->pkey) != EVP_PKEY_RSA)
		return error_set(err, -EINVAL,
				 "%s is not an RSA key; secure boot needs an RSA key with %d bits",
				 name, KEY_BITS);
	if (bits != KEY_BITS)
		return error_set(err, -EINVAL,
				 "%s has %d bits; secure boot needs an RSA key with %d bits", name,
				 bits, KEY_BITS);
	size = i2d_PublicKey(key->pkey, &der);
	r = size > 0 ? key_read_public(der, size, key->public_bytes) : -EIO;
	OPENSSL_free(der);
	if (r == -EIO)
		return key_crypto_error("read this key", err);
	ERR_clear_error();
	return r == 0 ? 0
		      : error_set(err, -EINVAL,
				  "%s has a public exponent of more than 8 bytes; use a key with "
				  "the usual exponent 65537",
				  name);
}

/* Reads a public key in PKCS#1 form from a PEM file. libcrypto's own function for this form is
 * deprecated. */
static EVP_PKEY *key_read_pkcs1(BIO *bio)
{
	const unsigned char *next;
	unsigned char *der = NULL;
	EVP_PKEY *pkey = NULL;
	long size;

	if (PEM_bytes_read_bio(&der, &size, NULL, PEM_STRING_RSA_PUBLIC, bio, NULL, NULL)) {
		next = der;
		pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &next, size);
	}
	OPENSSL_free(der);
	return pkey;
}

static int key_read_pem(struct key *key, BIO *bio, struct passphrase *passphrase, struct error *err)
{
	key->pkey = PEM_read_bio_PrivateKey(bio, NULL, passphrase_on_request, passphrase);
	key->is_private = key->pkey != NULL;
	if (!key->pkey && passphrase->err.code < 0)
		return error_copy(err, &passphrase->err);
	if (!key->pkey && memory_was_short())
		return error_set(err, -ENOMEM, "out of memory");
	if (!key->pkey && passphrase->asked)
		return error_set(err, -EACCES,
				 "the passphrase for the key %s is wrong, or the key is damaged",
				 passphrase->name);
	if (!key->pkey && BIO_reset(bio) > 0)
		key->pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	if (!key->pkey && BIO_reset(bio) > 0)
		key->pkey = key_read_pkcs1(bio);
	if (!key->pkey && memory_was_short())
		return error_set(err, -ENOMEM, "out of memory");
	if (!key->pkey)
		return error_set(err, -EINVAL, "%s has no key in PEM form", passphrase->name);
	return key_check(key, passphrase->name, err);
}

static int key_from_pem(struct key **ret, const void *text, int size, const char *name,
			const struct key_access *access, struct error *err)
{
	struct passphrase passphrase = {.source = access ? access->passin : NULL, .name = name};
	struct key *key = calloc(1, sizeof(*key));
	BIO *bio = BIO_new_mem_buf(text, size);
	int r;

	if (key && bio)
		r = key_read_pem(key, bio, &passphrase, err);
	else
		r = error_set(err, -ENOMEM, "out of memory");
	BIO_free(bio);
	ERR_clear_error();
	OPENSSL_cleanse(passphrase.text, sizeof(passphrase.text));
	*ret = r < 0 ? key_free(key) : key;
	return r;
}

/* Reads a whole key file into a buffer of `size` bytes.
 * Returns: the number of bytes, or -Exxx. */
static ssize_t key_read_file(const char *path, unsigned char *buf, size_t size, struct error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -errno : util_read(fd, buf, size);

	if (n < 0)
		return error_set(err, (int)n, "the key %s cannot be read: %s", path,
				 strerror((int)-n));
	if ((size_t)n == size)
		return error_set(err, -EINVAL,
				 "%s is too large for a key file, which has less than %zu bytes",
				 path, size);
	return n;
}

static int key_from_file(struct key **ret, const char *path, const struct key_access *access,
			 struct error *err)
{
	unsigned char *text = calloc(1, KEY_FILE_MAX);
	ssize_t size;
	int r;

	if (!text)
		return error_set(err, -ENOMEM, "out of memory");
	size = key_read_file(path, text, KEY_FILE_MAX, err);
	if (size < 0)
		r = (int)size;
	else if (size == KEY_PUBLIC_SIZE && !memmem(text, KEY_PUBLIC_SIZE, "-----BEGIN", 10))
		r = key_from_public_bytes(ret, text, path, err);
	else
		r = key_from_pem(ret, text, (int)size, path, access, err);
	OPENSSL_cleanse(text, KEY_FILE_MAX);
	free(text);
	return r;
}

static int key_from_program(struct key **ret, const char *program, const struct key_access *access,
			    struct error *err)
{
	unsigned int timeout_s = access && access->timeout_s ? access->timeout_s : KEY_TIMEOUT_S;
	struct key *key = NULL;
	int r;

	if (!*program)
		return error_set(err, -EINVAL, "exec: needs the name of a program");
	if (!access || !access->pubkey)
		return error_set(err, -EINVAL,
				 "the key exec:%s needs its public key; give it with --pubkey FILE",
				 program);
	r = key_from_file(&key, access->pubkey, access, err);
	if (r == 0)
		r = wrapper_new(&key->wrapper, program, timeout_s, err);
	if (r < 0) {
		key_free(key);
		return r;
	}
	key->is_private = true;
	*ret = key;
	return 0;
}

char *key_spec_name(const char *spec)
{
	bool is_uri = strncmp(spec, "pkcs11:", 7) == 0;
	const char *pin = is_uri ? strstr(spec, "pin-") : NULL;
	size_t size = is_uri ? strcspn(spec, "?") : strlen(spec);

	return strndup(spec, pin && (size_t)(pin - spec) < size ? (size_t)(pin - spec) : size);
}

static int key_from_token(struct key **ret, const char *uri, const struct key_access *access,
			  struct error *err)
{
	unsigned char public_bytes[KEY_PUBLIC_SIZE] = {0};
	cleanup_free char *name = key_spec_name(uri);
	EVP_PKEY *token = NULL;
	struct key *key = NULL;
	int r;

	if (!name)
		return error_set(err, -ENOMEM, "out of memory");
	r = key_store_open(&token, public_bytes, uri, access ? access->passin : NULL, name, err);
	if (r == 0)
		r = key_from_public_bytes(&key, public_bytes, name, err);
	if (!key) {
		EVP_PKEY_free(token);
		return r;
	}
	key->token = token;
	key->is_private = true;
	/* Make a first signature now, so that the OpenSSL provider loads all files that it needs
	 * before the sandbox of the program forbids this. */
	r = key_sign(key, public_bytes, 1, (unsigned char[KEY_SIGNATURE_SIZE]){0}, err);
	*ret = r < 0 ? key_free(key) : key;
	return r;
}

int key_open(struct key **ret, const char *spec, const struct key_access *access, struct error *err)
{
	if (strncmp(spec, "exec:", 5) == 0)
		return key_from_program(ret, spec + 5, access, err);
	if (strncmp(spec, "pkcs11:", 7) == 0)
		return key_from_token(ret, spec, access, err);
	return key_from_file(ret, spec, access, err);
}

struct key *key_free(struct key *key)
{
	if (key) {
		EVP_PKEY_free(key->pkey);
		EVP_PKEY_free(key->token);
		wrapper_free(key->wrapper);
	}
	free(key);
	return NULL;
}

/* Encodes a little-endian number of `size` bytes as an ASN.1 INTEGER in `der`.
 * Returns: the size of the encoding, or 0 (out of memory). */
static size_t key_put_integer(unsigned char *der, const unsigned char *number, int size)
{
	BIGNUM *bn = BN_lebin2bn(number, size, NULL);
	ASN1_INTEGER *integer = bn ? BN_to_ASN1_INTEGER(bn, NULL) : NULL;
	int used = integer ? i2d_ASN1_INTEGER(integer, &der) : 0;

	ASN1_INTEGER_free(integer);
	BN_free(bn);
	return used > 0 ? (size_t)used : 0;
}

int key_from_public_bytes(struct key **ret, const unsigned char bytes[KEY_PUBLIC_SIZE],
			  const char *name, struct error *err)
{
	unsigned char der[KEY_PUBLIC_SIZE + 32] = {V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED, 0x82};
	const unsigned char *next = der;
	struct key *key = calloc(1, sizeof(*key));
	size_t modulus_size, exponent_size, size;
	int r;

	if (!key)
		return error_set(err, -ENOMEM, "out of memory");
	modulus_size = key_put_integer(der + 4, bytes, KEY_MODULUS_SIZE);
	exponent_size = key_put_integer(der + 4 + modulus_size, bytes + KEY_MODULUS_SIZE,
					KEY_PUBLIC_SIZE - KEY_MODULUS_SIZE);
	size = 4 + modulus_size + exponent_size;
	der[2] = (unsigned char)((size - 4) >> 8);
	der[3] = (unsigned char)(size - 4);
	key->pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &next, (long)size);
	ERR_clear_error();
	/* Refuse an RSA key unless its modulus is odd and has 2048 bits, and its exponent is odd
	 * and not 1. */
	if (!modulus_size || !exponent_size)
		r = error_set(err, -ENOMEM, "out of memory");
	else if (key->pkey && bytes[0] & 1 && bytes[KEY_MODULUS_SIZE] & 1)
		r = key_check(key, name, err);
	else
		r = error_set(err, -EINVAL, "%s does not hold a public key", name);
	if (r == 0 && key_exponent(key) == 1)
		r = error_set(err, -EINVAL,
			      "%s is not a usable key, because its public exponent is 1", name);
	*ret = r < 0 ? key_free(key) : key;
	return r;
}

bool key_is_private(const struct key *key)
{
	return key->is_private;
}

uint64_t key_exponent(const struct key *key)
{
	return bytes_le64(key->public_bytes + KEY_MODULUS_SIZE);
}

void key_public_bytes(const struct key *key, unsigned char ret[KEY_PUBLIC_SIZE])
{
	memcpy(ret, key->public_bytes, KEY_PUBLIC_SIZE);
}

int key_otp_hash(const struct key *key, unsigned char ret[KEY_HASH_SIZE], struct error *err)
{
	if (SHA256(key->public_bytes, KEY_PUBLIC_SIZE, ret))
		return 0;
	return key_crypto_error("compute a SHA-256", err);
}

int key_public_pem(const struct key *key, char **ret, struct error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long size = 0;

	if (bio && PEM_write_bio_PUBKEY(bio, key->pkey))
		size = BIO_get_mem_data(bio, &text);
	*ret = size > 0 ? strndup(text, (size_t)size - 1) : NULL;
	BIO_free(bio);
	return *ret ? 0 : key_crypto_error("write the public key", err);
}

static int key_sign_here(const struct key *key, const void *data, size_t size,
			 unsigned char ret_signature[KEY_SIGNATURE_SIZE], struct error *err)
{
	size_t length = KEY_SIGNATURE_SIZE;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx &&
		  EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
				     key->token ? key->token : key->pkey) == 1 &&
		  EVP_DigestSign(ctx, ret_signature, &length, data, size) == 1 &&
		  length == KEY_SIGNATURE_SIZE;

	EVP_MD_CTX_free(ctx);
	return ok ? 0 : key_crypto_error("sign with this key", err);
}

/* Returns: true if the signature is valid. Errors stay in the error queue of libcrypto, so that the
 * caller can detect that memory was short. */
static bool signature_fits(const struct key *key, const void *data, size_t size,
			   const unsigned char signature[KEY_SIGNATURE_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
		  EVP_DigestVerify(ctx, signature, KEY_SIGNATURE_SIZE, data, size) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

int key_sign(const struct key *key, const void *data, size_t size,
	     unsigned char ret_signature[KEY_SIGNATURE_SIZE], struct error *err)
{
	int r;

	if (!key->is_private)
		return error_set(err, -EINVAL, "a public key cannot sign; use the private key");
	r = key->wrapper ? wrapper_sign(key->wrapper, data, size, ret_signature, err)
			 : key_sign_here(key, data, size, ret_signature, err);
	if (r < 0)
		return r;
	if (signature_fits(key, data, size, ret_signature))
		return 0;
	OPENSSL_cleanse(ret_signature, KEY_SIGNATURE_SIZE);
	if (memory_was_short())
		return error_set(err, -ENOMEM, "out of memory");
	return error_set(err, -EIO, "the new signature does not match the public key: %s",
			 key->wrapper ? "the signing program used another key"
				      : "the private key is damaged");
}

bool key_verify(const struct key *key, const void *data, size_t size,
		const unsigned char signature[KEY_SIGNATURE_SIZE])
{
	bool ok = signature_fits(key, data, size, signature);

	ERR_clear_error();
	return ok;
}
