/* SPDX-License-Identifier: Apache-2.0 */
/* Unmounts file systems through a helper process, because the sandbox of the calling process
 * forbids unmounting. */
#ifndef FLASH_UNMOUNT_H
#define FLASH_UNMOUNT_H

struct error;
struct unmount_helper;

/* Starts the helper process. The caller must call this function before it creates threads and
 * while it still has the privilege to unmount. The helper process ends when this process ends.
 * Returns: 0 or a negative errno value.
 * Ownership: the caller frees *ret with unmount_helper_free(), which accepts NULL and returns NULL.
 */
int unmount_helper_new(struct unmount_helper **ret, struct error *err);
struct unmount_helper *unmount_helper_free(struct unmount_helper *helper);

/* Increments the owner count of the helper process that unmounts file systems. The last owner's
 * call of unmount_helper_free() ends the process. If helper is NULL, does nothing.
 * Returns: helper.
 * Thread: any. */
struct unmount_helper *unmount_helper_hold(struct unmount_helper *helper);

/* Unmounts the file system that is mounted at path. It does not unmount lazily or by force, and
 * does not follow symbolic links. If helper is NULL, this process unmounts. Several threads
 * may call this function at the same time.
 * Returns: 0 or a negative errno value, without a message.
 * Thread: any; may block. */
int unmount_helper_unmount(struct unmount_helper *helper, const char *path);

#endif
