/* SPDX-License-Identifier: Apache-2.0 */
/* A directory with keys that the program openssl makes for one test. No key is ever committed. */
#ifndef TESTS_MADE_KEYS_H
#define TESTS_MADE_KEYS_H

#include <stddef.h>

/* Makes keys with the commands of a shell, in a new directory.
 * - a.pem, b.pem: RSA 2048 in the form of PKCS#8; a1.pem: a.pem in the form of PKCS#1
 * - a-pub.pem, b-pub.pem, a1-pub.pem: their public keys; a1-pub.pem in the form of PKCS#1
 * - locked.pem, locked1.pem: a.pem with the passphrase "open sesame"
 * - small.pem, large.pem, ec.pem, three.pem: 1024 bits, 3072 bits, EC, and the exponent 3
 * Ownership: the caller removes it with tree_free(). */
char *made_keys(void);

/* Runs a command of the shell in a directory. Returns: its exit status. */
int made_run(const char *dir, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Reads a file into a new buffer that ends with a NUL. */
char *made_read(const char *dir, const char *name, size_t *ret_size);

#endif
