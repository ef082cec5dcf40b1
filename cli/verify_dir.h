/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the signatures of the files in a boot directory for secure boot. */
#ifndef CLI_VERIFY_DIR_H
#define CLI_VERIFY_DIR_H

#include <stddef.h>

struct error;
struct verify;

/* Verifies the signatures in an EEPROM image. path is its name for messages.
 * Returns: 0 (the verdicts are in *verify), or -Exxx (not a usable image). */
int verify_image_bytes(struct verify *verify, const char *path, const void *data, size_t size,
		       struct error *err);

/* Verifies all files of a boot directory that secure boot checks. For every other file, reports
 * that no signature protects it.
 * Returns: 0 (the verdicts are in *verify), or -Exxx (the directory or a file is unusable). */
int verify_dir(struct verify *verify, const char *dir, struct error *err);

#endif
