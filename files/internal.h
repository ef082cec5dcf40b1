/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations that only the files/ sources share. File names that reach these functions are
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
	/* Reads the next bytes. Returns 1 to `size` bytes, 0 at the end of the data (which can come
	 * too early), or -Exxx. */
	ssize_t (*read)(struct file *file, void *buf, size_t size, struct error *err);
	int (*rewind)(struct file *file, struct error *err);
	/* Close() also frees the struct of the source. */
	void (*close)(struct file *file);
};

/* The first member of the struct of each file source (directory or archive). */
struct file {
	const struct file_ops *ops;
	char *path;
	/* `offset` is the position of the next byte that file_read() returns. */
	uint64_t size, offset;
	/* True if a read was attempted after the file was opened or rewound. */
	bool touched;
};

/* Joins a path "DIR/NAME".
 * Returns: the path, or NULL (out of memory).
 * Ownership: the caller frees the path with free(). */
char *files_path_new(const char *dir, const char *name);
int files_no_memory(struct error *err);

/* Appends to a text buffer of ERROR_TEXT_SIZE bytes. Drops the text that does not fit. */
void files_looked_add(char *looked, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Returns the descriptor of the open boot directory.
 * Ownership: the descriptor stays owned by `files`. */
int files_dir_fd(const struct files *files);

/* True if `name` below dir_fd is a symbolic link with a missing target. ret_text is then the end of
 * a sentence that names the target, such as "'../a', which does not exist". */
bool files_link_dangles(int dir_fd, const char *name, char *ret_text, size_t size);

/* Initialises the common part of an open file. Checks the size and copies the path, "DIR/NAME".
 * Returns: 0, -ENOMEM, or -EFBIG (too large to send to a board). */
int file_init(struct file *file, const struct file_ops *ops, uint64_t size, const char *path,
	      struct error *err);

/* Opens a regular file below a directory and follows symbolic links. path: the name of the file for
 * messages.
 * Returns: 0, -ENOENT (no regular file of this name; *err stays unchanged), or another -Exxx. */
int files_dir_open(int dir_fd, const char *name, const char *path, int *ret_fd, uint64_t *ret_bytes,
		   struct error *err);
int files_dir_get(int dir_fd, const char *name, const char *path, struct file **ret,
		  struct error *err);

/* Calls fn with each regular file (files_dir_names), directory (files_dir_dirs) or symbolic link
 * (files_dir_links) in the directory `name` below dir_fd. Makes no calls if this directory cannot
 * be opened. files_dir_names() and files_dir_dirs() follow symbolic links. */
void files_dir_names(int dir_fd, const char *name, void (*fn)(const char *name, void *ctx),
		     void *ctx);
void files_dir_dirs(int dir_fd, const char *name, void (*fn)(const char *name, void *ctx),
		    void *ctx);
void files_dir_links(int dir_fd, const char *name, void (*fn)(const char *name, void *ctx),
		     void *ctx);

/* Reads through the whole archive to detect damage.
 * Returns: 0, -ENOENT (no archive; *err stays unchanged), -EBADMSG (damaged, or without any file),
 * or another -Exxx (unreadable). */
int files_tar_check(int dir_fd, const char *name, const char *path, struct error *err);

/* Opens an archive member. Upper and lower case in the member name are equal.
 * Returns: 0, -ENOENT (no such member; *err stays unchanged), -EFBIG (too large to send to a
 * board), or another -Exxx from files_tar_check(). */
int files_tar_get(int dir_fd, const char *name, const char *path, const char *member,
		  struct file **ret, struct error *err);

/* Calls fn with each archive member that is a regular file or a hard link, until the first
 * unreadable member. files_tar_links() lists the links that cannot be served. */
void files_tar_names(int dir_fd, const char *name, void (*fn)(const char *member, void *ctx),
		     void *ctx);

/* Calls fn with each archive member that cannot be served because it is not a file. These are
 * symbolic links (target: the link target), hard links without a target member, and other types
 * (target: NULL). */
void files_tar_links(int dir_fd, const char *name,
		     void (*fn)(const char *member, const char *target, void *ctx), void *ctx);

#endif
