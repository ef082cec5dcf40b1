/* SPDX-License-Identifier: Apache-2.0 */
/* Signs the files of a boot directory for secure boot. */
#ifndef CLI_SIGN_DIR_H
#define CLI_SIGN_DIR_H

struct error;
struct key;

/* Signs all parts of a boot directory in place (docs/secure-boot.md). A part that is signed by this
 * key stays as it is. All signatures are made before the first file changes. A link in the
 * directory is replaced by the signed file, and its target stays as it is.
 * key: NULL to make only the digests of EEPROM images.
 * Returns: 0, -EINVAL (nothing to sign, or a part that this key cannot sign), or another -Exxx. */
int sign_dir(const char *dir, const struct key *key, struct error *err);

#endif
