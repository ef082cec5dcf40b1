/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the files that a board requests. They are in a boot directory or in its archive
 * bootfiles.bin. Also checks whether a boot directory has all files that a board needs
 * (docs/protocol.md, section 5). */
#ifndef FILES_FILES_H
#define FILES_FILES_H

#include "boot/transfer.h"

#include <stdbool.h>

struct chip;
struct files; /* one boot directory */
struct firmware;
struct file; /* an open boot file */

struct files_query {
	const struct chip *chip;
	const char *port; /* port path of the board */
	/* The name of the file that the board requests. It is searched in the directory of the
	 * board's USB port (option -o) first, unless it is the bootcode (the program for the boot
	 * ROM). */
	const char *name;
};

/* Opens a boot directory and reads its whole archive bootfiles.bin, if there is one, to detect
 * damage.
 * overlay: also search DIR/PORT-PATH/NAME (option -o).
 * Returns: 0, -ENOENT or -ENOTDIR (no such directory), -EACCES (no permission), -EBADMSG (damaged
 * archive), or another -Exxx. On failure, *err names the file.
 * Ownership: the caller frees *ret with files_free(), which accepts NULL and returns NULL. */
int files_new(struct files **ret, const char *dir, bool overlay, struct error *err);
struct files *files_free(struct files *files);

/* Returns: the path with which the boot directory was opened. */
const char *files_dir(const struct files *files);

/* Finds and opens the file that a board requests.
 * Returns: 0, -ENOENT (no such file, or a name that a board may not request; *ret and *err stay
 * unchanged), or another -Exxx (a matching file exists but cannot be read).
 * Ownership: the caller frees *ret with file_free(), which accepts NULL and returns NULL. */
int files_get(struct files *files, const struct files_query *query, struct file **ret,
	      struct error *err);
struct file *file_free(struct file *file);

/* Makes a struct file from bytes in memory. `path` is the name of the file in messages.
 * Returns: 0, -ENOMEM, or -EFBIG (too large to send to a board).
 * Ownership: data must outlive *ret, which the caller frees with file_free(). */
int file_new_in_memory(struct file **ret, const char *path, const void *data, size_t size,
		       struct error *err);

/* Calls fn with the USB port path of each port that has its own directory of boot files (option
 * -o). Without the option, there are no calls. */
void files_ports(const struct files *files, void (*fn)(const char *port, void *ctx), void *ctx);

/* Returns: true if the directory of boot files for this USB port (option -o) has a regular file of
 * this name. */
bool files_port_has(const struct files *files, const char *port, const char *name);

/* Calls fn with one sentence for each link or archive member that looks like a boot file but cannot
 * be served, at most FILES_ODD_MAX times. Such links are dangling symbolic links in the boot
 * directory, in the directories of chips and in the directories of ports. Such members of
 * bootfiles.bin are links, and names that no board can request. The argument bootcode of fn is true
 * if a board cannot start without the file. */
#define FILES_ODD_MAX 16
void files_odd(const struct files *files, void (*fn)(const char *text, bool bootcode, void *ctx),
	       void *ctx);

/* Returns: the size that the file had when it was opened, in bytes. */
uint64_t file_size(const struct file *file);

/* Returns: the name of a file for messages, which is its path, or "ARCHIVE:MEMBER" if it is in an
 * archive. */
const char *file_path(const struct file *file);

/* Makes the next read of a file begin at the first byte of the file.
 * Returns: 0, or -Exxx. */
int file_rewind(struct file *file, struct error *err);

/* Reads the next bytes of a file. The function can be the read function of struct xfer_source.
 * Returns: the number of bytes (1 to `size`), 0 at the end of the file, or -EIO (the file is
 * unreadable, or shorter than file_size(); *err has the details). */
ssize_t file_read(void *file, void *buf, size_t size, struct error *err);

/* Returns: true if a board may request a file of this name. The name must consist of printable
 * ASCII characters, and must not be empty or contain a ".." component. */
bool files_name_ok(const char *name);

/* Checks whether a boot directory has usable bootcode for a chip.
 * Returns: 0, -ENOENT (no bootcode for the chip), or another -Exxx (the bootcode is empty or
 * unreadable). On failure, *err names the file and the places searched. */
int files_check(struct files *files, const struct chip *chip, struct error *err);

/* Guesses what a board does with the files in a boot directory, from the names of all files that it
 * can request. port is the USB port path of the board.
 * Returns: true if the board probably becomes a disk or a fastboot device. Such a boot directory
 * has no pieeprom.*. It has boot.img, or it has start.elf or start4.elf without a kernel. Otherwise
 * the board runs the software without becoming such a device, and then sends the message Done. */
bool files_payload_is_disk(struct files *files, const struct chip *chip, const char *port);

/* Finds and opens a boot directory if the user named none. It is the first directory with firmware,
 * below the directories in `firmware`, that has bootcode for the chip. If `chip` is NULL, bootcode
 * for any chip is enough.
 * Returns: 0, -ENOENT (none found; *err lists the directories), or another -Exxx from files_new()
 * or files_check().
 * Ownership: the caller frees *ret with files_free(). */
int files_find(struct files **ret, const struct firmware *firmware, const struct chip *chip,
	       struct error *err);

/* Calls fn with the path of each directory that files_find() would search for boot files, in the
 * order of the search. */
void files_find_each(const struct firmware *firmware, void (*fn)(void *ctx, const char *dir),
		     void *ctx);

/* Recognises typical damage in the first bytes of a file, such as a small text in place of a binary
 * file.
 * whole: true if `head` is the whole file.
 * Returns: NULL (no known damage), or the rest of a message that begins with the file name, such as
 * "is a Git LFS pointer". */
const char *file_damage(const char *head, size_t size, bool whole);

#endif
