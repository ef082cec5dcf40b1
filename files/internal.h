/* SPDX-License-Identifier: Apache-2.0 */
/* Between files.c, file.c and the two places bytes come from, files_dir.c and files_tar.c; for
 * nobody else. Names that reach it have been checked: relative, without "..", printable. Knows
 * neither chips nor the order of lookup. */
#ifndef FILES_SOURCE_H
#define FILES_SOURCE_H

#include "files/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILES_ARCHIVE_NAME   "bootfiles.bin"
#define FILES_LINK_TEXT_SIZE 1024

struct file_ops {
	/* 1..size bytes, 0 at the end of what is there (perhaps too early), or -Exxx. */
	ssize_t (*read)(struct file *file, void *buf, size_t size, struct error *err);
	int (*rewind)(struct file *file, struct error *err);
	void (*close)(struct file *file); /* also frees the struct around it */
};

/* The common head of each source's own struct. */
struct file {
	const struct file_ops *ops;
	char *path;
	uint64_t size, offset; /* offset: of the next byte that file_read() gives */
	bool touched;	       /* something was read, or tried, since the last rewind */
};

/* "DIR/NAME" for free(), or NULL. */
char *files_path_new(const char *dir, const char *name);
int files_no_memory(struct error *err);

/* Appends to a sentence of ERROR_TEXT_SIZE bytes; drops what does not fit. */
void files_looked_add(char *looked, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The open boot directory; the caller does not own it. */
int files_dir_fd(const struct files *files);

/* True if `name` below dir_fd is a symbolic link to nothing. The text then says where it leads, as
 * the end of a sentence: "'../a', which does not exist". */
bool files_link_dangles(int dir_fd, const char *name, char *ret_text, size_t size);

/* Checks the size and allocates path: "DIR/NAME". 0, -ENOMEM or -EFBIG. */
int file_init(struct file *file, const struct file_ops *ops, uint64_t size, const char *path,
	      struct error *err);

/* Opens a regular file below a directory; links are followed. path is for sentences. 0; -ENOENT
 * (nothing there that is a regular file; no sentence); another -Exxx. */
int files_dir_open(int dir_fd, const char *name, const char *path, int *ret_fd, uint64_t *ret_bytes,
		   struct error *err);
int files_dir_get(int dir_fd, const char *name, const char *path, struct file **ret,
		  struct error *err);

/* Calls fn with each regular file, directory or symbolic link in the directory `name` below dir_fd,
 * or none. Links to files and directories count as these, too. */
void files_dir_names(int dir_fd, const char *name, void (*fn)(const char *name, void *ctx),
		     void *ctx);
void files_dir_dirs(int dir_fd, const char *name, void (*fn)(const char *name, void *ctx),
		    void *ctx);
void files_dir_links(int dir_fd, const char *name, void (*fn)(const char *name, void *ctx),
		     void *ctx);

/* Walks the whole archive. 0; -ENOENT (there is none; no sentence); -EBADMSG where it is damaged or
 * holds nothing; another -Exxx where it cannot be read. */
int files_tar_check(int dir_fd, const char *name, const char *path, struct error *err);

/* Opens a member; its name is compared without regard to case. 0; -ENOENT (no such member, no
 * sentence); -EFBIG; or as files_tar_check(). */
int files_tar_get(int dir_fd, const char *name, const char *path, const char *member,
		  struct file **ret, struct error *err);

/* Calls fn with each member that is a file, as far as the archive can be read; but see
 * files_tar_links(). */
void files_tar_names(int dir_fd, const char *name, void (*fn)(const char *member, void *ctx),
		     void *ctx);

/* Calls fn with each member that cannot be served since it is no file: a symbolic link (target:
 * where it leads), a hard link to no member, or something else (target NULL). */
void files_tar_links(int dir_fd, const char *name,
		     void (*fn)(const char *member, const char *target, void *ctx), void *ctx);

#endif
