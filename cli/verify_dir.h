/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the signatures of the files in a boot directory for secure boot. */
#ifndef CLI_VERIFY_DIR_H
#define CLI_VERIFY_DIR_H

struct error;
struct verify;

/* Verifies all files of a boot directory that secure boot checks. For every other file, reports
 * that no signature protects it.
 * Returns: 0 (the verdicts are in *verify), or -Exxx (the directory or a file is unusable). */
int verify_dir(struct verify *verify, const char *dir, struct error *err);

#endif
