/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the files of a directory for a boot.img, which is an image of a FAT file system. */
#ifndef CLI_IMAGE_FILES_H
#define CLI_IMAGE_FILES_H

#include <stdbool.h>

struct chip;
struct error;
struct fat;

/* Returns: true if the name matches one of the file name patterns in the list. The comparison
 * ignores case.
 * separators: the characters that separate the patterns in the list. */
bool image_files_match(const char *list, const char *separators, const char *name);

/* Adds the files below a directory to a boot.img. Omits names that begin with a dot, a boot.img
 * with its signature, the files that only other chips use, and the files in the list `outputs`,
 * which the caller will write. The list ends with NULL. Prints a warning for each file that the
 * chip needs and the directory lacks.
 *
 * Returns: 0, -EINVAL (a link, another special file, or a name that FAT cannot hold), -EFBIG, or
 * another -Exxx. */
int image_files_add(struct fat *fat, const char *dir, const struct chip *chip,
		    const char *const *outputs, struct error *err);

#endif
