/* SPDX-License-Identifier: Apache-2.0 */
/* "The board asks for NAME": which directories and archives are searched, in which order, and
 * whether they are usable at all (PROTOCOL.md section 5). Knows no USB. */
#ifndef FILES_H
#define FILES_H

#include "boot/transfer.h"

#include <stdbool.h>
#include <stdint.h>

struct chip;
struct error;
struct files; /* one boot directory */
struct file;  /* one open file of it */

struct files_config {
	const char *dir; /* the boot directory */
	bool overlay;	 /* DIR/PORT-PATH/NAME first (-o) */
};

struct files_query {
	const struct chip *chip;
	const char *port; /* port path of the board */
	const char *name; /* as the board sent it */
	bool bootcode;	  /* it is for the boot ROM: never from the overlay */
};

/* Opens the directory and walks through its bootfiles.bin, if there is one. 0, or -Exxx with
 * the file's name in *err: -ENOENT, -ENOTDIR, -EACCES, or -EBADMSG for a damaged archive. Ends with
 * files_free() (NULL-safe, returns NULL). */
int files_new(struct files **ret, const struct files_config *config, struct error *err);
struct files *files_free(struct files *files);

const char *files_dir(const struct files *files);

/* Finds and opens a file. 0, or -ENOENT (no such file, or a name that may not be asked for: no
 * sentence, *ret untouched), or another -Exxx (a candidate exists but cannot be read). *ret ends
 * with file_free() (NULL-safe, returns NULL). */
int files_get(struct files *files, const struct files_query *query, struct file **ret,
	      struct error *err);
struct file *file_free(struct file *file);

/* Calls fn with each port path that has a directory in the overlay; never without an overlay. */
void files_ports(const struct files *files, void (*fn)(const char *port, void *ctx), void *ctx);

/* True if the overlay directory of this port holds a regular file of this name. */
bool files_port_has(const struct files *files, const char *port, const char *name);

/* Calls fn with one sentence for each link or archive member that looks like a boot file but cannot
 * be served: symbolic links to nothing in the boot directory, in its chips' and ports' directories;
 * links and names that no board can ask for in bootfiles.bin. `bootcode`: a board cannot start
 * without it. At most FILES_ODD_MAX. */
#define FILES_ODD_MAX 16
void files_odd(const struct files *files, void (*fn)(const char *text, bool bootcode, void *ctx),
	       void *ctx);

uint64_t file_size(const struct file *file);	/* bytes, as when it was opened */
const char *file_path(const struct file *file); /* for messages: the path, or "ARCHIVE:MEMBER" */

/* Back to the first byte. 0 or -Exxx. */
int file_rewind(struct file *file, struct error *err);

/* As struct xfer_source wants it: 1..size bytes in order; 0 at the end; -EIO (*err) where the file
 * is shorter than file_size() said, or cannot be read. */
ssize_t file_read(void *file, void *buf, size_t size, struct error *err);

/* May a board ask for this name? Not empty, no ".." component, printable ASCII only. */
bool files_name_ok(const char *name);

/* Is the directory usable for this chip? 0, or -ENOENT (it has no bootcode for it), or another
 * -Exxx (bootcode there but empty or unreadable), with a sentence that names the file and where it
 * was looked for. */
int files_check(struct files *files, const struct chip *chip, struct error *err);

enum files_payload {
	FILES_PAYLOAD_OTHER, /* runs something on the board; ends with Done */
	FILES_PAYLOAD_DISK, /* usually makes its storage, or a fastboot device, appear: boot.img, or
			       start.elf/start4.elf without a kernel; no pieeprom.* */
};

/* A guess by the names of all files that this board could ask for. port: as in struct files_query.
 */
enum files_payload files_payload(struct files *files, const struct chip *chip, const char *port);

/* Opens the boot directory if the user named none: the first payload directory below roots[] that
 * holds bootcode for the chip (NULL: for any chip). fetch: the command that fetches firmware, for
 * the sentence. 0, or -ENOENT (*err lists the roots), or as files_new(). */
int files_find(struct files **ret, const char *const *roots, size_t root_count,
	       const struct chip *chip, const char *fetch, struct error *err);

/* The directories that files_find() would look at, in its order, each with the root it is in. */
void files_find_each(const char *const *roots, size_t root_count,
		     void (*fn)(void *ctx, const char *root, const char *dir), void *ctx);

/* What typical damage the first bytes of a small text in place of a binary file show, as the end of
 * a sentence that starts with the file's name; NULL: none of these. whole: head is all of it. */
const char *file_damage(const char *head, size_t size, bool whole);

#endif
