/* SPDX-License-Identifier: Apache-2.0 */
/* Signs with a program of the user, which has the private key, for example in a hardware security
 * module (HSM). The program runs as "PROGRAM -a rsa2048-sha256 FILE" and prints the signature as
 * 512 hexadecimal digits (docs/secure-boot.md). */
#ifndef EEPROM_WRAPPER_H
#define EEPROM_WRAPPER_H

#include "eeprom/key.h"

struct wrapper;

/* Starts a helper process, which runs the program for each signature. The caller calls this
 * function before it creates a thread or enters its sandbox, because the program must run outside
 * of the sandbox.
 * program: a path, or a name for the search in PATH.
 * timeout_s: the longest time for one signature, in seconds.
 * Returns: 0, -ENOENT (no such program), or another -Exxx.
 * Ownership: the caller frees *ret with wrapper_free(), which ends the helper process, accepts NULL
 * and returns NULL. */
int wrapper_new(struct wrapper **ret, const char *program, unsigned int timeout_s,
		struct error *err);
struct wrapper *wrapper_free(struct wrapper *wrapper);

/* Runs the user's program to sign data. The caller must verify the signature.
 * Returns: 0, or -EIO (the program failed, took too long, or did not print a signature). */
int wrapper_sign(struct wrapper *wrapper, const void *data, size_t size,
		 unsigned char ret_signature[KEY_SIGNATURE_SIZE], struct error *err);

#endif
