/* SPDX-License-Identifier: Apache-2.0 */
/* Declares functions that only the sources in files/ use. Their callers have checked all file
 * names: the names are relative, printable and without "..". */
#ifndef FILES_INTERNAL_H
#define FILES_INTERNAL_H

#include "files/files.h"

#define FILES_ARCHIVE_NAME   "bootfiles.bin"
#define FILES_LINK_TEXT_SIZE 1024

struct file_ops {
	/* Reads the next bytes of a file.
	 * Returns: the number of bytes (1 to `size`), 0 (the end of the file), or -Exxx. The end
	 * may come before the size in struct file, because another program may shorten the file. */
	ssize_t (*read)(struct file *file, void *buf, size_t size, struct error *err);
	/* A function that makes the next read begin at the first byte again. It is NULL if the file
	 * needs nothing more than `offset` = 0 in struct file. */
	int (*rewind)(struct file *file, struct error *err);
	/* A function that closes the file without freeing `file`. It is NULL if nothing must be
	 * closed. */
	void (*close)(struct file *file);
};

/* An open file in a directory, in an archive or in memory. Each of these three kinds of files has
 * its own struct, whose first member is a struct file. */
struct file {
	const struct file_ops *ops;
	char *path;
	/* The size of the file, and the position of the next read, in bytes. */
	uint64_t size, offset;
	/* True if the file was read since it was opened or rewound. If this is false, file_rewind()
	 * has nothing to do. */
	bool touched;
};

/* Composes the path "DIR/NAME".
 * Returns: the path, or NULL (out of memory).
 * Ownership: the caller frees the path with free(). */
char *files_path_new(const char *dir, const char *name);
int files_no_memory(struct error *err);

/* Returns: the file descriptor of the open boot directory.
 * Ownership: files_free() closes the descriptor, so the caller must not close it. */
int files_dir_fd(const struct files *files);

/* Checks whether a name in the directory dir_fd is a symbolic link whose target does not exist.
 * ret_text: receives a text with the target for the end of a message, such as "'../a', which does
 * not exist".
 * Returns: true if it is such a link. */
bool files_link_dangles(int dir_fd, const char *name, char *ret_text, size_t size);

/* Creates an open file of any kind: in a directory, in an archive or in memory. Checks its size and
 * copies its path.
 * struct_bytes: the size of the struct for this kind of file. The first member of the struct is a
 * struct file, and all other members become zeros.
 * Returns: 0, -ENOMEM, or -EFBIG (too large to send to a board). */
int file_new(struct file **ret, size_t struct_bytes, const struct file_ops *ops, uint64_t size,
	     const char *path, struct error *err);

/* Opens a regular file below the directory dir_fd and follows symbolic links. `path` is the name of
 * the file in messages.
 * Returns: 0, -ENOENT (no such regular file; *err stays unchanged), or another -Exxx. */
int files_dir_open(int dir_fd, const char *name, const char *path, int *ret_fd, uint64_t *ret_bytes,
		   struct error *err);
int files_dir_get(int dir_fd, const char *name, const char *path, struct file **ret,
		  struct error *err);

/* Calls fn with the name of each entry of one type (S_IFREG, S_IFDIR or S_IFLNK) in a directory
 * below dir_fd. Symbolic links are followed unless the type is S_IFLNK. If the directory cannot be
 * opened, there are no calls. */
void files_dir_each(int dir_fd, const char *name, mode_t type,
		    void (*fn)(const char *name, void *ctx), void *ctx);

/* Reads a whole tar archive to detect damage before a board requests a file from it.
 * Returns: 0, -ENOENT (the file does not exist; *err stays unchanged), -EBADMSG (the archive is
 * damaged or contains no file), or another -Exxx (unreadable). */
int files_tar_check(int dir_fd, const char *name, const char *path, struct error *err);

/* Opens a file in a tar archive and ignores the case of its name.
 * Returns: 0, -ENOENT (no such file; *err stays unchanged), -EFBIG (too large), or another -Exxx
 * from files_tar_check(). */
int files_tar_get(int dir_fd, const char *name, const char *path, const char *member,
		  struct file **ret, struct error *err);

/* Calls fn with the name of each regular file and each hard link in a tar archive. If a member of
 * the archive is unreadable, the calls end there. */
void files_tar_names(int dir_fd, const char *name, void (*fn)(const char *member, void *ctx),
		     void *ctx);

/* Calls fn with each archive member that cannot be sent to a board because it is not a file.
 * target: the target of a symbolic link, or of a hard link whose target is not in the archive. NULL
 * for other types of members. */
void files_tar_links(int dir_fd, const char *name,
		     void (*fn)(const char *member, const char *target, void *ctx), void *ctx);

#endif
