/* SPDX-License-Identifier: Apache-2.0 */
/* Opens private keys in tokens, such as smart cards, with a provider of OpenSSL. This program sees
 * only the public part of the key. */
#include "eeprom/key_store.h"

#include "eeprom/passphrase.h"
#include "util/error.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#define REMEDY "give the key as exec:PROGRAM, with a program that runs pkcs11-tool"

#if OPENSSL_VERSION_NUMBER < 0x30000000L
int key_store_open(EVP_PKEY **ret, unsigned char ret_public[KEY_PUBLIC_SIZE], const char *uri,
		   const char *passin, const char *name, struct error *err)
{
	(void)ret, (void)ret_public, (void)uri, (void)passin;
	return error_set(err, -ENOTSUP,
			 "OpenSSL cannot use the key %s, because this rpiboot uses OpenSSL 1.1, "
			 "and only OpenSSL 3 has a provider for PKCS#11; " REMEDY,
			 name);
}
#else
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>

/* Returns: the first private key that matches a pkcs11: URI, or NULL. */
static EVP_PKEY *store_find(const char *uri, struct passphrase *passphrase)
{
	UI_METHOD *ui = UI_UTIL_wrap_read_pem_callback(passphrase_on_request, 0);
	OSSL_STORE_CTX *store = ui ? OSSL_STORE_open(uri, ui, passphrase, NULL, NULL) : NULL;
	EVP_PKEY *pkey = NULL;

	if (store)
		OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY);
	while (store && !pkey && !OSSL_STORE_eof(store) && !OSSL_STORE_error(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		pkey = info ? OSSL_STORE_INFO_get1_PKEY(info) : NULL;
		OSSL_STORE_INFO_free(info);
	}
	OSSL_STORE_close(store);
	UI_destroy_method(ui);
	return pkey;
}

static bool number_read(const EVP_PKEY *pkey, const char *param, unsigned char *ret, int size)
{
	BIGNUM *number = NULL;
	bool ok = EVP_PKEY_get_bn_param(pkey, param, &number) &&
		  BN_bn2lebinpad(number, ret, size) >= 0;

	BN_free(number);
	return ok;
}

int key_store_open(EVP_PKEY **ret, unsigned char ret_public[KEY_PUBLIC_SIZE], const char *uri,
		   const char *passin, const char *name, struct error *err)
{
	struct passphrase passphrase = {.source = passin, .name = name};
	EVP_PKEY *pkey = NULL;
	int r = 0;

	/* Load the provider for pkcs11: URIs in addition to the built-in providers. */
	if (!OSSL_PROVIDER_available(NULL, "pkcs11") && !OSSL_PROVIDER_try_load(NULL, "pkcs11", 1))
		r = error_set(err, -ENOTSUP,
			      "OpenSSL cannot use the key %s, because the OpenSSL provider for "
			      "PKCS#11 is missing: install the package pkcs11-provider (Debian 13 "
			      "and later), or " REMEDY,
			      name);
	else
		pkey = store_find(uri, &passphrase);
	if (r == 0 && !pkey && passphrase.err.code < 0)
		r = error_copy(err, &passphrase.err);
	else if (r == 0 && !pkey)
		r = error_set(
			err, -ENOENT,
			"the provider finds no private key for %s; check the URI, its PIN and "
			"the PKCS#11 module (pkcs11-module-path in openssl.cnf)",
			name);
	if (r == 0 && (!EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_get_bits(pkey) != KEY_BITS))
		r = error_set(err, -EINVAL, "%s is not an RSA key with %d bits", name, KEY_BITS);
	if (r == 0 && (!number_read(pkey, OSSL_PKEY_PARAM_RSA_N, ret_public, KEY_BITS / 8) ||
		       !number_read(pkey, OSSL_PKEY_PARAM_RSA_E, ret_public + KEY_BITS / 8,
				    KEY_PUBLIC_SIZE - KEY_BITS / 8)))
		r = error_set(
			err, -EINVAL,
			"rpiboot cannot read the public part of the key %s from its token; " REMEDY,
			name);
	OPENSSL_cleanse(passphrase.text, sizeof(passphrase.text));
	ERR_clear_error();
	if (r < 0)
		EVP_PKEY_free(pkey);
	else
		*ret = pkey;
	return r;
}
#endif
