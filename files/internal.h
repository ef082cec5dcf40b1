/* SPDX-License-Identifier: Apache-2.0 */
/* Declares functions that only the sources in files/ use. The file names that they receive are
 * already checked: relative, without ".." and printable. This file knows no chips and no search
 * order. */
#ifndef FILES_INTERNAL_H
#define FILES_INTERNAL_H

#include "files/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILES_ARCHIVE_NAME   "bootfiles.bin"
#define FILES_LINK_TEXT_SIZE 1024

struct file_ops {
	/* Reads the next bytes of the file. Returns 1 to `size` bytes, 0 at the end of the data
	 * (which can come too early), or -Exxx. */
	ssize_t (*read)(struct file *file, void *buf, size_t size, struct error *err);
	int (*rewind)(struct file *file, struct error *err);
	/* Closes the file and frees the struct that contains it. */
	void (*close)(struct file *file);
};

/* Holds what an open file in a directory and one in an archive have in common. It is the first
 * member of the struct for each kind. */
struct file {
	const struct file_ops *ops;
	char *path;
	/* The size of the file in bytes, and the position of the next byte that file_read()
	 * returns. */
	uint64_t size, offset;
	/* True if file_read() was called after the file was opened or rewound, so that rewinding is
	 * necessary. */
	bool touched;
};

/* Composes the path "DIR/NAME".
 * Returns: the path, or NULL (out of memory).
 * Ownership: the caller frees the path with free(). */
char *files_path_new(const char *dir, const char *name);
int files_no_memory(struct error *err);

/* Returns the file descriptor of the boot directory, which is open.
 * Ownership: the descriptor belongs to `files`. */
int files_dir_fd(const struct files *files);

/* Returns: true if name in the directory dir_fd is a symbolic link to a missing target. ret_text is
 * then the end of a sentence that names the target, such as "'../a', which does not exist". */
bool files_link_dangles(int dir_fd, const char *name, char *ret_text, size_t size);

/* Fills the members that an open file in a directory and one in an archive have in common. Checks
 * the size of the file and copies its path.
 * Returns: 0, -ENOMEM, or -EFBIG (too large to send to a board). */
int file_init(struct file *file, const struct file_ops *ops, uint64_t size, const char *path,
	      struct error *err);

/* Opens a regular file below the directory dir_fd and follows symbolic links. path is the name of
 * the file in messages.
 * Returns: 0, -ENOENT (no regular file of this name; *err stays unchanged), or another -Exxx. */
int files_dir_open(int dir_fd, const char *name, const char *path, int *ret_fd, uint64_t *ret_bytes,
		   struct error *err);
int files_dir_get(int dir_fd, const char *name, const char *path, struct file **ret,
		  struct error *err);

/* Calls fn with the name of each entry of one type (S_IFREG, S_IFDIR or S_IFLNK) in the directory
 * `name` below dir_fd. Symbolic links are followed unless the type is S_IFLNK. Makes no calls if
 * this directory cannot be opened. */
void files_dir_each(int dir_fd, const char *name, mode_t type,
		    void (*fn)(const char *name, void *ctx), void *ctx);

/* Reads through the whole tar archive to detect damage before a board requests a file from it.
 * Returns: 0, -ENOENT (no archive; *err stays unchanged), -EBADMSG (damaged, or without any file),
 * or another -Exxx (unreadable). */
int files_tar_check(int dir_fd, const char *name, const char *path, struct error *err);

/* Opens a file in a tar archive. Upper and lower case in its name are equal.
 * Returns: 0, -ENOENT (no such member; *err stays unchanged), -EFBIG (too large to send to a
 * board), or another -Exxx from files_tar_check(). */
int files_tar_get(int dir_fd, const char *name, const char *path, const char *member,
		  struct file **ret, struct error *err);

/* Calls fn with the name of each regular file and each hard link in a tar archive, until the first
 * member that is unreadable. files_tar_links() lists the links that cannot be served. */
void files_tar_names(int dir_fd, const char *name, void (*fn)(const char *member, void *ctx),
		     void *ctx);

/* Calls fn with each archive member that cannot be sent to a board because it is not a file. These
 * are symbolic links (target: the link target), hard links without a target member, and other types
 * (target: NULL). */
void files_tar_links(int dir_fd, const char *name,
		     void (*fn)(const char *member, const char *target, void *ctx), void *ctx);

#endif
