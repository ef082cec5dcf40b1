/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the passphrase of a key. */
#ifndef EEPROM_PASSPHRASE_H
#define EEPROM_PASSPHRASE_H

#include "util/error.h"

#include <stdbool.h>

#define PASSPHRASE_SIZE 1024

/* The passphrase of one key, and its source. The program reads the passphrase when libcrypto first
 * requests it. */
struct passphrase {
	/* The source of the passphrase, such as file:PATH (see `passin` in struct key_access). If
	 * it is NULL, the program asks for the passphrase on the terminal. */
	const char *source;
	const char *name; /* name of the key with this passphrase */
	bool asked;
	char text[PASSPHRASE_SIZE];
	struct error err; /* the result of reading the passphrase */
};

/* Passes a passphrase to libcrypto, as a callback of the type pem_password_cb. If libcrypto
 * requests it several times, the program still asks the user only once.
 * ctx: a struct passphrase, whose member `text` keeps the passphrase.
 * Ownership: the function that created the struct overwrites `text` with OPENSSL_cleanse(). */
int passphrase_on_request(char *buf, int size, int writing, void *ctx);

#endif
