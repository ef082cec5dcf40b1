/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox of rpiboot. After the command line is parsed, the process gives up all file access
 * that it does not need. An attacker who takes over the process through a board, an image or an
 * archive can then reach little. If the kernel has no Landlock, the program runs without the
 * sandbox. */
#ifndef CLI_SANDBOX_H
#define CLI_SANDBOX_H

struct config;
struct sandbox;
struct error;
struct firmware;
struct image_config;
struct unmount_helper;

/* Activates the sandbox. Call this function before the first thread starts and before the process
 * reads untrusted data. The process keeps access to these paths:
 * - read: the boot directories and the targets of links in them, the image and its block map, sysfs
 * - write files: the metadata directory, and with --write the directory for temporary files
 * - devices: USB devices below /dev/bus/usb, and with --write all devices
 *
 * The function creates /dev/bus/usb if it does not exist. If the environment variable
 * RPIBOOT_UNCONFINED is not empty, the function does nothing.
 * Returns: 0, also if the kernel has no Landlock, or -Exxx. After an error, the sandbox is not
 * active.
 * Ownership: the caller frees the result with sandbox_free(), which accepts NULL and returns NULL.
 * The sandbox stays active until the process ends. */
int sandbox_new(struct sandbox **ret, const struct config *config, const struct firmware *firmware,
		const struct image_config *image, struct error *err);
struct sandbox *sandbox_free(struct sandbox *sandbox);

/* The sandbox forbids rpiboot itself to unmount file systems, so a helper process does it.
 * Returns: the helper process, or NULL if there is no sandbox or no image to write.
 * Ownership: the sandbox keeps the helper. */
struct unmount_helper *sandbox_unmount_helper(const struct sandbox *sandbox);

/* Activates the sandbox for a command. The lists end with NULL. A path "-" is a standard stream,
 * which needs no access right. The process keeps access to these paths:
 * - read: files, or directories with everything below them
 * - write: files that are created or replaced, which needs access to their directories
 * - filled: a directory that the process fills and then renames, or NULL. The process then has no
 *   access to the targets of links in `read`.
 *
 * Returns and Ownership: like sandbox_new(). */
int sandbox_new_for_files(struct sandbox **ret, const char *const *read, const char *const *write,
			  const char *filled, struct error *err);

#endif
