/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/emulator/emu_crypto.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#define BLOCK_WORDS_BYTES 12
#define BLOCK_2711_BYTES  284

void emu_hash(const uint8_t *data, size_t size, uint8_t ret[EMU_HASH_BYTES])
{
	EVP_Digest(data, size, ret, NULL, EVP_sha256(), NULL);
}

void emu_hash_text(const uint8_t hash[EMU_HASH_BYTES], char ret[EMU_HASH_TEXT])
{
	for (size_t i = 0; i < EMU_HASH_BYTES; i++)
		snprintf(ret + 2 * i, 3, "%02x", hash[i]);
}

int emu_hash_parse(const char *text, uint8_t ret[EMU_HASH_BYTES])
{
	if (strspn(text, "0123456789abcdefABCDEF") != 2 * EMU_HASH_BYTES ||
	    strlen(text) != 2 * EMU_HASH_BYTES)
		return -1;
	for (size_t i = 0; i < EMU_HASH_BYTES; i++) {
		unsigned int byte;

		sscanf(text + 2 * i, "%2x", &byte);
		ret[i] = (uint8_t)byte;
	}
	return 0;
}

EVP_PKEY *emu_key_new(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 8 * EMU_RSA_BYTES) != 1 ||
	    EVP_PKEY_keygen(ctx, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* Writes one number of a public key, little-endian. */
static bool number_write(const ASN1_SEQUENCE_ANY *numbers, int i, uint8_t *ret, int size)
{
	const ASN1_TYPE *type = sk_ASN1_TYPE_value(numbers, i);
	BIGNUM *number = type && type->type == V_ASN1_INTEGER
				 ? ASN1_INTEGER_to_BN(type->value.integer, NULL)
				 : NULL;
	bool good = number && BN_bn2lebinpad(number, ret, size) == size;

	BN_free(number);
	return good;
}

/* The modulus and the exponent come from the DER form of the key, as all versions of OpenSSL from
 * 1.1 have it. */
int emu_pubkey_of(const EVP_PKEY *key, uint8_t ret[EMU_PUBKEY_BYTES])
{
	unsigned char *der = NULL;
	int size = i2d_PublicKey((EVP_PKEY *)key, &der);
	const unsigned char *at = der;
	ASN1_SEQUENCE_ANY *numbers = size > 0 ? d2i_ASN1_SEQUENCE_ANY(NULL, &at, size) : NULL;
	bool good = numbers && number_write(numbers, 0, ret, EMU_RSA_BYTES) &&
		    number_write(numbers, 1, ret + EMU_RSA_BYTES, 8);

	sk_ASN1_TYPE_pop_free(numbers, ASN1_TYPE_free);
	OPENSSL_free(der);
	return good ? 0 : -1;
}

int emu_pubkey_read(const char *path, uint8_t ret[EMU_PUBKEY_BYTES])
{
	FILE *file = fopen(path, "r");
	EVP_PKEY *key;
	int r;

	if (!file)
		return -1;
	key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	if (!key) {
		rewind(file);
		key = PEM_read_PUBKEY(file, NULL, NULL, NULL);
	}
	fclose(file);
	r = key ? emu_pubkey_of(key, ret) : -1;
	EVP_PKEY_free(key);
	return r;
}

static bool number_add(ASN1_SEQUENCE_ANY *numbers, const uint8_t *bytes, int size)
{
	BIGNUM *number = BN_lebin2bn(bytes, size, NULL);
	ASN1_TYPE *type = ASN1_TYPE_new();

	ASN1_TYPE_set(type, V_ASN1_INTEGER, BN_to_ASN1_INTEGER(number, NULL));
	BN_free(number);
	return sk_ASN1_TYPE_push(numbers, type) > 0;
}

static EVP_PKEY *pubkey_open(const uint8_t pubkey[EMU_PUBKEY_BYTES])
{
	ASN1_SEQUENCE_ANY *numbers = sk_ASN1_TYPE_new_null();
	unsigned char *der = NULL;
	const unsigned char *at;
	EVP_PKEY *key = NULL;
	int size = 0;

	if (number_add(numbers, pubkey, EMU_RSA_BYTES) &&
	    number_add(numbers, pubkey + EMU_RSA_BYTES, 8))
		size = i2d_ASN1_SEQUENCE_ANY(numbers, &der);
	at = der;
	if (size > 0)
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, size);
	sk_ASN1_TYPE_pop_free(numbers, ASN1_TYPE_free);
	OPENSSL_free(der);
	return key;
}

bool emu_signature_is_good(const uint8_t pubkey[EMU_PUBKEY_BYTES], const uint8_t *data, size_t size,
			   const uint8_t signature[EMU_RSA_BYTES])
{
	EVP_PKEY *key = pubkey_open(pubkey);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = key && ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		    EVP_DigestVerify(ctx, signature, EMU_RSA_BYTES, data, size) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return good;
}

static uint32_t little32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static uint32_t big32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       (uint32_t)bytes[3];
}

enum emu_customer emu_customer_check(const uint8_t *code, size_t size,
				     uint8_t ret_key_hash[EMU_HASH_BYTES])
{
	const uint8_t *block, *signature, *pubkey;
	size_t before = size - EMU_CUSTOMER_BYTES;

	if (size < EMU_CUSTOMER_BYTES)
		return EMU_CUSTOMER_NONE;
	block = code + before;
	signature = block + BLOCK_WORDS_BYTES;
	pubkey = signature + EMU_RSA_BYTES;
	if (little32(block + 4) != EMU_CUSTOMER_NUMBER)
		return EMU_CUSTOMER_NONE;
	if (little32(block) != before || little32(block + 8) > 32 ||
	    !emu_signature_is_good(pubkey, code, before + BLOCK_WORDS_BYTES, signature))
		return EMU_CUSTOMER_BAD;
	emu_hash(pubkey, EMU_PUBKEY_BYTES, ret_key_hash);
	return EMU_CUSTOMER_GOOD;
}

bool emu_code_is_for(enum emu_chip chip, const uint8_t *code, size_t size)
{
	size_t block_bytes = chip == EMU_BCM2711 ? BLOCK_2711_BYTES : EMU_CUSTOMER_BYTES;
	uint32_t last = size >= EMU_CUSTOMER_BYTES ? little32(code + size - 528) : 0;

	if (chip == EMU_BCM2712 && last == EMU_CUSTOMER_NUMBER)
		size -= EMU_CUSTOMER_BYTES;
	if (size < block_bytes)
		return false;
	code += size - block_bytes;
	return little32(code) == size - block_bytes && little32(code + 4) <= 4;
}

const uint8_t *emu_image_find(const uint8_t *image, size_t size, const char *name, size_t *ret_size)
{
	char padded[12] = "";

	memcpy(padded, name, strnlen(name, sizeof(padded)));
	for (size_t at = 0; at + 8 <= size;) {
		uint32_t magic = big32(image + at), length = big32(image + at + 4);

		if ((magic & 0xfffff00f) != 0x55aaf00f || length > size - at - 8)
			return NULL;
		if ((magic == 0x55aaf11f || magic == 0x55aaf22f) && length >= 16 &&
		    memcmp(image + at + 8, padded, sizeof(padded)) == 0) {
			*ret_size = length - 16;
			return image + at + 24;
		}
		at = (at + 8 + length + 7) & ~(size_t)7;
	}
	return NULL;
}

const uint8_t *emu_image_pubkey(const uint8_t *image, size_t size)
{
	size_t key_size = 0;
	const uint8_t *key = emu_image_find(image, size, "pubkey.bin", &key_size);

	if (!key || key_size != EMU_PUBKEY_BYTES)
		return NULL;
	for (size_t i = 0; i < key_size; i++)
		if (key[i])
			return key;
	return NULL;
}
