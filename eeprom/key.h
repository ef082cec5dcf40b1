/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the RSA keys of secure boot, which all have 2048 bits, and signs and verifies with them
 * (docs/protocol.md, section 9). */
#ifndef EEPROM_KEY_H
#define EEPROM_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_BITS	   2048
#define KEY_SIGNATURE_SIZE 256
/* The size of the file pubkey.bin in bytes: the modulus in 256 bytes and the exponent in 8, both
 * little-endian. */
#define KEY_PUBLIC_SIZE 264
#define KEY_HASH_SIZE	32
/* The usual public exponent of RSA keys. Boards accept keys with this exponent. It is unknown
 * whether boards accept other exponents. */
#define KEY_EXPONENT 65537

#define KEY_TIMEOUT_S 60

struct error;
struct key;

struct key_access {
	/* The source of the key's passphrase, in the form of openssl: pass:TEXT, env:NAME,
	 * file:PATH, fd:NUMBER or stdin. If it is NULL, the program asks on the terminal. */
	const char *passin;
	/* The path of the public key, as PEM or as pubkey.bin, if the private key is exec:PROGRAM.
	 * Such a program of the user makes signatures, but cannot supply the public key. */
	const char *pubkey;
	/* The time limit in seconds for one signature by a signing program of the user. The value 0
	 * selects KEY_TIMEOUT_S. */
	unsigned int timeout_s;
};

/* Opens a key.
 * spec: the path of a PEM file (private or public key), or of a pubkey.bin; or exec:PROGRAM, which
 * starts a helper process that may run the program later (eeprom/wrapper.h); or a pkcs11: URI of a
 * private key, which a provider of OpenSSL 3 opens (eeprom/key_store.h)
 * access: may be NULL, which means the default values.
 * Returns: 0, -ENOENT (no such file), -EINVAL (not an RSA key with 2048 bits), -EACCES (no or a
 * wrong passphrase), -ENOTSUP (no provider for a pkcs11: URI), -ENOMEM, or another -Exxx
 * (unreadable file). Ownership: the caller frees *ret with key_free(), which accepts NULL and
 * returns NULL. */
int key_open(struct key **ret, const char *spec, const struct key_access *access,
	     struct error *err);
struct key *key_free(struct key *key);

/* Copies the name of a key for a message, such as a path or a pkcs11: URI. The copy omits the PIN
 * of the URI.
 * Returns: the copy, or NULL (out of memory).
 * Ownership: the caller frees the copy with free(). */
char *key_spec_name(const char *spec);

/* Creates a public key from the content of a pubkey.bin. name is the name of the file for messages.
 * Returns: 0, -EINVAL (not the public part of an RSA key with 2048 bits), or -ENOMEM.
 * Ownership: the caller frees *ret with key_free(). */
int key_from_public_bytes(struct key **ret, const unsigned char bytes[KEY_PUBLIC_SIZE],
			  const char *name, struct error *err);

/* Returns: true if the key can sign. */
bool key_is_private(const struct key *key);

/* Returns: the public exponent. */
uint64_t key_exponent(const struct key *key);

/* Writes the public key to a buffer, in the format of the file pubkey.bin (docs/protocol.md,
 * section 9). */
void key_public_bytes(const struct key *key, unsigned char ret[KEY_PUBLIC_SIZE]);

/* Computes the SHA-256 of the file pubkey.bin for a public key. A board holds this hash in one-time
 * programmable (OTP) memory.
 * Returns: 0, or -EIO (libcrypto failed). */
int key_otp_hash(const struct key *key, unsigned char ret[KEY_HASH_SIZE], struct error *err);

/* Gets the public key as PEM (SubjectPublicKeyInfo), without a newline at the end.
 * Returns: 0, -ENOMEM, or -EIO (libcrypto failed).
 * Ownership: the caller frees *ret with free(). */
int key_public_pem(const struct key *key, char **ret, struct error *err);

/* Signs data with RSA, PKCS#1 v1.5 and SHA-256. The function also verifies the new signature with
 * the public key.
 * Returns: 0, -EINVAL (the key is public), or -EIO (the key cannot sign, or the signature does not
 * match the public key). After an error, ret_signature has no signature. */
int key_sign(const struct key *key, const void *data, size_t size,
	     unsigned char ret_signature[KEY_SIGNATURE_SIZE], struct error *err);

/* Returns: true if the signature is a valid signature of the data by this key. */
bool key_verify(const struct key *key, const void *data, size_t size,
		const unsigned char signature[KEY_SIGNATURE_SIZE]);

#endif
