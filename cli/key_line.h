/* SPDX-License-Identifier: Apache-2.0 */
/* Defines the command-line options that name an RSA key, such as --key. Several commands of rpiboot
 * have these options. */
#ifndef CLI_KEY_LINE_H
#define CLI_KEY_LINE_H

#include "cli/internal.h"
#include "eeprom/key.h"

#define KEY_LINE_TIMEOUT 0x280

#define KEY_LINE_ROW(...)                                                                          \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
/* The rows of an option table for --key, which names a private key, and for the options that
 * describe this key, such as --passin.
 * type: the struct with the values of the command line.
 * line: the member of this struct, a struct key_line, that receives the values of these options. */
#define KEY_LINE_KEY_ROWS(heading, type, line)                                                     \
	KEY_LINE_ROW(heading, 0, "key", "KEY", OPTION_TEXT(type, line.key),                        \
		     "sign with this private key: a PEM file, a pkcs11: URI,\n"                    \
		     "or exec:PROGRAM, a program that prints the signature"),                      \
		KEY_LINE_ROW(NULL, 0, "pubkey", "FILE", OPTION_TEXT(type, line.access.pubkey),     \
			     "the public key that belongs to the key of PROGRAM"),                 \
		KEY_LINE_ROW(NULL, KEY_LINE_TIMEOUT, "sign-timeout", "S", 0,                       \
			     "wait S seconds for PROGRAM to sign (default: 60)"),                  \
		KEY_LINE_ROW(NULL, 0, "passin", "FROM", OPTION_TEXT(type, line.access.passin),     \
			     "read the passphrase of KEY from pass:TEXT, env:NAME,\n"              \
			     "file:PATH, fd:NUMBER or stdin (default: the terminal)")

struct key_line {
	const char *key; /* the argument of --key, or NULL */
	struct key_access access;
	bool quiet; /* print no warnings (the option -q of `rpiboot recover`) */
};

/* Stores the argument of --sign-timeout.
 * Returns: 0, or -EINVAL (not a number of seconds). */
int key_line_timeout(struct key_line *line, const char *arg, struct error *err);

/* Rejects an option that describes a key, such as --passin, if there is no --key, or if the option
 * does not fit this kind of key.
 * Returns: 0, or -EINVAL. */
int key_line_check(const struct key_line *line, struct error *err);

/* Opens the private key that the option --key names, for signing. Warns the user if its public
 * exponent is not 65537. Call this function before the sandbox becomes active, because it may ask
 * for a passphrase on the terminal.
 * Returns: 0 (*ret is NULL without --key), or -Exxx like key_open().
 * Ownership: the caller frees *ret with key_free(). */
int key_line_open(const struct key_line *line, struct key **ret, struct error *err);

/* Opens a public or private key. Warns the user if its public exponent is not 65537.
 * spec: the path of a key file, exec:PROGRAM, or a pkcs11: URI.
 * Returns: 0, or -Exxx like key_open().
 * Ownership: the caller frees *ret with key_free(). */
int key_line_open_any(const struct key_line *line, const char *spec, struct key **ret,
		      struct error *err);

/* Checks that the output of a command does not replace the file of the key or of its passphrase.
 * Returns: 0, or -EINVAL (the output is the same file). */
int key_line_check_output(const struct key_line *line, const char *output, struct error *err);

#endif
