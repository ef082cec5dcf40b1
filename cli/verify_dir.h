/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the signatures of the files in a boot directory for secure boot. */
#ifndef CLI_VERIFY_DIR_H
#define CLI_VERIFY_DIR_H

#include <stddef.h>

struct error;
struct verify;

/* Verifies the signatures in an EEPROM image.
 * path: the name of the image for messages.
 * Returns: 0 (verify_passed() gives the result), or -Exxx (not a usable image). */
int verify_image_bytes(struct verify *verify, const char *path, const void *data, size_t size,
		       struct error *err);

/* Verifies all signatures in a boot directory on which secure boot depends. Reports each file that
 * has no signature.
 * Returns: 0 (verify_passed() gives the result), or -Exxx (the directory or a file is unusable). */
int verify_dir(struct verify *verify, const char *dir, struct error *err);

#endif
