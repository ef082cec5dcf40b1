/* SPDX-License-Identifier: Apache-2.0 */
/* Signs the files of a boot directory for secure boot. */
#ifndef CLI_SIGN_DIR_H
#define CLI_SIGN_DIR_H

struct error;
struct key;
struct new_dir;

/* Signs all files of a boot directory that secure boot checks (docs/secure-boot.md). A file that
 * this key has already signed does not change. All signatures are made before the first file
 * changes.
 * to: NULL to sign in place. A link in the directory is then replaced by the signed file, and its
 * target stays as it is. Otherwise, this empty new directory receives a copy of all files, and its
 * final name at the end; the files of dir stay as they are.
 * key: NULL to make only the digests of EEPROM images.
 * Returns: 0, -EINVAL (nothing to sign, or a file that this key cannot sign), or another -Exxx,
 * also from copy_dir(). */
int sign_dir(const char *dir, struct new_dir *to, const struct key *key, struct error *err);

#endif
