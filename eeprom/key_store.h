/* SPDX-License-Identifier: Apache-2.0 */
/* Opens private keys in tokens, such as smart cards. A provider of OpenSSL 3 finds them by their
 * pkcs11: URI. */
#ifndef EEPROM_KEY_STORE_H
#define EEPROM_KEY_STORE_H

#include "eeprom/key.h"

struct evp_pkey_st; /* EVP_PKEY */

/* Finds the private RSA key of a pkcs11: URI. Loads the provider "pkcs11" if openssl.cnf loads
 * none.
 * passin: the source of the PIN if the token needs one that is not in the URI, as in struct
 * key_access.
 * name: the URI without its PIN, for the prompt and for messages.
 * ret_public: receives the public key in the form of a pubkey.bin.
 * Returns: 0, -ENOTSUP (no OpenSSL 3, or no provider for these URIs), -ENOENT (no such key, or a
 * wrong PIN), -EACCES (the PIN could not be read), or -EINVAL (not an RSA key with 2048 bits).
 * Ownership: the caller frees *ret with EVP_PKEY_free(). */
int key_store_open(struct evp_pkey_st **ret, unsigned char ret_public[KEY_PUBLIC_SIZE],
		   const char *uri, const char *passin, const char *name, struct error *err);

#endif
