/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the passphrase of a key. */
#ifndef EEPROM_PASSPHRASE_H
#define EEPROM_PASSPHRASE_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

#define PASSPHRASE_SIZE 1024

/* Reads a passphrase into a NUL-terminated buffer.
 * source: the passin of struct key_access. If it is NULL, the function asks on the terminal,
 * without an echo.
 * name: the name of the key for the prompt and for messages.
 * Returns: 0, -EINVAL (source has an unknown form), -EACCES (no terminal, or no passphrase), or
 * another -Exxx (unreadable file).
 * Ownership: the caller overwrites the buffer with OPENSSL_cleanse(). */
int passphrase_read(char ret[PASSPHRASE_SIZE], const char *source, const char *name,
		    struct error *err);

/* The passphrase of one key after the first request, and the source from which the program reads
 * it. */
struct passphrase {
	const char *source, *name; /* as for passphrase_read() */
	bool asked;
	int result; /* of passphrase_read() */
	char text[PASSPHRASE_SIZE];
	struct error err;
};

/* Passes a passphrase to libcrypto, as a callback of the type pem_password_cb. If libcrypto
 * requests it several times, the program still asks the user only once.
 * ctx: a struct passphrase. Its owner overwrites the text with OPENSSL_cleanse(). */
int passphrase_on_request(char *buf, int size, int writing, void *ctx);

#endif
