/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the passphrase of a key. */
#ifndef EEPROM_PASSPHRASE_H
#define EEPROM_PASSPHRASE_H

#include <stddef.h>

#define PASSPHRASE_SIZE 1024

struct error;

/* Reads a passphrase into a NUL-terminated buffer.
 * source: the passin of struct key_access. If it is NULL, the function asks on the terminal,
 * without an echo.
 * name: the name of the key for the prompt and for messages.
 * Returns: 0, -EINVAL (source has an unknown form), -EACCES (no terminal, or no passphrase), or
 * another -Exxx (unreadable file).
 * Ownership: the caller overwrites the buffer with OPENSSL_cleanse(). */
int passphrase_read(char ret[PASSPHRASE_SIZE], const char *source, const char *name,
		    struct error *err);

#endif
