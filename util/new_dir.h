/* SPDX-License-Identifier: Apache-2.0 */
/* Lets the caller fill a directory under a temporary name and then renames it, so that other
 * programs see the whole directory or none. A signal such as that of Ctrl-C waits until the
 * temporary directory is renamed or removed. */
#ifndef UTIL_NEW_DIR_H
#define UTIL_NEW_DIR_H

struct new_dir {
	char *path; /* final path, without slashes at its end */
	/* The temporary path of the directory. The caller fills the directory, which is then
	 * renamed to `path`. Both paths have the same parent. */
	char *temporary;
	int parent_fd;	   /* the directory of both paths */
	unsigned int held; /* signals postponed until new_dir_end() */
};

/* Creates an empty directory under a temporary name.
 * path: the final path of the directory.
 * Returns: 0, -EEXIST (path exists), -ENOENT (the parent of path does not exist), or another -Exxx.
 * Ownership: the caller ends *ret with new_dir_end(), also after an error. */
int new_dir_create(struct new_dir *ret, const char *path);

/* Flushes the directory to the disk and renames it to its final path. If the path now is a file, or
 * a directory that has entries, this fails.
 * Returns: 0, or -Exxx, such as -ENOTEMPTY. After an error, the directory still has its temporary
 * name. */
int new_dir_commit(struct new_dir *dir);

/* Removes the temporary directory with its entries if new_dir_commit() did not rename it, and frees
 * the paths. */
void new_dir_end(struct new_dir *dir);

#endif
