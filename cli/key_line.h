/* SPDX-License-Identifier: Apache-2.0 */
/* Defines the command-line options that name an RSA key, such as --key. Several commands of rpiboot
 * have these options. */
#ifndef CLI_KEY_LINE_H
#define CLI_KEY_LINE_H

#include "cli/internal.h"
#include "eeprom/key.h"

enum key_line_option {
	KEY_LINE_KEY = 0x280,
	KEY_LINE_PUBKEY,
	KEY_LINE_PASSIN,
	KEY_LINE_TIMEOUT,
};

/* The rows of an option table for --key, which names a private key, and for the options that belong
 * to it, such as --passin. */
#define KEY_LINE_KEY_ROWS(heading)                                                                 \
	{heading, KEY_LINE_KEY, "key", "KEY",                                                      \
	 "sign with this private key: a PEM file, a pkcs11: URI,\n"                                \
	 "or exec:PROGRAM, a program that prints the signature"},                                  \
		{NULL, KEY_LINE_PUBKEY, "pubkey", "FILE",                                          \
		 "the public key that belongs to the key of PROGRAM"},                             \
		{NULL, KEY_LINE_TIMEOUT, "sign-timeout", "S",                                      \
		 "wait S seconds for PROGRAM to sign (default: 60)"},                              \
	{                                                                                          \
		NULL, KEY_LINE_PASSIN, "passin", "FROM",                                           \
			"read the passphrase of KEY from pass:TEXT, env:NAME,\n"                   \
			"file:PATH, fd:NUMBER or stdin (default: the terminal)"                    \
	}
#define KEY_LINE_PUBKEY_ROW(heading, help)                                                         \
	{                                                                                          \
		heading, KEY_LINE_PUBKEY, "pubkey", "KEY", help                                    \
	}

struct key_line {
	const char *key;    /* the argument of --key, or NULL */
	const char *pubkey; /* the argument of --pubkey, or NULL */
	struct key_access access;
};

/* Stores the argument of --key or another option for keys. Each command calls this function for the
 * options that it does not handle itself.
 * Returns: 0, or -EINVAL (the argument is invalid or unexpected). */
int key_line_take(struct key_line *line, int code, const char *arg, struct error *err);

/* Opens the private key that the option --key names, for signing. Warns of an unusual public
 * exponent. Call this function before the sandbox becomes active, because it may ask for a
 * passphrase on the terminal.
 * Returns: 0 (*ret is NULL without --key), or -Exxx like key_open().
 * Ownership: the caller frees *ret with key_free(). */
int key_line_open(const struct key_line *line, struct key **ret, struct error *err);

/* Opens the public key in the file that the option --pubkey names. The file may also contain a
 * private key.
 * Returns and Ownership: like key_line_open(). */
int key_line_open_public(const struct key_line *line, struct key **ret, struct error *err);

/* Checks that the output of a command does not replace the file of the key or of its passphrase.
 * Returns: 0, or -EINVAL (the output is the same file). */
int key_line_check_output(const struct key_line *line, const char *output, struct error *err);

#endif
