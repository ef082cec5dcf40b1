/* SPDX-License-Identifier: Apache-2.0 */
/* Copies a directory with everything below it. */
#ifndef CLI_COPY_DIR_H
#define CLI_COPY_DIR_H

struct error;

/* Copies everything below the directory `from` into the empty directory `to`. In the copy, the
 * target of each symbolic link replaces the link. A target outside of `from` is refused. The access
 * rights of files stay, as far as the umask allows them.
 * Returns: 0, -EXDEV (a link leads out of `from`), -EINVAL (not a regular file or a directory),
 * -ELOOP (too many entries, or directories too deep), or another -Exxx. After an error, `to` has a
 * part of the entries. */
int copy_dir(const char *from, const char *to, struct error *err);

#endif
